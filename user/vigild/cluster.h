/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's side of the cluster: set up from the configuration, or found
 * running; then mirrored from its events.
 */
#ifndef _VIGILD_CLUSTER_H
#define _VIGILD_CLUSTER_H

#include <linux/vigil.h>
#include <systemd/sd-event.h>

#include "../lib/client.h"
#include "../lib/events.h"
#include "../lib/info.h"
#include "../lib/watch.h"
#include "config.h"

#define CLUSTER_ERROR_LEN	512

/* Who is told. Nodes are indices of the configuration. */
struct cluster_listener {
	void (*on_node)(void *data, unsigned int node, uint32_t from, uint32_t to);
	void (*on_daemon)(void *data, unsigned int node, bool alive);
	void (*on_claim)(void *data, const char *name, uint32_t from, uint32_t to, uint64_t time);
	/* A watch, of this or another node. */
	void (*on_watch)(void *data, const struct vnl_event *event);
	void (*on_message)(void *data, unsigned int node, const char *text, size_t len);
	/* Events were lost: any claim or watch may be in another state than heard. */
	void (*on_lost)(void *data);
	void *data;
};

struct cluster_node {
	uint32_t state;		/* VIGIL_NODE_STATE_* */
	bool daemon;		/* its daemon is alive, as far as heard */
};

struct cluster {
	struct config *config;
	struct vnl_client *client;
	struct vnl_events *events;
	sd_event_source *source;
	struct cluster_node *node;
	const struct cluster_listener *listener;
	bool left;
	char error[CLUSTER_ERROR_LEN];
};

/**
 * cluster_open - connect to the module, make the cluster or find it, be its daemon
 * @c: result
 * @config: as long as the cluster is open; replaced by cluster_reload()
 * @event: loop
 * @listener: hears of everything from now on
 *
 * A running cluster is compared and kept; what differs is changed if that can
 * be done while it runs. Return: 0, or -errno with cluster_error().
 */
int cluster_open(struct cluster *c, struct config *config, sd_event *event,
		 const struct cluster_listener *listener);
void cluster_close(struct cluster *c);

/* Carry a new configuration into the running cluster; all of it, or nothing and -errno. */
int cluster_reload(struct cluster *c, struct config *config);

/* The sentence for the last request that failed. */
const char *cluster_error(const struct cluster *c);

bool cluster_node_up(const struct cluster *c, unsigned int node);
bool cluster_node_daemon(const struct cluster *c, unsigned int node);

/* What the kernel knows of a node now; 0, or -errno with cluster_error(). */
int cluster_node_ask(struct cluster *c, unsigned int node, struct vnl_node *out);

/* Voters that have been heard since @time (CLOCK_BOOTTIME, ns), this one among them. */
unsigned int cluster_voters_heard(struct cluster *c, uint64_t time);

/* See vnl_node_confirm() and vnl_node_poison(). */
int cluster_confirm(struct cluster *c, unsigned int node, uint64_t incarnation);
int cluster_poison(struct cluster *c, unsigned int node);

/* State of this node's claim now, asked from the kernel. VIGIL_CLAIM_STATE_NONE if unknown. */
uint32_t cluster_claim_state(struct cluster *c, const char *name);

/* The same; 0, or -errno if the kernel could not be asked. */
int cluster_claim_ask(struct cluster *c, const char *name, uint32_t *state);

/* Call back for every claim that this node has asked for, whoever asked. */
void cluster_each_claim(struct cluster *c,
			void (*fn)(void *data, const char *name, uint32_t state), void *data);

int cluster_claim(struct cluster *c, const char *name, uint16_t rank);
int cluster_release(struct cluster *c, const char *name, uint16_t successor);
int cluster_send(struct cluster *c, unsigned int node, const char *text, size_t len);
int cluster_ping(struct cluster *c);
int cluster_watch_report(struct cluster *c, const struct vigil_watch_report *r);
int cluster_leave(struct cluster *c);

/* Hand an open hardware watchdog to the kernel; @fd remains the caller's. */
int cluster_watchdog(struct cluster *c, int fd);

/* Name below /dev of the one that the kernel has; "" for none. 0, or -errno. */
int cluster_watchdog_ask(struct cluster *c, char *device, size_t room);

#endif
