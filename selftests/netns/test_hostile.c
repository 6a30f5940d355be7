// SPDX-License-Identifier: GPL-2.0
/* Datagrams that no node sent: they change nothing, and are counted. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vigil/wire.h>

#include "bed.h"
#include "harness.h"

#define DETECT	(800 * slowness())	/* ms: a guest may itself stand still a while */
#define EXPIRY	(DETECT * 5 / 2 + 20)
#define LONG	(15000 * slowness())	/* ms; for what must come */

static struct bed bed = { .n = 3, .links = 1, .voters = 3 };
static int sender;		/* raw socket at node 0 */
static int held;		/* number of the event of the claim's hold at node 1 */
static int tap;			/* socket that sees what node 0 sends */
static unsigned char packet[1500];	/* a true one, from node 0 to node 1 */
static size_t packet_len;
static __be32 tag;		/* of the cluster, in every header */

/* One IP packet with a UDP datagram to node 1, from whatever address. */
static void send_from(const char *from, const void *data, size_t len)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
		unsigned char data[2000];
	} __attribute__((packed)) out = {
		.ip = {
			.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
			.saddr = inet_addr(from), .daddr = inet_addr("10.0.0.2"),
		},
		.udp = { .uh_sport = htons(BED_PORT), .uh_dport = htons(BED_PORT) },
	};
	struct sockaddr_in to = { .sin_family = AF_INET };
	size_t total = sizeof(out.ip) + sizeof(out.udp) + len;
	ssize_t sent;

	to.sin_addr.s_addr = out.ip.daddr;
	out.udp.uh_ulen = htons((unsigned short)(sizeof(out.udp) + len));
	out.ip.tot_len = htons((unsigned short)total);
	memcpy(out.data, data, len);
	sent = sendto(sender, &out, total, 0, (struct sockaddr *)&to, sizeof(to));
	CHECK(sent == (ssize_t)total, "sendto: %s", strerror(errno));
}

/* A packet of that type which node 0 sends to node 1. */
static void sniff(unsigned int type)
{
	struct pollfd p = { .fd = tap, .events = POLLIN };
	unsigned char frame[2000];

	for (;;) {
		const struct iphdr *ip = (const struct iphdr *)frame;
		const struct vigil_wire_header *h;
		size_t skip;
		ssize_t n;

		CHECK(poll(&p, 1, LONG) == 1, "no packet of type %u was seen", type);
		n = recv(tap, frame, sizeof(frame), 0);
		if (n < (ssize_t)sizeof(*ip) || ip->protocol != IPPROTO_UDP)
			continue;
		skip = (size_t)ip->ihl * 4 + sizeof(struct udphdr);
		h = (const struct vigil_wire_header *)(frame + skip);
		if ((size_t)n < skip + sizeof(*h) || h->type != type || h->dst != htons(2))
			continue;
		packet_len = (size_t)n - skip;
		CHECK(packet_len <= sizeof(packet), "too large");
		memcpy(packet, h, packet_len);
		tag = h->cluster;
		return;
	}
}

static void open_sockets(void)
{
	bed_enter(&bed, 0);
	sender = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	CHECK(sender >= 0, "raw socket: %s", strerror(errno));
	tap = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	CHECK(tap >= 0, "packet socket: %s", strerror(errno));
}

/* Three nodes; node 1 holds a claim; a true packet to it has been seen. */
static void set_up(void)
{
	bed_up(&bed);
	bed_claim(&bed, 1, "web");
	held = bed_wait_claim(&bed, 1, 0, "web", VIGIL_CLAIM_STATE_HELD, LONG);
	open_sockets();
	sniff(VIGIL_WIRE_DATA);
}

static struct vnl_counters counters(void)
{
	struct vnl_cluster c;

	CHECK_EQ(vnl_cluster_get(bed.nodes[1].client, BED_CLUSTER, &c), 0);
	return c.counters;
}

static struct vigil_wire_header header(unsigned int type, unsigned int src, unsigned int dst)
{
	struct vigil_wire_header h = {
		.magic = VIGIL_WIRE_MAGIC, .version = VIGIL_WIRE_VERSION, .type = (__u8)type,
		.src = htons((unsigned short)src), .dst = htons((unsigned short)dst),
		.cluster = tag, .sid = htonl(1), .counter = 0x0100000000000000ULL,
	};

	return h;
}

/* All three still see each other, and the claim has not moved. */
static void nothing_has_changed(void)
{
	int i, n;

	bed_watch(&bed, EXPIRY);
	CHECK_EQ(bed_claim_state(&bed, 1, "web"), VIGIL_CLAIM_STATE_HELD);
	CHECK_EQ(bed_count_claim(&bed, 1, held + 1, NULL), 0);
	for (i = 0; i < bed.n; i++) {
		for (n = 0; n < bed.nodes[i].n_log; n++)
			CHECK(bed.nodes[i].log[n].type != VNL_EVENT_NODE ||
			      bed.nodes[i].log[n].to == VIGIL_NODE_STATE_UP,
			      "node %d saw a node change", i);
	}
}

/* Every length from nothing on; the first bytes are those of a true packet. */
static void short_ones(void)
{
	unsigned char data[1472] = { VIGIL_WIRE_MAGIC, VIGIL_WIRE_VERSION, VIGIL_WIRE_DATA };
	struct vnl_counters before, after;
	size_t len;

	set_up();
	before = counters();
	for (len = 0; len < sizeof(struct vigil_wire_header); len++)
		send_from("10.0.0.1", data, len);
	send_from("10.0.0.1", data, sizeof(data));
	nothing_has_changed();
	after = counters();
	CHECK(after.malformed >= before.malformed + sizeof(struct vigil_wire_header) + 1,
	      "%llu of them counted as malformed", after.malformed - before.malformed);
}

static void strangers(void)
{
	struct vigil_wire_header h;
	struct vnl_counters before, after;
	unsigned char data[200] = { 0 };
	unsigned int src;

	set_up();
	before = counters();
	for (src = 0; src < 65536; src += 257) {
		h = header(VIGIL_WIRE_DATA, src, 2);
		memcpy(data, &h, sizeof(h));
		send_from("10.9.9.9", data, sizeof(data));
	}
	/* From a node's address, but of a node that has another; and of ourselves. */
	h = header(VIGIL_WIRE_DATA, 3, 2);
	memcpy(data, &h, sizeof(h));
	send_from("10.0.0.1", data, sizeof(data));
	h = header(VIGIL_WIRE_DATA, 2, 2);
	memcpy(data, &h, sizeof(h));
	send_from("10.0.0.2", data, sizeof(data));
	nothing_has_changed();
	after = counters();
	CHECK(after.unknown >= before.unknown + 256, "%llu of them counted as unknown",
	      after.unknown - before.unknown);
}

/* Every bit of a true packet flipped once: not one is taken. */
static void flipped_bits(void)
{
	struct vnl_counters before, after;
	size_t bit;

	set_up();
	before = counters();
	for (bit = 0; bit < packet_len * 8; bit++) {
		packet[bit / 8] ^= (unsigned char)(1 << bit % 8);
		send_from("10.0.0.1", packet, packet_len);
		packet[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	nothing_has_changed();
	after = counters();
	CHECK(after.auth > before.auth + 100, "%llu counted as forged", after.auth - before.auth);
	CHECK(after.malformed > before.malformed, "none counted as malformed");
	CHECK(after.unknown > before.unknown, "none counted as unknown");
	CHECK(after.nosession > before.nosession, "none counted as without a session");
}

/* A true packet, again and again. */
static void replayed(void)
{
	struct vnl_counters before, after;
	int i;

	set_up();
	before = counters();
	for (i = 0; i < 200; i++)
		send_from("10.0.0.1", packet, packet_len);
	nothing_has_changed();
	after = counters();
	CHECK(after.replay >= before.replay + 200, "%llu counted as replayed",
	      after.replay - before.replay);
}

/* As set_up(), without a claim; a true handshake to node 1 has been seen. */
static void set_up_hello(void)
{
	int i;

	bed_make(&bed);
	open_sockets();
	for (i = bed.n - 1; i >= 0; i--) {
		bed_cluster_make(&bed, i, BED_CLUSTER, BED_PORT);
		bed_cluster_start(&bed, i, BED_CLUSTER);
	}
	sniff(VIGIL_WIRE_HELLO);
	bed_wait_node(&bed, 1, 0, 1, VIGIL_NODE_STATE_UP, LONG);
}

/* Every bit of a handshake's contents and tag: forged, or too many to be looked at. */
static void flipped_hello(void)
{
	size_t bit, first = sizeof(struct vigil_wire_header) * 8;
	struct vnl_counters before, after;

	set_up_hello();
	before = counters();
	for (bit = first; bit < packet_len * 8; bit++) {
		packet[bit / 8] ^= (unsigned char)(1 << bit % 8);
		send_from("10.0.0.1", packet, packet_len);
		packet[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	bed_watch(&bed, DETECT);
	after = counters();
	CHECK(after.auth - before.auth + after.flood - before.flood >= packet_len * 8 - first,
	      "of %zu only %llu counted as forged, %llu as too many", packet_len * 8 - first,
	      after.auth - before.auth, after.flood - before.flood);
	CHECK(after.auth > before.auth + 100, "%llu counted as forged", after.auth - before.auth);
}

/* A replayed handshake resets no session, and brings nobody back. */
static void replayed_hello(void)
{
	int i, n, gone;

	set_up_hello();
	n = bed.nodes[1].n_log;
	for (i = 0; i < 50; i++)
		send_from("10.0.0.1", packet, packet_len);
	bed_watch(&bed, EXPIRY);
	for (i = n; i < bed.nodes[1].n_log; i++)
		CHECK(bed.nodes[1].log[i].type != VNL_EVENT_NODE || bed.nodes[1].log[i].id != 1,
		      "a replay changed a node's state");
	/* Its sender goes without a word; what it once said is said again. */
	bed_isolate(&bed, 0);
	gone = bed_wait_node(&bed, 1, n, 1, VIGIL_NODE_STATE_EXPIRED, LONG);
	CHECK_EQ(vnl_cluster_del(bed.nodes[0].client, BED_CLUSTER), 0);
	bed_heal(&bed, 0, 1, 0);
	bed_enter(&bed, 0);
	for (i = 0; i < 50; i++)
		send_from("10.0.0.1", packet, packet_len);
	bed_watch(&bed, EXPIRY);
	for (n = gone + 1; n < bed.nodes[1].n_log; n++)
		CHECK(bed.nodes[1].log[n].type != VNL_EVENT_NODE || bed.nodes[1].log[n].id != 1,
		      "a replay brought a node back");
}

/* Random bytes behind a true beginning; the seed is fixed. */
static void noise(void)
{
	unsigned char data[1400];
	unsigned int i, b, len;

	set_up();
	srandom(20240607);
	for (i = 0; i < 3000; i++) {
		struct vigil_wire_header h = header(1 + i % 3, 1, 2);

		len = (unsigned int)random() % sizeof(data);
		for (b = 0; b < len; b++)
			data[b] = (unsigned char)random();
		memcpy(data, &h, len < sizeof(h) ? len : sizeof(h));
		send_from("10.0.0.1", data, len);
	}
	nothing_has_changed();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "datagrams: of every length below a header", short_ones },
		{ "datagrams: from strangers", strangers },
		{ "datagrams: every bit of a true one flipped", flipped_bits },
		{ "datagrams: replayed", replayed },
		{ "datagrams: every bit of a handshake flipped", flipped_hello },
		{ "datagrams: a handshake replayed", replayed_hello },
		{ "datagrams: noise", noise },
		{ }
	};

	bed.detect_ms = DETECT;
	return harness_main(argc, argv, tests);
}
