/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a core remembers. Private to kernel/core.
 *
 *   session.c  handshakes, beats, echoes, leases: client and voter side
 *   node.c     up, down, expired, left; forgiveness after own pauses
 *   claim.c    own claims: wanted, held, lost, releasing
 *   vote.c     the voter's grants, waiters and reservations
 *   note.c     news that does not wait for the next beat
 *   death.c    proof of death that does not wait for expiry
 *   emit.c     building effects and packets
 *   step.c     the order in which it all happens
 */
#ifndef _VIGIL_CORE_STATE_H
#define _VIGIL_CORE_STATE_H

#include "core.h"
#include "replay.h"
#include "table.h"

/*
 * Remembered send times. A lease is 8 beats long; with each of them go up to 24
 * packets full of notes (4 times between two beats, 32 notes in 6 packets).
 */
#define VIGIL_SENT_RING		256
#define VIGIL_NO_VOTER		0xff
#define VIGIL_NOTE_REPEATS	3	/* beats that say a note again */

/* One end of one session. */
struct vigil_session {
	struct vigil_nonce client;
	struct vigil_nonce voter;
	struct vigil_keys keys;
	struct vigil_replay replay;
	u64 tx_counter;
	u32 sid;
	bool dead;		/* this life of the peer has ended: nothing of it counts */
	u32 notes;		/* still to be said: a bit for each place in the ring */
};

/*
 * Our client side towards one voter.
 *
 * A session is replaced only when its lease has lapsed and no fence is owed,
 * so installing a new one never takes a counted grant away.
 */
struct vigil_client {
	struct vigil_session s;
	bool open;		/* @s is installed */
	bool flush;		/* something to say before the next beat */
	bool learning;		/* the voter said so */
	u64 pending;		/* number of the nonce in our HELLO; 0: no handshake */
	u64 hello_at;		/* next HELLO, if one is needed */
	u64 lease_until;	/* 0: none */
	u64 last_heard;		/* in this session; its installation counts */
	struct {
		u64 counter;
		u64 at;
	} sent[VIGIL_SENT_RING];
};

/* Our voter side towards one client. */
struct vigil_server {
	struct vigil_session s;
	struct vigil_session half;	/* the newest unconfirmed handshake */
	bool open;
	bool half_open;
	u8 half_slot;		/* cluster key slot that @half's keys come from */
	u64 last_accepted;	/* moved forward by forgiveness */
};

struct vigil_node {
	u16 id;
	u8 voter;		/* number among the voters, or VIGIL_NO_VOTER */
	u8 state;		/* enum vigil_node_state */
	u8 reported;		/* last state told to the outside */
	u8 refusal;
	bool daemon;
	u64 incarnation;
	u64 dead;		/* the last one known to have ended; 0: none */
	u64 free_at;		/* when its session ends, because it gasped; 0: not for that */
	u64 last_heard;		/* any role; moved forward by forgiveness */
	struct vigil_server server;
	struct {
		u64 incarnation;	/* 0: free */
		struct vigil_replay notes;
	} heard[2];
};

struct vigil_note {
	u8 item;		/* VIGIL_ITEM_NOTE or _CONFIRM */
	u8 len;
	u8 repeats;		/* beats that are still to say it */
	u8 data[VIGIL_NOTE_LEN];
};

/* Masks have a bit per voter number. */
struct vigil_claim {
	struct vigil_entry e;
	u8 state;		/* enum vigil_claim_state */
	u8 reported;
	bool parked;		/* WANTED, but not asked for: too few leases to hold it */
	u16 rank;
	u16 grants;		/* for @k in the current sessions */
	u16 asked;		/* CLAIM or RELEASE sent since the last round */
	u16 denied;
	u16 refresh;		/* voters to be told that we hold it */
	u16 release;		/* voters that have not acknowledged RELEASE */
	u16 successor;
	u16 holder;		/* named by the newest denial */
	u64 k;
	u64 hold_until;		/* M-th latest lease of the voters in @grants; 0: fewer than M */
};

struct vigil_vote {
	struct vigil_entry e;
	bool held;		/* the owner said that it holds the claim */
	bool waiter_held;
	bool unsent;		/* GRANT to the owner still to be sent */
	u16 owner;		/* node ids; 0: nobody */
	u16 rank;
	u16 waiter;
	u16 waiter_rank;
	u16 reserved;		/* successor, before and after it is served */
	u64 k;
	u64 waiter_k;
	u64 reserved_until;
};

struct vigil_core {
	struct vigil_core_config cfg;
	u8 majority;
	u8 self_voter;		/* own voter number, or VIGIL_NO_VOTER */
	bool left;
	bool poisoned;
	bool learning;
	bool daemon;
	bool orphaned;		/* the daemon has died and is not back */
	bool note_waits;	/* for its extra beat */
	bool dirty;		/* leases, grants or claims changed: look at all holds */
	u8 round;		/* counts beats */
	u16 leave_next;		/* after leave: the next node to say goodbye to */
	u16 n_nodes;
	u16 n_lost;
	u16 n_held;		/* HELD and LOST, roles apart */
	u16 unreported_nodes;
	u16 unreported_claims;
	u16 unsent_votes;
	u16 hurry_node;		/* the next client to be sent notes at once */
	u64 last_note;		/* number of the newest note */
	u64 next_hurry;		/* no extra beat before */
	u64 now;
	u64 learn_until;
	u64 last_k;
	u64 last_client_nonce;
	u64 last_voter_nonce;
	u64 next_beat;
	u64 check_nodes_at;	/* not later than the next change of a node by time */
	u64 check_votes_at;	/* not later than the end of a reservation */
	u64 hold_check_at;	/* the first HELD claim's hold_until */
	u64 fence_from;		/* the first hold_until of HELD and LOST claims */
	u64 poisoned_at;
	u64 deadline;		/* what vigil_next_deadline() said after the last step */
	struct vigil_client clients[VIGIL_MAX_VOTERS];
	struct vigil_note notes[VIGIL_NOTES];
	struct vigil_node *nodes;	/* [0] is self */
	struct vigil_table claims;
	struct vigil_table votes;
	u16 index[VIGIL_MAX_NODES + 1];	/* id to index + 1; 0: unknown */
};

static inline struct vigil_node *vigil_node_of(const struct vigil_core *core, u16 id)
{
	if (!id || id > VIGIL_MAX_NODES || !core->index[id])
		return NULL;
	return &core->nodes[core->index[id] - 1];
}

static inline struct vigil_node *vigil_voter_node(const struct vigil_core *core, u8 v)
{
	return vigil_node_of(core, core->cfg.voters[v]);
}

/* The fence owed after a lost hold forbids opening sessions and leaving. */
static inline bool vigil_fence_owed(const struct vigil_core *core)
{
	return core->n_lost > 0;
}

/* emit.c */

struct vigil_effect *vigil_emit(struct vigil_effects *out, enum vigil_effect_type type, u16 node);

/* A zeroed piece of the arena, or NULL: out->more is set. */
void *vigil_emit_room(struct vigil_effects *out, u16 len);

/*
 * Begin or go on with a DATA packet to @node in one of our roles. @len bytes
 * of an item's body follow its header. NULL: no session or no room.
 */
void *vigil_emit_item(struct vigil_core *core, struct vigil_effects *out, struct vigil_node *node,
		      bool as_voter, u8 type, u16 len);

/* Make sure that at least the preface is sent. False: no room. */
bool vigil_emit_packet(struct vigil_core *core, struct vigil_effects *out, struct vigil_node *node,
		       bool as_voter);

/* An item about a claim. */
struct vigil_claim_item {
	u8 type;
	u8 flags;
	u16 rank;
	u16 node;
	u64 k;
	const char *name;
	u8 name_len;
};

bool vigil_emit_claim(struct vigil_core *core, struct vigil_effects *out, struct vigil_node *node,
		      bool as_voter, const struct vigil_claim_item *item);
void vigil_emit_handshake(struct vigil_core *core, struct vigil_effects *out, u16 node, u8 wire,
			  const struct vigil_session *s, u8 slot);
void vigil_emit_reports(struct vigil_core *core, struct vigil_effects *out);

/* wire.c: everything here may be fed with hostile bytes. */

struct vigil_handshake {
	struct vigil_nonce client;
	struct vigil_nonce voter;
	enum vigil_refusal refusal;	/* compared with our own configuration */
};

int vigil_wire_get_handshake(const struct vigil_core *core, const u8 *p, u16 len,
			     struct vigil_handshake *hs);
void vigil_wire_put_handshake(const struct vigil_core *core, const struct vigil_session *s,
			      struct vigil_wire_handshake *w);

/* Walk over the items of a DATA body; *at starts after the preface. False: end. */
bool vigil_wire_next_item(const u8 *p, u16 len, u16 *at, const struct vigil_wire_item **item);
/* Are all items whole, known in this direction, and well-formed? */
bool vigil_wire_items_valid(const u8 *p, u16 len, bool from_voter);
void vigil_wire_get_claim(const struct vigil_wire_item *item, struct vigil_claim_item *ci);

/* session.c */

int vigil_session_hello(struct vigil_core *core, const struct vigil_event *ev,
			struct vigil_effects *out);
int vigil_session_hack(struct vigil_core *core, const struct vigil_event *ev,
		       struct vigil_effects *out);
int vigil_session_data(struct vigil_core *core, const struct vigil_event *ev,
		       struct vigil_effects *out);
void vigil_session_tick(struct vigil_core *core, struct vigil_effects *out);
void vigil_session_flush_all(struct vigil_core *core);
void vigil_session_end(struct vigil_core *core, struct vigil_node *node, struct vigil_effects *out);
u64 vigil_session_deadline(const struct vigil_core *core);
/* End of the lease that voter number @v gives us; VIGIL_NEVER for ourselves. */
u64 vigil_session_lease(const struct vigil_core *core, u8 v);

/* node.c */

void vigil_node_heard(struct vigil_core *core, struct vigil_node *node, u8 wire_state,
		      struct vigil_effects *out);
void vigil_node_set_state(struct vigil_core *core, struct vigil_node *node, u8 state);
void vigil_node_forgive(struct vigil_core *core, u64 now, struct vigil_effects *out);
void vigil_node_check(struct vigil_core *core, struct vigil_effects *out);

/* claim.c */

int vigil_claim_want(struct vigil_core *core, const struct vigil_event *ev);
int vigil_claim_release(struct vigil_core *core, const struct vigil_event *ev);
/* The daemon came or went. With it goes what is only wanted. */
void vigil_claim_daemon(struct vigil_core *core, bool alive);
/* An answer of voter number @v: GRANT, DENY, RELACK or YIELD. */
void vigil_claim_answer(struct vigil_core *core, u8 v, const struct vigil_claim_item *ci,
			struct vigil_effects *out);
/* The session with voter @v is new or gone: nothing of the old one counts. */
void vigil_claim_forget_voter(struct vigil_core *core, u8 v);
/* Say to voter @v what it has not been told yet. False: room ran out. */
bool vigil_claim_tell(struct vigil_core *core, u8 v, struct vigil_effects *out);
void vigil_claim_new_round(struct vigil_core *core);
/* Bring every claim's state up to core->now. */
void vigil_claim_review(struct vigil_core *core);
/* M-th latest lease among the voters in @mask; 0: fewer than M. */
u64 vigil_claim_majority(const struct vigil_core *core, u16 mask);

/* vote.c */

void vigil_vote_claim(struct vigil_core *core, u16 node, const struct vigil_claim_item *ci,
		      struct vigil_effects *out);
void vigil_vote_release(struct vigil_core *core, u16 node, const struct vigil_claim_item *ci,
			struct vigil_effects *out);
void vigil_vote_drop_node(struct vigil_core *core, u16 node, struct vigil_effects *out);
/* Learning ended, reservations ended. */
void vigil_vote_check(struct vigil_core *core, struct vigil_effects *out);
void vigil_vote_serve_all(struct vigil_core *core, struct vigil_effects *out);
void vigil_vote_flush(struct vigil_core *core, struct vigil_effects *out);

/* note.c */

int vigil_note_add(struct vigil_core *core, const struct vigil_event *ev);
/* Tell all what a fencing device has confirmed, in the manner of a note. */
void vigil_note_confirm(struct vigil_core *core, const struct vigil_wire_confirm *w);
/* With each beat: those that were sent lately are said again. */
void vigil_note_new_round(struct vigil_core *core);
/* New ones make an extra beat, unless there was one a moment ago. */
void vigil_note_hurry(struct vigil_core *core);
/* Say in a session, which is open, what is to be said there. False: room ran out. */
bool vigil_note_tell(struct vigil_core *core, struct vigil_node *node, bool as_voter,
		     struct vigil_effects *out);
/* Our clients are not left waiting for the answer to their next beat. */
void vigil_note_flush(struct vigil_core *core, struct vigil_effects *out);
u64 vigil_note_deadline(const struct vigil_core *core);
/* A peer's note, heard in our open session with it. */
void vigil_note_take(struct vigil_core *core, struct vigil_node *node, bool as_voter,
		     const struct vigil_wire_item *item, struct vigil_effects *out);

/* death.c */

/* Has this incarnation of the peer ended? Then it opens no session, however late it asks. */
static inline bool vigil_is_dead(const struct vigil_node *node, u64 incarnation)
{
	return node->dead && node->dead == incarnation;
}

int vigil_death_confirm(struct vigil_core *core, const struct vigil_event *ev,
			struct vigil_effects *out);
/* A peer passes on what a fencing device has confirmed to it. */
void vigil_death_heard(struct vigil_core *core, const struct vigil_wire_item *item,
		       struct vigil_effects *out);
/* The peer's last words, in a session with this incarnation of it. */
void vigil_death_gasp(struct vigil_core *core, struct vigil_node *node, u64 incarnation,
		      const struct vigil_wire_item *item, struct vigil_effects *out);
/* The grace time of a gasp is over. */
void vigil_death_settle(struct vigil_core *core, struct vigil_node *node,
			struct vigil_effects *out);
int vigil_death_poison(struct vigil_core *core, const struct vigil_event *ev,
		       struct vigil_effects *out);
/* @node told us to die. */
void vigil_death_obey(struct vigil_core *core, const struct vigil_node *node,
		      struct vigil_effects *out);
/* Say in a session, which is open, that we do. */
void vigil_death_answer(struct vigil_core *core, struct vigil_node *node, bool as_voter,
			struct vigil_effects *out);

#endif
