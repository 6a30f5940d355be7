/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire format: what one datagram between two nodes looks like. All
 * numbers are big-endian. Documentation/protocol.rst has the drawing.
 *
 *   header | body                        | tag
 *   -------+-----------------------------+---------------------------------
 *   24     | HELLO, HACK: struct handshake| 32 bytes HMAC-SHA256 (cluster key)
 *   24     | DATA: preface, items (sealed)| 16 bytes Poly1305 (session key)
 *
 * The header is authenticated in both cases.
 */
#ifndef _VIGIL_WIRE_H
#define _VIGIL_WIRE_H

#include <linux/types.h>

#include <vigil/limits.h>

#define VIGIL_WIRE_MAGIC	0x56
#define VIGIL_WIRE_VERSION	1
#define VIGIL_WIRE_MAX_BODY	1200	/* plaintext bytes of a DATA packet */
#define VIGIL_WIRE_HMAC_LEN	32
#define VIGIL_WIRE_SEAL_LEN	16
#define VIGIL_WIRE_MAX_PACKET	(sizeof(struct vigil_wire_header) + \
				 VIGIL_WIRE_MAX_BODY + VIGIL_WIRE_HMAC_LEN)

enum vigil_wire_type {
	VIGIL_WIRE_HELLO = 1,	/* client: I want a session */
	VIGIL_WIRE_HACK = 2,	/* voter: here is my nonce; nothing has changed yet */
	VIGIL_WIRE_DATA = 3,	/* sealed; the first one of a client opens the session */
};

#define VIGIL_WIRE_F_VOTER	0x01	/* the sender is the voter's side of the session */
#define VIGIL_WIRE_F_SLOT1	0x02	/* HELLO, HACK: cluster key slot 1, else slot 0 */

struct vigil_wire_header {
	__u8 magic;
	__u8 version;
	__u8 type;		/* enum vigil_wire_type */
	__u8 flags;		/* VIGIL_WIRE_F_* */
	__be16 src;		/* node ids */
	__be16 dst;
	__be32 cluster;		/* vigil_wire_cluster_tag() of the cluster's name */
	__be32 sid;		/* DATA and HACK: chosen by the voter for this session */
	__be64 counter;		/* DATA: packet number and AEAD nonce, from 1; else 0 */
} __attribute__((packed));

struct vigil_wire_nonce {
	__be64 incarnation;	/* random per start of the instance, never 0 */
	__be64 number;		/* counts the handshakes of that incarnation, from 1 */
} __attribute__((packed));

/* Body of HELLO and HACK. Both sides must agree on everything but the nonces. */
struct vigil_wire_handshake {
	struct vigil_wire_nonce client;
	struct vigil_wire_nonce voter;	/* zero in HELLO */
	__be32 generation;
	__be16 reserved;
	__be16 n_voters;
	__be64 interval;		/* struct vigil_timing, ns */
	__be64 detect;
	__be64 lease;
	__be64 fence;
	__be64 expiry;
	__be16 voters[VIGIL_MAX_VOTERS + 1];	/* ascending ids, rest zero */
} __attribute__((packed));

/*
 * Not sent: what the sealing key of one direction of a session is the tag of
 * (HMAC-SHA256 under the cluster key).
 */
#define VIGIL_WIRE_LABEL	"vigil session 1"

struct vigil_wire_derivation {
	char label[16];			/* VIGIL_WIRE_LABEL */
	struct vigil_wire_nonce client_nonce;
	struct vigil_wire_nonce voter_nonce;
	__be16 client;			/* node ids */
	__be16 voter;
	__u8 from_voter;		/* 1: for what the voter sends; 0: the client */
} __attribute__((packed));

/* Start of the body of a DATA packet. */
struct vigil_wire_preface {
	__be64 echo;		/* from the voter: newest counter accepted; from the client: 0 */
	__u8 state;		/* VIGIL_WIRE_S_* of the sender */
	__u8 reserved[3];
} __attribute__((packed));

#define VIGIL_WIRE_S_LEARNING	0x01	/* voter: grants nothing yet */
#define VIGIL_WIRE_S_DAEMON	0x02	/* the node's daemon is alive */
#define VIGIL_WIRE_S_LEAVING	0x04	/* voter: this is goodbye */

enum vigil_wire_item_type {
	VIGIL_ITEM_CLAIM = 1,	/* client to voter */
	VIGIL_ITEM_RELEASE = 2,	/* client to voter; node = successor, or 0 */
	VIGIL_ITEM_LEAVE = 3,	/* client to voter; no body */
	VIGIL_ITEM_GRANT = 16,	/* voter to client */
	VIGIL_ITEM_DENY = 17,	/* voter to client; node = holder or 0, rank = enum vigil_deny */
	VIGIL_ITEM_RELACK = 18,	/* voter to client */
	VIGIL_ITEM_YIELD = 19,	/* voter to client: a better one waits; let go unless you hold */
	VIGIL_ITEM_MSG = 32,	/* either way: opaque bytes for the daemon */
	VIGIL_ITEM_NOTE = 33,	/* either way: struct vigil_wire_note, bytes for the kernel */
	VIGIL_ITEM_CONFIRM = 34,	/* either way: struct vigil_wire_confirm */
	VIGIL_ITEM_GASP = 35,	/* either way: struct vigil_wire_gasp, last words */
	VIGIL_ITEM_POISON = 36,	/* either way, no body: reset yourself */
};

struct vigil_wire_item {
	__u8 type;
	__u8 flags;
	__be16 len;		/* bytes that follow this struct */
} __attribute__((packed));

#define VIGIL_CLAIM_F_HELD	0x01	/* the claimant holds the claim now */

/* Body of every item that names a claim. The name follows, name_len bytes. */
struct vigil_wire_claim {
	__be64 k;		/* claim number */
	__be16 rank;		/* CLAIM: lower is served first */
	__be16 node;
	__u8 flags;		/* VIGIL_CLAIM_F_* */
	__u8 name_len;		/* 1..VIGIL_NAME_LEN */
} __attribute__((packed));

/* Start of the body of a note. 1..VIGIL_NOTE_LEN bytes follow. */
struct vigil_wire_note {
	__be64 seq;		/* counts the notes of the sender's incarnation, from 1 */
} __attribute__((packed));

/* A fencing device has confirmed this incarnation of a node, not the sender, dead. */
struct vigil_wire_confirm {
	__be64 incarnation;
	__be16 node;
} __attribute__((packed));

enum vigil_gasp_reason {
	VIGIL_GASP_PANIC = 1,	/* the kernel has stopped; devices may still write */
	VIGIL_GASP_POISON = 2,	/* told to die; a reset follows */
};

/* The sender has stopped for good. 0..VIGIL_GASP_LEN bytes follow. */
struct vigil_wire_gasp {
	__u8 reason;		/* enum vigil_gasp_reason */
} __attribute__((packed));

/*
 * Packet number of a gasp that is made without the core's lock, once in a session:
 * a number that no step uses, so no nonce is used twice.
 */
#define VIGIL_GASP_COUNTER	(1ULL << 63)

enum vigil_deny {
	VIGIL_DENY_OWNED = 0,		/* granted to @node */
	VIGIL_DENY_LEARNING = 1,	/* the voter started less than expiry ago */
	VIGIL_DENY_RESERVED = 2,	/* handed over to @node */
	VIGIL_DENY_FULL = 3,		/* no room for another name */
};

#endif
