/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol core: sessions, leases and majority claims of one cluster
 * instance on one node, as a state machine that is fed events and hands out
 * effects. Documentation/protocol.rst explains why it is safe.
 *
 * A session is directional: a *client* (any node that wants leases and grants)
 * has one with each *voter*. Two voters have two sessions, one each way. The
 * caller serialises all calls on one core; they may come from any context.
 *
 * Times are nanoseconds of one clock that never goes back and counts suspend
 * (CLOCK_BOOTTIME).
 */
#ifndef _VIGIL_CORE_H
#define _VIGIL_CORE_H

#include <vigil/limits.h>
#include <vigil/timing.h>
#include <vigil/wire.h>

#include "port.h"

struct vigil_core;

#define VIGIL_NEVER		U64_MAX
#define VIGIL_SESSION_KEY_LEN	32

/* A nonce of the handshake; unique for ever, as incarnations are random. */
struct vigil_nonce {
	u64 incarnation;
	u64 number;
};

/* Sealing keys of one session. Filled in by the caller on VIGIL_EFF_DERIVE. */
struct vigil_keys {
	u8 tx[VIGIL_SESSION_KEY_LEN];
	u8 rx[VIGIL_SESSION_KEY_LEN];
};

enum vigil_node_state {
	VIGIL_NODE_UNMET = 0,	/* never heard by this incarnation of ours */
	VIGIL_NODE_UP,
	VIGIL_NODE_DOWN,	/* silent for detect */
	VIGIL_NODE_EXPIRED,	/* silent for expiry, or proved dead: its leases from us are over */
	VIGIL_NODE_LEFT,	/* said goodbye */
};

enum vigil_claim_state {
	VIGIL_CLAIM_NONE = 0,	/* not ours, nothing asked */
	VIGIL_CLAIM_WANTED,	/* asked for; must not run */
	VIGIL_CLAIM_HELD,	/* may run */
	VIGIL_CLAIM_LOST,	/* must be stopped within fence, or regained */
	VIGIL_CLAIM_RELEASING,	/* stopped; voters are being told */
};

/* Why a handshake was refused. */
enum vigil_refusal {
	VIGIL_REFUSE_NONE = 0,
	VIGIL_REFUSE_TIMING,
	VIGIL_REFUSE_VOTERS,
	VIGIL_REFUSE_GENERATION,
};

/* What a peer's gasp is worth. That of a poisoned one counts always. */
enum vigil_gasp_mode {
	VIGIL_GASP_RELEASE = 0,	/* down at once, its grants are free after a grace time */
	VIGIL_GASP_DETECT,	/* down at once, its grants are free at expiry */
	VIGIL_GASP_OFF,		/* nothing */
};

/**
 * struct vigil_core_config - what a core is made of
 * @self: own node id
 * @generation: number of the voter set
 * @incarnation: random, not zero, fresh for every start
 * @timing: judged by vigil_timing_check() before
 * @n_voters: odd, 1..VIGIL_MAX_VOTERS
 * @voters: node ids, ascending
 * @max_nodes: room for this many nodes, self included
 * @max_claims: room for this many own claims and as many votes
 * @gasp: enum vigil_gasp_mode
 * @gasp_grace: ns after a gasp in which devices of its sender may still write
 */
struct vigil_core_config {
	u16 self;
	u16 n_voters;
	u16 voters[VIGIL_MAX_VOTERS];
	u16 max_nodes;
	u16 max_claims;
	u8 gasp;
	u64 gasp_grace;
	u32 generation;
	u64 incarnation;
	struct vigil_timing timing;
};

/**
 * vigil_core_size - bytes of memory a core needs
 * @cfg: only @max_nodes and @max_claims are looked at
 */
size_t vigil_core_size(const struct vigil_core_config *cfg);

/**
 * vigil_core_init - make a core in zeroed memory and begin learning
 * @core: vigil_core_size() zeroed bytes, aligned for a u64
 * @cfg: copied
 * @now: learning ends at @now + expiry
 *
 * Return: 0, or -EINVAL (voters not odd, unordered or out of range; self or
 * sizes out of range).
 */
int vigil_core_init(struct vigil_core *core, const struct vigil_core_config *cfg, u64 now);

/**
 * vigil_core_add_node - let a node take part
 * @core: initialised core
 * @id: 1..VIGIL_MAX_NODES; voters must be added too, self is there already
 *
 * Return: 0, -EEXIST, -ENOSPC or -EINVAL.
 */
int vigil_core_add_node(struct vigil_core *core, u16 id);

/**
 * vigil_core_del_node - let a node that does not vote go
 * @core: initialised core
 * @id: not self, not a voter, and without a session: what it was granted must
 *	have ended first
 *
 * Pointers and indices from before are void. Return: 0, -ENOENT or -EBUSY.
 */
int vigil_core_del_node(struct vigil_core *core, u16 id);

enum vigil_event_type {
	VIGIL_EV_TICK,		/* time has passed; or: more effects, please */
	VIGIL_EV_HELLO,		/* @packet: authentic handshake body */
	VIGIL_EV_HACK,
	VIGIL_EV_DATA,		/* @packet: opened body of a DATA packet */
	VIGIL_EV_CLAIM,		/* the user wants the right to run @name */
	VIGIL_EV_RELEASE,	/* the user has stopped @name and gives it up */
	VIGIL_EV_LEAVE,		/* the user has stopped everything and goes */
	VIGIL_EV_MSG,		/* the user has @packet for @node */
	VIGIL_EV_NOTE,		/* the kernel has @packet for all who have a session with us */
	VIGIL_EV_DAEMON,	/* the daemon is alive, or dead and wants nothing: @flag */
	VIGIL_EV_CONFIRM,	/* a fencing device confirms: @incarnation of @node is dead */
	VIGIL_EV_POISON,	/* the user wants @node to reset itself */
};

/**
 * struct vigil_event - one input of vigil_step()
 * @type: enum vigil_event_type
 * @now: time of this step; must not go back
 * @node: packets: the sender's id. MSG: destination. RELEASE: successor, or 0.
 *	CONFIRM: who is dead. POISON: who shall be
 * @from_voter: packets: VIGIL_WIRE_F_VOTER was set
 * @flag: DAEMON: alive
 * @slot: HELLO, HACK: cluster key slot that authenticated it
 * @rank: CLAIM: lower is served first; 0 means the node's id
 * @sid: HACK, DATA: from the header
 * @counter: DATA: from the header
 * @packet: body; bytes from the network, authentic but not yet checked. MSG,
 *	NOTE: bytes to be sent, 1..VIGIL_MSG_LEN or 1..VIGIL_NOTE_LEN; copied
 * @len: bytes of @packet
 * @name: CLAIM, RELEASE: 1..VIGIL_NAME_LEN bytes
 * @name_len: bytes of @name
 * @incarnation: CONFIRM: of @node; later ones of it may live
 */
struct vigil_event {
	enum vigil_event_type type;
	u64 now;
	u16 node;
	bool from_voter;
	bool flag;
	u8 slot;
	u16 rank;
	u32 sid;
	u64 counter;
	const u8 *packet;
	u16 len;
	const char *name;
	u8 name_len;
	u64 incarnation;
};

#define VIGIL_NOTES		32	/* kept: so many at a time are all sent */
#define VIGIL_HURRIES		4	/* extra beats for notes in an interval, at most */

enum vigil_effect_type {
	VIGIL_EFF_DERIVE,	/* fill in @keys from the cluster key in @slot, nonces and ids */
	VIGIL_EFF_SEND,		/* put @data on the wire, over every link of @node */
	VIGIL_EFF_NODE,		/* @node went from state @from to @to */
	VIGIL_EFF_CLAIM,	/* own claim @name went from state @from to @to */
	VIGIL_EFF_VOTE,		/* as a voter: @name was granted to @node (0: freed) */
	VIGIL_EFF_MSG,		/* @data came from @node for the daemon */
	VIGIL_EFF_NOTE,		/* @data came from @node for the kernel; order may differ */
	VIGIL_EFF_LEARNED,	/* learning has ended */
	VIGIL_EFF_REFUSED,	/* handshake with @node refused, @to is enum vigil_refusal */
	VIGIL_EFF_OVERSLEPT,	/* this node's own clock tick came @amount ns late */
	VIGIL_EFF_DAEMON,	/* daemon of @node is now alive (@to 1) or not (0) */
	VIGIL_EFF_GASP,		/* @node has stopped for good, @to is why, @data its last words */
	VIGIL_EFF_POISONED,	/* @node told us to die; we have left, see vigil_fence_deadline() */
};

/**
 * struct vigil_effect - one output of vigil_step()
 * @type: enum vigil_effect_type; run effects in order. DERIVE and SEND must be
 *	carried out (sealed) before the next step; sending itself may follow.
 * @node: the peer
 * @wire: SEND: enum vigil_wire_type
 * @from_voter: SEND, DERIVE: we are the voter of this session
 * @slot: DERIVE, SEND of HELLO and HACK: cluster key slot; HELLO: VIGIL_SLOT_ACTIVE
 * @from: old state
 * @to: new state
 * @sid: SEND: for the header
 * @counter: SEND of DATA: for the header
 * @keys: DERIVE: where to put the result; SEND of DATA: seal with keys->tx
 * @client: DERIVE: nonces of the session
 * @voter: DERIVE: nonces of the session
 * @name: CLAIM, VOTE: NUL-terminated, valid until the next step
 * @k: CLAIM, VOTE: claim number
 * @amount: OVERSLEPT: nanoseconds
 * @data: SEND: body, valid until the next step; MSG, NOTE, GASP: bytes within
 *	the event's packet
 * @len: bytes of @data
 */
struct vigil_effect {
	enum vigil_effect_type type;
	u16 node;
	u8 wire;
	bool from_voter;
	u8 slot;
	u8 from;
	u8 to;
	u32 sid;
	u64 counter;
	struct vigil_keys *keys;
	struct vigil_nonce client;
	struct vigil_nonce voter;
	const char *name;
	u64 k;
	u64 amount;
	const u8 *data;
	u16 len;
};

#define VIGIL_SLOT_ACTIVE	0xff
#define VIGIL_EFFECTS_MAX	64
#define VIGIL_EFFECTS_ARENA	16384

/* Output of one step. Too large for a stack: keep one per CPU. */
struct vigil_effects {
	u16 n;
	bool more;		/* room ran out: call again with VIGIL_EV_TICK at once */
	u16 used;		/* bytes of @arena */
	struct vigil_effect list[VIGIL_EFFECTS_MAX];
	u8 arena[VIGIL_EFFECTS_ARENA];
};

/**
 * vigil_step - feed one event to the core
 * @core: the core
 * @ev: what happened
 * @out: overwritten with what to do about it
 *
 * Packets that do not fit the current state, are replayed or malformed change
 * nothing. Return: 0; for user events -EINVAL, -ENOSPC (table full), -EBUSY
 * (LEAVE: claims are held, or told to die; RELEASE in no state to release), -ENOENT (unknown
 * node or claim), -EMSGSIZE, -ENOTCONN (MSG, POISON: no session), -ESTALE (CONFIRM: not
 * the incarnation that is known here), -ESHUTDOWN (left); for packets -EBADMSG
 * (malformed), -EPROTO (no such session), -EALREADY (replayed), -EPERM
 * (handshake refused, sender dead).
 */
int vigil_step(struct vigil_core *core, const struct vigil_event *ev, struct vigil_effects *out);

/**
 * vigil_next_deadline - when the core wants its next VIGIL_EV_TICK
 *
 * Return: a time; past times mean at once.
 */
u64 vigil_next_deadline(const struct vigil_core *core);

/**
 * vigil_fence_deadline - when the fence action must begin if nothing changes
 *
 * The earliest moment, over all claims that may be running, at which the hold
 * has been lost for half the fence time. To be enforced by a hard-irq timer:
 * fresh echoes move it on, VIGIL_EV_RELEASE of the lost claims ends it. Who was
 * told to die has a tick's time for its answers to leave, whatever it holds.
 *
 * Return: a time, or VIGIL_NEVER.
 */
u64 vigil_fence_deadline(const struct vigil_core *core);

/**
 * vigil_core_rx_keys - keys to open a DATA packet with
 * @core: the core
 * @node: sender's id from the header
 * @from_voter: the header's VIGIL_WIRE_F_VOTER
 * @sid: the header's session id
 *
 * Costs one look-up and looks at nothing else. Return: keys of the current
 * or half-open session of that name, or NULL: drop the packet.
 */
const struct vigil_keys *vigil_core_rx_keys(const struct vigil_core *core, u16 node,
					    bool from_voter, u32 sid);

/**
 * struct vigil_gasp - last words in one session, to be sealed and sent
 * @node: the peer
 * @from_voter: we are the voter of this session
 * @sid: for the header
 * @keys: seal with keys->tx and packet number VIGIL_GASP_COUNTER
 * @len: bytes of @body
 * @body: of a DATA packet
 */
struct vigil_gasp {
	u16 node;
	bool from_voter;
	u32 sid;
	const struct vigil_keys *keys;
	u16 len;
	u8 body[sizeof(struct vigil_wire_preface) + sizeof(struct vigil_wire_item) +
		sizeof(struct vigil_wire_gasp) + VIGIL_GASP_LEN];
};

/**
 * vigil_core_gasp - compose last words without a step
 * @core: the core; it may be in the middle of a step that never ends
 * @index: 0..vigil_core_nodes() - 1
 * @as_voter: in the session in which we are the voter
 * @reason: enum vigil_gasp_reason
 * @data: last words
 * @len: at most VIGIL_GASP_LEN bytes; more are cut off
 * @gasp: result
 *
 * For panic context: nothing is changed, locked or allocated. Only when nothing
 * can run here any more, and once in each session: the packet number is the same
 * every time. Return: false if there is no such session.
 */
bool vigil_core_gasp(const struct vigil_core *core, u16 index, bool as_voter, u8 reason,
		     const void *data, u16 len, struct vigil_gasp *gasp);

/* What can be asked without changing anything. */

struct vigil_node_info {
	u16 id;
	bool voter;
	bool self;
	bool daemon;		/* its daemon was alive when last heard */
	bool learning;		/* voter: still learning when last heard */
	u8 state;		/* enum vigil_node_state */
	u8 refusal;		/* enum vigil_refusal of its last handshake */
	u64 incarnation;	/* 0: unknown */
	u64 last_heard;		/* 0: never */
	u64 lease_until;	/* our lease from it; 0: none. Self: VIGIL_NEVER */
};

struct vigil_claim_info {
	const char *name;	/* valid until the next step */
	u8 state;		/* enum vigil_claim_state: our own claim */
	u16 grants;		/* bit v: voter number v has granted our current number */
	u16 owner;		/* node to whom we, as a voter, have granted it; 0: nobody */
	u16 holder;		/* as far as we know: self, our grantee, or named in a denial */
	u16 waiter;		/* node first in line at us as a voter; 0: nobody */
	u64 k;
	u64 hold_until;		/* end of the lease majority; 0: not held */
};

/**
 * vigil_core_node_info - look at one node
 * @core: the core
 * @index: 0..vigil_core_nodes() - 1
 * @info: result
 */
void vigil_core_node_info(const struct vigil_core *core, u16 index, struct vigil_node_info *info);
u16 vigil_core_nodes(const struct vigil_core *core);
int vigil_core_node_index(const struct vigil_core *core, u16 id);	/* or -ENOENT */

/**
 * vigil_core_claim_next - walk over own claims and votes, by name
 * @core: the core
 * @cursor: start at 0; moved on
 * @info: result
 *
 * Return: false at the end.
 */
bool vigil_core_claim_next(const struct vigil_core *core, u32 *cursor,
			   struct vigil_claim_info *info);
int vigil_core_claim_find(const struct vigil_core *core, const char *name, u8 name_len,
			  struct vigil_claim_info *info);	/* 0 or -ENOENT */

/* Number of own claims that may be running (HELD or LOST). Roles ('@...') run nothing. */
u16 vigil_core_held(const struct vigil_core *core);
/* End of the lease majority of this node, whatever it claims; 0: no quorum. */
u64 vigil_core_quorum_until(const struct vigil_core *core, u64 now);
bool vigil_core_learning(const struct vigil_core *core);
u32 vigil_wire_cluster_tag(const char *name, size_t len);
/* Is this a name: 1..63 bytes of printable ASCII, no space, no slash, not "." or ".."? */
bool vigil_name_valid(const char *name, size_t len);

#endif
