// SPDX-License-Identifier: GPL-2.0
/* Packets in the name of a floating address. See wire.h. */

#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

#define TAG	0x8100

struct arp {
	unsigned short hardware, protocol;
	unsigned char hardware_len, protocol_len;
	unsigned short operation;
	unsigned char sender[6];
	unsigned int sender_ip;
	unsigned char target[6];
	unsigned int target_ip;
} __attribute__((packed));

/* A frame is known by a byte in its addresses: the way in which it was made. */
struct frame {
	struct ether_header eth;
	unsigned char data[128];
	int len;
};

static void begin(struct frame *f, enum wire_way way, unsigned short protocol)
{
	memset(f, 0, sizeof(*f));
	memset(f->eth.ether_dhost, 0xff, sizeof(f->eth.ether_dhost));
	f->eth.ether_shost[0] = 2;
	f->eth.ether_shost[5] = (unsigned char)(0x10 + way);
	f->eth.ether_type = htons(protocol);
}

static void append(struct frame *f, const void *data, size_t len)
{
	memcpy(f->data + f->len, data, len);
	f->len += (int)len;
}

static void add_arp(struct frame *f)
{
	struct arp arp = {
		.hardware = htons(1), .protocol = htons(ETHERTYPE_IP), .hardware_len = 6,
		.protocol_len = 4, .operation = htons(1), .sender = { 2 },
		.sender_ip = inet_addr(WIRE_V4), .target_ip = inet_addr(WIRE_V4),
	};

	append(f, &arp, sizeof(arp));
}

static void add_ipv4(struct frame *f)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .tot_len = htons(sizeof(ip)), .ttl = 1, .protocol = 253,
		.saddr = inet_addr(WIRE_V4), .daddr = inet_addr("10.0.0.2"),
	};

	append(f, &ip, sizeof(ip));
}

static void add_advertisement(struct frame *f)
{
	struct ip6_hdr ip = {
		.ip6_plen = htons(sizeof(struct nd_neighbor_advert)), .ip6_nxt = IPPROTO_ICMPV6,
		.ip6_hlim = 255,
	};
	struct nd_neighbor_advert na = { .nd_na_type = ND_NEIGHBOR_ADVERT };

	ip.ip6_vfc = 0x60;
	CHECK_EQ(inet_pton(AF_INET6, "fe80::77", &ip.ip6_src), 1);
	CHECK_EQ(inet_pton(AF_INET6, "ff02::1", &ip.ip6_dst), 1);
	CHECK_EQ(inet_pton(AF_INET6, WIRE_V6, &na.nd_na_target), 1);
	append(f, &ip, sizeof(ip));
	append(f, &na, sizeof(na));
}

/* @called: what the sender says the protocol is. Refusals differ; arrival is what counts. */
static void send_frame(const char *interface, const struct frame *f, unsigned short called)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(called), .sll_halen = 6,
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct frame out = *f;

	CHECK(fd >= 0, "packet socket: %s", strerror(errno));
	CHECK(to.sll_ifindex, "no interface %s", interface);
	sendto(fd, &out, sizeof(out.eth) + (size_t)out.len, 0, (void *)&to, sizeof(to));
	close(fd);
}

static void send_frames(const char *interface)
{
	unsigned short tag[] = { htons(7), htons(ETHERTYPE_ARP) };
	struct frame f;

	begin(&f, WIRE_RAW4, ETHERTYPE_IP);
	add_ipv4(&f);
	send_frame(interface, &f, ETHERTYPE_IP);
	begin(&f, WIRE_ARP, ETHERTYPE_ARP);
	add_arp(&f);
	send_frame(interface, &f, ETHERTYPE_ARP);
	begin(&f, WIRE_LIE, ETHERTYPE_ARP);
	add_arp(&f);
	send_frame(interface, &f, 0x88b5);
	begin(&f, WIRE_VLAN, TAG);
	append(&f, tag, sizeof(tag));
	add_arp(&f);
	send_frame(interface, &f, TAG);
	begin(&f, WIRE_NA, ETHERTYPE_IPV6);
	add_advertisement(&f);
	send_frame(interface, &f, ETHERTYPE_IPV6);
}

static int udp(int family, const void *from, socklen_t from_len, const void *to, socklen_t to_len)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	CHECK(fd >= 0, "socket: %s", strerror(errno));
	CHECK(!from || !bind(fd, from, from_len), "bind: %s", strerror(errno));
	if (sendto(fd, "x", 1, 0, to, to_len) < 0)
		err = -errno;
	close(fd);
	return err;
}

int wire_udp4(const char *from, const char *to)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sockaddr_in b = { .sin_family = AF_INET, .sin_port = htons(WIRE_PORT) };

	CHECK_EQ(inet_pton(AF_INET, to, &b.sin_addr), 1);
	CHECK(!from || inet_pton(AF_INET, from, &a.sin_addr) == 1, "address %s", from);
	return udp(AF_INET, from ? &a : NULL, sizeof(a), &b, sizeof(b));
}

/* To everybody at the wire: no neighbour has to be found. */
static int udp6(const char *interface)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
	struct sockaddr_in6 b = { .sin6_family = AF_INET6, .sin6_port = htons(WIRE_PORT) };

	CHECK_EQ(inet_pton(AF_INET6, WIRE_V6, &a.sin6_addr), 1);
	CHECK_EQ(inet_pton(AF_INET6, "ff02::1", &b.sin6_addr), 1);
	b.sin6_scope_id = if_nametoindex(interface);
	return udp(AF_INET6, &a, sizeof(a), &b, sizeof(b));
}

unsigned int wire_speak(const char *interface, const char *peer)
{
	unsigned int refused = 0;

	refused |= wire_udp4(WIRE_V4, peer) ? 1U << WIRE_UDP4 : 0;
	refused |= udp6(interface) ? 1U << WIRE_UDP6 : 0;
	send_frames(interface);
	CHECK_EQ(wire_udp4(NULL, peer), 0);
	return refused;
}

int wire_listen(const char *interface)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

	CHECK(fd >= 0 && at.sll_ifindex, "packet socket at %s: %s", interface, strerror(errno));
	CHECK(!bind(fd, (void *)&at, sizeof(at)), "bind: %s", strerror(errno));
	return fd;
}

/* Return: the way of a frame, WIRE_WAYS for the last one, or -1. */
static int recognize(const unsigned char *data, ssize_t len)
{
	const struct ether_header *eth = (const void *)data;
	const struct iphdr *ip = (const void *)(eth + 1);
	const struct ip6_hdr *ip6 = (const void *)(eth + 1);
	const struct udphdr *udp = (const void *)(ip + 1);
	const struct udphdr *udp_6 = (const void *)(ip6 + 1);

	if (len < (ssize_t)sizeof(*eth))
		return -1;
	if (eth->ether_shost[0] == 2 && !eth->ether_shost[1] && eth->ether_shost[5] >= 0x10 &&
	    eth->ether_shost[5] < 0x10 + WIRE_WAYS)
		return eth->ether_shost[5] - 0x10;
	if (eth->ether_type == htons(ETHERTYPE_IP) && ip->protocol == IPPROTO_UDP &&
	    udp->dest == htons(WIRE_PORT))
		return ip->saddr == inet_addr(WIRE_V4) ? WIRE_UDP4 : WIRE_WAYS;
	if (eth->ether_type == htons(ETHERTYPE_IPV6) && ip6->ip6_nxt == IPPROTO_UDP &&
	    udp_6->dest == htons(WIRE_PORT))
		return WIRE_UDP6;
	return -1;
}

unsigned int wire_seen(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	_Alignas(8) unsigned char data[2048];
	unsigned int seen = 0;
	int way = -1;

	while (way != WIRE_WAYS) {
		ssize_t len;

		CHECK(poll(&p, 1, 10000 * slowness()) == 1, "the last packet did not arrive");
		memset(data, 0, sizeof(data));
		len = recv(fd, data, sizeof(data), 0);
		way = recognize(data, len);
		if (way >= 0 && way < WIRE_WAYS)
			seen |= 1U << way;
	}
	return seen;
}
