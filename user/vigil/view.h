/* SPDX-License-Identifier: GPL-2.0 */
/* A cluster as it is shown: what the kernel knows, names instead of ids, JSON. */
#ifndef _VIGIL_VIEW_H
#define _VIGIL_VIEW_H

#include "../lib/gate.h"
#include "kernel.h"
#include "table.h"

struct json_object;

#define LEADER_CLAIM	"@leader"

/**
 * struct view - a cluster with its nodes and claims, each fetched in one go
 * @cluster: the cluster
 * @nodes: by id
 * @n_nodes: number of them
 * @claims: own claims and votes
 * @n_claims: number of them
 * @gates: of claims on this node
 * @n_gates: number of them
 * @daemon: answer of vigild to "status", from view_ask(); NULL: none
 */
struct view {
	struct vnl_cluster cluster;
	struct vnl_node *nodes;
	int n_nodes;
	struct vnl_claim *claims;
	int n_claims;
	struct vnl_gate *gates;
	int n_gates;
	struct json_object *daemon;
};

/**
 * view_load - fetch nodes and claims of a cluster
 * @view: its @cluster is filled in already; the rest is set
 * @cli: for messages
 * @client: the connection
 *
 * Return: CLI_OK, then view_free() it; or an exit code after a complaint.
 */
int view_load(struct view *view, const struct cli *cli, struct vnl_client *client);

/* The same on a connection of its own, for the cluster that is meant by @name, or without it. */
int view_fetch(struct view *view, const struct cli *cli, const char *name);
void view_free(struct view *view);

/* Fetch what vigild knows of the cluster, if it runs; view_free() it too. */
void view_ask(struct view *view, const struct cli *cli);

/* Name of a node; "#7" for one that is not known; NULL for id 0. Valid until the next-but-one call. */
const char *view_node_name(const struct view *view, unsigned int id);
/* Node that holds @leader as far as this one knows; 0: nobody. */
unsigned int view_leader(const struct view *view);
unsigned int view_voters_up(const struct view *view);

/* Lists as tables on standard output. */
void view_print_nodes(const struct view *view, unsigned int indent);
void view_print_claims(const struct view *view, unsigned int indent);

/* The same of what vigild told; nothing if there is nothing to tell. Begin with an empty line. */
void view_print_health(const struct view *view, unsigned int indent);
/* @missing: only probes that are not there. */
void view_print_probes(const struct view *view, bool missing, unsigned int indent);

/* Why the configured watchdog is not petted, as vigild told; NULL: it is, or there is none. */
const char *view_watchdog_missing(const struct view *view);
/* Whether nodes are fenced, if not, and what is being fenced; before the first empty line. */
void view_print_fencing(const struct view *view);
/* Of one claim; nothing if it has no gate. view_gate.c */
void view_print_gate(const struct view *view, const char *claim);
/* Null if it has none. */
struct json_object *view_gate_json(const struct view *view, const char *claim);

/* One line on the health of a node, valid as long as @view; NULL: not known. */
const char *view_health(const struct view *view, const char *node, enum tint *tint);

/* As JSON. */
struct json_object *view_cluster_json(const struct view *view);
struct json_object *view_node_json(const struct vnl_node *node);
struct json_object *view_claim_json(const struct view *view, const struct vnl_claim *claim);
struct json_object *view_nodes_json(const struct view *view);
struct json_object *view_claims_json(const struct view *view);
/* Null if vigild does not tell. */
struct json_object *view_health_json(const struct view *view, const char *node);
struct json_object *view_probes_json(const struct view *view);
struct json_object *view_fencing_json(const struct view *view);

#define BRIEF_LEN	24

/* A time as short as people want it: "12 ms", "1.5 s", "3 min"; "-" for never or for ever. */
const char *brief_time(char out[BRIEF_LEN], __u64 ns);

#endif
