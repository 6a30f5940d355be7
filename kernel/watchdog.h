/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hardware watchdog, the backstop for a kernel that is wedged.
 *
 * The daemon opens the device and hands the descriptor over. From then on the
 * kernel alone has it, whatever becomes of the daemon, and pets it from a thread of
 * its own four times in a time-out, as long as its own deadlines are met:
 *
 *   PETTED <--> WITHHELD	steps, and so beats, are late by more than detect
 *      |           |
 *      '-----------'--> DOOMED	a fence came due and this machine goes on: never again
 *
 * Closing stops the device, as the daemon has written the magic character before it
 * handed it over. So whoever wants it to bite keeps it open, unpetted, for ever.
 */
#ifndef _VIGIL_WATCHDOG_H
#define _VIGIL_WATCHDOG_H

#include <linux/types.h>

struct netlink_ext_ack;
struct vigil_cluster;
struct vigil_watchdog;

#define VIGIL_WATCHDOG_PETS	4	/* in a time-out */

/**
 * struct vigil_watchdog_status - what is told of it
 * @device: name of the device, as below /dev
 * @identity: what the driver calls it
 * @timeout: ns
 * @pet_age: ns since it was last petted
 * @withheld: pets left out because a deadline was not met
 * @state: VIGIL_WATCHDOG_STATE_*
 * @error: -errno of the driver's last refusal to be petted; 0: none since the last success
 */
struct vigil_watchdog_status {
	char device[32];
	char identity[33];
	u64 timeout;
	u64 pet_age;
	u64 withheld;
	u32 state;
	int error;
};

/**
 * vigil_watchdog_take - begin to pet a device
 * @c: running cluster
 * @fd: descriptor of the calling process
 * @extack: for the sentence
 *
 * Process context, on behalf of whoever has @fd. Takes a reference of its own to the
 * open file. Return: 0, -EBADF, -ENOTTY (no watchdog), -EOPNOTSUPP (cannot be petted
 * or stopped as needed), -ERANGE (time-out), -EBUSY (there is one, or another cluster has
 * this one), -ENOTCONN (the cluster is not running), -ENODEV, -ENOMEM.
 */
int vigil_watchdog_take(struct vigil_cluster *c, unsigned int fd, struct netlink_ext_ack *extack);

/**
 * vigil_watchdog_end - pet it no more
 * @c: the cluster
 * @stop: and stop it, before this returns; else it resets the machine
 *
 * Process context; nothing happens if there is none.
 */
void vigil_watchdog_end(struct vigil_cluster *c, bool stop);

/* Process context. Return: is there one? */
bool vigil_watchdog_status(struct vigil_cluster *c, struct vigil_watchdog_status *st);

#endif
