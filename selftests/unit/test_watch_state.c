// SPDX-License-Identifier: GPL-2.0
// sources: kernel/watch_state.c
/* What reports mean for the state of a watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <linux/vigil.h>

#include "../../kernel/watch_state.h"

#define STATES	(VIGIL_WATCH_STATE_HUNG + 1)
#define CAUSES	(VIGIL_WATCH_CAUSE_GONE + 1)

/* Short names, for the tables below. */
enum {
	ALIVE = VIGIL_WATCH_STATE_ALIVE,
	DYING = VIGIL_WATCH_STATE_DYING,
	DEAD = VIGIL_WATCH_STATE_DEAD,
	STOPPED = VIGIL_WATCH_STATE_STOPPED,
	HUNG = VIGIL_WATCH_STATE_HUNG,
};

static struct vigil_watch_report facts;
static struct vigil_watch_change told;
static u64 now;

/* Return: was there anything to tell? */
static bool report(u32 state, u32 cause, int code, u32 by_pid)
{
	const struct vigil_watch_report r = {
		.time = ++now, .state = state, .cause = cause, .code = code, .by_pid = by_pid,
	};

	memset(&told, 0xff, sizeof(told));
	return vigil_watch_judge(&facts, &r, &told);
}

static int begin(void **state)
{
	(void)state;
	memset(&facts, 0, sizeof(facts));
	now = 0;
	return 0;
}

static void assert_told(u32 from, u32 to, u32 cause)
{
	assert_int_equal(told.from, from);
	assert_int_equal(told.now.state, to);
	assert_int_equal(told.now.cause, cause);
	assert_int_equal(told.now.time, now);
	assert_int_equal(facts.state, to);
}

static void stops_and_hangs(void **state)
{
	(void)state;
	assert_true(report(STOPPED, VIGIL_WATCH_CAUSE_STOP, 19, 812));
	assert_told(ALIVE, STOPPED, VIGIL_WATCH_CAUSE_STOP);
	assert_int_equal(told.now.by_pid, 812);
	assert_false(report(STOPPED, VIGIL_WATCH_CAUSE_STOP, 19, 812));
	assert_true(report(HUNG, VIGIL_WATCH_CAUSE_VCPU, 0, 0));
	assert_told(STOPPED, HUNG, VIGIL_WATCH_CAUSE_VCPU);
	assert_true(report(HUNG, VIGIL_WATCH_CAUSE_GUEST_HANG, 0, 0));
	assert_told(HUNG, HUNG, VIGIL_WATCH_CAUSE_GUEST_HANG);
	assert_int_equal(facts.cause, VIGIL_WATCH_CAUSE_GUEST_HANG);
	assert_int_equal(facts.time, now - 1);	/* hung since then */
	assert_true(report(STOPPED, VIGIL_WATCH_CAUSE_STOP, 0, 0));
	assert_told(HUNG, STOPPED, VIGIL_WATCH_CAUSE_STOP);
	assert_false(report(ALIVE, VIGIL_WATCH_CAUSE_PROGRESS, 0, 0));
	assert_true(report(ALIVE, VIGIL_WATCH_CAUSE_CONTINUE, 0, 0));
	assert_told(STOPPED, ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	assert_false(report(ALIVE, VIGIL_WATCH_CAUSE_CONTINUE, 0, 0));
	assert_true(report(HUNG, VIGIL_WATCH_CAUSE_NO_PROGRESS, 0, 0));
	assert_true(report(ALIVE, VIGIL_WATCH_CAUSE_PROGRESS, 0, 0));
	assert_told(HUNG, ALIVE, VIGIL_WATCH_CAUSE_PROGRESS);
	assert_false(report(ALIVE, VIGIL_WATCH_CAUSE_PROGRESS, 0, 0));
}

static void first_cause_of_a_death_is_kept(void **state)
{
	(void)state;
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 15, 812));
	assert_told(ALIVE, DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	assert_false(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 15, 0));
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_EXIT, 3, 0));
	assert_told(DYING, DYING, VIGIL_WATCH_CAUSE_EXIT);
	assert_true(report(DEAD, VIGIL_WATCH_CAUSE_EXIT, 3, 0));
	assert_told(DYING, DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	assert_int_equal(told.now.code, 15);
	assert_int_equal(told.now.by_pid, 812);
}

static void better_knowledge_of_a_death_is_taken(void **state)
{
	(void)state;
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 9, 0));
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 9, 812));
	assert_told(DYING, DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	assert_int_equal(facts.by_pid, 812);
	assert_false(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 9, 813));
	assert_int_equal(facts.by_pid, 812);
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_OOM, 9, 0));
	assert_told(DYING, DYING, VIGIL_WATCH_CAUSE_OOM);
	assert_true(report(DEAD, VIGIL_WATCH_CAUSE_SIGNAL, 9, 0));
	assert_told(DYING, DEAD, VIGIL_WATCH_CAUSE_OOM);
}

static void another_signal_is_no_better(void **state)
{
	(void)state;
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 15, 0));
	assert_false(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 9, 812));
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_OOM, 9, 0));
	assert_told(DYING, DYING, VIGIL_WATCH_CAUSE_OOM);
	assert_int_equal(facts.cause, VIGIL_WATCH_CAUSE_SIGNAL);
	assert_int_equal(facts.code, 15);
}

/* The kernel finds it gone before the probe's report has gone through the daemon. */
static void how_it_ended_may_come_late(void **state)
{
	(void)state;
	assert_true(report(DEAD, VIGIL_WATCH_CAUSE_GONE, 0, 0));
	assert_told(ALIVE, DEAD, VIGIL_WATCH_CAUSE_GONE);
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_EXIT, 3, 0));
	assert_told(DEAD, DEAD, VIGIL_WATCH_CAUSE_EXIT);
	assert_int_equal(facts.time, now - 1);
	assert_false(report(DEAD, VIGIL_WATCH_CAUSE_EXIT, 3, 0));
	assert_false(report(DEAD, VIGIL_WATCH_CAUSE_SIGNAL, 9, 1));
}

static void dead_is_final(void **state)
{
	u32 to, cause;

	(void)state;
	assert_true(report(DEAD, VIGIL_WATCH_CAUSE_EXIT, 0, 0));
	for (to = 0; to < STATES; to++)
		for (cause = 0; cause < CAUSES; cause++)
			assert_false(report(to, cause, 0, 0));
	assert_int_equal(facts.state, DEAD);
}

/* Nothing but its reset by a monitor that lives on brings a guest back. */
static void only_a_guest_comes_back(void **state)
{
	u32 to, cause;

	(void)state;
	for (cause = 0; cause < CAUSES; cause++) {
		bool guest = cause == VIGIL_WATCH_CAUSE_TRIPLE_FAULT ||
			     cause == VIGIL_WATCH_CAUSE_GUEST_CRASH ||
			     cause == VIGIL_WATCH_CAUSE_PVPANIC;

		if (cause == VIGIL_WATCH_CAUSE_THREAD)
			continue;
		begin(NULL);
		assert_true(report(DYING, cause, 0, 0));
		for (to = 0; to < STATES; to++) {
			if (to == DYING || to == DEAD)
				continue;
			assert_false(report(to, VIGIL_WATCH_CAUSE_PROGRESS, 0, 0));
			assert_false(report(to, VIGIL_WATCH_CAUSE_REPORT, 0, 0));
		}
		assert_int_equal(report(ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET, 0, 0), guest);
		assert_int_equal(facts.state, guest ? ALIVE : DYING);
	}
}

static void the_guest_dies_before_its_monitor(void **state)
{
	(void)state;
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_PVPANIC, 0, 0));
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 9, 812));
	assert_told(DYING, DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	assert_true(report(DEAD, VIGIL_WATCH_CAUSE_NONE, 0, 0));
	assert_told(DYING, DEAD, VIGIL_WATCH_CAUSE_PVPANIC);
}

static void news_change_nothing(void **state)
{
	(void)state;
	assert_true(report(DEAD, VIGIL_WATCH_CAUSE_THREAD, 7, 0));	/* whatever state it says */
	assert_told(ALIVE, ALIVE, VIGIL_WATCH_CAUSE_THREAD);
	assert_int_equal(told.now.code, 7);
	assert_int_equal(facts.cause, VIGIL_WATCH_CAUSE_NONE);
	assert_true(report(ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET, 0, 0));
	assert_told(ALIVE, ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
	assert_true(report(STOPPED, VIGIL_WATCH_CAUSE_STOP, 0, 0));
	assert_true(report(ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET, 0, 0));
	assert_told(STOPPED, STOPPED, VIGIL_WATCH_CAUSE_GUEST_RESET);
	assert_true(report(HUNG, VIGIL_WATCH_CAUSE_GUEST_HANG, 0, 0));
	assert_true(report(ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET, 0, 0));
	assert_told(HUNG, ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);	/* this is one */
	assert_true(report(DYING, VIGIL_WATCH_CAUSE_SIGNAL, 9, 0));
	assert_false(report(ALIVE, VIGIL_WATCH_CAUSE_THREAD, 9, 0));
}

/* Whatever comes, in whatever order. */
static void random_reports(void **state)
{
	int i;

	(void)state;
	srand(4680);
	for (i = 0; i < 1000000; i++) {
		struct vigil_watch_report before = facts;
		u32 to = (u32)rand() % STATES, cause = (u32)rand() % CAUSES;
		bool any = report(to, cause, rand() % 3 ? 9 : 0, (u32)rand() % 2);

		if (any) {
			assert_int_equal(told.from, before.state);
			assert_int_equal(told.now.state, facts.state);
		} else {
			assert_memory_equal(&before, &facts, sizeof(facts));
		}
		assert_false(before.state == DEAD && facts.state != DEAD);
		assert_false(before.state == DYING && facts.state != DYING &&
			     facts.state != DEAD && cause != VIGIL_WATCH_CAUSE_GUEST_RESET);
		assert_true((facts.state == before.state) == (facts.time == before.time));
		if (facts.state == DEAD && rand() % 8 == 0)
			memset(&facts, 0, sizeof(facts));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(stops_and_hangs, begin),
		cmocka_unit_test_setup(first_cause_of_a_death_is_kept, begin),
		cmocka_unit_test_setup(better_knowledge_of_a_death_is_taken, begin),
		cmocka_unit_test_setup(another_signal_is_no_better, begin),
		cmocka_unit_test_setup(how_it_ended_may_come_late, begin),
		cmocka_unit_test_setup(dead_is_final, begin),
		cmocka_unit_test_setup(only_a_guest_comes_back, begin),
		cmocka_unit_test_setup(the_guest_dies_before_its_monitor, begin),
		cmocka_unit_test_setup(news_change_nothing, begin),
		cmocka_unit_test_setup(random_reports, begin),
	};

	return cmocka_run_group_tests_name("watch state", tests, NULL, NULL);
}
