/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A wire under observation: what a node puts on it in the name of a floating
 * address, in every way a packet can say whose it is, and what arrives.
 */
#ifndef _NETNS_WIRE_H
#define _NETNS_WIRE_H

#define WIRE_V4		"10.77.0.9"
#define WIRE_V6		"fd77::9"
#define WIRE_PORT	9999

/* Ways to speak for the address; bits of what has been seen. */
enum wire_way {
	WIRE_UDP4,	/* a datagram of an ordinary socket */
	WIRE_UDP6,
	WIRE_RAW4,	/* a frame from a raw socket */
	WIRE_ARP,	/* the same: an announcement of the IPv4 address */
	WIRE_LIE,	/* the same, and the sender calls it something else */
	WIRE_VLAN,	/* the same, tagged */
	WIRE_NA,	/* the same: an advertisement of the IPv6 address */
	WIRE_WAYS
};

#define WIRE_ALL	((1U << WIRE_WAYS) - 1)

/**
 * wire_listen - look at an interface of the namespace we are in
 * @interface: its name
 *
 * Return: a descriptor for wire_seen().
 */
int wire_listen(const char *interface);

/**
 * wire_speak - send in every way
 * @interface: to where, in the namespace we are in
 * @peer: IPv4 address at the other end
 *
 * Last comes a packet of the node's own address, which ends what wire_seen()
 * reads. Return: bits of the ways that the kernel refused.
 */
unsigned int wire_speak(const char *interface, const char *peer);

/* One datagram from @from (NULL: any address) to @to. Return: 0 or -errno. */
int wire_udp4(const char *from, const char *to);

/* What has arrived since the last call. Return: bits of the ways. */
unsigned int wire_seen(int fd);

#endif
