/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Probes that outlive the daemon: pins below /sys/fs/bpf/vigil/CLUSTER/.
 *
 *	watches, reports, counts	the maps that all daemons share
 *	FAMILY@TIME/PROGRAM		the programs of a family, loaded at that time
 */
#ifndef _VIGILD_PROBE_PIN_H
#define _VIGILD_PROBE_PIN_H

#include "probe_family.h"

/**
 * probe_pin_open - a directory for the pins of a cluster
 * @cluster: its name
 * @why: why there can be none; "" if there is one
 * @room: of @why
 *
 * Mounts the BPF file system if that was not done. Return: the path, to be freed; NULL:
 * no pins are possible.
 */
char *probe_pin_open(const char *cluster, char *why, size_t room);

/* Maps that an older daemon has pinned; -1 for those that are not there or do not fit. */
void probe_pin_find(const char *dir, struct probe_shared *shared);

/* Pin what is not pinned yet. 0 or -errno. */
int probe_pin_shared(const char *dir, const struct probe_shared *shared);

/**
 * probe_pin_set - pin the programs of a family that are attached
 * @dir: of the cluster
 * @set: the family; @set->generation says afterwards where its pins are, if there are any
 *
 * A program that cannot be pinned works as long as the daemon does; its reason says so.
 */
void probe_pin_set(const char *dir, struct probe_set *set);

/* Remove these pins. */
void probe_pin_unset(const char *dir, struct probe_set *set);

/* Remove those pins of the family that are not @set's: an older daemon's. */
void probe_pin_remove_older(const char *dir, const struct probe_set *set);

/* Remove all that is pinned for the cluster, and the directory. */
void probe_pin_remove(const char *dir);

#endif
