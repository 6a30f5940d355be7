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

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_confirmed_death_moves_at_once),
		STORY(a_confirmation_outlives_losses),
		STORY(a_late_answer_says_nothing_about_the_living),
		STORY(the_dead_are_not_heard),
		STORY(a_confirmation_must_be_about_another),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
