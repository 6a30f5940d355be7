/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gate of a service: what its processes send, and what goes out with its
 * floating addresses, passes only while the kernel knows the claim as held. It is
 * set before anything of the service runs, stays when the daemon goes, and is
 * taken away with the service or when this node leaves.
 */
#ifndef _VIGILD_GATE_H
#define _VIGILD_GATE_H

struct cluster;
struct service;

/* As configured now. On failure s->agent.broken says why it must not run on this node. */
void gate_set(struct service *s);

/* The service is no longer configured here, and nothing of it runs. */
void gate_remove(struct service *s);

/* This node has left: the module may be unloaded again. */
void gate_remove_all(struct cluster *c);

#endif
