// SPDX-License-Identifier: GPL-2.0
/*
 * Class ocf: resource agents by the conventions of the Open Cluster Framework,
 * version 1.x. An agent is a program that is called with the name of an action;
 * parameters are in its environment.
 */
#include "agent.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/metadata.h"

#define OCF_DEFAULT_ROOT	"/usr/lib/ocf"
#define OCF_RUN_DIR		"/run/resource-agents"

/* Exit codes. Degraded: it runs, and somebody should look at it. */
enum {
	OCF_SUCCESS = 0,
	OCF_ERR_GENERIC = 1,
	OCF_ERR_ARGS = 2,
	OCF_ERR_UNIMPLEMENTED = 3,
	OCF_ERR_PERM = 4,
	OCF_ERR_INSTALLED = 5,
	OCF_ERR_CONFIGURED = 6,
	OCF_NOT_RUNNING = 7,
	OCF_RUNNING_PROMOTED = 8,
	OCF_FAILED_PROMOTED = 9,
	OCF_DEGRADED = 190,
	OCF_DEGRADED_PROMOTED = 191,
};

enum agent_outcome ocf_outcome(enum agent_op op, int code)
{
	switch (code) {
	case OCF_SUCCESS:
		return AGENT_OK;
	case OCF_ERR_ARGS:
	case OCF_ERR_UNIMPLEMENTED:
	case OCF_ERR_PERM:
	case OCF_ERR_INSTALLED:
	case OCF_ERR_CONFIGURED:
	case 126:
	case 127:
		return AGENT_BROKEN;
	case OCF_NOT_RUNNING:
		return op == AGENT_START ? AGENT_FAILED : AGENT_NOT_RUNNING;
	case OCF_RUNNING_PROMOTED:
	case OCF_DEGRADED:
	case OCF_DEGRADED_PROMOTED:
		return op == AGENT_MONITOR ? AGENT_OK : AGENT_FAILED;
	case OCF_ERR_GENERIC:
	case OCF_FAILED_PROMOTED:
	default:
		return AGENT_FAILED;
	}
}

__attribute__((format(printf, 2, 3)))
static int add_env(struct agent *agent, const char *format, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	return n < 0 ? -ENOMEM : strings_add(&agent->envp, text);
}

static int add_environment(struct agent *agent, const struct config_service *service,
			   const char *root, const char *node)
{
	if (add_env(agent, "OCF_ROOT=%s", root) ||
	    add_env(agent, "OCF_RA_VERSION_MAJOR=1") || add_env(agent, "OCF_RA_VERSION_MINOR=1") ||
	    add_env(agent, "OCF_RESOURCE_INSTANCE=%s", service->name) ||
	    add_env(agent, "OCF_RESOURCE_TYPE=%s", service->type) ||
	    add_env(agent, "OCF_RESOURCE_PROVIDER=%s", service->provider) ||
	    add_env(agent, "OCF_RESKEY_CRM_meta_on_node=%s", node) ||
	    add_env(agent, "OCF_CHECK_LEVEL=0") || add_env(agent, "HA_LOGTAG=%s", service->name))
		return -ENOMEM;
	for (unsigned int i = 0; i < service->params.n; i++)
		if (add_env(agent, "OCF_RESKEY_%s", service->params.item[i]))
			return -ENOMEM;
	return 0;
}

int ocf_prepare(struct agent *agent, const struct config_service *service, const char *node)
{
	const char *root = getenv("OCF_ROOT");
	char *path;

	/* Agents keep their notes there and expect it to exist. */
	mkdir(OCF_RUN_DIR, 01755);
	if (!root || !root[0])
		root = OCF_DEFAULT_ROOT;
	if (asprintf(&path, "%s/resource.d/%s/%s", root, service->provider, service->type) < 0)
		return -ENOMEM;
	for (int op = 0; op < AGENT_OPS; op++)
		if (strings_add(&agent->argv[op], strdup(path)) ||
		    strings_add(&agent->argv[op], strdup(agent_op_name(op)))) {
			free(path);
			return -ENOMEM;
		}
	if (access(path, X_OK) &&
	    asprintf(&agent->broken, "no agent %s on this node", path) < 0)
		agent->broken = NULL;
	free(path);
	return add_environment(agent, service, root, node);
}

/* "20", "20s", "20000ms", "2m", "2min": ns; 0: not a time */
static uint64_t parse_time(const char *text, size_t len)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", 1000000000 }, { "s", 1000000000 }, { "sec", 1000000000 },
		{ "ms", 1000000 }, { "msec", 1000000 }, { "m", 60000000000 },
		{ "min", 60000000000 }, { "h", 3600000000000 },
	};
	uint64_t n = 0;
	size_t i = 0;

	while (i < len && isdigit((unsigned char)text[i]) && n < 1000000000)
		n = n * 10 + (text[i++] - '0');
	if (!i || n >= 100000000)
		return 0;
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
		if (strlen(units[u].name) == len - i && !strncmp(text + i, units[u].name, len - i))
			return n * units[u].ns;
	return 0;
}

int ocf_take_metadata(struct agent *agent, const char *xml)
{
	bool seen[AGENT_OPS] = { false };
	const char *tag = xml;
	int found = 0;

	while ((tag = strstr(tag, "<action"))) {
		size_t len = strcspn(tag, ">"), name_len, time_len;
		const char *name = metadata_attribute(tag, len, "name", &name_len);
		const char *time = metadata_attribute(tag, len, "timeout", &time_len);
		uint64_t ns = name && time ? parse_time(time, time_len) : 0;

		for (int op = 0; ns && op < AGENT_OPS; op++) {
			const char *known = agent_op_name(op);

			/* Of several monitors the first is the ordinary one. */
			if (seen[op] || strlen(known) != name_len || strncmp(name, known, name_len))
				continue;
			seen[op] = true;
			agent->timeout[op] = ns;
			found++;
		}
		tag += len;
	}
	return found;
}
