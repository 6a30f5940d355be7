/* SPDX-License-Identifier: GPL-2.0 */
/* UDP: one socket per address family, bound to every address, so that links come and go. */
#ifndef _WITNESS_UDP_H
#define _WITNESS_UDP_H

#include "witness.h"

/* Return: 0 or -errno; the reason has been logged. Then, too, udp_close(). */
int udp_open(struct witness *w);
void udp_close(struct witness *w);

/* One datagram to a node, over every link that both have. */
void udp_send(struct witness *w, u16 node, const void *data, size_t len);

#endif
