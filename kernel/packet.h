/* SPDX-License-Identifier: GPL-2.0 */
/* Datagrams: judging those that arrive, sealing those that leave. */
#ifndef _VIGIL_PACKET_H
#define _VIGIL_PACKET_H

#include <linux/skbuff.h>
#include <linux/types.h>

#include "cluster.h"

/* Count and trace a packet that is thrown away. Softirq. */
void vigil_packet_drop(struct vigil_cluster *c, u16 node, enum vigil_drop reason);

/**
 * vigil_packet_receive - judge a packet and give it to the core
 * @c: cluster
 * @from: sender's address
 * @buf: the datagram; opened in place
 * @len: sizeof(struct vigil_wire_header)..VIGIL_WIRE_MAX_PACKET
 *
 * Softirq, under RCU. In this order: format, one look-up of the sender, and
 * only then cryptography.
 */
void vigil_packet_receive(struct vigil_cluster *c, const struct vigil_addr *from,
			  u8 *buf, size_t len);

/**
 * vigil_packet_build - put a VIGIL_EFF_SEND into a packet
 * @c: cluster, its lock held
 * @e: the effect
 *
 * Return: a tagged or sealed packet, or NULL (no memory, no key).
 */
struct sk_buff *vigil_packet_build(struct vigil_cluster *c, const struct vigil_effect *e);

/* To whom a built packet goes. */
u16 vigil_packet_node(const struct sk_buff *skb);

#endif
