// SPDX-License-Identifier: GPL-2.0
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int open_mount(void)
{
	static const char * const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (size_t i = 0; i < 2; i++)
		if (!statfs(mounts[i], &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			return open(mounts[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	errno = ENODEV;
	return -1;
}

int cgroup_open(struct cgroup *cg, const char *path)
{
	int dir = open_mount(), next;
	char name[NAME_MAX + 1];

	*cg = (struct cgroup){ .dir = -1, .events = -1 };
	while (dir >= 0 && *path) {
		size_t n = strcspn(path, "/");

		if (!n || n >= sizeof(name)) {
			close(dir);
			return -EINVAL;
		}
		memcpy(name, path, n);
		name[n] = 0;
		path += n + (path[n] == '/');
		next = -1;
		if (!mkdirat(dir, name, 0755) || errno == EEXIST)
			next = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		n = errno;
		close(dir);
		errno = n;
		dir = next;
	}
	if (dir < 0)
		return -errno;
	cg->dir = dir;
	cg->events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (cg->events < 0) {
		int rc = -errno;

		cgroup_close(cg);
		return rc;
	}
	return 0;
}

void cgroup_close(struct cgroup *cg)
{
	sd_event_source_disable_unref(cg->source);
	if (cg->events >= 0)
		close(cg->events);
	if (cg->dir >= 0)
		close(cg->dir);
	*cg = (struct cgroup){ .dir = -1, .events = -1 };
}

int cgroup_populated(const struct cgroup *cg)
{
	char text[128];
	ssize_t n = pread(cg->events, text, sizeof(text) - 1, 0);
	const char *found;

	if (n < 0)
		return -errno;
	text[n] = 0;
	found = strstr(text, "populated ");
	return found ? found[strlen("populated ")] == '1' : -EBADMSG;
}

int cgroup_each_pid(const struct cgroup *cg, bool (*visit)(pid_t pid, void *data), void *data)
{
	int fd = openat(cg->dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	int n = 0, pid;

	if (!in) {
		n = -errno;
		if (fd >= 0)
			close(fd);
		return n;
	}
	while (fscanf(in, "%d", &pid) == 1) {
		n++;
		if (pid > 0 && !visit(pid, data))
			break;
	}
	fclose(in);
	return n;
}

static bool send_signal(pid_t pid, void *data)
{
	kill(pid, *(const int *)data);
	return true;
}

int cgroup_signal(const struct cgroup *cg, int signal)
{
	return cgroup_each_pid(cg, send_signal, &signal);
}

static bool kill_other(pid_t pid, void *data)
{
	if (pid != *(const pid_t *)data)
		kill(pid, SIGKILL);
	return true;
}

void cgroup_kill_others(const struct cgroup *cg, pid_t pid)
{
	cgroup_each_pid(cg, kill_other, &pid);
}

/* Return: how many processes there were in the group @dir and below. */
static int kill_below(int dir)
{
	struct cgroup cg = { .dir = dir };
	int n = cgroup_each_pid(&cg, kill_other, &(pid_t){ 0 });
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (n < 0)
		n = 0;	/* the group is gone, or its processes are threads of others */
	while (list && (entry = readdir(list))) {
		int below = entry->d_type != DT_DIR || entry->d_name[0] == '.' ? -1 :
			    openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (below < 0)
			continue;
		n += kill_below(below);
		close(below);
	}
	if (list)
		closedir(list);
	else if (copy >= 0)
		close(copy);
	return n;
}

static int freeze(const struct cgroup *cg, bool frozen)
{
	int fd = openat(cg->dir, "cgroup.freeze", O_WRONLY | O_CLOEXEC);
	int rc = fd < 0 || write(fd, frozen ? "1" : "0", 1) != 1 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

/*
 * Not by cgroup.kill: kernels since 6.1.129 and 6.12.14 then kill whatever is cloned into
 * the group for ever after. Frozen processes have no more children than those they are
 * just making; the second time finds these.
 */
int cgroup_kill(const struct cgroup *cg)
{
	int rc = freeze(cg, true);

	for (int i = 0; i < 2 && kill_below(cg->dir); i++)
		;
	return freeze(cg, false) ?: rc;
}

uint64_t cgroup_id(const struct cgroup *cg)
{
	struct stat st;

	return fstat(cg->dir, &st) ? 0 : st.st_ino;
}

static bool is_other(pid_t pid, void *data)
{
	pid_t *wanted = data;

	if (pid != *wanted)
		return true;
	*wanted = 0;
	return false;
}

bool cgroup_contains(const struct cgroup *cg, pid_t pid)
{
	return pid > 0 && cgroup_each_pid(cg, is_other, &pid) > 0 && !pid;
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct cgroup *cg = data;

	/* Reading also takes the notice back. */
	if (cgroup_populated(cg) == 0)
		cg->on_empty(cg->data);
	return 0;
}

int cgroup_watch(struct cgroup *cg, sd_event *event, void (*on_empty)(void *data), void *data)
{
	cg->on_empty = on_empty;
	cg->data = data;
	return sd_event_add_io(event, &cg->source, cg->events, EPOLLPRI, on_events, cg);
}
