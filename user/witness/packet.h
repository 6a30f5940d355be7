/* SPDX-License-Identifier: GPL-2.0 */
/* Datagrams: judging those that arrive, protecting those that leave. */
#ifndef _WITNESS_PACKET_H
#define _WITNESS_PACKET_H

#include "witness.h"

/**
 * packet_receive - judge a datagram and give it to the core
 * @w: the witness
 * @from: sender's address; its port does not matter
 * @buf: the datagram; opened in place
 * @len: its length, whatever that is
 *
 * In this order: format, one look-up of the sender, and only then cryptography.
 */
void packet_receive(struct witness *w, const union config_address *from, u8 *buf, size_t len);

/**
 * packet_build - put a VIGIL_EFF_SEND into a datagram
 * @w: the witness
 * @e: the effect
 * @buf: VIGIL_WIRE_MAX_PACKET bytes
 *
 * Return: its length; 0: there is no key in the slot.
 */
size_t packet_build(const struct witness *w, const struct vigil_effect *e, u8 *buf);

#endif
