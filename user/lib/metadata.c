// SPDX-License-Identifier: GPL-2.0
#include "metadata.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS	20000

const char *metadata_attribute(const char *tag, size_t len, const char *name, size_t *value_len)
{
	size_t name_len = strlen(name);

	for (size_t i = 1; i + name_len + 2 < len; i++) {
		const char *p = tag + i, *end = tag + len, *close;

		if (strncmp(p, name, name_len) || !isspace((unsigned char)p[-1]))
			continue;
		p += name_len;
		while (p < end && isspace((unsigned char)*p))
			p++;
		if (p == end || *p++ != '=')
			continue;
		while (p < end && isspace((unsigned char)*p))
			p++;
		if (p == end || (*p != '"' && *p != '\''))
			continue;
		close = memchr(p + 1, *p, (size_t)(end - p - 1));
		if (!close)
			return NULL;
		*value_len = (size_t)(close - p - 1);
		return p + 1;
	}
	return NULL;
}

static bool same_name(const char *a, size_t len, const char *b)
{
	if (strlen(b) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

bool metadata_names(const char *xml, const char *tag, const char *name)
{
	size_t tag_len = strlen(tag);

	while ((xml = strchr(xml, '<'))) {
		size_t len = strcspn(xml, ">"), value_len;
		const char *value;

		if (len > tag_len && !strncmp(xml + 1, tag, tag_len) &&
		    isspace((unsigned char)xml[1 + tag_len])) {
			value = metadata_attribute(xml, len, "name", &value_len);
			if (value && same_name(value, value_len, name))
				return true;
		}
		xml += len;
	}
	return false;
}

static pid_t start(const char *path, int in, int out)
{
	static char *const envp[] = {
		(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		(char *)"LC_ALL=C", NULL
	};
	char *const argv[] = { (char *)path, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	pid_t pid = -1;
	int rc;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	rc = posix_spawn(&pid, path, &files, &attributes, argv, envp);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	errno = rc;
	return rc ? -1 : pid;
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Up to the end of what it writes; NULL: too slow, too much, or no memory. */
static char *read_all(int fd)
{
	long long end = now_ms() + PATIENCE_MS;
	char *text = malloc(METADATA_MAX + 1);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (text) {
		long long left = end - now_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			break;
		n = read(fd, text + len, METADATA_MAX - len);
		if (n < 0 || len == METADATA_MAX)
			break;
		if (!n) {
			text[len] = 0;
			return text;
		}
		len += (size_t)n;
	}
	free(text);
	return NULL;
}

char *metadata_ask(const char *path, char *why, size_t room)
{
	static const char input[] = "action=metadata\n";
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	char *text = NULL;
	pid_t pid = -1;

	if (!pipe2(in, O_CLOEXEC) && !pipe2(out, O_CLOEXEC) &&
	    write(in[1], input, sizeof(input) - 1) == (ssize_t)sizeof(input) - 1)
		pid = start(path, in[0], out[1]);
	if (pid < 0)
		snprintf(why, room, "%s: %s", path, strerror(errno));
	for (int i = 0; i < 2; i++)
		if (in[i] >= 0)
			close(in[i]);
	if (out[1] >= 0)
		close(out[1]);
	if (pid > 0) {
		text = read_all(out[0]);
		kill(-pid, SIGKILL);	/* if it goes on; all of it that counts has been read */
		waitpid(pid, NULL, 0);
		if (!text || !strstr(text, "<parameter")) {
			snprintf(why, room, "%s has no metadata", path);
			free(text);
			text = NULL;
		}
	}
	if (out[0] >= 0)
		close(out[0]);
	return text;
}
