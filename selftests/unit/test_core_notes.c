// SPDX-License-Identifier: GPL-2.0
// sources: selftests/unit/story.c
/* Notes from kernel to kernel: at once, once, in spite of losses, within bounds. */
#include "story.h"

static int note(u16 id, const char *text)
{
	return step(id, (struct vigil_event) { .type = VIGIL_EV_NOTE, .packet = (const u8 *)text,
					       .len = (u16)strlen(text) });
}

static void assert_heard(int one, int two, int three, int four)
{
	assert_int_equal(world.notes[1], one);
	assert_int_equal(world.notes[2], two);
	assert_int_equal(world.notes[3], three);
	assert_int_equal(world.notes[4], four);
}

/* Packets take a millisecond; the next beat is up to 50 away. */
static void a_note_is_heard_at_once_and_once(void **state)
{
	(void)state;
	assert_int_equal(note(1, "hung"), 0);
	run(2 * MS);
	assert_heard(0, 1, 1, 1);
	assert_int_equal(world.note_len, 4);
	assert_memory_equal(world.note, "hung", 4);
	run(100 * MS);
	assert_int_equal(note(4, "dead"), 0);
	run(2 * MS);
	assert_heard(1, 2, 2, 1);
	run(1000 * MS);
	assert_heard(1, 2, 2, 1);
}

/* A quarter of the interval later at most, though no beat is due. */
static void a_second_note_follows_soon(void **state)
{
	(void)state;
	run(5 * MS);
	note(1, "stopped");
	run(MS);
	note(1, "alive");
	run(2 * MS);
	assert_heard(0, 1, 1, 1);
	run(12 * MS);
	assert_heard(0, 2, 2, 2);
}

/* What was lost does not come after what followed. */
static void notes_keep_their_order(void **state)
{
	(void)state;
	run(5 * MS);
	memset(world.cut, true, sizeof(world.cut));
	note(1, "hung");
	run(13 * MS);
	memset(world.cut, false, sizeof(world.cut));
	note(1, "alive");
	run(2 * MS);
	assert_heard(0, 2, 2, 2);
	assert_memory_equal(world.note, "alive", 5);
	run(200 * MS);
	assert_heard(0, 2, 2, 2);
}

static void a_lost_note_is_repeated(void **state)
{
	(void)state;
	memset(world.cut, true, sizeof(world.cut));
	note(1, "lost");
	note(4, "lost too");
	run(2 * MS);
	memset(world.cut, false, sizeof(world.cut));
	assert_heard(0, 0, 0, 0);
	run(60 * MS);
	assert_heard(1, 2, 2, 1);
	run(1000 * MS);
	assert_heard(1, 2, 2, 1);
}

static void a_new_incarnation_is_heard_again(void **state)
{
	(void)state;
	note(4, "before");
	run(200 * MS);
	kill_node(4);
	boot(4);
	run(500 * MS);
	assert_heard(1, 1, 1, 0);
	note(4, "after");
	run(2 * MS);
	assert_heard(2, 2, 2, 0);
	assert_memory_equal(world.note, "after", 5);
}

/* A hundred a millisecond: the newest arrives, beats go on, packets are few. */
static void a_flood_of_notes_does_no_harm(void **state)
{
	struct vigil_node_info info;
	int i, round;

	(void)state;
	user(1, VIGIL_EV_CLAIM, "web", 0);
	run(100 * MS);
	world.packets = 0;
	for (round = 0; round < 1000; round++) {
		for (i = 0; i < 100; i++)
			assert_int_equal(note(1, "flood"), 0);
		run(MS);
	}
	/* 20 beats and 80 extra ones, 2 packets each, in 5 sessions; as many answers. */
	assert_in_range(world.packets, 1, 2000);
	assert_int_equal(claim_state(1, "web"), VIGIL_CLAIM_HELD);
	vigil_core_node_info(world.core[1], (u16)vigil_core_node_index(world.core[1], 2), &info);
	assert_true(info.lease_until > world.now + 330 * MS);
	assert_int_equal(note(1, "over"), 0);
	run(20 * MS);
	assert_memory_equal(world.note, "over", 4);
}

static void a_note_must_fit(void **state)
{
	struct vigil_event ev = { .type = VIGIL_EV_NOTE, .packet = (u8[VIGIL_NOTE_LEN + 1]){} };

	(void)state;
	assert_int_equal(step(1, ev), -EMSGSIZE);
	ev.len = VIGIL_NOTE_LEN + 1;
	assert_int_equal(step(1, ev), -EMSGSIZE);
	ev.len = VIGIL_NOTE_LEN;
	assert_int_equal(step(1, ev), 0);
	assert_int_equal(step(1, (struct vigil_event) { .type = VIGIL_EV_LEAVE }), 0);
	assert_int_equal(step(1, ev), -ESHUTDOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_note_is_heard_at_once_and_once),
		STORY(a_second_note_follows_soon),
		STORY(notes_keep_their_order),
		STORY(a_lost_note_is_repeated),
		STORY(a_new_incarnation_is_heard_again),
		STORY(a_flood_of_notes_does_no_harm),
		STORY(a_note_must_fit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
