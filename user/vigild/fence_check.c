// SPDX-License-Identifier: GPL-2.0
#include "fence_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/metadata.h"

#define SECRET_MAX	1024	/* bytes of a secret */

bool fence_agent_path(const struct config_device *device, char *out, size_t room)
{
	static const char * const dirs[] = {
		"/usr/local/sbin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/", "/usr/bin/"
	};

	if (device->agent[0] == '/')
		return snprintf(out, room, "%s", device->agent) < (int)room && !access(out, X_OK);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (snprintf(out, room, "%s%s", dirs[i], device->agent) < (int)room &&
		    !access(out, X_OK))
			return true;
	return false;
}

/* One line without its end into @text. NULL, or what is wrong. */
static const char *read_line_of(int fd, char text[SECRET_MAX + 2])
{
	ssize_t len = read(fd, text, SECRET_MAX + 2);

	if (len < 0)
		return strerror(errno);
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (!len || len > SECRET_MAX)
		return "must have one line of 1 to 1024 bytes";
	text[len] = 0;
	for (ssize_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return "must have one line, without control characters";
	return NULL;
}

static const char *read_secret(const char *path, char text[SECRET_MAX + 2])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *why = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "is not a regular file";
	else if (st.st_mode & 077)
		why = "is open to others: chmod 600 it";
	else
		why = read_line_of(fd, text);
	if (fd >= 0)
		close(fd);
	return why;
}

static int add_secret(struct config_device *device, const char *name, size_t len,
		      const char *value)
{
	char **more = reallocarray(device->secrets.item, device->secrets.n + 2, sizeof(*more));

	if (!more)
		return -1;
	device->secrets.item = more;
	if (asprintf(&more[device->secrets.n], "%.*s=%s", (int)len, name, value) < 0)
		return -1;
	more[++device->secrets.n] = NULL;
	return 0;
}

int fence_read_secrets(struct config *config, struct config_error *err)
{
	char text[SECRET_MAX + 2];
	int rc = 0;

	for (unsigned int i = 0; !rc && i < config->n_devices; i++) {
		struct config_device *device = &config->device[i];

		for (unsigned int s = 0; !rc && s < device->secret_files.n; s++) {
			const char *item = device->secret_files.item[s];
			size_t len = strcspn(item, "=");
			const char *why = read_secret(item + len + 1, text);

			if (why)
				config_refuse(err, config->path, device->secret_line,
					      "device %s: secret file %s: %s", device->name,
					      item + len + 1, why);
			rc = why ? -1 : add_secret(device, item, len, text);
		}
	}
	explicit_bzero(text, sizeof(text));
	if (rc)
		config_refuse(err, config->path, 0, "out of memory");
	return rc;
}

/* The first of a list that the agent does not know; its line. */
static bool unknown_param(const struct config *config, const struct config_device *device,
			  const struct config_list *params, int line, const char *metadata,
			  struct config_error *err)
{
	char name[128];

	for (unsigned int i = 0; i < params->n; i++) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(params->item[i], "="),
			 params->item[i]);
		if (metadata_names(metadata, "parameter", name))
			continue;
		config_refuse(err, config->path, line, "device %s: %s has no parameter '%s'",
			      device->name, device->agent, name);
		return true;
	}
	return false;
}

bool fence_check_device(const struct config *config, unsigned int device, const char *metadata,
			struct config_error *err)
{
	static const char * const actions[] = { "off", "on", "status" };
	const struct config_device *d = &config->device[device];

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!metadata_names(metadata, "action", actions[i])) {
			config_refuse(err, config->path, d->agent_line,
				      "device %s: %s has no action '%s', and could never prove anything",
				      d->name, d->agent, actions[i]);
			return true;
		}
	if (unknown_param(config, d, &d->params, d->params_line, metadata, err) ||
	    unknown_param(config, d, &d->secret_files, d->secret_line, metadata, err))
		return true;
	for (unsigned int n = 0; n < config->n_nodes; n++)
		for (unsigned int i = 0; i < CONFIG_FENCE_LEVELS; i++) {
			const struct config_level *level = &config->node[n].fence[i];

			for (unsigned int u = 0; u < level->n; u++)
				if (level->use[u].device == device &&
				    unknown_param(config, d, &level->use[u].params, level->line,
						  metadata, err))
					return true;
		}
	return false;
}

int fence_check_agents(const struct config *config, struct config_error *err)
{
	char path[512], why[600];

	for (unsigned int i = 0; i < config->n_devices; i++) {
		const struct config_device *device = &config->device[i];
		char *metadata;
		bool bad;

		if (!fence_agent_path(device, path, sizeof(path)))
			continue;
		metadata = metadata_ask(path, why, sizeof(why));
		if (!metadata) {
			config_refuse(err, config->path, device->agent_line, "device %s: %s",
				      device->name, why);
			return -1;
		}
		bad = fence_check_device(config, i, metadata, err);
		free(metadata);
		if (bad)
			return -1;
	}
	return 0;
}
