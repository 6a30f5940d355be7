/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers of the netlink interface as words, addresses as text, and back. */
#ifndef _VIGIL_NAMES_H
#define _VIGIL_NAMES_H

#include <arpa/inet.h>
#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "control.h"

/* Words of the spec: "running", "up", "held", "reset". "?" for unknown numbers. */
const char *vnl_cluster_state_name(__u32 state);
const char *vnl_node_state_name(__u32 state);
const char *vnl_claim_state_name(__u32 state);
const char *vnl_refusal_name(__u32 refusal);
const char *vnl_fence_action_name(__u32 action);
const char *vnl_fence_step_name(__u32 step);
const char *vnl_watch_kind_name(__u32 kind);
const char *vnl_watchdog_state_name(__u32 state);
const char *vnl_watch_state_name(__u32 state);
const char *vnl_watch_cause_name(__u32 cause);

/* The number of "reset", "panic", "poweroff" or "notify"; -EINVAL for other words. */
int vnl_fence_action_parse(const char *word);

#define VNL_WHY_LEN	128	/* room for any sentence of vnl_watch_why() */

/**
 * vnl_watch_why - why a watch is in its state, for people
 * @out: "killed by OOM", "signal 9 by pid 812 kill", "exited with code 3"; "" if
 *	there is nothing to tell
 * @room: bytes of @out
 * @cause: VIGIL_WATCH_CAUSE_*
 * @code: exit code or signal
 * @by_pid: who sent the signal; 0: the kernel, or unknown
 * @by_comm: its name; may be "". Bytes that are not printable become '?'
 */
void vnl_watch_why(char *out, size_t room, __u32 cause, __s32 code, __u32 by_pid,
		   const char *by_comm);

/* Is this a name: 1..63 bytes of printable ASCII, no space, no slash, not "." or ".."? */
bool vnl_name_valid(const char *name);

#define VNL_ADDR_LEN	(INET6_ADDRSTRLEN + IF_NAMESIZE)	/* text of any address */

/* "10.0.0.1", "fe80::1%eth0"; "-" for none. */
void vnl_addr_format(char *out, size_t room, const union vnl_addr *addr);

/**
 * vnl_addr_parse - text to address
 * @text: numeric IPv4 or IPv6, the latter with %interface if link-local
 * @addr: result
 * @why: a sentence when refused; may be NULL
 * @room: bytes of @why
 *
 * Return: 0 or -EINVAL.
 */
int vnl_addr_parse(const char *text, union vnl_addr *addr, char *why, size_t room);

#endif
