// SPDX-License-Identifier: GPL-2.0
// sources: selftests/unit/story.c
/* The protocol in a handful of plain stories. */
#include "story.h"

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
	died = world.now;
	kill_node(1);
	run(250 * MS);
	assert_in_range(world.down_at[1], died + 150 * MS, died + 205 * MS);
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(210 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_WANTED);
	run(80 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_HELD);
	assert_in_range(world.expired_at[1], died + 468 * MS, died + 525 * MS);
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
	cut = world.now;
	for (peer = 2; peer <= NODES; peer++)
		world.cut[1][peer] = world.cut[peer][1] = true;
	run(350 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
	assert_in_range(vigil_fence_deadline(world.core[1]), cut + 390 * MS, cut + 451 * MS);
	run(80 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_LOST);
	assert_int_equal(claim_state(1, "@leader"), VIGIL_CLAIM_WANTED);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_WANTED);
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_LEAVE }), -EBUSY);
	user(1, VIGIL_EV_RELEASE, "web", 0);
	assert_true(vigil_fence_deadline(world.core[1]) == VIGIL_NEVER);
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
		world.cut[1][peer] = world.cut[peer][1] = true;
	run(340 * MS);
	memset(world.cut, 0, sizeof(world.cut));
	run(2000 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(world.expired_at[1], 0);
}

static void a_restarted_voter_learns_first(void **state)
{
	(void)state;
	user(1, VIGIL_EV_CLAIM, "web", 0);
	run(100 * MS);
	kill_node(3);
	run(50 * MS);
	boot(3);
	assert_true(vigil_core_learning(world.core[3]));
	run(400 * MS);
	assert_true(vigil_core_learning(world.core[3]));
	run(200 * MS);
	assert_false(vigil_core_learning(world.core[3]));
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
	assert_int_equal(world.msgs, 2);
}

static void a_new_node_inherits_nothing(void **state)
{
	struct vigil_node_info info;
	u8 text[] = "hello";

	(void)state;
	assert_int_equal(vigil_core_del_node(world.core[1], 4), -EBUSY);
	kill_node(4);
	run(1000 * MS);
	assert_int_equal(vigil_core_del_node(world.core[1], 4), 0);
	assert_int_equal(vigil_core_add_node(world.core[1], 5), 0);	/* in the place of 4 */
	vigil_core_node_info(world.core[1], (u16)vigil_core_node_index(world.core[1], 5), &info);
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
	world.cut[1][4] = true;
	boot(4);
	run(120 * MS);
	world.slot = 1;
	world.cut[1][4] = false;
	run(120 * MS);
	vigil_core_node_info(world.core[4], (u16)vigil_core_node_index(world.core[4], 1), &info);
	assert_true(info.lease_until > world.now);
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
	while (vigil_core_claim_next(world.core[1], &cursor, &info)) {
		own += info.state == VIGIL_CLAIM_HELD;
		if (info.state == VIGIL_CLAIM_NONE && !votes++)
			user(1, VIGIL_EV_CLAIM, "@late", 0);
	}
	assert_int_equal(own, 1);
	assert_int_equal(votes, 2);
}

static void set_daemon(u16 id, bool alive)
{
	assert_int_equal(step(id, (struct vigil_event) { .type = VIGIL_EV_DAEMON,
							 .flag = alive }), 0);
}

static void a_dead_daemon_wishes_for_nothing(void **state)
{
	(void)state;
	set_daemon(2, true);
	user(1, VIGIL_EV_CLAIM, "web", 0);
	user(2, VIGIL_EV_CLAIM, "mine", 0);
	run(50 * MS);
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(50 * MS);
	set_daemon(2, false);
	run(10 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_NONE);
	assert_int_equal(claim_state(2, "mine"), VIGIL_CLAIM_HELD);
	user(1, VIGIL_EV_RELEASE, "web", 0);
	run(100 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_NONE);
	/* What somebody asks for since then is wanted. */
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(10 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_HELD);
}

static void a_dead_daemon_loses_its_role_for_good(void **state)
{
	u16 peer;

	(void)state;
	set_daemon(1, true);
	user(1, VIGIL_EV_CLAIM, "@leader", 0);
	run(50 * MS);
	set_daemon(1, false);
	run(50 * MS);
	assert_int_equal(claim_state(1, "@leader"), VIGIL_CLAIM_HELD);
	for (peer = 2; peer <= NODES; peer++)
		world.cut[1][peer] = world.cut[peer][1] = true;
	run(600 * MS);
	memset(world.cut, 0, sizeof(world.cut));
	run(1000 * MS);
	assert_int_equal(claim_state(1, "@leader"), VIGIL_CLAIM_NONE);
	set_daemon(1, true);
	user(1, VIGIL_EV_CLAIM, "@leader", 0);
	run(10 * MS);
	assert_int_equal(claim_state(1, "@leader"), VIGIL_CLAIM_HELD);
}

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
		STORY(a_dead_daemon_wishes_for_nothing),
		STORY(a_dead_daemon_loses_its_role_for_good),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
