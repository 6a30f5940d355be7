// SPDX-License-Identifier: GPL-2.0
/*
 * From text to struct config, by libconfuse. Here each option is judged for
 * itself; config_check.c judges what several of them say together.
 *
 * libconfuse knows the line of an option only while it reads it, so a validate
 * callback notes it down for later complaints.
 */
#include "config.h"

#include <arpa/inet.h>
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/duration.h"

#define MAX_LINES	65536	/* options with a value in one file */

struct line_of {
	const cfg_opt_t *opt;
	int line;
};

/* libconfuse's callbacks get no pointer of ours; parsing is not reentrant. */
static struct {
	const char *path;
	struct config_error *err;
	struct line_of *lines;
	unsigned int n_lines;
} reading;

void config_refuse(struct config_error *err, const char *path, int line, const char *format, ...)
{
	va_list ap;
	int n;

	if (err->text[0])
		return;		/* the first reason is the one to tell */
	err->line = line;
	if (line > 0)
		n = snprintf(err->text, sizeof(err->text), "%s:%d: ", path, line);
	else
		n = snprintf(err->text, sizeof(err->text), "%s: ", path);
	if (n < 0 || (size_t)n >= sizeof(err->text))
		return;
	va_start(ap, format);
	vsnprintf(err->text + n, sizeof(err->text) - n, format, ap);
	va_end(ap);
}

static void on_syntax_error(cfg_t *cfg, const char *format, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), format, ap);
	config_refuse(reading.err, reading.path, cfg ? cfg->line : 0, "%s", text);
}

static struct line_of *find_line(const cfg_opt_t *opt)
{
	for (unsigned int i = reading.n_lines; i > 0; i--)
		if (reading.lines[i - 1].opt == opt)
			return &reading.lines[i - 1];
	return NULL;
}

static int on_option(cfg_t *cfg, cfg_opt_t *opt)
{
	struct line_of *lines;

	if (find_line(opt)) {
		if (opt->flags & CFGF_LIST)
			return 0;	/* called for every value, and at the end */
		config_refuse(reading.err, reading.path, cfg->line, "option '%s' is given twice",
			      opt->name);
		return -1;
	}
	if (reading.n_lines == MAX_LINES) {
		config_refuse(reading.err, reading.path, cfg->line, "more than %d options",
			      MAX_LINES);
		return -1;
	}
	lines = reallocarray(reading.lines, reading.n_lines + 1, sizeof(*lines));
	if (!lines)
		return -1;
	reading.lines = lines;
	lines[reading.n_lines++] = (struct line_of){ opt, cfg->line };
	return 0;
}

static int line_of(cfg_t *section, const char *option)
{
	struct line_of *found = find_line(cfg_getopt(section, option));

	return found ? found->line : section->line;
}

__attribute__((format(printf, 3, 4)))
static int refuse(cfg_t *section, const char *option, const char *format, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	config_refuse(reading.err, reading.path,
		      option ? line_of(section, option) : section->line, "%s", text);
	return -1;
}

static int get_duration(cfg_t *section, const char *option, uint64_t *ns)
{
	const char *text = cfg_getstr(section, option);
	char why[128];
	__u64 value;

	if (!text)
		return 0;
	if (vigil_duration_parse(text, &value, why, sizeof(why)))
		return refuse(section, option, "%s: %s", option, why);
	if (!value || value > 86400ULL * 1000000000)
		return refuse(section, option, "%s: '%s' is not between 1 ns and a day", option,
			      text);
	*ns = value;
	return 0;
}

static int get_text(cfg_t *section, const char *option, char **out)
{
	const char *text = cfg_getstr(section, option);

	if (!text)
		return 0;
	if (!text[0])
		return refuse(section, option, "%s: is empty", option);
	*out = strdup(text);
	return *out ? 0 : -1;
}

static int get_list(cfg_t *section, const char *option, struct config_list *out)
{
	unsigned int n = cfg_size(section, option);

	out->item = calloc(n + 1, sizeof(*out->item));
	if (!out->item)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		out->item[i] = strdup(cfg_getnstr(section, option, i));
		if (!out->item[i])
			return -1;
		out->n++;
	}
	return 0;
}

/* The kernel's rule for names, and no name that cannot be a directory of ours. */
static int get_name(cfg_t *section, char out[VIGIL_NAME_LEN + 1])
{
	const char *name = cfg_title(section);
	size_t len = strlen(name);

	if (!len || len > VIGIL_NAME_LEN)
		return refuse(section, NULL, "name '%s' must have 1 to %d characters", name,
			      VIGIL_NAME_LEN);
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return refuse(section, NULL,
				      "name '%s' must be printable ASCII without spaces or '/'",
				      name);
	if (name[0] == '@' || name[0] == '.' || !strncmp(name, "cgroup.", 7))
		return refuse(section, NULL, "name '%s' must not begin with '@', '.' or 'cgroup.'",
			      name);
	memcpy(out, name, len + 1);
	return 0;
}

static int get_cluster(cfg_t *section, struct config *config)
{
	static const char * const fences[] = { "reset", "panic", "poweroff", "notify" };
	const char *fence = cfg_getstr(section, "fence");
	uint64_t detect = VIGIL_DETECT_DEFAULT_NS;
	const char *why;
	long n;

	config->line = section->line;
	if (get_name(section, config->name) || get_text(section, "key-file", &config->key_file) ||
	    get_text(section, "key-file-next", &config->key_file_next) ||
	    get_duration(section, "detect", &detect))
		return -1;
	config->key_line[0] = line_of(section, "key-file");
	config->key_line[1] = line_of(section, "key-file-next");
	if (!config->key_file)
		return refuse(section, NULL, "cluster %s: key-file is missing", config->name);
	config->use_next_key = cfg_getbool(section, "use-next-key");
	if (config->use_next_key && !config->key_file_next)
		return refuse(section, "use-next-key", "use-next-key needs key-file-next");
	why = vigil_timing_derive(&config->timing, detect);
	if (!why)
		why = vigil_timing_check(&config->timing);
	if (why)
		return refuse(section, "detect", "%s", why);
	n = cfg_getint(section, "port");
	if (n < 1 || n > 65535)
		return refuse(section, "port", "port: %ld is not between 1 and 65535", n);
	config->port = n;
	n = cfg_getint(section, "generation");
	if (n < 0 || n > UINT32_MAX)
		return refuse(section, "generation", "generation: %ld is not a 32-bit number", n);
	config->generation = n;
	for (unsigned int i = 0; i < 4; i++)
		if (!strcmp(fence, fences[i])) {
			config->fence = i;
			return 0;
		}
	return refuse(section, "fence", "fence: '%s' is not reset, panic, poweroff or notify",
		      fence);
}

const char *config_fence_name(enum config_fence fence)
{
	static const char * const names[] = { "reset", "panic", "poweroff", "notify" };

	return (unsigned int)fence < 4 ? names[fence] : "unknown";
}

static int get_addresses(cfg_t *section, struct config_node *node)
{
	unsigned int n = cfg_size(section, "address");

	if (!n || n > VIGIL_MAX_LINKS)
		return refuse(section, n ? "address" : NULL,
			      "node %s: needs 1 to %d addresses, one per link; has %u",
			      node->name, VIGIL_MAX_LINKS, n);
	for (unsigned int i = 0; i < n; i++) {
		const char *text = cfg_getnstr(section, "address", i);
		union config_address *a = &node->address[i];

		memset(a, 0, sizeof(*a));
		if (inet_pton(AF_INET, text, &a->in.sin_addr) == 1)
			a->sa.sa_family = AF_INET;
		else if (inet_pton(AF_INET6, text, &a->in6.sin6_addr) == 1)
			a->sa.sa_family = AF_INET6;
		else
			return refuse(section, "address",
				      "node %s: '%s' is not an IPv4 or IPv6 address",
				      node->name, text);
	}
	node->n_addresses = n;
	return 0;
}

static int get_node(cfg_t *section, struct config_node *node)
{
	long id = cfg_getint(section, "id");

	if (get_name(section, node->name))
		return -1;
	if (!cfg_size(section, "id"))
		return refuse(section, NULL, "node %s: id is missing", node->name);
	if (id < 1 || id > VIGIL_MAX_NODES)
		return refuse(section, "id", "node %s: id %ld is not between 1 and %d",
			      node->name, id, VIGIL_MAX_NODES);
	node->id = id;
	node->voter = cfg_getbool(section, "voter");
	node->witness = cfg_getbool(section, "witness");
	node->line = line_of(section, "id");
	node->address_line = line_of(section, "address");
	if (node->witness && !node->voter)
		return refuse(section, "voter", "node %s: a witness that does not vote is useless",
			      node->name);
	return get_addresses(section, node);
}

static int get_restart(cfg_t *section, struct config_service *s)
{
	const char *text = cfg_getstr(section, "restart");
	char window[32], why[128];
	__u64 ns;
	int end = 0;

	if (sscanf(text, "%u per %31s%n", &s->restarts, window, &end) != 2 || text[end] ||
	    text[0] == '-' || s->restarts > 64)
		return refuse(section, "restart",
			      "restart: '%s' is not like \"3 per 60s\" (at most 64)", text);
	if (vigil_duration_parse(window, &ns, why, sizeof(why)))
		return refuse(section, "restart", "restart: %s", why);
	s->restart_window = ns;
	return 0;
}

/* run = "exec:CMD", "exec" or "ocf:provider:type" */
static int get_run(cfg_t *section, struct config_service *s)
{
	const char *run = cfg_getstr(section, "run");
	const char *type;

	if (!run)
		return refuse(section, NULL, "service %s: run is missing", s->name);
	if (!strcmp(run, "exec")) {
		s->class = CONFIG_EXEC_COMMANDS;
		return 0;
	}
	if (!strncmp(run, "exec:", 5) && run[5 + strspn(run + 5, " \t")]) {
		s->class = CONFIG_EXEC;
		s->command = strdup(run + 5);
		return s->command ? 0 : -1;
	}
	type = strncmp(run, "ocf:", 4) ? NULL : strchr(run + 4, ':');
	if (!type || type == run + 4 || !type[1] || strchr(run, '/') || strchr(type + 1, ':'))
		return refuse(section, "run", "service %s: run = \"%s\" is not "
			      "\"exec:COMMAND\", \"exec\" or \"ocf:PROVIDER:TYPE\"", s->name, run);
	s->class = CONFIG_OCF;
	s->provider = strndup(run + 4, type - run - 4);
	s->type = strdup(type + 1);
	return s->provider && s->type ? 0 : -1;
}

static int check_params(cfg_t *section, const struct config_service *s)
{
	for (unsigned int i = 0; i < s->params.n; i++) {
		const char *p = s->params.item[i];
		size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_-");

		if (!n || p[n] != '=')
			return refuse(section, "params",
				      "service %s: parameter '%s' is not like \"name=value\"",
				      s->name, p);
	}
	return 0;
}

/* Commands fit only some classes. */
static int check_commands(cfg_t *section, const struct config_service *s)
{
	if (s->class == CONFIG_OCF && (s->start || s->stop || s->monitor))
		return refuse(section, s->start ? "start" : s->stop ? "stop" : "monitor",
			      "service %s: the commands of an ocf service are its agent's",
			      s->name);
	if (s->class == CONFIG_EXEC && s->start)
		return refuse(section, "start",
			      "service %s: start does not go with a command in run", s->name);
	if (s->class == CONFIG_EXEC_COMMANDS && (!s->start || !s->stop || !s->monitor))
		return refuse(section, "run",
			      "service %s: run = \"exec\" needs start, stop and monitor", s->name);
	return 0;
}

static int get_service(cfg_t *section, struct config_service *s)
{
	s->line = line_of(section, "run");
	s->with_line = line_of(section, "with");
	s->nodes_line = line_of(section, "nodes");
	s->avoid = 60ULL * 1000000000;
	if (get_name(section, s->name) || get_run(section, s) ||
	    get_text(section, "start", &s->start) || get_text(section, "stop", &s->stop) ||
	    get_text(section, "monitor", &s->monitor) ||
	    get_list(section, "params", &s->params) || get_list(section, "with", &s->with_names) ||
	    get_list(section, "nodes", &s->node_names) || get_restart(section, s) ||
	    get_duration(section, "start-timeout", &s->start_timeout) ||
	    get_duration(section, "stop-timeout", &s->stop_timeout) ||
	    get_duration(section, "monitor-interval", &s->monitor_interval) ||
	    get_duration(section, "monitor-timeout", &s->monitor_timeout) ||
	    get_duration(section, "avoid", &s->avoid))
		return -1;
	return check_params(section, s) ?: check_commands(section, s);
}

/* Later checks know sections by index; the lines of their options come along. */
static int get_all(cfg_t *root, struct config *config)
{
	unsigned int n = cfg_size(root, "cluster");

	if (n != 1)
		return refuse(root, NULL, "there must be one cluster section, not %u", n);
	if (get_cluster(cfg_getsec(root, "cluster"), config))
		return -1;
	config->n_nodes = cfg_size(root, "node");
	if (!config->n_nodes || config->n_nodes > VIGIL_MAX_NODES)
		return refuse(root, NULL, "there must be 1 to %d nodes, not %u", VIGIL_MAX_NODES,
			      config->n_nodes);
	config->node = calloc(config->n_nodes, sizeof(*config->node));
	if (!config->node)
		return -1;
	for (unsigned int i = 0; i < config->n_nodes; i++)
		if (get_node(cfg_getnsec(root, "node", i), &config->node[i]))
			return -1;
	n = cfg_size(root, "service");
	if (n > VIGIL_MAX_CLAIMS - 1)
		return refuse(root, NULL, "more than %d services", VIGIL_MAX_CLAIMS - 1);
	config->service = calloc(n + 1, sizeof(*config->service));
	if (!config->service)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		config->n_services++;
		if (get_service(cfg_getnsec(root, "service", i), &config->service[i]))
			return -1;
	}
	return 0;
}

static int parse(cfg_t *root, FILE *in, struct config *config, const char *self)
{
	static const char * const noted[] = {
		"cluster|key-file", "cluster|key-file-next", "cluster|use-next-key",
		"cluster|self", "cluster|detect",
		"cluster|port", "cluster|fence", "cluster|generation", "node|id", "node|address",
		"node|voter", "node|witness", "service|run", "service|start", "service|stop",
		"service|monitor", "service|params", "service|with", "service|nodes",
		"service|restart", "service|start-timeout", "service|stop-timeout",
		"service|monitor-interval", "service|monitor-timeout", "service|avoid",
	};
	const char *own;

	for (size_t i = 0; i < sizeof(noted) / sizeof(noted[0]); i++)
		cfg_set_validate_func(root, noted[i], on_option);
	cfg_set_error_function(root, on_syntax_error);
	if (cfg_parse_fp(root, in) != CFG_SUCCESS)
		return -1;
	if (get_all(root, config))
		return -1;
	own = cfg_getstr(cfg_getsec(root, "cluster"), "self");
	return config_check(config, self ? self : own, reading.err);
}

static cfg_t *new_reader(void)
{
	static cfg_opt_t cluster[] = {
		CFG_STR("key-file", NULL, CFGF_NONE), CFG_STR("key-file-next", NULL, CFGF_NONE),
		CFG_BOOL("use-next-key", cfg_false, CFGF_NONE),
		CFG_STR("self", NULL, CFGF_NONE), CFG_STR("detect", NULL, CFGF_NONE),
		CFG_INT("port", VIGIL_DEFAULT_PORT, CFGF_NONE),
		CFG_STR("fence", "reset", CFGF_NONE), CFG_INT("generation", 1, CFGF_NONE),
		CFG_END()
	};
	static cfg_opt_t node[] = {
		CFG_INT("id", 0, CFGF_NODEFAULT), CFG_STR_LIST("address", NULL, CFGF_NODEFAULT),
		CFG_BOOL("voter", cfg_true, CFGF_NONE), CFG_BOOL("witness", cfg_false, CFGF_NONE),
		CFG_END()
	};
	static cfg_opt_t service[] = {
		CFG_STR("run", NULL, CFGF_NONE), CFG_STR("start", NULL, CFGF_NONE),
		CFG_STR("stop", NULL, CFGF_NONE), CFG_STR("monitor", NULL, CFGF_NONE),
		CFG_STR_LIST("params", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("with", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("nodes", NULL, CFGF_NODEFAULT),
		CFG_STR("restart", "3 per 60s", CFGF_NONE),
		CFG_STR("start-timeout", NULL, CFGF_NONE), CFG_STR("stop-timeout", NULL, CFGF_NONE),
		CFG_STR("monitor-interval", NULL, CFGF_NONE),
		CFG_STR("monitor-timeout", NULL, CFGF_NONE), CFG_STR("avoid", NULL, CFGF_NONE),
		CFG_END()
	};
	static cfg_opt_t root[] = {
		CFG_SEC("cluster", cluster, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("node", node, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("service", service, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END()
	};

	return cfg_init(root, CFGF_NONE);
}

struct config *config_load(const char *path, const char *self, struct config_error *err)
{
	struct config *config = calloc(1, sizeof(*config));
	FILE *in = fopen(path, "re");
	int rc = -1;
	cfg_t *root;

	memset(err, 0, sizeof(*err));
	if (!in)
		config_refuse(err, path, 0, "%s", strerror(errno));
	root = in && config ? new_reader() : NULL;
	if (root) {
		reading.path = path;
		reading.err = err;
		config->path = strdup(path);
		rc = config->path ? parse(root, in, config, self) : -1;
		cfg_free(root);
	}
	free(reading.lines);
	memset(&reading, 0, sizeof(reading));
	if (in)
		fclose(in);
	if (!rc)
		return config;
	config_refuse(err, path, 0, "out of memory");
	config_free(config);
	return NULL;
}
