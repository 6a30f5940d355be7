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

/* Of /proc/PID/stat. */
struct stat_fields {
	int parent;
	int session;
	unsigned long long start;
};

/* False: no such process. The second field may hold anything, in parentheses. */
static bool read_stat(pid_t pid, struct stat_fields *f)
{
	char path[32], text[1024], *p;
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	in = fopen(path, "re");
	if (!in)
		return false;
	n = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[n] = 0;
	p = strrchr(text, ')');
	return p && sscanf(p + 1, " %*c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d"
				  " %*d %*d %*d %llu", &f->parent, &f->session, &f->start) == 3;
}

void mainpid_make_dir(const char *cluster)
{
	char dir[PATH_LEN];

	snprintf(dir, sizeof(dir), RUN_DIR "/%s", cluster);
	mkdir(RUN_DIR, 0755);
	mkdir(dir, 0755);
}

void mainpid_write(const char *cluster, const char *service, pid_t pid)
{
	struct stat_fields f = { 0 };
	char path[PATH_LEN];
	FILE *out;

	make_path(path, cluster, service);
	out = fopen(path, "we");
	if (!out && errno == ENOENT) {
		mainpid_make_dir(cluster);
		out = fopen(path, "we");
	}
	if (!out) {
		log_warn("%s: %s; after a restart of vigild its exit code will not be known",
			 path, strerror(errno));
		return;
	}
	read_stat(pid, &f);
	fprintf(out, "%d %llu\n", pid, f.start);
	fclose(out);
}

pid_t mainpid_read(const char *cluster, const char *service)
{
	unsigned long long ticks = 0;
	char path[PATH_LEN];
	struct stat_fields f;
	int pid = 0;
	FILE *in;

	make_path(path, cluster, service);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fscanf(in, "%d %llu", &pid, &ticks) != 2 || pid <= 1 || !ticks ||
	    !read_stat(pid, &f) || f.start != ticks)
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

struct search {
	pid_t found;
	unsigned int n;
};

static bool is_daemon(pid_t pid, void *data)
{
	struct search *s = data;
	struct stat_fields f;

	/* What an agent leaves running for a while has the agent's session. */
	if (!read_stat(pid, &f) || f.session != pid || (f.parent > 1 && f.parent != getpid()))
		return true;
	s->found = pid;
	return ++s->n < 2;
}

pid_t mainpid_find(const struct cgroup *cg, const char *pidfile)
{
	struct search s = { 0 };
	FILE *in = pidfile ? fopen(pidfile, "re") : NULL;
	int pid = 0;

	if (in) {
		if (fscanf(in, "%d", &pid) != 1)
			pid = 0;
		fclose(in);
	}
	if (cgroup_contains(cg, pid))
		return pid;
	cgroup_each_pid(cg, is_daemon, &s);
	return s.n == 1 ? s.found : 0;
}
