// SPDX-License-Identifier: GPL-2.0
#include "probe_pin.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>
#include <vigil/health.h>
#include <vigil/probe.h>

#include "log.h"

#define BPFFS	"/sys/fs/bpf"

static bool is_bpffs(void)
{
	struct statfs fs;

	return !statfs(BPFFS, &fs) && fs.f_type == BPF_FS_MAGIC;
}

static int make_directory(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

/* The BPF file system allows no '.' in names, so these bytes become %XX. */
static char *directory_name(const char *cluster)
{
	char name[3 * VIGIL_NAME_LEN + 1], *path;
	size_t n = 0;

	for (; *cluster && n + 3 < sizeof(name); cluster++) {
		if (*cluster == '.' || *cluster == '%' || *cluster == '/')
			n += (size_t)snprintf(name + n, 4, "%%%02x", (unsigned char)*cluster);
		else
			name[n++] = *cluster;
	}
	name[n] = '\0';
	return asprintf(&path, BPFFS "/vigil/%s", name) < 0 ? NULL : path;
}

char *probe_pin_open(const char *cluster, char *why, size_t room)
{
	char *path = NULL;
	int rc = 0;

	why[0] = '\0';
	if (!is_bpffs() &&
	    mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		rc = -errno;
	if (!rc)
		rc = make_directory(BPFFS "/vigil");
	if (!rc) {
		path = directory_name(cluster);
		rc = path ? make_directory(path) : -ENOMEM;
	}
	if (rc) {
		snprintf(why, room, "cannot be pinned, so they end with the daemon: %s: %s",
			 BPFFS, strerror(-rc));
		free(path);
		return NULL;
	}
	return path;
}

__attribute__((format(printf, 2, 3)))
static bool join(char path[PATH_MAX], const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(path, PATH_MAX, format, ap);
	va_end(ap);
	return n > 0 && n < PATH_MAX;
}

/*
 * The pinned map, if it is what this daemon would make; one that is not is unpinned. Any
 * number of @entries will do if that is 0.
 */
static int find_map(const char *dir, const char *name, enum bpf_map_type type, __u32 value_size,
		    __u32 entries)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	char path[PATH_MAX];
	int fd;

	if (!join(path, "%s/%s", dir, name))
		return -1;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -1;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == type &&
	    info.value_size == value_size && (!entries || info.max_entries == entries))
		return fd;
	log_note("probes: %s is of another version; it is replaced", path);
	close(fd);
	unlink(path);
	return -1;
}

void probe_pin_find(const char *dir, struct probe_shared *shared)
{
	shared->watches = find_map(dir, "watches", BPF_MAP_TYPE_TASK_STORAGE,
				   sizeof(struct vigil_probe_watch), 0);
	shared->reports = find_map(dir, "reports", BPF_MAP_TYPE_RINGBUF, 0, 0);
	shared->counts = find_map(dir, "counts", BPF_MAP_TYPE_ARRAY, sizeof(struct health_count),
				  HEALTH_COUNTERS);
}

static int pin_map(const char *dir, const char *name, int fd)
{
	char path[PATH_MAX];

	if (fd < 0 || !join(path, "%s/%s", dir, name) || !access(path, F_OK))
		return 0;
	return bpf_obj_pin(fd, path);
}

int probe_pin_shared(const char *dir, const struct probe_shared *shared)
{
	return pin_map(dir, "watches", shared->watches) ?:
	       pin_map(dir, "reports", shared->reports) ?:
	       pin_map(dir, "counts", shared->counts);
}

/* A directory that holds no directories, with all that is in it. */
static void remove_directory(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	rmdir(path);
}

/* Directories of @family (NULL: of all), but for that named @keep, if any. */
static void remove_older(const char *dir, const char *family, const char *keep)
{
	size_t len = family ? strlen(family) : 0;
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[PATH_MAX];

	while (d && (entry = readdir(d))) {
		const char *name = entry->d_name;

		if (!strchr(name, '@') || (keep && !strcmp(name, keep)))
			continue;
		if (family && (strncmp(name, family, len) || name[len] != '@'))
			continue;
		if (join(path, "%s/%s", dir, name))
			remove_directory(path);
	}
	if (d)
		closedir(d);
}

/* Timers end when nobody can find their map any more. */
static void pin_timers(const char *dir, const char *generation, const struct probe_set *set)
{
	const char *name = set->family->timers;
	char path[PATH_MAX];
	int rc = -ENAMETOOLONG, fd;

	if (!name)
		return;
	fd = bpf_map__fd(bpf_object__find_map_by_name(set->object, name));
	if (join(path, "%s/%s/%s", dir, generation, name))
		rc = bpf_obj_pin(fd, path);
	if (rc)
		log_warn("probes: %s ends with the daemon: %s", set->family->name, strerror(-rc));
}

void probe_pin_set(const char *dir, struct probe_set *set)
{
	char path[PATH_MAX];
	unsigned int pinned = 0;
	int rc;

	snprintf(set->generation, sizeof(set->generation), "%s@%llx", set->family->name,
		 (unsigned long long)now_ns());
	rc = join(path, "%s/%s", dir, set->generation) ? make_directory(path) : -ENAMETOOLONG;
	for (unsigned int i = 0; i < set->n; i++) {
		struct probe_program *p = &set->program[i];

		if (!p->link)
			continue;
		if (!rc && !join(path, "%s/%s/%s", dir, set->generation, p->title))
			rc = -ENAMETOOLONG;
		if (!rc)
			rc = bpf_link__pin(p->link, path);
		if (rc)
			snprintf(p->reason, sizeof(p->reason), "cannot be pinned: %s",
				 strerror(-rc));
		else
			pinned++;
	}
	if (pinned && !rc)
		pin_timers(dir, set->generation, set);
	if (!pinned)
		probe_pin_unset(dir, set);
}

void probe_pin_unset(const char *dir, struct probe_set *set)
{
	char path[PATH_MAX];

	if (set->generation[0] && join(path, "%s/%s", dir, set->generation))
		remove_directory(path);
	set->generation[0] = '\0';
}

void probe_pin_remove_older(const char *dir, const struct probe_set *set)
{
	remove_older(dir, set->family->name, set->generation);
}

void probe_pin_remove(const char *dir)
{
	remove_older(dir, NULL, NULL);
	remove_directory(dir);
	rmdir(BPFFS "/vigil");
}
