// SPDX-License-Identifier: GPL-2.0
/* The options of one service. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/duration.h"
#include "config_read.h"

#define NS_PER_S	1000000000ULL
#define NS_PER_MS	1000000ULL
#define DEADLINE_MIN	(20 * NS_PER_MS)
#define DEADLINE_MAX	(3600 * NS_PER_S)	/* as the kernel has it */
#define DEFAULT_HANG	(10 * NS_PER_S)

cfg_opt_t service_options[] = {
	CFG_STR("run", NULL, CFGF_NONE), CFG_STR("start", NULL, CFGF_NONE),
	CFG_STR("stop", NULL, CFGF_NONE), CFG_STR("monitor", NULL, CFGF_NONE),
	CFG_STR_LIST("params", NULL, CFGF_NODEFAULT), CFG_STR_LIST("with", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("nodes", NULL, CFGF_NODEFAULT), CFG_STR("restart", "3 per 60s", CFGF_NONE),
	CFG_STR("start-timeout", NULL, CFGF_NONE), CFG_STR("stop-timeout", NULL, CFGF_NONE),
	CFG_STR("monitor-interval", NULL, CFGF_NONE), CFG_STR("monitor-timeout", NULL, CFGF_NONE),
	CFG_STR("avoid", NULL, CFGF_NONE), CFG_STR("on-hang", NULL, CFGF_NONE),
	CFG_STR("on-panic", NULL, CFGF_NONE), CFG_STR("progress", NULL, CFGF_NONE),
	CFG_STR("blocked", NULL, CFGF_NONE), CFG_STR("hang", NULL, CFGF_NONE),
	CFG_BOOL("gate", cfg_false, CFGF_NONE), CFG_STR_LIST("gate-address", NULL, CFGF_NODEFAULT),
	CFG_END()
};

/* run = "vm:COMMAND" or "vm:@TEMPLATE" */
static int get_vm(cfg_t *section, const char *text, struct config_service *s)
{
	s->class = CONFIG_VM;
	if (text[0] == '@' && text[1] != '/')
		return read_refuse(section, "run",
				   "service %s: run = \"vm:@FILE\" needs the file's whole path",
				   s->name);
	if (text[0] == '@')
		s->template = strdup(text + 1);
	else
		s->command = strdup(text);
	return s->template || s->command ? 0 : -1;
}

/* run = "exec:CMD", "exec", "ocf:provider:type" or "vm:..." */
static int get_run(cfg_t *section, struct config_service *s)
{
	const char *run = cfg_getstr(section, "run");
	const char *type;

	if (!run)
		return read_refuse(section, NULL, "service %s: run is missing", s->name);
	if (!strcmp(run, "exec")) {
		s->class = CONFIG_EXEC_COMMANDS;
		return 0;
	}
	if (!strncmp(run, "exec:", 5) && run[5 + strspn(run + 5, " \t")]) {
		s->class = CONFIG_EXEC;
		s->command = strdup(run + 5);
		return s->command ? 0 : -1;
	}
	if (!strncmp(run, "vm:", 3) && run[3 + strspn(run + 3, " \t")])
		return get_vm(section, run + 3 + strspn(run + 3, " \t"), s);
	type = strncmp(run, "ocf:", 4) ? NULL : strchr(run + 4, ':');
	if (!type || type == run + 4 || !type[1] || strchr(run, '/') || strchr(type + 1, ':'))
		return read_refuse(section, "run",
				   "service %s: run = \"%s\" is not \"exec:COMMAND\", \"exec\", \"ocf:PROVIDER:TYPE\", \"vm:COMMAND\" or \"vm:@FILE\"",
				   s->name, run);
	s->class = CONFIG_OCF;
	s->provider = strndup(run + 4, type - run - 4);
	s->type = strdup(type + 1);
	return s->provider && s->type ? 0 : -1;
}

static int check_params(cfg_t *section, const struct config_service *s)
{
	char who[VIGIL_NAME_LEN + 16];

	if (s->class == CONFIG_VM && s->params.n && !s->template)
		return read_refuse(section, "params",
				   "service %s: params of a vm are for a file, run = \"vm:@FILE\"",
				   s->name);
	snprintf(who, sizeof(who), "service %s", s->name);
	return read_check_params(section, "params", who, &s->params);
}

/* Commands fit only some classes. */
static int check_commands(cfg_t *section, const struct config_service *s)
{
	const char *given = s->start ? "start" : s->stop ? "stop" : s->monitor ? "monitor" : NULL;

	if (s->class == CONFIG_OCF && given)
		return read_refuse(section, given,
				   "service %s: the commands of an ocf service are its agent's",
				   s->name);
	if (s->class == CONFIG_VM && given)
		return read_refuse(section, given,
				   "service %s: a vm is stopped and asked by its QMP socket, not by commands",
				   s->name);
	if (s->class == CONFIG_EXEC && s->start)
		return read_refuse(section, "start",
				   "service %s: start does not go with a command in run", s->name);
	if (s->class == CONFIG_EXEC_COMMANDS && (!s->start || !s->stop || !s->monitor))
		return read_refuse(section, "run",
				   "service %s: run = \"exec\" needs start, stop and monitor",
				   s->name);
	return 0;
}

static int get_reaction(cfg_t *section, const char *option, enum config_reaction *out)
{
	const char *text = cfg_getstr(section, option);

	*out = CONFIG_RESTART;
	if (!text || !strcmp(text, "restart"))
		return 0;
	*out = CONFIG_REPORT;
	if (!strcmp(text, "report"))
		return 0;
	return read_refuse(section, option, "%s: '%s' is not restart or report", option, text);
}

/* A deadline that the kernel keeps, in ms; "off" is 0. */
static int get_deadline(cfg_t *section, const char *option, uint64_t *ns)
{
	const char *text = cfg_getstr(section, option);

	if (text && !strcmp(text, "off")) {
		*ns = 0;
		return 0;
	}
	if (read_duration(section, option, ns))
		return -1;
	if (text && (*ns < DEADLINE_MIN || *ns > DEADLINE_MAX || *ns % NS_PER_MS))
		return read_refuse(section, option,
				   "%s: '%s' is not whole milliseconds from 20ms to 1h, or off",
				   option, text);
	return 0;
}

/* What is to be watched, and what is to follow. */
static int get_watch(cfg_t *section, struct config_service *s)
{
	bool vm = s->class == CONFIG_VM;
	const char *odd;

	s->hang = vm ? DEFAULT_HANG : 0;
	odd = cfg_getstr(section, "hang") ? "hang" :
	      cfg_getstr(section, "on-panic") ? "on-panic" : NULL;
	if (!vm && odd)
		return read_refuse(section, odd, "service %s: %s is for the class vm", s->name,
				   odd);
	if (get_reaction(section, "on-hang", &s->on_hang) ||
	    get_reaction(section, "on-panic", &s->on_panic) ||
	    get_deadline(section, "progress", &s->progress) ||
	    get_deadline(section, "blocked", &s->blocked) ||
	    get_deadline(section, "hang", &s->hang))
		return -1;
	return 0;
}

int read_service(cfg_t *section, struct config_service *s)
{
	s->line = read_line(section, "run");
	s->with_line = read_line(section, "with");
	s->nodes_line = read_line(section, "nodes");
	s->params_line = read_line(section, "params");
	s->avoid = 60 * NS_PER_S;
	if (read_name(section, s->name) || get_run(section, s) ||
	    read_text(section, "start", &s->start) || read_text(section, "stop", &s->stop) ||
	    read_text(section, "monitor", &s->monitor) ||
	    read_list(section, "params", &s->params) ||
	    read_list(section, "with", &s->with_names) ||
	    read_list(section, "nodes", &s->node_names) ||
	    read_rate(section, "restart", 64, &s->restarts, &s->restart_window) ||
	    read_duration(section, "start-timeout", &s->start_timeout) ||
	    read_duration(section, "stop-timeout", &s->stop_timeout) ||
	    read_duration(section, "monitor-interval", &s->monitor_interval) ||
	    read_duration(section, "monitor-timeout", &s->monitor_timeout) ||
	    read_duration(section, "avoid", &s->avoid) || get_watch(section, s) ||
	    read_gate(section, s))
		return -1;
	return check_params(section, s) ?: check_commands(section, s);
}
