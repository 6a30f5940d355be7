// SPDX-License-Identifier: GPL-2.0
/* made by scripts/gen-uapi from Documentation/netlink/specs/vigil.yaml: do not edit */

#include "netlink_policy.h"

const struct nla_policy vigil_nl_timing_policy[VIGIL_A_TIMING_MAX + 1] = {
	[VIGIL_A_TIMING_DETECT] = { .type = NLA_U64 },
	[VIGIL_A_TIMING_INTERVAL] = { .type = NLA_U64 },
	[VIGIL_A_TIMING_LEASE] = { .type = NLA_U64 },
	[VIGIL_A_TIMING_FENCE] = { .type = NLA_U64 },
	[VIGIL_A_TIMING_EXPIRY] = { .type = NLA_U64 },
};

const struct nla_policy vigil_nl_address_policy[VIGIL_A_ADDRESS_MAX + 1] = {
	[VIGIL_A_ADDRESS_IPV4] = { .type = NLA_U32 },
	[VIGIL_A_ADDRESS_IPV6] = NLA_POLICY_EXACT_LEN(16),
	[VIGIL_A_ADDRESS_SCOPE_ID] = { .type = NLA_U32 },
};

const struct nla_policy vigil_nl_cluster_new_policy[VIGIL_A_CLUSTER_MAX + 1] = {
	[VIGIL_A_CLUSTER_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_CLUSTER_SELF] = NLA_POLICY_RANGE(NLA_U16, 1, VIGIL_MAX_NODES),
	[VIGIL_A_CLUSTER_GENERATION] = { .type = NLA_U32 },
	[VIGIL_A_CLUSTER_TIMING] = NLA_POLICY_NESTED(vigil_nl_timing_policy),
	[VIGIL_A_CLUSTER_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[VIGIL_A_CLUSTER_FENCE_ACTION] = NLA_POLICY_MAX(NLA_U32, VIGIL_FENCE_NOTIFY),
	[VIGIL_A_CLUSTER_GASP] = NLA_POLICY_MAX(NLA_U32, VIGIL_GASP_MODE_OFF),
	[VIGIL_A_CLUSTER_GASP_GRACE] = NLA_POLICY_MAX(NLA_U32, 10000),
};

const struct nla_policy vigil_nl_cluster_start_policy[VIGIL_A_CLUSTER_MAX + 1] = {
	[VIGIL_A_CLUSTER_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_cluster_leave_policy[VIGIL_A_CLUSTER_MAX + 1] = {
	[VIGIL_A_CLUSTER_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_cluster_del_policy[VIGIL_A_CLUSTER_MAX + 1] = {
	[VIGIL_A_CLUSTER_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_cluster_get_policy[VIGIL_A_CLUSTER_MAX + 1] = {
	[VIGIL_A_CLUSTER_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_node_new_policy[VIGIL_A_NODE_MAX + 1] = {
	[VIGIL_A_NODE_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_NODE_ID] = NLA_POLICY_RANGE(NLA_U16, 1, VIGIL_MAX_NODES),
	[VIGIL_A_NODE_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_NODE_VOTER] = { .type = NLA_FLAG },
	[VIGIL_A_NODE_ADDRESS] = NLA_POLICY_NESTED(vigil_nl_address_policy),
};

const struct nla_policy vigil_nl_node_del_policy[VIGIL_A_NODE_MAX + 1] = {
	[VIGIL_A_NODE_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_NODE_ID] = NLA_POLICY_RANGE(NLA_U16, 1, VIGIL_MAX_NODES),
};

const struct nla_policy vigil_nl_node_get_policy[VIGIL_A_NODE_MAX + 1] = {
	[VIGIL_A_NODE_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_NODE_ID] = NLA_POLICY_RANGE(NLA_U16, 1, VIGIL_MAX_NODES),
};

const struct nla_policy vigil_nl_key_set_policy[VIGIL_A_KEY_MAX + 1] = {
	[VIGIL_A_KEY_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_KEY_SLOT] = NLA_POLICY_MAX(NLA_U8, 1),
	[VIGIL_A_KEY_KEY] = NLA_POLICY_EXACT_LEN(VIGIL_KEY_LEN),
	[VIGIL_A_KEY_ACTIVE] = { .type = NLA_FLAG },
};

const struct nla_policy vigil_nl_key_del_policy[VIGIL_A_KEY_MAX + 1] = {
	[VIGIL_A_KEY_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_KEY_SLOT] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy vigil_nl_claim_new_policy[VIGIL_A_CLAIM_MAX + 1] = {
	[VIGIL_A_CLAIM_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_CLAIM_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_CLAIM_RANK] = NLA_POLICY_MIN(NLA_U16, 1),
};

const struct nla_policy vigil_nl_claim_release_policy[VIGIL_A_CLAIM_MAX + 1] = {
	[VIGIL_A_CLAIM_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_CLAIM_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_CLAIM_SUCCESSOR] = NLA_POLICY_RANGE(NLA_U16, 1, VIGIL_MAX_NODES),
};

const struct nla_policy vigil_nl_claim_get_policy[VIGIL_A_CLAIM_MAX + 1] = {
	[VIGIL_A_CLAIM_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_CLAIM_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_daemon_bind_policy[VIGIL_A_CLUSTER_MAX + 1] = {
	[VIGIL_A_CLUSTER_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_daemon_ping_policy[VIGIL_A_CLUSTER_MAX + 1] = {
	[VIGIL_A_CLUSTER_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_msg_send_policy[VIGIL_A_MSG_MAX + 1] = {
	[VIGIL_A_MSG_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_MSG_NODE] = NLA_POLICY_MAX(NLA_U16, VIGIL_MAX_NODES),
	[VIGIL_A_MSG_DATA] = NLA_POLICY_RANGE(NLA_BINARY, 1, VIGIL_MSG_LEN),
};

const struct nla_policy vigil_nl_watch_add_policy[VIGIL_A_WATCH_MAX + 1] = {
	[VIGIL_A_WATCH_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_WATCH_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_WATCH_KIND] = NLA_POLICY_MAX(NLA_U32, VIGIL_WATCH_KIND_VM),
	[VIGIL_A_WATCH_PID] = NLA_POLICY_MIN(NLA_U32, 1),
	[VIGIL_A_WATCH_START] = { .type = NLA_U64 },
	[VIGIL_A_WATCH_PIDFD] = { .type = NLA_U32 },
	[VIGIL_A_WATCH_CGROUP] = { .type = NLA_U64 },
	[VIGIL_A_WATCH_PROGRESS] = { .type = NLA_U32 },
	[VIGIL_A_WATCH_BLOCKED] = { .type = NLA_U32 },
	[VIGIL_A_WATCH_HANG] = { .type = NLA_U32 },
};

const struct nla_policy vigil_nl_watch_del_policy[VIGIL_A_WATCH_MAX + 1] = {
	[VIGIL_A_WATCH_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_WATCH_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_watch_get_policy[VIGIL_A_WATCH_MAX + 1] = {
	[VIGIL_A_WATCH_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_WATCH_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_watch_report_policy[VIGIL_A_WATCH_MAX + 1] = {
	[VIGIL_A_WATCH_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_WATCH_NAME] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_WATCH_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[VIGIL_A_WATCH_STATE] = NLA_POLICY_MAX(NLA_U32, VIGIL_WATCH_STATE_HUNG),
	[VIGIL_A_WATCH_CAUSE] = NLA_POLICY_MAX(NLA_U32, VIGIL_WATCH_CAUSE_GONE),
	[VIGIL_A_WATCH_CODE] = { .type = NLA_S32 },
	[VIGIL_A_WATCH_BY_PID] = { .type = NLA_U32 },
	[VIGIL_A_WATCH_BY_COMM] = { .type = NLA_NUL_STRING, .len = VIGIL_COMM_LEN },
	[VIGIL_A_WATCH_TID] = { .type = NLA_U32 },
	[VIGIL_A_WATCH_TIME] = { .type = NLA_U64 },
};

const struct nla_policy vigil_nl_node_confirm_policy[VIGIL_A_NODE_MAX + 1] = {
	[VIGIL_A_NODE_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_NODE_ID] = NLA_POLICY_RANGE(NLA_U16, 1, VIGIL_MAX_NODES),
	[VIGIL_A_NODE_INCARNATION] = { .type = NLA_U64 },
};

const struct nla_policy vigil_nl_node_poison_policy[VIGIL_A_NODE_MAX + 1] = {
	[VIGIL_A_NODE_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_NODE_ID] = NLA_POLICY_RANGE(NLA_U16, 1, VIGIL_MAX_NODES),
};

const struct nla_policy vigil_nl_watchdog_set_policy[VIGIL_A_WATCHDOG_MAX + 1] = {
	[VIGIL_A_WATCHDOG_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_WATCHDOG_FD] = { .type = NLA_U32 },
};

const struct nla_policy vigil_nl_gate_set_policy[VIGIL_A_GATE_MAX + 1] = {
	[VIGIL_A_GATE_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_GATE_CLAIM] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_GATE_CGROUP] = { .type = NLA_U64 },
	[VIGIL_A_GATE_ADDRESS] = NLA_POLICY_NESTED(vigil_nl_address_policy),
	[VIGIL_A_GATE_INTERFACE] = { .type = NLA_NUL_STRING, .len = 15 },
};

const struct nla_policy vigil_nl_gate_del_policy[VIGIL_A_GATE_MAX + 1] = {
	[VIGIL_A_GATE_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_GATE_CLAIM] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};

const struct nla_policy vigil_nl_gate_get_policy[VIGIL_A_GATE_MAX + 1] = {
	[VIGIL_A_GATE_CLUSTER] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
	[VIGIL_A_GATE_CLAIM] = { .type = NLA_NUL_STRING, .len = VIGIL_NAME_LEN },
};
