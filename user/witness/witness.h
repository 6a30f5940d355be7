/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user/witness: a voter without the kernel module. It runs nothing, so it needs
 * no fence, and may be late: what a voter does late frees a claim late.
 *
 * main.c begins, witness.c runs the core as kernel/engine.c does, packet.c
 * judges and builds datagrams, auth.c protects them, udp.c carries them.
 * Everything runs in one thread, in one event loop.
 */
#ifndef _WITNESS_H
#define _WITNESS_H

#include <systemd/sd-event.h>

#include "config.h"
#include "core.h"

/* Why a received datagram was dropped; indexes of witness.drops. */
enum witness_drop {
	WITNESS_DROP_MALFORMED,	/* too short, too long, wrong version or contents */
	WITNESS_DROP_UNKNOWN,	/* not from an address of a node of this cluster */
	WITNESS_DROP_AUTH,	/* forged, or under a key we do not have */
	WITNESS_DROP_REPLAY,	/* seen before: also every second copy over another link */
	WITNESS_DROP_NOSESSION,	/* of no current session */
	WITNESS_DROP_REFUSED,	/* handshake of a node configured differently */
	WITNESS_DROP_FLOOD,	/* more handshakes of one node than it can need */
	WITNESS_DROPS
};

/* Handshakes of one node looked at; by node id. */
struct witness_rate {
	u64 window;		/* start of the current window, ns */
	unsigned int count;
};

/**
 * struct witness - all of it
 * @config: read from the file; owned
 * @tag: vigil_wire_cluster_tag() of the cluster's name
 * @core: the protocol; only witness_step() calls vigil_step()
 * @core_size: bytes of @core
 * @fx: effects of the last step
 * @event: the loop
 * @tick: timer at the core's next deadline
 * @sock: sockets, IPv4 and IPv6; -1: none
 * @io: their sources
 * @rate: limits of handshakes, by node id
 * @rx: authentic datagrams
 * @tx: datagrams sent, each link counted
 * @tx_errors: those that could not be sent
 * @drops: those dropped, by enum witness_drop
 */
struct witness {
	struct config *config;
	u32 tag;
	struct vigil_core *core;
	size_t core_size;
	struct vigil_effects fx;
	sd_event *event;
	sd_event_source *tick;
	int sock[2];
	sd_event_source *io[2];
	struct witness_rate rate[VIGIL_MAX_NODES + 1];
	u64 rx;
	u64 tx;
	u64 tx_errors;
	u64 drops[WITNESS_DROPS];
};

/**
 * witness_open - begin to vote (after a time of learning)
 * @w: zeroed
 * @config: taken over, also on failure; its own node votes
 * @event: loop that the sockets and the timer are added to
 *
 * Return: 0 or -errno; the reason has been logged. Then, too, witness_close().
 */
int witness_open(struct witness *w, struct config *config, sd_event *event);

/* Says goodbye if it began to vote, and frees all. */
void witness_close(struct witness *w);

/**
 * witness_reload - keys, and nodes that do not vote, as another configuration says
 * @w: open
 * @config: taken over if it is accepted
 *
 * Return: NULL, or what differs and cannot change while it runs.
 */
const char *witness_reload(struct witness *w, struct config *config);

/*
 * Feed one event to the core, do what it says; as vigil_step(). @ev->now is
 * filled in. If the core has left without being asked the loop ends with failure.
 */
int witness_step(struct witness *w, struct vigil_event *ev);

/* What it sees of the others and to whom it has voted: into the log. */
void witness_report(const struct witness *w);

#endif
