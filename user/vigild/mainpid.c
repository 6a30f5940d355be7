// SPDX-License-Identifier: GPL-2.0
#include "mainpid.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "log.h"

#define PATH_LEN	(sizeof(RUN_DIR) + 2 * VIGIL_NAME_LEN + 16)

static void make_path(char path[PATH_LEN], const char *cluster, const char *service)
{
	snprintf(path, PATH_LEN, RUN_DIR "/%s/%s.main", cluster, service);
}

/* Field 22 of /proc/PID/stat; the second one may hold anything, in parentheses. */
static unsigned long long start_time(pid_t pid)
{
	unsigned long long ticks = 0;
	char path[32], text[1024], *p;
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	in = fopen(path, "re");
	if (!in)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[n] = 0;
	p = strrchr(text, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d"
				" %*d %*d %*d %*d %llu", &ticks) != 1)
		return 0;
	return ticks;
}

void mainpid_write(const char *cluster, const char *service, pid_t pid)
{
	char path[PATH_LEN], dir[PATH_LEN];
	FILE *out;

	make_path(path, cluster, service);
	out = fopen(path, "we");
	if (!out && errno == ENOENT) {
		snprintf(dir, sizeof(dir), RUN_DIR "/%s", cluster);
		mkdir(RUN_DIR, 0755);
		mkdir(dir, 0755);
		out = fopen(path, "we");
	}
	if (!out) {
		log_warn("%s: %s; after a restart of vigild its exit code will not be known",
			 path, strerror(errno));
		return;
	}
	fprintf(out, "%d %llu\n", pid, start_time(pid));
	fclose(out);
}

pid_t mainpid_read(const char *cluster, const char *service)
{
	unsigned long long ticks = 0;
	char path[PATH_LEN];
	int pid = 0;
	FILE *in;

	make_path(path, cluster, service);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fscanf(in, "%d %llu", &pid, &ticks) != 2 || pid <= 1 || !ticks ||
	    start_time(pid) != ticks)
		pid = 0;
	fclose(in);
	return pid;
}

void mainpid_remove(const char *cluster, const char *service)
{
	char path[PATH_LEN];

	make_path(path, cluster, service);
	unlink(path);
}
