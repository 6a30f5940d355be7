// SPDX-License-Identifier: GPL-2.0
/* Fencing devices, and what nodes say about being fenced. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_read.h"

#define DEFAULT_PARALLEL	1	/* what any device can do */

cfg_opt_t device_options[] = {
	CFG_STR("agent", NULL, CFGF_NONE), CFG_STR_LIST("params", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("secret", NULL, CFGF_NODEFAULT), CFG_STR("timeout", NULL, CFGF_NONE),
	CFG_STR("off-timeout", NULL, CFGF_NONE), CFG_STR("on-timeout", NULL, CFGF_NONE),
	CFG_STR("status-timeout", NULL, CFGF_NONE), CFG_INT("retries", 1, CFGF_NONE),
	CFG_INT("parallel", DEFAULT_PARALLEL, CFGF_NONE),
	CFG_END()
};

int config_find_device(const struct config *config, const char *name)
{
	for (unsigned int i = 0; i < config->n_devices; i++)
		if (!strcmp(config->device[i].name, name))
			return i;
	return -1;
}

/* What would be a line of its own for the agent, or is said by vigild itself. NULL: neither. */
static const char *odd_param(const char *param)
{
	static const char * const ours[] = { "action=", "option=", "nodename=" };

	for (const char *p = param; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "has a control character";
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strncmp(param, ours[i], strlen(ours[i])))
			return "is said by vigild itself";
	return NULL;
}

static int check_params(cfg_t *section, const char *option, const char *name,
			const struct config_list *params)
{
	char who[VIGIL_NAME_LEN + 16];

	snprintf(who, sizeof(who), "device %s", name);
	for (unsigned int i = 0; i < params->n; i++) {
		const char *why = odd_param(params->item[i]);

		if (why)
			return read_refuse(section, option, "%s: parameter '%.*s' %s", who,
					   (int)strcspn(params->item[i], "="), params->item[i],
					   why);
	}
	return read_check_params(section, option, who, params);
}

static int get_count(cfg_t *section, const char *option, long min, long max, unsigned int *out)
{
	long n = cfg_getint(section, option);

	if (n < min || n > max)
		return read_refuse(section, option, "%s: %ld is not between %ld and %ld", option, n,
				   min, max);
	*out = n;
	return 0;
}

int read_device(cfg_t *section, struct config_device *device)
{
	uint64_t timeout = CONFIG_DEFAULT_TIMEOUT;

	device->agent_line = read_line(section, "agent");
	device->params_line = read_line(section, "params");
	device->secret_line = read_line(section, "secret");
	if (read_name(section, device->name) || read_text(section, "agent", &device->agent) ||
	    read_list(section, "params", &device->params) ||
	    read_list(section, "secret", &device->secret_files) ||
	    read_duration(section, "timeout", &timeout))
		return -1;
	if (strchr(device->name, '='))
		return read_refuse(section, NULL, "device %s: no '=' in its name", device->name);
	if (!device->agent)
		return read_refuse(section, NULL, "device %s: agent is missing", device->name);
	if (strchr(device->agent, '/') && device->agent[0] != '/')
		return read_refuse(section, "agent",
				   "device %s: agent is a name, as \"fence_ipmilan\", or a whole path",
				   device->name);
	device->off_timeout = device->on_timeout = device->status_timeout = timeout;
	if (check_params(section, "params", device->name, &device->params) ||
	    check_params(section, "secret", device->name, &device->secret_files) ||
	    read_duration(section, "off-timeout", &device->off_timeout) ||
	    read_duration(section, "on-timeout", &device->on_timeout) ||
	    read_duration(section, "status-timeout", &device->status_timeout) ||
	    get_count(section, "retries", 0, 100, &device->retries) ||
	    get_count(section, "parallel", 1, 100, &device->parallel))
		return -1;
	for (unsigned int i = 0; i < device->secret_files.n; i++) {
		const char *file = strchr(device->secret_files.item[i], '=') + 1;

		if (file[0] != '/')
			return read_refuse(section, "secret",
					   "device %s: secret = {\"NAME=/FILE\"}, with the file's whole path",
					   device->name);
	}
	return 0;
}

int read_fence(cfg_t *section, struct config_node *node)
{
	static const char * const options[CONFIG_FENCE_LEVELS] = {
		"fence", "fence-2", "fence-3", "fence-4"
	};
	const char *action = cfg_getstr(section, "fence-action");

	for (unsigned int i = 0; i < CONFIG_FENCE_LEVELS; i++) {
		struct config_level *level = &node->fence[i];

		if (read_list(section, options[i], &level->text))
			return -1;
		level->line = read_line(section, options[i]);
		if (level->text.n && i && !level[-1].text.n)
			return read_refuse(section, options[i], "node %s: %s without %s",
					   node->name, options[i], options[i - 1]);
	}
	node->fence_off = !strcmp(action, "off");
	if (!node->fence_off && strcmp(action, "reboot"))
		return read_refuse(section, "fence-action",
				   "fence-action: '%s' is not reboot or off", action);
	return read_duration(section, "fence-delay", &node->fence_delay) ||
	       read_duration(section, "fence-delay-random", &node->fence_delay_random) ? -1 : 0;
}

/* "pdu-a plug=3": a device, and parameters for this node. */
static int resolve(const struct config *config, const struct config_node *node,
		   const struct config_level *level, const char *text, struct config_use *use,
		   struct config_error *err)
{
	char *copy = strdup(text), *rest = copy, *word = copy ? strsep(&rest, " ") : NULL;
	int device = word ? config_find_device(config, word) : -1;
	const char *why;

	if (copy && device < 0)
		config_refuse(err, config->path, level->line,
			      "node %s: fence names '%s', which is no device", node->name, word);
	if (device < 0)
		goto fail;
	use->device = device;
	while ((word = strsep(&rest, " "))) {
		char **more;

		if (!*word)
			continue;
		why = strchr(word, '=') && word[0] != '=' ? odd_param(word) :
							    "is not like \"name=value\"";
		if (why) {
			config_refuse(err, config->path, level->line,
				      "node %s: fence: parameter '%s' %s", node->name, word, why);
			goto fail;
		}
		more = reallocarray(use->params.item, use->params.n + 2, sizeof(*more));
		if (!more)
			goto fail;
		use->params.item = more;
		more[use->params.n] = strdup(word);
		if (!more[use->params.n])
			goto fail;
		more[++use->params.n] = NULL;
	}
	free(copy);
	return 0;
fail:
	free(copy);
	return -1;
}

int config_levels(struct config *config, struct config_error *err)
{
	for (unsigned int n = 0; n < config->n_nodes; n++) {
		struct config_node *node = &config->node[n];

		for (unsigned int i = 0; i < CONFIG_FENCE_LEVELS; i++) {
			struct config_level *level = &node->fence[i];

			level->use = calloc(level->text.n + 1, sizeof(*level->use));
			if (!level->use)
				return -1;
			while (level->n < level->text.n) {
				const char *text = level->text.item[level->n];
				struct config_use *use = &level->use[level->n++];

				if (resolve(config, node, level, text, use, err))
					return -1;
			}
		}
	}
	return 0;
}

void config_free_list(struct config_list *list)
{
	for (unsigned int i = 0; i < list->n; i++)
		free(list->item[i]);
	free(list->item);
}

void config_free_fence(struct config *config)
{
	for (unsigned int n = 0; config->node && n < config->n_nodes; n++)
		for (unsigned int i = 0; i < CONFIG_FENCE_LEVELS; i++) {
			struct config_level *level = &config->node[n].fence[i];

			for (unsigned int u = 0; level->use && u < level->n; u++)
				config_free_list(&level->use[u].params);
			free(level->use);
			config_free_list(&level->text);
		}
	for (unsigned int i = 0; i < config->n_devices; i++) {
		struct config_device *device = &config->device[i];

		free(device->agent);
		config_free_list(&device->params);
		config_free_list(&device->secret_files);
		for (unsigned int s = 0; s < device->secrets.n; s++)
			explicit_bzero(device->secrets.item[s], strlen(device->secrets.item[s]));
		config_free_list(&device->secrets);
	}
	free(config->device);
}
