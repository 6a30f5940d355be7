// SPDX-License-Identifier: GPL-2.0
// sources: selftests/unit/story.c
/* Proof of death that does not wait for expiry. */
#include "story.h"

static u64 incarnation_of(u16 id)
{
	struct vigil_node_info info;

	vigil_core_node_info(world.core[id], 0, &info);
	return info.incarnation;
}

static u8 node_state(u16 at, u16 id)
{
	struct vigil_node_info info;

	vigil_core_node_info(world.core[at], (u16)vigil_core_node_index(world.core[at], id), &info);
	return info.state;
}

static int confirm(u16 at, u16 id, u64 incarnation)
{
	return step(at, (struct vigil_event) { .type = VIGIL_EV_CONFIRM, .node = id,
					       .incarnation = incarnation });
}

static void held_by(u16 id)
{
	user(id, VIGIL_EV_CLAIM, "web", 0);
	run(50 * MS);
	assert_int_equal(claim_state(id, "web"), VIGIL_CLAIM_HELD);
}

/* Voter 2 is told by voter 3, and with the two of them there is a majority. */
static void a_confirmed_death_moves_at_once(void **state)
{
	u64 dead = incarnation_of(1);

	(void)state;
	held_by(1);
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(50 * MS);
	kill_node(1);
	run(10 * MS);
	assert_int_equal(confirm(3, 1, dead), 0);
	run(5 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(node_state(2, 1), VIGIL_NODE_EXPIRED);
	assert_int_equal(node_state(3, 1), VIGIL_NODE_EXPIRED);
	assert_int_equal(node_state(4, 1), VIGIL_NODE_EXPIRED);
	assert_int_equal(confirm(3, 1, dead), 0);
}

static void a_confirmation_outlives_losses(void **state)
{
	u64 dead = incarnation_of(1);

	(void)state;
	held_by(1);
	kill_node(1);
	world.cut[3][2] = true;
	assert_int_equal(confirm(3, 1, dead), 0);
	run(20 * MS);
	assert_int_not_equal(node_state(2, 1), VIGIL_NODE_EXPIRED);
	world.cut[3][2] = false;
	run(60 * MS);
	assert_int_equal(node_state(2, 1), VIGIL_NODE_EXPIRED);
}

static void a_late_answer_says_nothing_about_the_living(void **state)
{
	u64 dead = incarnation_of(1);

	(void)state;
	kill_node(1);
	boot(1);
	run(1500 * MS);
	held_by(1);
	assert_int_equal(confirm(3, 1, dead), -ESTALE);
	run(200 * MS);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(node_state(2, 1), VIGIL_NODE_UP);
}

/* What the device said is wrong: its victim is not heard until it starts anew. */
static void the_dead_are_not_heard(void **state)
{
	u64 dead = incarnation_of(1);

	(void)state;
	assert_int_equal(confirm(3, 1, dead), 0);
	run(1000 * MS);
	assert_int_equal(node_state(2, 1), VIGIL_NODE_EXPIRED);
	assert_int_equal(node_state(3, 1), VIGIL_NODE_EXPIRED);
	kill_node(1);
	boot(1);
	run(500 * MS);
	assert_int_equal(node_state(2, 1), VIGIL_NODE_UP);
	assert_int_equal(node_state(3, 1), VIGIL_NODE_UP);
}

static void a_confirmation_must_be_about_another(void **state)
{
	(void)state;
	assert_int_equal(confirm(3, 3, incarnation_of(3)), -EINVAL);
	assert_int_equal(confirm(3, 1, 0), -EINVAL);
	assert_int_equal(confirm(3, 9, 1), -ENOENT);
	assert_int_equal(confirm(3, 1, incarnation_of(1) + 1), -ESTALE);
	assert_int_equal(node_state(3, 1), VIGIL_NODE_UP);
}

static void last_words_move_after_the_grace_time(void **state)
{
	(void)state;
	held_by(1);
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(10 * MS);
	panic_node(1, "a bad day");
	run(2 * MS);
	assert_int_equal(node_state(2, 1), VIGIL_NODE_DOWN);
	assert_int_equal(world.gasps[2], 1);
	assert_int_equal(world.gasps[3], 1);
	assert_int_equal(world.gasps[4], 1);
	assert_int_equal(world.note_len, 9);
	assert_memory_equal(world.note, "a bad day", 9);
	run(45 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_WANTED);
	run(8 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(node_state(3, 1), VIGIL_NODE_EXPIRED);
}

static void last_words_may_count_for_less(void **state)
{
	u8 mode;

	(void)state;
	for (mode = VIGIL_GASP_DETECT; mode <= VIGIL_GASP_OFF; mode++) {
		world.gasp_mode = mode;
		kill_node(3);
		boot(3);
		run(1000 * MS);
		panic_node(1, "");
		run(2 * MS);
		assert_int_equal(node_state(3, 1), mode == VIGIL_GASP_DETECT ? VIGIL_NODE_DOWN :
				 VIGIL_NODE_UP);
		run(150 * MS);
		assert_int_not_equal(node_state(3, 1), VIGIL_NODE_EXPIRED);
		run(400 * MS);
		assert_int_equal(node_state(3, 1), VIGIL_NODE_EXPIRED);
		boot(1);
		run(1000 * MS);
	}
}

static void too_many_words_are_cut_off(void **state)
{
	char words[VIGIL_GASP_LEN + 10];

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = 0;
	panic_node(1, words);
	run(2 * MS);
	assert_int_equal(world.gasps[2], 1);
	assert_int_equal(world.note_len, VIGIL_GASP_LEN);
}

static int poison(u16 at, u16 id)
{
	return step(at, (struct vigil_event) { .type = VIGIL_EV_POISON, .node = id });
}

static void the_poisoned_answers_and_dies(void **state)
{
	u64 before;

	(void)state;
	held_by(1);
	user(2, VIGIL_EV_CLAIM, "web", 0);
	run(50 * MS);
	before = world.now;
	assert_int_equal(poison(2, 1), 0);
	run(3 * MS);
	assert_int_equal(world.poisoned, 1);
	assert_int_equal(world.gasps[2], 1);
	assert_int_equal(world.gasps[3], 1);
	assert_int_equal(world.gasps[4], 1);
	assert_int_equal(node_state(3, 1), VIGIL_NODE_DOWN);
	/* Its reset begins after a tick, and it does not leave in between. */
	assert_in_range(vigil_fence_deadline(world.core[1]), before, before + 6 * MS);
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_LEAVE }), -EBUSY);
	assert_int_equal(user(1, VIGIL_EV_RELEASE, "web", 0), -ESHUTDOWN);
	run(100 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_WANTED);
	run(10 * MS);
	assert_int_equal(claim_state(2, "web"), VIGIL_CLAIM_HELD);
	assert_int_equal(poison(2, 1), -ENOTCONN);
	/* Where the action is only to tell, it may be taken away then. */
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_LEAVE }), -ESHUTDOWN);
}

/* It holds nothing, and it can be told by a client of its own. */
static void who_holds_nothing_dies_too(void **state)
{
	(void)state;
	assert_int_equal(poison(4, 3), 0);
	run(2 * MS);
	assert_int_equal(world.poisoned, 3);
	assert_int_equal(poison(1, 4), 0);
	run(2 * MS);
	assert_int_equal(world.poisoned, 4);
	assert_true(vigil_fence_deadline(world.core[4]) != VIGIL_NEVER);
}

static void poison_needs_a_session(void **state)
{
	(void)state;
	assert_int_equal(poison(1, 1), -EINVAL);
	assert_int_equal(poison(1, 9), -ENOENT);
	kill_node(4);
	run(1000 * MS);
	assert_int_equal(poison(1, 4), -ENOTCONN);
}

/* A number that no step uses, so no nonce is used twice. */
static void a_gasp_has_a_number_of_its_own(void **state)
{
	struct vigil_gasp g;

	(void)state;
	assert_true(vigil_core_gasp(world.core[1], 1, true, VIGIL_GASP_PANIC, "x", 1, &g));
	assert_true(g.from_voter);
	assert_non_null(vigil_core_rx_keys(world.core[1], g.node, false, g.sid));
	assert_false(vigil_core_gasp(world.core[1], 3, false, VIGIL_GASP_PANIC, "x", 1, &g));
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_LEAVE }), 0);
	assert_false(vigil_core_gasp(world.core[1], 1, true, VIGIL_GASP_PANIC, "x", 1, &g));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_confirmed_death_moves_at_once),
		STORY(a_confirmation_outlives_losses),
		STORY(a_late_answer_says_nothing_about_the_living),
		STORY(the_dead_are_not_heard),
		STORY(a_confirmation_must_be_about_another),
		STORY(last_words_move_after_the_grace_time),
		STORY(last_words_may_count_for_less),
		STORY(too_many_words_are_cut_off),
		STORY(the_poisoned_answers_and_dies),
		STORY(who_holds_nothing_dies_too),
		STORY(poison_needs_a_session),
		STORY(a_gasp_has_a_number_of_its_own),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
