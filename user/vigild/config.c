// SPDX-License-Identifier: GPL-2.0
/*
 * From text to struct config, by libconfuse. Here each option is judged for
 * itself; config_check.c judges what several of them say together.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_read.h"

static cfg_opt_t cluster_options[] = {
	CFG_STR("key-file", NULL, CFGF_NONE), CFG_STR("key-file-next", NULL, CFGF_NONE),
	CFG_BOOL("use-next-key", cfg_false, CFGF_NONE),
	CFG_STR("self", NULL, CFGF_NONE), CFG_STR("detect", NULL, CFGF_NONE),
	CFG_INT("port", VIGIL_DEFAULT_PORT, CFGF_NONE),
	CFG_STR("fence", "reset", CFGF_NONE), CFG_INT("generation", 1, CFGF_NONE),
	CFG_STR("watchdog", NULL, CFGF_NONE), CFG_STR("watchdog-timeout", NULL, CFGF_NONE),
	CFG_BOOL("watchdog-soft", cfg_false, CFGF_NONE),
	CFG_STR("daemon-stale", NULL, CFGF_NONE), CFG_STR("daemon-grace", NULL, CFGF_NONE),
	CFG_STR("fence-limit", "3 per 10min", CFGF_NONE),
	CFG_STR("fence-priority-delay", NULL, CFGF_NONE),
	CFG_BOOL("fence-expired", cfg_true, CFGF_NONE),
	CFG_END()
};

static cfg_opt_t node_options[] = {
	CFG_INT("id", 0, CFGF_NODEFAULT), CFG_STR_LIST("address", NULL, CFGF_NODEFAULT),
	CFG_BOOL("voter", cfg_true, CFGF_NONE), CFG_BOOL("witness", cfg_false, CFGF_NONE),
	CFG_STR_LIST("fence", NULL, CFGF_NODEFAULT), CFG_STR_LIST("fence-2", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("fence-3", NULL, CFGF_NODEFAULT), CFG_STR_LIST("fence-4", NULL, CFGF_NODEFAULT),
	CFG_STR("fence-action", "reboot", CFGF_NONE), CFG_STR("fence-delay", NULL, CFGF_NONE),
	CFG_STR("fence-delay-random", NULL, CFGF_NONE),
	CFG_END()
};

static int get_cluster(cfg_t *section, struct config *config)
{
	static const char * const fences[] = { "reset", "panic", "poweroff", "notify" };
	const char *fence = cfg_getstr(section, "fence");
	uint64_t detect = VIGIL_DETECT_DEFAULT_NS;
	const char *why;
	long n;

	config->line = section->line;
	if (read_name(section, config->name) ||
	    read_text(section, "key-file", &config->key_file) ||
	    read_text(section, "key-file-next", &config->key_file_next) ||
	    read_duration(section, "detect", &detect) ||
	    read_rate(section, "fence-limit", CONFIG_FENCE_LIMIT_MAX, &config->fence_limit,
		      &config->fence_window) ||
	    read_duration(section, "fence-priority-delay", &config->fence_priority_delay))
		return -1;
	config->fence_expired = cfg_getbool(section, "fence-expired");
	config->key_line[0] = read_line(section, "key-file");
	config->key_line[1] = read_line(section, "key-file-next");
	if (!config->key_file)
		return read_refuse(section, NULL, "cluster %s: key-file is missing", config->name);
	config->use_next_key = cfg_getbool(section, "use-next-key");
	if (config->use_next_key && !config->key_file_next)
		return read_refuse(section, "use-next-key", "use-next-key needs key-file-next");
	why = vigil_timing_derive(&config->timing, detect);
	if (!why)
		why = vigil_timing_check(&config->timing);
	if (why)
		return read_refuse(section, "detect", "%s", why);
	if (read_guards(section, config))
		return -1;
	n = cfg_getint(section, "port");
	if (n < 1 || n > 65535)
		return read_refuse(section, "port", "port: %ld is not between 1 and 65535", n);
	config->port = n;
	n = cfg_getint(section, "generation");
	if (n < 0 || n > UINT32_MAX)
		return read_refuse(section, "generation", "generation: %ld is not a 32-bit number", n);
	config->generation = n;
	for (unsigned int i = 0; i < 4; i++)
		if (!strcmp(fence, fences[i])) {
			config->fence = i;
			return 0;
		}
	return read_refuse(section, "fence", "fence: '%s' is not reset, panic, poweroff or notify",
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
		return read_refuse(section, n ? "address" : NULL,
			      "node %s: needs 1 to %d addresses, one per link; has %u",
			      node->name, VIGIL_MAX_LINKS, n);
	for (unsigned int i = 0; i < n; i++) {
		const char *text = cfg_getnstr(section, "address", i);

		if (!read_address(text, &node->address[i]))
			return read_refuse(section, "address",
				      "node %s: '%s' is not an IPv4 or IPv6 address",
				      node->name, text);
	}
	node->n_addresses = n;
	return 0;
}

static int get_node(cfg_t *section, struct config_node *node)
{
	long id = cfg_getint(section, "id");

	if (read_name(section, node->name))
		return -1;
	if (!cfg_size(section, "id"))
		return read_refuse(section, NULL, "node %s: id is missing", node->name);
	if (id < 1 || id > VIGIL_MAX_NODES)
		return read_refuse(section, "id", "node %s: id %ld is not between 1 and %d",
			      node->name, id, VIGIL_MAX_NODES);
	node->id = id;
	node->voter = cfg_getbool(section, "voter");
	node->witness = cfg_getbool(section, "witness");
	node->line = read_line(section, "id");
	node->address_line = read_line(section, "address");
	if (node->witness && !node->voter)
		return read_refuse(section, "voter", "node %s: a witness that does not vote is useless",
			      node->name);
	return get_addresses(section, node) ?: read_fence(section, node);
}

/* Later checks know sections by index; the lines of their options come along. */
static int get_all(cfg_t *root, struct config *config)
{
	unsigned int n = cfg_size(root, "cluster");

	if (n != 1)
		return read_refuse(root, NULL, "there must be one cluster section, not %u", n);
	if (get_cluster(cfg_getsec(root, "cluster"), config))
		return -1;
	config->n_nodes = cfg_size(root, "node");
	if (!config->n_nodes || config->n_nodes > VIGIL_MAX_NODES)
		return read_refuse(root, NULL, "there must be 1 to %d nodes, not %u", VIGIL_MAX_NODES,
			      config->n_nodes);
	config->node = calloc(config->n_nodes, sizeof(*config->node));
	if (!config->node)
		return -1;
	for (unsigned int i = 0; i < config->n_nodes; i++)
		if (get_node(cfg_getnsec(root, "node", i), &config->node[i]))
			return -1;
	n = cfg_size(root, "device");
	config->device = calloc(n + 1, sizeof(*config->device));
	if (!config->device)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		config->n_devices++;
		if (read_device(cfg_getnsec(root, "device", i), &config->device[i]))
			return -1;
	}
	n = cfg_size(root, "service");
	if (n > VIGIL_MAX_CLAIMS - 1)
		return read_refuse(root, NULL, "more than %d services", VIGIL_MAX_CLAIMS - 1);
	config->service = calloc(n + 1, sizeof(*config->service));
	if (!config->service)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		config->n_services++;
		if (read_service(cfg_getnsec(root, "service", i), &config->service[i]))
			return -1;
	}
	return 0;
}

static int parse(cfg_t *root, FILE *in, struct config *config, const char *self,
		 struct config_error *err)
{
	const char *own;

	read_note(root, "cluster", cluster_options);
	read_note(root, "node", node_options);
	read_note(root, "device", device_options);
	read_note(root, "service", service_options);
	if (cfg_parse_fp(root, in) != CFG_SUCCESS)
		return -1;
	if (get_all(root, config))
		return -1;
	own = cfg_getstr(cfg_getsec(root, "cluster"), "self");
	return config_check(config, self ? self : own, err);
}

static cfg_t *new_reader(void)
{
	cfg_opt_t root[] = {
		CFG_SEC("cluster", cluster_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("node", node_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("device", device_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("service", service_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
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
		read_begin(path, err);
		config->path = strdup(path);
		rc = config->path ? parse(root, in, config, self, err) : -1;
		cfg_free(root);
	}
	read_end();
	if (in)
		fclose(in);
	if (!rc)
		return config;
	config_refuse(err, path, 0, "out of memory");
	config_free(config);
	return NULL;
}
