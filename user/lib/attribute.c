// SPDX-License-Identifier: GPL-2.0
/* made by scripts/gen-uapi from Documentation/netlink/specs/vigil.yaml: do not edit */

#include "attribute.h"

#include <stddef.h>

#include <linux/vigil.h>

#define NAME(names, type) \
	((size_t)(type) < sizeof(names) / sizeof((names)[0]) ? (names)[type] : NULL)

static const char *const cluster[] = {
	[VIGIL_A_CLUSTER_NAME] = "name",
	[VIGIL_A_CLUSTER_SELF] = "self",
	[VIGIL_A_CLUSTER_GENERATION] = "generation",
	[VIGIL_A_CLUSTER_TIMING] = "timing",
	[VIGIL_A_CLUSTER_PORT] = "port",
	[VIGIL_A_CLUSTER_FENCE_ACTION] = "fence-action",
	[VIGIL_A_CLUSTER_STATE] = "state",
	[VIGIL_A_CLUSTER_INCARNATION] = "incarnation",
	[VIGIL_A_CLUSTER_KEY_SLOTS] = "key-slots",
	[VIGIL_A_CLUSTER_ACTIVE_SLOT] = "active-slot",
	[VIGIL_A_CLUSTER_LEARNING] = "learning",
	[VIGIL_A_CLUSTER_QUORUM_UNTIL] = "quorum-until",
	[VIGIL_A_CLUSTER_QUORUM_LEFT] = "quorum-left",
	[VIGIL_A_CLUSTER_HELD] = "held",
	[VIGIL_A_CLUSTER_DAEMON] = "daemon",
	[VIGIL_A_CLUSTER_NOW] = "now",
	[VIGIL_A_CLUSTER_COUNTERS] = "counters",
	[VIGIL_A_CLUSTER_VOTERS] = "voters",
	[VIGIL_A_CLUSTER_NODES] = "nodes",
	[VIGIL_A_CLUSTER_GASP] = "gasp",
	[VIGIL_A_CLUSTER_GASP_GRACE] = "gasp-grace",
	[VIGIL_A_CLUSTER_WATCHDOG] = "watchdog",
	[VIGIL_A_CLUSTER_DAEMON_GRACE] = "daemon-grace",
	[VIGIL_A_CLUSTER_DAEMON_FENCE_LEFT] = "daemon-fence-left",
};

static const char *const node[] = {
	[VIGIL_A_NODE_CLUSTER] = "cluster",
	[VIGIL_A_NODE_ID] = "id",
	[VIGIL_A_NODE_NAME] = "name",
	[VIGIL_A_NODE_VOTER] = "voter",
	[VIGIL_A_NODE_ADDRESS] = "address",
	[VIGIL_A_NODE_LINK] = "link",
	[VIGIL_A_NODE_SELF] = "self",
	[VIGIL_A_NODE_STATE] = "state",
	[VIGIL_A_NODE_REFUSAL] = "refusal",
	[VIGIL_A_NODE_DAEMON] = "daemon",
	[VIGIL_A_NODE_LEARNING] = "learning",
	[VIGIL_A_NODE_INCARNATION] = "incarnation",
	[VIGIL_A_NODE_HEARD_AGE] = "heard-age",
	[VIGIL_A_NODE_LEASE_LEFT] = "lease-left",
};

static const char *const key[] = {
	[VIGIL_A_KEY_CLUSTER] = "cluster",
	[VIGIL_A_KEY_SLOT] = "slot",
	[VIGIL_A_KEY_KEY] = "key",
	[VIGIL_A_KEY_ACTIVE] = "active",
};

static const char *const claim[] = {
	[VIGIL_A_CLAIM_CLUSTER] = "cluster",
	[VIGIL_A_CLAIM_NAME] = "name",
	[VIGIL_A_CLAIM_RANK] = "rank",
	[VIGIL_A_CLAIM_SUCCESSOR] = "successor",
	[VIGIL_A_CLAIM_STATE] = "state",
	[VIGIL_A_CLAIM_K] = "k",
	[VIGIL_A_CLAIM_GRANTS] = "grants",
	[VIGIL_A_CLAIM_OWNER] = "owner",
	[VIGIL_A_CLAIM_HOLDER] = "holder",
	[VIGIL_A_CLAIM_WAITER] = "waiter",
	[VIGIL_A_CLAIM_HOLD_LEFT] = "hold-left",
};

static const char *const msg[] = {
	[VIGIL_A_MSG_CLUSTER] = "cluster",
	[VIGIL_A_MSG_NODE] = "node",
	[VIGIL_A_MSG_DATA] = "data",
};

static const char *const watch[] = {
	[VIGIL_A_WATCH_CLUSTER] = "cluster",
	[VIGIL_A_WATCH_NAME] = "name",
	[VIGIL_A_WATCH_ID] = "id",
	[VIGIL_A_WATCH_KIND] = "kind",
	[VIGIL_A_WATCH_PID] = "pid",
	[VIGIL_A_WATCH_START] = "start",
	[VIGIL_A_WATCH_PIDFD] = "pidfd",
	[VIGIL_A_WATCH_CGROUP] = "cgroup",
	[VIGIL_A_WATCH_PROGRESS] = "progress",
	[VIGIL_A_WATCH_BLOCKED] = "blocked",
	[VIGIL_A_WATCH_HANG] = "hang",
	[VIGIL_A_WATCH_STATE] = "state",
	[VIGIL_A_WATCH_CAUSE] = "cause",
	[VIGIL_A_WATCH_CODE] = "code",
	[VIGIL_A_WATCH_BY_PID] = "by-pid",
	[VIGIL_A_WATCH_BY_COMM] = "by-comm",
	[VIGIL_A_WATCH_TID] = "tid",
	[VIGIL_A_WATCH_AGE] = "age",
	[VIGIL_A_WATCH_STATE_AGE] = "state-age",
	[VIGIL_A_WATCH_PROGRESS_AGE] = "progress-age",
	[VIGIL_A_WATCH_DEATHS] = "deaths",
	[VIGIL_A_WATCH_LAST_CAUSE] = "last-cause",
	[VIGIL_A_WATCH_LAST_CODE] = "last-code",
	[VIGIL_A_WATCH_LAST_BY_PID] = "last-by-pid",
	[VIGIL_A_WATCH_LAST_BY_COMM] = "last-by-comm",
	[VIGIL_A_WATCH_LAST_AGE] = "last-age",
	[VIGIL_A_WATCH_TIME] = "time",
};

static const char *const watchdog[] = {
	[VIGIL_A_WATCHDOG_CLUSTER] = "cluster",
	[VIGIL_A_WATCHDOG_FD] = "fd",
	[VIGIL_A_WATCHDOG_DEVICE] = "device",
	[VIGIL_A_WATCHDOG_IDENTITY] = "identity",
	[VIGIL_A_WATCHDOG_TIMEOUT] = "timeout",
	[VIGIL_A_WATCHDOG_STATE] = "state",
	[VIGIL_A_WATCHDOG_PET_AGE] = "pet-age",
	[VIGIL_A_WATCHDOG_WITHHELD] = "withheld",
	[VIGIL_A_WATCHDOG_ERROR] = "error",
};

static const char *const gate[] = {
	[VIGIL_A_GATE_CLUSTER] = "cluster",
	[VIGIL_A_GATE_CLAIM] = "claim",
	[VIGIL_A_GATE_CGROUP] = "cgroup",
	[VIGIL_A_GATE_ADDRESS] = "address",
	[VIGIL_A_GATE_INTERFACE] = "interface",
	[VIGIL_A_GATE_LEFT] = "left",
	[VIGIL_A_GATE_DROPPED] = "dropped",
};

const char *vnl_attribute_name(unsigned char cmd, unsigned int type)
{
	switch (cmd) {
	case VIGIL_CMD_CLUSTER_NEW:
	case VIGIL_CMD_CLUSTER_START:
	case VIGIL_CMD_CLUSTER_LEAVE:
	case VIGIL_CMD_CLUSTER_DEL:
	case VIGIL_CMD_CLUSTER_GET:
	case VIGIL_CMD_DAEMON_BIND:
	case VIGIL_CMD_DAEMON_PING:
		return NAME(cluster, type);
	case VIGIL_CMD_NODE_NEW:
	case VIGIL_CMD_NODE_DEL:
	case VIGIL_CMD_NODE_GET:
	case VIGIL_CMD_NODE_CONFIRM:
	case VIGIL_CMD_NODE_POISON:
		return NAME(node, type);
	case VIGIL_CMD_KEY_SET:
	case VIGIL_CMD_KEY_DEL:
		return NAME(key, type);
	case VIGIL_CMD_CLAIM_NEW:
	case VIGIL_CMD_CLAIM_RELEASE:
	case VIGIL_CMD_CLAIM_GET:
		return NAME(claim, type);
	case VIGIL_CMD_MSG_SEND:
		return NAME(msg, type);
	case VIGIL_CMD_WATCH_ADD:
	case VIGIL_CMD_WATCH_DEL:
	case VIGIL_CMD_WATCH_GET:
	case VIGIL_CMD_WATCH_REPORT:
		return NAME(watch, type);
	case VIGIL_CMD_WATCHDOG_SET:
		return NAME(watchdog, type);
	case VIGIL_CMD_GATE_SET:
	case VIGIL_CMD_GATE_DEL:
	case VIGIL_CMD_GATE_GET:
		return NAME(gate, type);
	default:
		return NULL;
	}
}
