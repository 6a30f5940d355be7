// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol in a handful of plain stories: three voters and one that does
 * not vote, on a network that delivers in order after one millisecond and can
 * be cut. The simulator (selftests/sim) does the same without mercy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core.h"

#define NODES		4
#define MS		VIGIL_NS_PER_MS
#define QUEUE		4096

struct packet {
	u64 at;
	u16 from, to;
	u8 wire;
	u8 slot;
	bool from_voter;
	u32 sid;
	u64 counter;
	u8 seal[VIGIL_SESSION_KEY_LEN];
	u16 len;
	u8 data[VIGIL_WIRE_MAX_BODY];
};

static struct {
	struct vigil_core *core[NODES + 1];	/* by id; NULL: dead */
	u64 now;
	u64 incarnation;
	u8 slot;				/* cluster key in use */
	bool cut[NODES + 1][NODES + 1];		/* [from][to] */
	struct packet queue[QUEUE];
	unsigned int head, tail;
	u64 down_at[NODES + 1], expired_at[NODES + 1];	/* seen by anybody */
	int msgs;
} w;

static struct vigil_effects eff;

static void derive(const struct vigil_effect *e)
{
	u64 id[4] = { e->client.incarnation, e->client.number,
		      e->voter.incarnation, e->voter.number };

	memcpy(e->keys->tx, id, sizeof(id));
	memcpy(e->keys->rx, id, sizeof(id));
	e->keys->tx[30] ^= e->slot;
	e->keys->rx[30] ^= e->slot;
	e->keys->tx[31] ^= e->from_voter ? 0xff : 0;
	e->keys->rx[31] ^= e->from_voter ? 0 : 0xff;
}

static void transmit(u16 from, const struct vigil_effect *e)
{
	struct packet *p = &w.queue[w.tail % QUEUE];

	if (w.cut[from][e->node])
		return;
	assert_true(w.tail - w.head < QUEUE);
	w.tail++;
	*p = (struct packet) { .at = w.now + MS, .from = from, .to = e->node, .wire = e->wire,
			       .from_voter = e->from_voter, .sid = e->sid,
			       .counter = e->counter, .len = e->len };
	p->slot = e->slot == VIGIL_SLOT_ACTIVE ? w.slot : e->slot;
	memcpy(p->data, e->data, e->len);
	if (e->wire == VIGIL_WIRE_DATA)
		memcpy(p->seal, e->keys->tx, sizeof(p->seal));
}

static int step(u16 id, struct vigil_event ev)
{
	int err = 0, n;

	ev.now = w.now;
	do {
		u16 i;

		n = vigil_step(w.core[id], &ev, &eff);
		if (ev.type != VIGIL_EV_TICK)
			err = n;
		for (i = 0; i < eff.n; i++) {
			const struct vigil_effect *e = &eff.list[i];

			if (e->type == VIGIL_EFF_DERIVE)
				derive(e);
			else if (e->type == VIGIL_EFF_SEND)
				transmit(id, e);
			else if (e->type == VIGIL_EFF_MSG)
				w.msgs++;
			else if (e->type == VIGIL_EFF_NODE && e->to == VIGIL_NODE_DOWN)
				w.down_at[e->node] = w.now;
			else if (e->type == VIGIL_EFF_NODE && e->to == VIGIL_NODE_EXPIRED)
				w.expired_at[e->node] = w.now;
		}
		if (ev.type == VIGIL_EV_TICK)
			err = 0;
		else if (eff.more)
			step(id, (struct vigil_event) { .type = VIGIL_EV_TICK });
		else
			break;
	} while (eff.more && ev.type == VIGIL_EV_TICK);
	return err;
}

static void deliver(const struct packet *p)
{
	static const enum vigil_event_type types[] = {
		[VIGIL_WIRE_HELLO] = VIGIL_EV_HELLO,
		[VIGIL_WIRE_HACK] = VIGIL_EV_HACK,
		[VIGIL_WIRE_DATA] = VIGIL_EV_DATA,
	};
	struct vigil_event ev = {
		.type = types[p->wire],
		.node = p->from,
		.from_voter = p->from_voter,
		.slot = p->slot,
		.sid = p->sid,
		.counter = p->counter,
		.packet = p->data,
		.len = p->len,
	};

	if (!w.core[p->to])
		return;
	if (p->wire == VIGIL_WIRE_DATA) {
		const struct vigil_keys *k = vigil_core_rx_keys(w.core[p->to], p->from,
								p->from_voter, p->sid);

		if (!k || memcmp(k->rx, p->seal, sizeof(p->seal)))
			return;
	}
	step(p->to, ev);
}

static void run(u64 ns)
{
	u64 end = w.now + ns;

	for (; w.now < end; w.now += MS) {
		u16 id;

		while (w.head != w.tail && w.queue[w.head % QUEUE].at <= w.now)
			deliver(&w.queue[w.head++ % QUEUE]);
		for (id = 1; id <= NODES; id++)
			if (w.core[id] && vigil_next_deadline(w.core[id]) <= w.now)
				step(id, (struct vigil_event) { .type = VIGIL_EV_TICK });
	}
}

static void boot(u16 id)
{
	struct vigil_core_config cfg = { .self = id, .n_voters = 3, .voters = { 1, 2, 3 },
					 .max_nodes = NODES, .max_claims = 16, .generation = 1,
					 .incarnation = ++w.incarnation };
	u16 peer;

	vigil_timing_derive(&cfg.timing, 200 * MS);
	w.core[id] = calloc(1, vigil_core_size(&cfg));
	assert_int_equal(vigil_core_init(w.core[id], &cfg, w.now), 0);
	for (peer = 1; peer <= NODES; peer++)
		if (peer != id)
			assert_int_equal(vigil_core_add_node(w.core[id], peer), 0);
}

static void kill_node(u16 id)
{
	free(w.core[id]);
	w.core[id] = NULL;
}

static int setup(void **state)
{
	u16 id;

	(void)state;
	memset(&w, 0, sizeof(w));
	w.now = 1000 * MS;
	for (id = 1; id <= NODES; id++)
		boot(id);
	run(1000 * MS);
	return 0;
}

static int teardown(void **state)
{
	u16 id;

	(void)state;
	for (id = 1; id <= NODES; id++)
		kill_node(id);
	return 0;
}

static int user(u16 id, enum vigil_event_type type, const char *name, u16 node)
{
	return step(id, (struct vigil_event) { .type = type, .node = node, .name = name,
					       .name_len = (u8)strlen(name) });
}

static int claim_state(u16 id, const char *name)
{
	struct vigil_claim_info info;

	if (vigil_core_claim_find(w.core[id], name, (u8)strlen(name), &info))
		return VIGIL_CLAIM_NONE;
	return info.state;
}

static void a_claim_is_granted_to_one(void **state)
{
	(void)state;
	assert_int_equal(user(4, VIGIL_EV_CLAIM, "web", 0), 0);
	run(10 * MS);
	assert_int_equal(claim_state(4, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(user(1, VIGIL_EV_CLAIM, "web", 0), 0);
	run(3000 * MS);
	assert_int_equal(claim_state(4, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_WANTED);
	assert_int_equal(user(4, VIGIL_EV_RELEASE, "web", 0), 0);
	run(10 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(claim_state(4, "web"), VIGIL_CLAIM_NONE);
}

static void the_dead_are_inherited_at_expiry(void **state)
{
	u64 died;

	(void)state;
	user(1, VIGIL_EV_CLAIM, "web", 0);
	run(100 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
	died = w.now;
	kill_node(1);
	run(250 * MS);
	assert_in_range(w.down_at[1], died + 150 * MS, died + 205 * MS);
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(210 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_WANTED);
	run(80 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_HELD);
	assert_in_range(w.expired_at[1], died + 468 * MS, died + 525 * MS);
}

static void a_minority_loses_what_it_holds(void **state)
{
	u64 cut;
	u16 peer;

	(void)state;
	user(1, VIGIL_EV_CLAIM, "web", 0);
	user(1, VIGIL_EV_CLAIM, "@leader", 0);
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(100 * MS);
	cut = w.now;
	for (peer = 2; peer <= NODES; peer++)
		w.cut[1][peer] = w.cut[peer][1] = true;
	run(350 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
	assert_in_range(vigil_fence_deadline(w.core[1]), cut + 390 * MS, cut + 451 * MS);
	run(80 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_LOST);
	assert_int_equal(claim_state(1, "@leader"), VIGIL_CLAIM_WANTED);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_WANTED);
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_LEAVE }), -EBUSY);
	user(1, VIGIL_EV_RELEASE, "web", 0);
	assert_true(vigil_fence_deadline(w.core[1]) == VIGIL_NEVER);
	run(150 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_HELD);
}

static void a_short_blip_changes_nothing(void **state)
{
	u16 peer;

	(void)state;
	user(1, VIGIL_EV_CLAIM, "web", 0);
	run(100 * MS);
	for (peer = 2; peer <= NODES; peer++)
		w.cut[1][peer] = w.cut[peer][1] = true;
	run(340 * MS);
	memset(w.cut, 0, sizeof(w.cut));
	run(2000 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(w.expired_at[1], 0);
}

static void a_restarted_voter_learns_first(void **state)
{
	(void)state;
	user(1, VIGIL_EV_CLAIM, "web", 0);
	run(100 * MS);
	kill_node(3);
	run(50 * MS);
	boot(3);
	assert_true(vigil_core_learning(w.core[3]));
	run(400 * MS);
	assert_true(vigil_core_learning(w.core[3]));
	run(200 * MS);
	assert_false(vigil_core_learning(w.core[3]));
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
}

static void a_goodbye_moves_at_once(void **state)
{
	(void)state;
	user(1, VIGIL_EV_CLAIM, "web", 0);
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(100 * MS);
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_LEAVE }), -EBUSY);
	user(1, VIGIL_EV_RELEASE, "web", 0);
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_LEAVE }), 0);
	run(10 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_HELD);
}

static void a_transfer_goes_to_the_successor(void **state)
{
	(void)state;
	user(1, VIGIL_EV_CLAIM, "web", 0);
	run(50 * MS);
	user(2, VIGIL_EV_CLAIM, "web", 0);	/* first in line */
	run(50 * MS);
	user(1, VIGIL_EV_RELEASE, "web", 3);
	run(50 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_WANTED);
	user(3, VIGIL_EV_CLAIM, "web", 0);
	run(50 * MS);
	assert_int_equal(claim_state(3, "web"), VIGIL_CLAIM_HELD);
}

static void messages_reach_the_peer(void **state)
{
	u8 text[] = "hello";

	(void)state;
	assert_int_equal(step(4, (struct vigil_event) { .type = VIGIL_EV_MSG, .node = 1,
							.packet = text, .len = 5 }), 0);
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_MSG, .node = 4,
							.packet = text, .len = 5 }), 0);
	run(5 * MS);
	assert_int_equal(w.msgs, 2);
}

static void a_new_node_inherits_nothing(void **state)
{
	struct vigil_node_info info;
	u8 text[] = "hello";

	(void)state;
	assert_int_equal(vigil_core_del_node(w.core[1], 4), -EBUSY);
	kill_node(4);
	run(1000 * MS);
	assert_int_equal(vigil_core_del_node(w.core[1], 4), 0);
	assert_int_equal(vigil_core_add_node(w.core[1], 5), 0);	/* in the place of 4 */
	vigil_core_node_info(w.core[1], (u16)vigil_core_node_index(w.core[1], 5), &info);
	assert_int_equal(info.state, VIGIL_NODE_UNMET);
	assert_int_equal(info.incarnation, 0);
	assert_int_equal(info.last_heard, 0);
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_MSG, .node = 5,
							.packet = text, .len = 5 }), -ENOTCONN);
}

/* The answer to a HELLO is lost, the next one comes under the new cluster key. */
static void a_handshake_may_change_keys(void **state)
{
	struct vigil_node_info info;

	(void)state;
	kill_node(4);
	run(1000 * MS);
	w.cut[1][4] = true;
	boot(4);
	run(120 * MS);
	w.slot = 1;
	w.cut[1][4] = false;
	run(120 * MS);
	vigil_core_node_info(w.core[4], (u16)vigil_core_node_index(w.core[4], 1), &info);
	assert_true(info.lease_until > w.now);
}

/* A dump takes its time: own claims may appear while it is at the votes. */
static void a_walk_names_each_vote_once(void **state)
{
	struct vigil_claim_info info;
	u32 cursor = 0;
	int own = 0, votes = 0;

	(void)state;
	user(1, VIGIL_EV_CLAIM, "mine", 0);
	user(2, VIGIL_EV_CLAIM, "theirs", 0);
	user(4, VIGIL_EV_CLAIM, "others", 0);
	run(50 * MS);
	while (vigil_core_claim_next(w.core[1], &cursor, &info)) {
		own += info.state == VIGIL_CLAIM_HELD;
		if (info.state == VIGIL_CLAIM_NONE && !votes++)
			user(1, VIGIL_EV_CLAIM, "@late", 0);
	}
	assert_int_equal(own, 1);
	assert_int_equal(votes, 2);
}

#define STORY(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_claim_is_granted_to_one),
		STORY(the_dead_are_inherited_at_expiry),
		STORY(a_minority_loses_what_it_holds),
		STORY(a_short_blip_changes_nothing),
		STORY(a_restarted_voter_learns_first),
		STORY(a_goodbye_moves_at_once),
		STORY(a_transfer_goes_to_the_successor),
		STORY(messages_reach_the_peer),
		STORY(a_handshake_may_change_keys),
		STORY(a_walk_names_each_vote_once),
		STORY(a_new_node_inherits_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
