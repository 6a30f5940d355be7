/* SPDX-License-Identifier: GPL-2.0 */
/* made by scripts/gen-uapi from Documentation/netlink/specs/vigil.yaml: do not edit */
#ifndef _VIGIL_NETLINK_POLICY_H
#define _VIGIL_NETLINK_POLICY_H

#include <net/netlink.h>

#include <linux/vigil.h>
#include <vigil/limits.h>

/* What callers may send: one policy per operation, and one per nested set. */
extern const struct nla_policy vigil_nl_timing_policy[VIGIL_A_TIMING_MAX + 1];
extern const struct nla_policy vigil_nl_address_policy[VIGIL_A_ADDRESS_MAX + 1];
extern const struct nla_policy vigil_nl_cluster_new_policy[VIGIL_A_CLUSTER_MAX + 1];
extern const struct nla_policy vigil_nl_cluster_start_policy[VIGIL_A_CLUSTER_MAX + 1];
extern const struct nla_policy vigil_nl_cluster_leave_policy[VIGIL_A_CLUSTER_MAX + 1];
extern const struct nla_policy vigil_nl_cluster_del_policy[VIGIL_A_CLUSTER_MAX + 1];
extern const struct nla_policy vigil_nl_cluster_get_policy[VIGIL_A_CLUSTER_MAX + 1];
extern const struct nla_policy vigil_nl_node_new_policy[VIGIL_A_NODE_MAX + 1];
extern const struct nla_policy vigil_nl_node_del_policy[VIGIL_A_NODE_MAX + 1];
extern const struct nla_policy vigil_nl_node_get_policy[VIGIL_A_NODE_MAX + 1];
extern const struct nla_policy vigil_nl_key_set_policy[VIGIL_A_KEY_MAX + 1];
extern const struct nla_policy vigil_nl_key_del_policy[VIGIL_A_KEY_MAX + 1];
extern const struct nla_policy vigil_nl_claim_new_policy[VIGIL_A_CLAIM_MAX + 1];
extern const struct nla_policy vigil_nl_claim_release_policy[VIGIL_A_CLAIM_MAX + 1];
extern const struct nla_policy vigil_nl_claim_get_policy[VIGIL_A_CLAIM_MAX + 1];
extern const struct nla_policy vigil_nl_daemon_bind_policy[VIGIL_A_CLUSTER_MAX + 1];
extern const struct nla_policy vigil_nl_daemon_ping_policy[VIGIL_A_CLUSTER_MAX + 1];
extern const struct nla_policy vigil_nl_msg_send_policy[VIGIL_A_MSG_MAX + 1];
extern const struct nla_policy vigil_nl_watch_add_policy[VIGIL_A_WATCH_MAX + 1];
extern const struct nla_policy vigil_nl_watch_del_policy[VIGIL_A_WATCH_MAX + 1];
extern const struct nla_policy vigil_nl_watch_get_policy[VIGIL_A_WATCH_MAX + 1];
extern const struct nla_policy vigil_nl_watch_report_policy[VIGIL_A_WATCH_MAX + 1];
extern const struct nla_policy vigil_nl_node_confirm_policy[VIGIL_A_NODE_MAX + 1];
extern const struct nla_policy vigil_nl_node_poison_policy[VIGIL_A_NODE_MAX + 1];
extern const struct nla_policy vigil_nl_watchdog_set_policy[VIGIL_A_WATCHDOG_MAX + 1];
extern const struct nla_policy vigil_nl_gate_set_policy[VIGIL_A_GATE_MAX + 1];
extern const struct nla_policy vigil_nl_gate_del_policy[VIGIL_A_GATE_MAX + 1];
extern const struct nla_policy vigil_nl_gate_get_policy[VIGIL_A_GATE_MAX + 1];

#endif
