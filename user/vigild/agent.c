// SPDX-License-Identifier: GPL-2.0
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char path_env[] =
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

int strings_add(char ***list, char *string)
{
	size_t n = 0;
	char **more;

	while (*list && (*list)[n])
		n++;
	more = string ? reallocarray(*list, n + 2, sizeof(*more)) : NULL;
	if (!more) {
		free(string);
		return -ENOMEM;
	}
	more[n] = string;
	more[n + 1] = NULL;
	*list = more;
	return 0;
}

void strings_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

static int add_pair(char ***list, const char *name, const char *value)
{
	char *text;

	if (asprintf(&text, "%s=%s", name, value) < 0)
		return -ENOMEM;
	return strings_add(list, text);
}

static int set_interval_env(struct agent *agent, uint64_t interval)
{
	free(agent->interval_env);
	if (asprintf(&agent->interval_env, "OCF_RESKEY_CRM_meta_interval=%llu",
		     (unsigned long long)(interval / 1000000 ?: 1)) >= 0)
		return 0;
	agent->interval_env = NULL;
	return -ENOMEM;
}

static int set_timeout_env(struct agent *agent)
{
	for (int op = 0; op < AGENT_OPS; op++) {
		free(agent->timeout_env[op]);
		agent->timeout_env[op] = NULL;
		if (asprintf(&agent->timeout_env[op], "OCF_RESKEY_CRM_meta_timeout=%llu",
			     (unsigned long long)(agent->timeout[op] / 1000000)) < 0) {
			agent->timeout_env[op] = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

int agent_set_timeouts(struct agent *agent, const struct config_service *service)
{
	if (service->start_timeout)
		agent->timeout[AGENT_START] = service->start_timeout;
	if (service->stop_timeout)
		agent->timeout[AGENT_STOP] = service->stop_timeout;
	if (service->monitor_timeout)
		agent->timeout[AGENT_MONITOR] = service->monitor_timeout;
	return set_interval_env(agent, service->monitor_interval ?: CONFIG_DEFAULT_INTERVAL) ?:
	       set_timeout_env(agent);
}

char **agent_env(struct agent *agent, enum agent_op op, bool probe)
{
	static char no_interval[] = "OCF_RESKEY_CRM_meta_interval=0";

	agent->envp[agent->timeout_slot] = agent->timeout_env[op];
	agent->envp[agent->timeout_slot + 1] = op == AGENT_MONITOR && !probe ?
					       agent->interval_env : no_interval;
	return agent->envp;
}

int agent_prepare(struct agent *agent, const struct config *config,
		  const struct config_service *service)
{
	int rc;

	memset(agent, 0, sizeof(*agent));
	agent->class = service->class;
	for (int op = 0; op < AGENT_OPS; op++)
		agent->timeout[op] = CONFIG_DEFAULT_TIMEOUT;
	if (strings_add(&agent->envp, strdup(path_env)) ||
	    add_pair(&agent->envp, "LC_ALL", "C") ||
	    add_pair(&agent->envp, "VIGIL_CLUSTER", config->name) ||
	    add_pair(&agent->envp, "VIGIL_NODE", config->node[config->self].name) ||
	    add_pair(&agent->envp, "VIGIL_SERVICE", service->name))
		return -ENOMEM;
	if (service->class == CONFIG_OCF)
		rc = ocf_prepare(agent, service, config->node[config->self].name);
	else if (service->class == CONFIG_VM)
		rc = vm_prepare(agent, service);
	else
		rc = exec_prepare(agent, service);
	if (rc || agent_set_timeouts(agent, service))
		return -ENOMEM;
	/* Two places at the end; what stands in them does not belong to the list. */
	if (strings_add(&agent->envp, strdup("")) || strings_add(&agent->envp, strdup("")))
		return -ENOMEM;
	while (agent->envp[agent->timeout_slot + 2])
		agent->timeout_slot++;
	free(agent->envp[agent->timeout_slot]);
	free(agent->envp[agent->timeout_slot + 1]);
	agent_env(agent, AGENT_START, false);
	return 0;
}

void agent_free(struct agent *agent)
{
	if (agent->timeout_slot)
		agent->envp[agent->timeout_slot] = NULL;
	for (int op = 0; op < AGENT_OPS; op++) {
		strings_free(agent->argv[op]);
		free(agent->timeout_env[op]);
	}
	free(agent->interval_env);
	strings_free(agent->envp);
	free(agent->broken);
	memset(agent, 0, sizeof(*agent));
}

enum agent_outcome agent_outcome(const struct agent *agent, enum agent_op op, int code)
{
	return agent->class == CONFIG_OCF ? ocf_outcome(op, code) : exec_outcome(op, code);
}

enum agent_found agent_found(enum agent_outcome outcome, bool held, bool processes)
{
	if (outcome == AGENT_OK && held)
		return AGENT_FOUND_RUNNING;
	/* A start of the earlier daemon may go on, and make a monitor that said no wrong. */
	if (processes)
		return AGENT_FOUND_DOUBTFUL;
	if (outcome == AGENT_NOT_RUNNING)
		return AGENT_FOUND_OFF;
	/* An agent that cannot work here has started nothing, if it never had the right to. */
	return outcome == AGENT_BROKEN && !held ? AGENT_FOUND_OFF : AGENT_FOUND_DOUBTFUL;
}

const char *agent_op_name(enum agent_op op)
{
	static const char * const names[] = { "start", "stop", "monitor", "meta-data" };

	return (unsigned int)op < AGENT_OPS ? names[op] : "unknown";
}
