/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF programs that see watched processes and machines die, stop or hang.
 *
 * Where the kernel knows the module's types the programs tell the module themselves,
 * by kfunc; else they write into a ring buffer, and the daemon passes it on. They are
 * pinned below /sys/fs/bpf/vigil/, so that they go on without a daemon; the next one
 * loads its own, which share the list of watched processes and the ring buffer with
 * the old ones, and only then removes those. Those for guests are attached, and pinned,
 * only while a guest is bound, and a little longer.
 *
 * A kernel that refuses some programs, or all, is no error: probes_status() says why.
 * VIGIL_PROBES=off in the environment loads none, VIGIL_PROBES=ringbuf calls no kfunc.
 */
#ifndef _VIGILD_PROBES_H
#define _VIGILD_PROBES_H

#include <stdbool.h>
#include <sys/types.h>

#include <linux/types.h>
#include <systemd/sd-event.h>
#include <vigil/watch.h>

struct bpf_map;
struct probes;

/**
 * struct probe_status - a program, or what all of them need
 * @name: "process: exit_signals", say; valid until the probes are closed
 * @attached: it works
 * @waits: it is not needed yet: attached is what it will be when it is
 * @via: "kfunc", "ring buffer"; "" if neither
 * @reason: why it does not work, or not as well as it could; "" if all is well
 */
struct probe_status {
	const char *name;
	bool attached;
	bool waits;
	const char *via;
	const char *reason;
};

/**
 * struct probe_target - a process to watch
 * @watch: number of its watch
 * @pidfd: the process; not kept
 * @pid: the same, for taking it off again
 * @kind: VIGIL_WATCH_KIND_*
 * @cgroup: id of the control group of the service; 0: unknown
 * @progress_ms: as in watch-add, like the next two; 0: none
 * @blocked_ms: 0: none
 * @hang_ms: 0: none
 */
struct probe_target {
	__u64 watch;
	int pidfd;
	pid_t pid;
	__u32 kind;
	__u64 cgroup;
	unsigned int progress_ms;
	unsigned int blocked_ms;
	unsigned int hang_ms;
};

/**
 * probes_open - load and attach all that can be, and replace an older daemon's
 * @out: the probes; NULL on error
 * @event: loop in which reports of the ring buffer arrive
 * @cluster: for whom; names the directory of the pins
 * @on_report: a report that came by ring buffer, to be passed on to the module
 * @data: for @on_report
 *
 * Takes some tenths of a second. Return: 0 or -ENOMEM.
 */
int probes_open(struct probes **out, sd_event *event, const char *cluster,
		void (*on_report)(void *data, const struct vigil_watch_report *r), void *data);

/**
 * probes_bind - from now on the programs watch this process
 * @p: the probes; NULL: there are none
 * @t: the process
 *
 * To be called after watch-add; again, to change the limits. Return: 0; -ESRCH: it is
 * dead already, and no program will say so; -EOPNOTSUPP: no program could be loaded;
 * another -errno.
 */
int probes_bind(struct probes *p, const struct probe_target *t);

/* Forget a process, dead or alive; one that was never bound is ignored. */
void probes_unbind(struct probes *p, __u64 watch);

/* The same for one that is dead: most that was known of it has gone with it, so this is quick. */
void probes_unbind_dead(struct probes *p, __u64 watch);

/**
 * probes_settle - after the start, when all that runs is bound
 * @p: the probes; NULL: there are none
 *
 * Removes what an older daemon has left for processes of a kind; until then it goes on.
 */
void probes_settle(struct probes *p);

/**
 * probes_set_panic - where a guest has the register of its pvpanic-pci
 * @p: the probes; NULL: there are none
 * @watch: a watch of kind vm that is bound; until it is unbound this is kept
 * @address: guest physical; 0: nowhere. Port 0x505 always counts.
 *
 * Return: 0; -ENOENT: not bound; -EOPNOTSUPP: the programs are not loaded.
 */
int probes_set_panic(const struct probes *p, __u64 watch, __u64 address);

/**
 * probes_status - how one part of the probes does
 * @p: the probes; NULL: there are none
 * @i: its number, from 0
 * @out: filled in if there are so many parts
 *
 * Return: number of parts.
 */
unsigned int probes_status(const struct probes *p, unsigned int i, struct probe_status *out);

/**
 * probes_reload - load a family anew, for what it hooks into has come
 * @p: the probes
 * @family: its name
 *
 * The old programs are there until the new ones are. What is bound stays bound.
 * Return: 0, -ENOENT: no such family, -ENOMEM.
 */
int probes_reload(struct probes *p, const char *family);

/* The map @name of a family as it is loaded now; NULL: not loaded. Not kept over a reload. */
struct bpf_map *probes_map(const struct probes *p, const char *family, const char *name);

/**
 * probes_close - the end
 * @p: the probes; NULL is ignored
 * @keep: the programs stay pinned and go on; else nothing of them is left
 */
void probes_close(struct probes *p, bool keep);

#endif
