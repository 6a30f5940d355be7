/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bed of nodes: network namespaces, joined pairwise by veth devices, one pair
 * of devices per link. Every two nodes have wires of their own, so one can be
 * cut without the others. Node i (from 0) has id i + 1 and on link l the address
 * 10.0.l.(i + 1) or fd00:l::(i + 1).
 */
#ifndef _NETNS_BED_H
#define _NETNS_BED_H

#include <stdbool.h>

#include <linux/vigil.h>

#include "client.h"
#include "control.h"
#include "events.h"
#include "info.h"

#define BED_NODES	5
#define BED_LOG		512	/* events remembered per node */

/* An event that was told, with its strings copied. */
struct bed_event {
	enum vnl_event_type type;
	char cluster[VIGIL_NAME_LEN + 1];
	unsigned long long time;
	char name[VIGIL_NAME_LEN + 1];	/* of a claim or a watch */
	unsigned int id;		/* of a node */
	unsigned int from;
	unsigned int to;		/* FENCE: the step */
	unsigned long long k;
	char data[64];			/* MSG: its beginning */
	unsigned int len;
};

struct bed_node {
	int ns;				/* its network namespace */
	struct vnl_client *client;
	struct vnl_events *events;
	struct bed_event log[BED_LOG];
	int n_log;
};

/**
 * struct bed - nodes and links
 * @n: number of nodes
 * @links: number of links
 * @v6: addresses are IPv6
 * @detect_ms: detection time
 * @voters: nodes 0..voters - 1 vote
 * @nodes: the nodes
 */
struct bed {
	int n;
	int links;
	bool v6;
	int detect_ms;
	int voters;
	struct bed_node nodes[BED_NODES];
};

#define BED_CLUSTER	"bed"
#define BED_PORT	4680

/* The namespaces and wires, clients and listeners; no cluster yet. */
void bed_make(struct bed *bed);

/* From here on this process acts in the namespace of node @i. */
void bed_enter(struct bed *bed, int i);

/* The same cluster on all nodes with one key; bed_up() makes, starts and waits. */
void bed_cluster_make(struct bed *bed, int i, const char *cluster, int port);
void bed_cluster_start(struct bed *bed, int i, const char *cluster);
void bed_up(struct bed *bed);

/* What node @node is called in the configuration: id, address on link @link. */
void bed_address(const struct bed *bed, int node, int link, union vnl_addr *addr);

/* Both ways, between nodes @a and @b on @link; and one way. */
void bed_cut(struct bed *bed, int a, int b, int link);
void bed_cut_one_way(struct bed *bed, int from, int to, int link);
void bed_heal(struct bed *bed, int a, int b, int link);
/* Nothing that a node sends arrives anywhere; a matter of one command, so it is quick. */
void bed_mute(struct bed *bed, int node);
void bed_unmute(struct bed *bed, int node);
/* All wires of a node, on all links. */
void bed_isolate(struct bed *bed, int node);
void bed_rejoin(struct bed *bed, int node);

/* Reads events of all nodes for at most @ms; returns early when any came. */
void bed_poll(struct bed *bed, int ms);

/* Reads events for so long, whatever comes. */
void bed_watch(struct bed *bed, int ms);

/*
 * Waits for an event at node @i; those that came before count too, beginning
 * with number @since of its log. The test fails after @ms. Return: its number.
 */
int bed_wait_node(struct bed *bed, int i, int since, unsigned int id, unsigned int to, int ms);
int bed_wait_claim(struct bed *bed, int i, int since, const char *claim, unsigned int to, int ms);
int bed_wait_watch(struct bed *bed, int i, int since, unsigned int id, const char *watch,
		   unsigned int to, int ms);
int bed_wait_type(struct bed *bed, int i, int since, enum vnl_event_type type, int ms);

/* All events of node @i as comments. */
void bed_show_log(const struct bed *bed, int i);

/* How many events about @claim (NULL: any) node @i has had since number @since. */
int bed_count_claim(const struct bed *bed, int i, int since, const char *claim);

/* State by asking, not by events: of claim @claim at node @i. */
unsigned int bed_claim_state(struct bed *bed, int i, const char *claim);

/* Requests that must succeed. */
void bed_claim(struct bed *bed, int i, const char *claim);
void bed_release(struct bed *bed, int i, const char *claim, int successor_id);

/* The listening socket of node @i closes, as if its daemon died; a new one listens. */
void bed_daemon_dies(struct bed *bed, int i);

#endif
