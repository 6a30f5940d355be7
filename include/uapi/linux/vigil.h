/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* made by scripts/gen-uapi from Documentation/netlink/specs/vigil.yaml: do not edit */
#ifndef _UAPI_LINUX_VIGIL_H
#define _UAPI_LINUX_VIGIL_H

#define VIGIL_GENL_NAME	"vigil"
#define VIGIL_GENL_VERSION	1

/* Life of a cluster instance. */
enum {
	VIGIL_CLUSTER_STATE_CONFIGURED,	/* Nodes and keys are being set; nothing is sent. */
	VIGIL_CLUSTER_STATE_RUNNING,	/* Started. */
	VIGIL_CLUSTER_STATE_LEFT,	/* Said goodbye; only deletion is possible. */
};

/* What this node knows of another. */
enum {
	VIGIL_NODE_STATE_UNMET,	/* Never heard since the start. */
	VIGIL_NODE_STATE_UP,	/* Heard within detect. */
	VIGIL_NODE_STATE_DOWN,	/* Silent for detect. */
	VIGIL_NODE_STATE_EXPIRED,	/* Silent for expiry, or proved dead; its leases from here are over. */
	VIGIL_NODE_STATE_LEFT,	/* Said goodbye. */
};

/* State of this node's own claim. */
enum {
	VIGIL_CLAIM_STATE_NONE,	/* Nothing asked here. */
	VIGIL_CLAIM_STATE_WANTED,	/* Asked for; the service must not run. */
	VIGIL_CLAIM_STATE_HELD,	/* The service may run. */
	VIGIL_CLAIM_STATE_LOST,	/* Must be stopped within fence, or regained. */
	VIGIL_CLAIM_STATE_RELEASING,	/* Stopped; the voters are being told. */
};

/* State of one link to a node. */
enum {
	VIGIL_LINK_STATE_DOWN,	/* Nothing authentic arrived within detect. */
	VIGIL_LINK_STATE_UP,	/* Something authentic arrived within detect. */
};

/* Why a handshake was refused. */
enum {
	VIGIL_REFUSAL_NONE,	/* It was not. */
	VIGIL_REFUSAL_TIMING,	/* The two nodes use different times. */
	VIGIL_REFUSAL_VOTERS,	/* The two nodes have different voter sets. */
	VIGIL_REFUSAL_GENERATION,	/* Generations of the voter sets more than one apart. */
};

/* What the kernel does when a lost claim was not stopped in time. */
enum {
	VIGIL_FENCE_RESET,	/* Restart the machine at once, no disk, no userspace. */
	VIGIL_FENCE_PANIC,	/* Panic, for a crash dump. */
	VIGIL_FENCE_POWEROFF,	/* Power the machine off. */
	VIGIL_FENCE_NOTIFY,	/* Tell, do nothing; for tests only. */
};

/* What the last words of a node whose kernel has stopped are worth. */
enum {
	VIGIL_GASP_MODE_RELEASE,	/* It is down at once, and what it was granted is free after gasp-grace. */
	VIGIL_GASP_MODE_DETECT,	/* It is down at once; what it was granted is free at expiry. */
	VIGIL_GASP_MODE_OFF,	/* Nothing. */
};

/* How far fencing has come. */
enum {
	VIGIL_FENCE_STEP_ARMED,	/* A hold was lost; the action is due soon. */
	VIGIL_FENCE_STEP_AVERTED,	/* Stopped or regained in time. */
	VIGIL_FENCE_STEP_TAKEN,	/* The time was over; the action is being taken. */
};

/* What a watch looks at. */
enum {
	VIGIL_WATCH_KIND_PROCESS,	/* A process with all its threads. */
	VIGIL_WATCH_KIND_VM,	/* A process that is the monitor of a KVM guest, and the guest. */
};

/* What is known of a watched process or guest. */
enum {
	VIGIL_WATCH_STATE_ALIVE,	/* Nothing is wrong. */
	VIGIL_WATCH_STATE_DYING,	/* Its end has begun; memory, files and locks may still be held. */
	VIGIL_WATCH_STATE_DEAD,	/* It is gone; its files and locks are closed. */
	VIGIL_WATCH_STATE_STOPPED,	/* Stopped by a signal, or a guest by its monitor. */
	VIGIL_WATCH_STATE_HUNG,	/* It exists and does not come on. */
};

/* Why a watch has the state it has. */
enum {
	VIGIL_WATCH_CAUSE_NONE,	/* Nothing to tell. */
	VIGIL_WATCH_CAUSE_EXIT,	/* It ended by itself; code is the exit code. */
	VIGIL_WATCH_CAUSE_SIGNAL,	/* A signal ended it; code is the signal. */
	VIGIL_WATCH_CAUSE_OOM,	/* It was killed for want of memory. */
	VIGIL_WATCH_CAUSE_THREAD,	/* One thread ended, the process lives; code is its exit code. */
	VIGIL_WATCH_CAUSE_STOP,	/* A signal stopped it; code is the signal. */
	VIGIL_WATCH_CAUSE_CONTINUE,	/* It was continued. */
	VIGIL_WATCH_CAUSE_BLOCKED,	/* A thread was in uninterruptible sleep for too long. */
	VIGIL_WATCH_CAUSE_NO_PROGRESS,	/* No context switch and no processor time within its deadline. */
	VIGIL_WATCH_CAUSE_PROGRESS,	/* It came on again. */
	VIGIL_WATCH_CAUSE_TRIPLE_FAULT,	/* The guest's processor shut down. */
	VIGIL_WATCH_CAUSE_GUEST_CRASH,	/* The guest told the hypervisor that it crashed. */
	VIGIL_WATCH_CAUSE_PVPANIC,	/* The guest told its pvpanic device that it panicked. */
	VIGIL_WATCH_CAUSE_VCPU,	/* A virtual processor has not entered the guest for too long. */
	VIGIL_WATCH_CAUSE_GUEST_HANG,	/* The guest runs and shows no sign of an operating system. */
	VIGIL_WATCH_CAUSE_GUEST_RESET,	/* The guest was started anew by its monitor. */
	VIGIL_WATCH_CAUSE_REPORT,	/* Userspace said so. */
	VIGIL_WATCH_CAUSE_GONE,	/* It was found to be gone; how it ended is not known. */
};

/* Whether the hardware watchdog is petted. */
enum {
	VIGIL_WATCHDOG_STATE_PETTED,	/* It is. */
	VIGIL_WATCHDOG_STATE_WITHHELD,	/* Not now, the beats of this node are late. */
	VIGIL_WATCHDOG_STATE_DOOMED,	/* Never again, a fence came due and this machine goes on. */
};

enum {
	VIGIL_A_CLUSTER_NAME = 1,
	VIGIL_A_CLUSTER_SELF,
	VIGIL_A_CLUSTER_GENERATION,
	VIGIL_A_CLUSTER_TIMING,
	VIGIL_A_CLUSTER_PORT,
	VIGIL_A_CLUSTER_FENCE_ACTION,
	VIGIL_A_CLUSTER_STATE,
	VIGIL_A_CLUSTER_INCARNATION,
	VIGIL_A_CLUSTER_KEY_SLOTS,
	VIGIL_A_CLUSTER_ACTIVE_SLOT,
	VIGIL_A_CLUSTER_LEARNING,
	VIGIL_A_CLUSTER_QUORUM_UNTIL,
	VIGIL_A_CLUSTER_QUORUM_LEFT,
	VIGIL_A_CLUSTER_HELD,
	VIGIL_A_CLUSTER_DAEMON,
	VIGIL_A_CLUSTER_NOW,
	VIGIL_A_CLUSTER_COUNTERS,
	VIGIL_A_CLUSTER_VOTERS,
	VIGIL_A_CLUSTER_NODES,
	VIGIL_A_CLUSTER_GASP,
	VIGIL_A_CLUSTER_GASP_GRACE,
	VIGIL_A_CLUSTER_PAD,
	VIGIL_A_CLUSTER_WATCHDOG,
	VIGIL_A_CLUSTER_DAEMON_GRACE,
	VIGIL_A_CLUSTER_DAEMON_FENCE_LEFT,

	__VIGIL_A_CLUSTER_MAX,
	VIGIL_A_CLUSTER_MAX = (__VIGIL_A_CLUSTER_MAX - 1)
};

enum {
	VIGIL_A_TIMING_DETECT = 1,
	VIGIL_A_TIMING_INTERVAL,
	VIGIL_A_TIMING_LEASE,
	VIGIL_A_TIMING_FENCE,
	VIGIL_A_TIMING_EXPIRY,
	VIGIL_A_TIMING_PAD,

	__VIGIL_A_TIMING_MAX,
	VIGIL_A_TIMING_MAX = (__VIGIL_A_TIMING_MAX - 1)
};

enum {
	VIGIL_A_COUNTERS_RX = 1,
	VIGIL_A_COUNTERS_TX,
	VIGIL_A_COUNTERS_MALFORMED,
	VIGIL_A_COUNTERS_UNKNOWN,
	VIGIL_A_COUNTERS_AUTH,
	VIGIL_A_COUNTERS_REPLAY,
	VIGIL_A_COUNTERS_NOSESSION,
	VIGIL_A_COUNTERS_REFUSED,
	VIGIL_A_COUNTERS_FLOOD,
	VIGIL_A_COUNTERS_PAD,

	__VIGIL_A_COUNTERS_MAX,
	VIGIL_A_COUNTERS_MAX = (__VIGIL_A_COUNTERS_MAX - 1)
};

enum {
	VIGIL_A_NODE_CLUSTER = 1,
	VIGIL_A_NODE_ID,
	VIGIL_A_NODE_NAME,
	VIGIL_A_NODE_VOTER,
	VIGIL_A_NODE_ADDRESS,
	VIGIL_A_NODE_LINK,
	VIGIL_A_NODE_SELF,
	VIGIL_A_NODE_STATE,
	VIGIL_A_NODE_REFUSAL,
	VIGIL_A_NODE_DAEMON,
	VIGIL_A_NODE_LEARNING,
	VIGIL_A_NODE_INCARNATION,
	VIGIL_A_NODE_HEARD_AGE,
	VIGIL_A_NODE_LEASE_LEFT,
	VIGIL_A_NODE_PAD,

	__VIGIL_A_NODE_MAX,
	VIGIL_A_NODE_MAX = (__VIGIL_A_NODE_MAX - 1)
};

/* Either an IPv4 or an IPv6 address. */
enum {
	VIGIL_A_ADDRESS_IPV4 = 1,
	VIGIL_A_ADDRESS_IPV6,
	VIGIL_A_ADDRESS_SCOPE_ID,

	__VIGIL_A_ADDRESS_MAX,
	VIGIL_A_ADDRESS_MAX = (__VIGIL_A_ADDRESS_MAX - 1)
};

enum {
	VIGIL_A_LINK_INDEX = 1,
	VIGIL_A_LINK_REMOTE,
	VIGIL_A_LINK_LOCAL,
	VIGIL_A_LINK_STATE,
	VIGIL_A_LINK_RX_AGE,
	VIGIL_A_LINK_RX,
	VIGIL_A_LINK_TX,
	VIGIL_A_LINK_TX_ERRORS,
	VIGIL_A_LINK_PAD,

	__VIGIL_A_LINK_MAX,
	VIGIL_A_LINK_MAX = (__VIGIL_A_LINK_MAX - 1)
};

enum {
	VIGIL_A_KEY_CLUSTER = 1,
	VIGIL_A_KEY_SLOT,
	VIGIL_A_KEY_KEY,
	VIGIL_A_KEY_ACTIVE,

	__VIGIL_A_KEY_MAX,
	VIGIL_A_KEY_MAX = (__VIGIL_A_KEY_MAX - 1)
};

enum {
	VIGIL_A_CLAIM_CLUSTER = 1,
	VIGIL_A_CLAIM_NAME,
	VIGIL_A_CLAIM_RANK,
	VIGIL_A_CLAIM_SUCCESSOR,
	VIGIL_A_CLAIM_STATE,
	VIGIL_A_CLAIM_K,
	VIGIL_A_CLAIM_GRANTS,
	VIGIL_A_CLAIM_OWNER,
	VIGIL_A_CLAIM_HOLDER,
	VIGIL_A_CLAIM_WAITER,
	VIGIL_A_CLAIM_HOLD_LEFT,
	VIGIL_A_CLAIM_PAD,

	__VIGIL_A_CLAIM_MAX,
	VIGIL_A_CLAIM_MAX = (__VIGIL_A_CLAIM_MAX - 1)
};

enum {
	VIGIL_A_MSG_CLUSTER = 1,
	VIGIL_A_MSG_NODE,
	VIGIL_A_MSG_DATA,

	__VIGIL_A_MSG_MAX,
	VIGIL_A_MSG_MAX = (__VIGIL_A_MSG_MAX - 1)
};

/* Attributes of the events about nodes and fencing. */
enum {
	VIGIL_A_EVENT_CLUSTER = 1,
	VIGIL_A_EVENT_TIME,
	VIGIL_A_EVENT_NODE,
	VIGIL_A_EVENT_NAME,
	VIGIL_A_EVENT_FROM,
	VIGIL_A_EVENT_TO,
	VIGIL_A_EVENT_REFUSAL,
	VIGIL_A_EVENT_ALIVE,
	VIGIL_A_EVENT_STEP,
	VIGIL_A_EVENT_ACTION,
	VIGIL_A_EVENT_LATE,
	VIGIL_A_EVENT_PAD,

	__VIGIL_A_EVENT_MAX,
	VIGIL_A_EVENT_MAX = (__VIGIL_A_EVENT_MAX - 1)
};

enum {
	VIGIL_A_CLAIM_EVENT_CLUSTER = 1,
	VIGIL_A_CLAIM_EVENT_TIME,
	VIGIL_A_CLAIM_EVENT_NAME,
	VIGIL_A_CLAIM_EVENT_FROM,
	VIGIL_A_CLAIM_EVENT_TO,
	VIGIL_A_CLAIM_EVENT_K,
	VIGIL_A_CLAIM_EVENT_PAD,

	__VIGIL_A_CLAIM_EVENT_MAX,
	VIGIL_A_CLAIM_EVENT_MAX = (__VIGIL_A_CLAIM_EVENT_MAX - 1)
};

/* Requests about watches, and the answers. */
enum {
	VIGIL_A_WATCH_CLUSTER = 1,
	VIGIL_A_WATCH_NAME,
	VIGIL_A_WATCH_ID,
	VIGIL_A_WATCH_KIND,
	VIGIL_A_WATCH_PID,
	VIGIL_A_WATCH_START,
	VIGIL_A_WATCH_PIDFD,
	VIGIL_A_WATCH_CGROUP,
	VIGIL_A_WATCH_PROGRESS,
	VIGIL_A_WATCH_BLOCKED,
	VIGIL_A_WATCH_HANG,
	VIGIL_A_WATCH_STATE,
	VIGIL_A_WATCH_CAUSE,
	VIGIL_A_WATCH_CODE,
	VIGIL_A_WATCH_BY_PID,
	VIGIL_A_WATCH_BY_COMM,
	VIGIL_A_WATCH_TID,
	VIGIL_A_WATCH_AGE,
	VIGIL_A_WATCH_STATE_AGE,
	VIGIL_A_WATCH_PROGRESS_AGE,
	VIGIL_A_WATCH_DEATHS,
	VIGIL_A_WATCH_LAST_CAUSE,
	VIGIL_A_WATCH_LAST_CODE,
	VIGIL_A_WATCH_LAST_BY_PID,
	VIGIL_A_WATCH_LAST_BY_COMM,
	VIGIL_A_WATCH_LAST_AGE,
	VIGIL_A_WATCH_TIME,
	VIGIL_A_WATCH_PAD,

	__VIGIL_A_WATCH_MAX,
	VIGIL_A_WATCH_MAX = (__VIGIL_A_WATCH_MAX - 1)
};

/* Attributes of the events about watches, those of other nodes included. */
enum {
	VIGIL_A_WATCH_EVENT_CLUSTER = 1,
	VIGIL_A_WATCH_EVENT_TIME,
	VIGIL_A_WATCH_EVENT_NODE,
	VIGIL_A_WATCH_EVENT_NODE_NAME,
	VIGIL_A_WATCH_EVENT_NAME,
	VIGIL_A_WATCH_EVENT_ID,
	VIGIL_A_WATCH_EVENT_KIND,
	VIGIL_A_WATCH_EVENT_PID,
	VIGIL_A_WATCH_EVENT_FROM,
	VIGIL_A_WATCH_EVENT_TO,
	VIGIL_A_WATCH_EVENT_CAUSE,
	VIGIL_A_WATCH_EVENT_CODE,
	VIGIL_A_WATCH_EVENT_BY_PID,
	VIGIL_A_WATCH_EVENT_BY_COMM,
	VIGIL_A_WATCH_EVENT_TID,
	VIGIL_A_WATCH_EVENT_PAD,

	__VIGIL_A_WATCH_EVENT_MAX,
	VIGIL_A_WATCH_EVENT_MAX = (__VIGIL_A_WATCH_EVENT_MAX - 1)
};

/* What a claim's packets are known by, and what has become of them. */
enum {
	VIGIL_A_GATE_CLUSTER = 1,
	VIGIL_A_GATE_CLAIM,
	VIGIL_A_GATE_CGROUP,
	VIGIL_A_GATE_ADDRESS,
	VIGIL_A_GATE_INTERFACE,
	VIGIL_A_GATE_LEFT,
	VIGIL_A_GATE_DROPPED,
	VIGIL_A_GATE_PAD,

	__VIGIL_A_GATE_MAX,
	VIGIL_A_GATE_MAX = (__VIGIL_A_GATE_MAX - 1)
};

enum {
	VIGIL_A_WATCHDOG_CLUSTER = 1,
	VIGIL_A_WATCHDOG_FD,
	VIGIL_A_WATCHDOG_DEVICE,
	VIGIL_A_WATCHDOG_IDENTITY,
	VIGIL_A_WATCHDOG_TIMEOUT,
	VIGIL_A_WATCHDOG_STATE,
	VIGIL_A_WATCHDOG_PET_AGE,
	VIGIL_A_WATCHDOG_WITHHELD,
	VIGIL_A_WATCHDOG_ERROR,
	VIGIL_A_WATCHDOG_PAD,

	__VIGIL_A_WATCHDOG_MAX,
	VIGIL_A_WATCHDOG_MAX = (__VIGIL_A_WATCHDOG_MAX - 1)
};

enum {
	VIGIL_CMD_CLUSTER_NEW = 1,
	VIGIL_CMD_CLUSTER_START,
	VIGIL_CMD_CLUSTER_LEAVE,
	VIGIL_CMD_CLUSTER_DEL,
	VIGIL_CMD_CLUSTER_GET,
	VIGIL_CMD_NODE_NEW,
	VIGIL_CMD_NODE_DEL,
	VIGIL_CMD_NODE_GET,
	VIGIL_CMD_KEY_SET,
	VIGIL_CMD_KEY_DEL,
	VIGIL_CMD_CLAIM_NEW,
	VIGIL_CMD_CLAIM_RELEASE,
	VIGIL_CMD_CLAIM_GET,
	VIGIL_CMD_DAEMON_BIND,
	VIGIL_CMD_DAEMON_PING,
	VIGIL_CMD_MSG_SEND,
	VIGIL_CMD_MSG_EVENT,
	VIGIL_CMD_NODE_EVENT,
	VIGIL_CMD_LEARNED_EVENT,
	VIGIL_CMD_REFUSED_EVENT,
	VIGIL_CMD_DAEMON_EVENT,
	VIGIL_CMD_CLAIM_EVENT,
	VIGIL_CMD_FENCE_EVENT,
	VIGIL_CMD_WATCH_ADD,
	VIGIL_CMD_WATCH_DEL,
	VIGIL_CMD_WATCH_GET,
	VIGIL_CMD_WATCH_REPORT,
	VIGIL_CMD_WATCH_EVENT,
	VIGIL_CMD_NODE_CONFIRM,
	VIGIL_CMD_NODE_POISON,
	VIGIL_CMD_WATCHDOG_SET,
	VIGIL_CMD_GATE_SET,
	VIGIL_CMD_GATE_DEL,
	VIGIL_CMD_GATE_GET,

	__VIGIL_CMD_MAX,
	VIGIL_CMD_MAX = (__VIGIL_CMD_MAX - 1)
};

#define VIGIL_MCGRP_MEMBERSHIP	"membership"
#define VIGIL_MCGRP_CLAIMS	"claims"
#define VIGIL_MCGRP_WATCHES	"watches"

#endif
