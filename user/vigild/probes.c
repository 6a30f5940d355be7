// SPDX-License-Identifier: GPL-2.0
#include "probes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <vigil/probe.h>

#include "log.h"
#include "probe_family.h"
#include "probe_pin.h"

#define MODULE_BTF	"/sys/kernel/btf/vigil"
#define WAITS		"until a guest is watched"

/*
 * To detach takes some tenths of a second, which must not come between the end of a guest
 * and its next start.
 */
#define LINGER_US	10000000ULL

struct bound {
	__u64 watch;
	pid_t pid;
	__u32 kind;
};

struct probes {
	sd_event *event;
	sd_event_source *idle;		/* the last process of a kind was unbound */
	struct probe_shared shared;
	struct probe_set *set;		/* as many as there are families */
	unsigned int n_sets;
	bool use_kfunc;
	bool off;
	char *dir;			/* of the pins; NULL: there can be none */
	char why_unpinned[PROBE_REASON];
	struct bound *bound;
	size_t n_bound;
	struct ring_buffer *ring;
	__u64 lost;			/* reports that found it full */
	char why_lost[PROBE_REASON];
	sd_event_source *source;
	void (*on_report)(void *data, const struct vigil_watch_report *r);
	void *data;
};

static int on_record(void *data, void *record, size_t size)
{
	struct probes *p = data;
	struct vigil_watch_report r;

	if (size < sizeof(r))
		return 0;
	memcpy(&r, record, sizeof(r));
	p->on_report(p->data, &r);
	return 0;
}

/* It can only have been full if there was something to read. */
static void count_lost(struct probes *p)
{
	const __u32 first = 0;
	__u64 lost = 0, n;

	for (unsigned int i = 0; i < p->n_sets; i++) {
		struct bpf_map *map = probes_map(p, p->set[i].family->name, "reports_lost");

		if (map && !bpf_map_lookup_elem(bpf_map__fd(map), &first, &n))
			lost += n;
	}
	if (lost == p->lost)
		return;
	p->lost = lost;
	snprintf(p->why_lost, sizeof(p->why_lost), "was full: %llu reports are lost",
		 (unsigned long long)lost);
	log_warn("probes: the ring buffer %s", p->why_lost);
}

static int on_ring(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct probes *p = data;
	int rc = ring_buffer__consume(p->ring);

	if (rc < 0)
		log_error("probes: ring buffer: %s", strerror(-rc));
	count_lost(p);
	return 0;
}

static int open_ring(struct probes *p)
{
	int rc;

	if (p->shared.reports < 0 || p->ring)
		return 0;
	p->ring = ring_buffer__new(p->shared.reports, on_record, p, NULL);
	if (!p->ring)
		return -errno;
	rc = sd_event_add_io(p->event, &p->source, ring_buffer__epoll_fd(p->ring), EPOLLIN, on_ring,
			     p);
	if (rc < 0)
		return rc;
	/* A report says more of an end than its pidfd, which is ready soon after. */
	sd_event_source_set_priority(p->source, SD_EVENT_PRIORITY_IMPORTANT);
	return 0;
}

/* Return: how many programs are attached, or will be when they are needed; -ENOMEM. */
static int load_as(struct probes *p, const struct probe_family *family, struct probe_set *set,
		   bool via_kfunc)
{
	int rc = probe_set_load(set, family, via_kfunc, &p->shared);

	return rc <= 0 || family->while_bound ? rc : (int)probe_set_attach(set);
}

/* Load a family; by ring buffer, if all its programs are refused with the kfunc. */
static int load(struct probes *p, const struct probe_family *family, struct probe_set *set)
{
	int rc = 0;

	if (p->use_kfunc && family->kfunc) {
		rc = load_as(p, family, set, true);
		if (!rc)
			probe_set_free(set);
	}
	if (!rc)
		rc = load_as(p, family, set, false);
	if (rc < 0)
		return rc;
	probe_set_complain(set);
	if (!p->dir || !set->attached)
		return 0;
	probe_pin_set(p->dir, set);
	/* If nothing could be loaded now, what an older daemon left is better than nothing. */
	if (set->generation[0])
		probe_pin_remove_older(p->dir, set);
	return 0;
}

static int load_all(struct probes *p)
{
	int rc;

	while (probe_families[p->n_sets])
		p->n_sets++;
	p->set = calloc(p->n_sets + 1, sizeof(*p->set));
	if (!p->set)
		return -ENOMEM;
	for (unsigned int i = 0; i < p->n_sets; i++) {
		rc = load(p, probe_families[i], &p->set[i]);
		if (rc)
			return rc;
	}
	if (!p->dir)
		return 0;
	rc = probe_pin_shared(p->dir, &p->shared);
	if (rc)
		snprintf(p->why_unpinned, sizeof(p->why_unpinned),
			 "what is watched is forgotten when the daemon ends: %s", strerror(-rc));
	return 0;
}

int probes_open(struct probes **out, sd_event *event, const char *cluster,
		void (*on_report)(void *data, const struct vigil_watch_report *r), void *data)
{
	const char *wish = getenv("VIGIL_PROBES") ?: "";
	struct probes *p = calloc(1, sizeof(*p));
	int rc = 0;

	*out = NULL;
	if (!p)
		return -ENOMEM;
	p->event = event;
	p->on_report = on_report;
	p->data = data;
	p->shared = (struct probe_shared){ -1, -1, -1 };
	p->off = !strcmp(wish, "off");
	p->use_kfunc = strcmp(wish, "ringbuf") && !access(MODULE_BTF, R_OK);
	if (!p->off) {
		p->dir = probe_pin_open(cluster, p->why_unpinned, sizeof(p->why_unpinned));
		if (p->dir)
			probe_pin_find(p->dir, &p->shared);
		rc = load_all(p);
	}
	if (!rc)
		rc = open_ring(p);
	if (rc) {
		probes_close(p, true);
		return rc;
	}
	*out = p;
	return 0;
}

static int pidfd_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

static struct bound *find_bound(struct probes *p, __u64 watch)
{
	for (size_t i = 0; i < p->n_bound; i++)
		if (p->bound[i].watch == watch)
			return &p->bound[i];
	return NULL;
}

static int remember(struct probes *p, const struct probe_target *t)
{
	struct bound *b = find_bound(p, t->watch);

	if (!b) {
		b = reallocarray(p->bound, p->n_bound + 1, sizeof(*b));
		if (!b)
			return -ENOMEM;
		p->bound = b;
		b = &p->bound[p->n_bound++];
	}
	*b = (struct bound){ t->watch, t->pid, t->kind };
	return 0;
}

static bool any_bound(const struct probes *p, __u32 kind)
{
	for (size_t i = 0; i < p->n_bound; i++)
		if (p->bound[i].kind == kind)
			return true;
	return false;
}

/*
 * A process that one family does more for than to find it in the common map. Its programs
 * are there before they have a look at what the process has already, so that nothing
 * comes in between.
 */
static int bind_family(struct probes *p, struct probe_set *set, const struct probe_target *t)
{
	const struct probe_family *f = set->family;
	bool first;
	int rc = 0;

	if (!set->object && probe_family_wanted(f))
		rc = probes_reload(p, f->name);
	if (rc || !set->object)
		return rc;
	first = !set->attached;
	if (first) {
		probe_set_attach(set);
		probe_set_complain(set);
	}
	rc = f->bind(set, t);
	if (first && p->dir)
		probe_pin_set(p->dir, set);
	return rc;
}

static int bind_families(struct probes *p, const struct probe_target *t)
{
	int rc = 0;

	for (unsigned int i = 0; i < p->n_sets && !rc; i++) {
		const struct probe_family *f = p->set[i].family;

		if (f->bind && f->kind == t->kind)
			rc = bind_family(p, &p->set[i], t);
	}
	return rc;
}

int probes_bind(struct probes *p, const struct probe_target *t)
{
	struct vigil_probe_watch value = {
		.watch = t->watch, .cgroup = t->cgroup, .kind = t->kind,
		.progress_ms = t->progress_ms, .blocked_ms = t->blocked_ms, .hang_ms = t->hang_ms,
	};
	struct pollfd dead = { .fd = t->pidfd, .events = POLLIN };
	int rc;

	if (!p || p->shared.watches < 0)
		return -EOPNOTSUPP;
	rc = remember(p, t);
	if (rc)
		return rc;
	rc = bpf_map_update_elem(p->shared.watches, &t->pidfd, &value, BPF_ANY);
	if (rc)
		return rc == -ENOENT ? -ESRCH : rc;
	rc = bind_families(p, t);
	if (rc)
		return rc;
	/* One that ended before this was bound, and by nobody's notice. */
	return poll(&dead, 1, 0) > 0 ? -ESRCH : 0;
}

/* Are the programs attached for nobody? */
static bool is_idle(const struct probes *p, const struct probe_set *set)
{
	return set->family->while_bound && set->attached && !any_bound(p, set->family->kind);
}

static int on_idle(sd_event_source *source, uint64_t usec, void *data)
{
	struct probes *p = data;

	for (unsigned int i = 0; i < p->n_sets; i++) {
		if (!is_idle(p, &p->set[i]))
			continue;
		if (p->dir)
			probe_pin_unset(p->dir, &p->set[i]);
		probe_set_detach(&p->set[i]);
	}
	return 0;
}

static void unbind_family(struct probes *p, const struct probe_set *set, const struct bound *b)
{
	if (set->family->kind != b->kind)
		return;
	if (set->family->unbind && set->object)
		set->family->unbind(set, b->watch);
	if (!is_idle(p, set))
		return;
	p->idle = sd_event_source_disable_unref(p->idle);
	if (sd_event_add_time_relative(p->event, &p->idle, CLOCK_MONOTONIC, LINGER_US, 0, on_idle,
				       p) < 0)
		log_error("probes: no memory for a timer");
}

/* The process may be gone, and another have its number. */
static void forget_process(const struct probes *p, const struct bound *b)
{
	struct vigil_probe_watch value;
	int pidfd = pidfd_of(b->pid);

	if (pidfd < 0)
		return;
	if (!bpf_map_lookup_elem(p->shared.watches, &pidfd, &value) && value.watch == b->watch)
		bpf_map_delete_elem(p->shared.watches, &pidfd);
	close(pidfd);
}

static void unbind(struct probes *p, __u64 watch, bool dead)
{
	struct bound *b = p ? find_bound(p, watch) : NULL, old;

	if (!b)
		return;
	old = *b;
	if (!dead)
		forget_process(p, &old);
	*b = p->bound[--p->n_bound];
	for (unsigned int i = 0; i < p->n_sets; i++)
		unbind_family(p, &p->set[i], &old);
}

void probes_unbind(struct probes *p, __u64 watch)
{
	unbind(p, watch, false);
}

void probes_unbind_dead(struct probes *p, __u64 watch)
{
	unbind(p, watch, true);
}

void probes_settle(struct probes *p)
{
	for (unsigned int i = 0; p && p->dir && i < p->n_sets; i++) {
		struct probe_set *set = &p->set[i];

		if (set->family->while_bound &&
		    (set->generation[0] || !any_bound(p, set->family->kind)))
			probe_pin_remove_older(p->dir, set);
	}
}

static const char *via(const struct probe_set *set)
{
	return set->via_kfunc ? "kfunc" : "ring buffer";
}

static bool waits(const struct probe_set *set, const struct probe_program *prog)
{
	return set->family->while_bound && set->object && !set->attached && !prog->refused;
}

unsigned int probes_status(const struct probes *p, unsigned int i, struct probe_status *out)
{
	unsigned int n = 1;

	if (!p)
		return 0;
	if (i == 0)
		*out = (struct probe_status){
			.name = "all", .attached = !p->off, .via = "",
			.reason = p->off ? "VIGIL_PROBES=off" : p->why_unpinned,
		};
	for (unsigned int k = 0; k < p->n_sets; k++) {
		const struct probe_set *set = &p->set[k];

		if (i >= n && i - n < set->n) {
			const struct probe_program *prog = &set->program[i - n];

			*out = (struct probe_status){
				.name = prog->name, .attached = prog->link != NULL,
				.waits = waits(set, prog), .via = prog->link ? via(set) : "",
				.reason = waits(set, prog) ? WAITS : prog->reason,
			};
		}
		n += set->n;
	}
	if (!p->ring)
		return n;
	if (i == n)
		*out = (struct probe_status){
			.name = "ring buffer", .attached = true, .via = "",
			.reason = p->why_lost,
		};
	return n + 1;
}

static struct probe_set *find_set(const struct probes *p, const char *family)
{
	for (unsigned int i = 0; p && i < p->n_sets; i++)
		if (!strcmp(p->set[i].family->name, family))
			return &p->set[i];
	return NULL;
}

int probes_reload(struct probes *p, const char *family)
{
	struct probe_set *set = find_set(p, family), fresh = { 0 };
	int rc;

	if (!set)
		return -ENOENT;
	rc = load(p, set->family, &fresh);
	if (rc) {
		probe_set_free(&fresh);
		return rc;
	}
	probe_set_free(set);
	*set = fresh;
	return 0;
}

struct bpf_map *probes_map(const struct probes *p, const char *family, const char *name)
{
	struct probe_set *set = find_set(p, family);

	return set && set->object ? bpf_object__find_map_by_name(set->object, name) : NULL;
}

void probes_close(struct probes *p, bool keep)
{
	if (!p)
		return;
	if (p->dir && !keep)
		probe_pin_remove(p->dir);
	sd_event_source_disable_unref(p->source);
	sd_event_source_disable_unref(p->idle);
	ring_buffer__free(p->ring);
	for (unsigned int i = 0; i < p->n_sets; i++)
		probe_set_free(&p->set[i]);
	if (p->shared.watches >= 0)
		close(p->shared.watches);
	if (p->shared.reports >= 0)
		close(p->shared.reports);
	if (p->shared.counts >= 0)
		close(p->shared.counts);
	free(p->set);
	free(p->bound);
	free(p->dir);
	free(p);
}
