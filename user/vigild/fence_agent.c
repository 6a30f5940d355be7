// SPDX-License-Identifier: GPL-2.0
#include "fence_agent.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fence_check.h"

/* Exit codes of status, the same for all agents. */
#define STATUS_ON	0
#define STATUS_OFF	2

const char *fence_action_name(enum fence_action action)
{
	static const char * const names[] = { "off", "status", "on", "metadata" };

	return (unsigned int)action < sizeof(names) / sizeof(names[0]) ? names[action] : "unknown";
}

enum fence_power fence_agent_power(const struct process_result *result)
{
	if (result->end != PROCESS_EXITED)
		return FENCE_POWER_UNKNOWN;
	return result->code == STATUS_ON ? FENCE_POWER_ON :
	       result->code == STATUS_OFF ? FENCE_POWER_OFF : FENCE_POWER_UNKNOWN;
}

bool fence_agent_worked(enum fence_action action, const struct process_result *result)
{
	if (action == FENCE_AGENT_STATUS)
		return fence_agent_power(result) != FENCE_POWER_UNKNOWN;
	return result->end == PROCESS_EXITED && !result->code;
}

static uint64_t timeout_of(const struct config_device *device, enum fence_action action)
{
	return action == FENCE_AGENT_OFF ? device->off_timeout :
	       action == FENCE_AGENT_ON ? device->on_timeout : device->status_timeout;
}

/* What an agent reads from stdin. */
struct input {
	char text[PROCESS_INPUT_MAX + 1];
	size_t len;
	bool full;
};

__attribute__((format(printf, 2, 3)))
static void add_line(struct input *in, const char *format, ...)
{
	size_t room = sizeof(in->text) - in->len;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(in->text + in->len, room, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n + 1 >= room) {
		in->full = true;
		return;
	}
	in->len += n;
	in->text[in->len++] = '\n';
	in->text[in->len] = 0;
}

static bool has_param(const struct config_list *list, const char *param)
{
	size_t len = strcspn(param, "=") + 1;

	for (unsigned int i = 0; i < list->n; i++)
		if (!strncmp(list->item[i], param, len))
			return true;
	return false;
}

static void add_lines(struct input *in, const struct config_list *list,
		      const struct config_use *over)
{
	for (unsigned int i = 0; i < list->n; i++)
		if (!over || !has_param(&over->params, list->item[i]))
			add_line(in, "%s", list->item[i]);
}

static void make_input(struct input *in, const struct fence_call *call)
{
	const struct config_device *device = &call->config->device[call->device];

	in->len = 0;
	in->full = false;
	add_line(in, "action=%s", fence_action_name(call->action));
	if (call->action == FENCE_AGENT_METADATA)
		return;
	add_line(in, "nodename=%s", call->config->node[call->node].name);
	add_lines(in, &device->params, call->use);
	if (call->use)
		add_lines(in, &call->use->params, NULL);
	add_lines(in, &device->secrets, call->use);
}

/* Values that must not be seen in a log: secrets, and passwords given as plain parameters. */
static char **hidden(const struct config_device *device)
{
	char **list = calloc(device->secrets.n + device->params.n + 1, sizeof(*list));
	unsigned int n = 0;

	for (unsigned int i = 0; list && i < device->secrets.n; i++)
		list[n++] = strchr(device->secrets.item[i], '=') + 1;
	for (unsigned int i = 0; list && i < device->params.n; i++) {
		char *value = strchr(device->params.item[i], '=') + 1;

		if (*value && (strstr(device->params.item[i], "passw") ||
			       !strncmp(device->params.item[i], "community=", 10)))
			list[n++] = value;
	}
	return list;
}

struct process *fence_agent_start(sd_event *event, const struct fence_call *call,
				  void (*on_end)(void *data, const struct process_result *result),
				  void *data)
{
	static char *const envp[] = {
		(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		(char *)"LC_ALL=C", (char *)"PYTHONWARNINGS=ignore", NULL
	};
	const struct config_device *device = &call->config->device[call->device];
	char path[512], label[2 * VIGIL_NAME_LEN + 32];
	char *const argv[] = { path, NULL };
	struct process_spec spec = {
		.label = label, .log = -1, .argv = argv, .envp = envp, .cgroup = call->cgroup,
		.kill_group = true, .timeout = timeout_of(device, call->action),
		.output = call->output, .on_end = on_end, .data = data,
	};
	struct input *in;
	struct process *p = NULL;

	if (!fence_agent_path(device, path, sizeof(path))) {
		errno = ENOENT;
		return NULL;
	}
	snprintf(label, sizeof(label), "fence %s: %s: %s",
		 call->node < 0 ? "device" : call->config->node[call->node].name, device->name,
		 fence_action_name(call->action));
	in = malloc(sizeof(*in));
	spec.hide = hidden(device);
	if (in && spec.hide) {
		make_input(in, call);
		spec.input = in->text;
		errno = E2BIG;
		if (!in->full)
			p = process_start(event, &spec);
		explicit_bzero(in, sizeof(*in));
	} else {
		errno = ENOMEM;
	}
	free(in);
	free((void *)spec.hide);
	return p;
}
