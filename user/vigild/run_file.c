// SPDX-License-Identifier: GPL-2.0
#include "run_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define FILE_MAX	(256 * 1024)

struct json_object *run_file_read(const char *path)
{
	struct json_object *o = NULL;
	char *text = NULL;
	FILE *in = fopen(path, "re");
	size_t len;

	if (!in)
		return NULL;
	text = malloc(FILE_MAX + 1);
	if (text) {
		len = fread(text, 1, FILE_MAX, in);
		text[len] = 0;
		o = json_tokener_parse(text);
		if (!o)
			log_warn("%s: not understood, ignored", path);
	}
	free(text);
	fclose(in);
	return o;
}

void run_file_write(const char *path, struct json_object *object)
{
	char fresh[PATH_MAX];
	const char *text;
	size_t len;
	int fd;

	if (!object) {
		unlink(path);
		return;
	}
	text = json_object_to_json_string_length(object, JSON_C_TO_STRING_PLAIN, &len);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || !text || write(fd, text, len) != (ssize_t)len || rename(fresh, path))
		log_warn("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	json_object_put(object);
}
