/* SPDX-License-Identifier: GPL-2.0 */
/* A family of probes: one file bpf/X.bpf.c, its programs and how they are loaded. */
#ifndef _VIGILD_PROBE_FAMILY_H
#define _VIGILD_PROBE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

struct bpf_link;
struct bpf_object;
struct bpf_program;
struct probe_set;
struct probe_target;

/**
 * struct probe_family - what bpf/X.skel.h holds
 * @name: X
 * @kfunc: the object whose programs call the module; X_kfunc__elf_bytes; NULL: none does
 * @ring: the object whose programs use the ring buffer; X_ring__elf_bytes
 * @prepare: before an object is loaded: switch programs off, set constants; or NULL.
 *	May be called several times. 0 or -errno: the family is not loaded.
 * @wanted: is there what its programs hook into? Else there is nothing to load, until a
 *	process of @kind is bound; NULL: always
 * @timers: a map with timers, to be pinned with the programs; NULL: none
 * @while_bound: the programs are attached only while processes of @kind are bound, and
 *	some seconds longer
 * @begin: they will be attached: nothing is known of any process; or NULL
 * @kind: VIGIL_WATCH_KIND_* of the processes for which @bind and @unbind are called
 * @bind: a process is watched from now on, or its limits have changed; or NULL. 0 or -errno.
 * @unbind: it is no more
 */
struct probe_family {
	const char *name;
	const void *(*kfunc)(size_t *size);
	const void *(*ring)(size_t *size);
	int (*prepare)(struct bpf_object *object);
	bool (*wanted)(void);
	const char *timers;
	bool while_bound;
	void (*begin)(const struct probe_set *set);
	__u32 kind;
	int (*bind)(const struct probe_set *set, const struct probe_target *t);
	void (*unbind)(const struct probe_set *set, __u64 watch);
};

extern const struct probe_family probe_process;
extern const struct probe_family probe_health;
extern const struct probe_family probe_kvm;

/* All of them, in the order in which they are loaded; NULL ends the list. */
extern const struct probe_family *const probe_families[];

#define PROBE_REASON	192

/**
 * struct probe_program - one program of a family
 * @name: as shown, "family: program"
 * @title: the program's own name
 * @link: NULL unless it is attached
 * @refused: it cannot be loaded here
 * @reason: why it cannot be attached, or pinned
 */
struct probe_program {
	char name[64];
	char title[48];
	struct bpf_link *link;
	bool refused;
	char reason[PROBE_REASON];
};

/**
 * struct probe_set - a family that was loaded
 * @family: which
 * @object: NULL unless at least one program was loaded
 * @via_kfunc: the programs call the module themselves
 * @attached: so are the programs, but for those that cannot be
 * @generation: name of the directory of its pins; "": it has none
 * @program: its programs, also those that are not attached
 * @n: how many
 */
struct probe_set {
	const struct probe_family *family;
	struct bpf_object *object;
	bool via_kfunc;
	bool attached;
	char generation[64];
	struct probe_program *program;
	unsigned int n;
};

/* Maps that all objects share, by their name; -1: none yet. */
struct probe_shared {
	int watches;
	int reports;
	int counts;
};

/**
 * probe_set_load - load a family
 * @set: cleared memory
 * @family: which
 * @via_kfunc: which of the two objects
 * @shared: maps to use; those that were missing are made and put there
 *
 * A program that cannot be loaded is left out, with the reason.
 * Return: how many programs are loaded, -ENOMEM.
 */
int probe_set_load(struct probe_set *set, const struct probe_family *family, bool via_kfunc,
		   struct probe_shared *shared);

/*
 * Attach the programs of a set that is loaded. One that cannot be is left out, with the
 * reason. Return: how many are attached.
 */
unsigned int probe_set_attach(struct probe_set *set);

/* Detach them; those that are pinned go on. */
void probe_set_detach(struct probe_set *set);

/* Log which programs are not attached, or not pinned; one line for those with the same reason. */
void probe_set_complain(const struct probe_set *set);

/* Whether what the family hooks into is there. */
bool probe_family_wanted(const struct probe_family *family);

/* Detach and unload, except for what is pinned. */
void probe_set_free(struct probe_set *set);

#endif
