// SPDX-License-Identifier: GPL-2.0
/* Who is fenced, when and by whom: stonith.c, stonith_ask.c and fencing.c. */
#include "stonith_bed.h"

#include <linux/vigil.h>

#include "log.h"

#define S	1000000000ULL

static enum fence_outcome last(void)
{
	assert_true(d.stonith.history.n > 0);
	return d.stonith.history.record[d.stonith.history.n - 1].outcome;
}

static void who_falls_silent_is_fenced(void **state)
{
	begin(CONF("", ""));
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_string_equal(bed_calls(), "off b 2\nstatus b 2\non b 2\n");
	assert_int_equal(kernel.confirmed[1], 1);
	assert_int_equal(kernel.confirmed_incarnation, 20);
	assert_int_equal(last(), FENCE_CONFIRMED);
	assert_string_equal(told.node, "b");
	assert_string_equal(told.action, "reboot");
	assert_string_equal(told.devices, "d");
	assert_true(told.automatic);
	/* Not once more, whatever is heard of this life. */
	goes(1, VIGIL_NODE_STATE_EXPIRED);
	stonith_tick(&d);
	settle(0);
	assert_int_equal(d.stonith.history.n, 1);
	/* But in its next one; and c, which is to stay off. */
	kernel.incarnation[1] = 21;
	goes(1, VIGIL_NODE_STATE_UP);
	goes(2, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_true(bed_off("3"));
	assert_int_equal(kernel.confirmed_incarnation, 30);
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_int_equal(kernel.confirmed_incarnation, 21);
}

static void the_others_leave_it_to_the_leader(void **state)
{
	begin(CONF("", ""));
	kernel.acts = false;
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_string_equal(bed_calls(), "");
	/* The leader tells that it is being done; then this one leads. */
	told = (struct fence_record){ .node = "b", .incarnation = 20, .automatic = true,
				      .begun = now_ns(), .date = 7 };
	stonith_hear_record(&d, 2, &told);
	kernel.acts = true;
	stonith_tick(&d);
	settle(0);
	assert_string_equal(bed_calls(), "");
	/* It could not prove it. */
	begin(CONF("", ""));
	kernel.acts = false;
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	kernel.acts = true;
	stonith_tick(&d);
	settle(0);
	assert_int_equal(kernel.confirmed[1], 1);
}

/* Others' records are theirs, whoever they say they are. */
static void nobody_speaks_for_others(void **state)
{
	struct fence_record r = { .node = "b", .from = "a", .incarnation = 20, .date = 7,
				  .begun = now_ns(), .outcome = FENCE_RUNNING };

	begin(CONF("", ""));
	stonith_hear_record(&d, 2, &r);
	assert_string_equal(d.stonith.history.record[0].from, "c");
}

static void who_is_cut_off_fences_nobody(void **state)
{
	begin(CONF("", ""));
	kernel.heard[1] = kernel.heard[2] = false;
	goes(1, VIGIL_NODE_STATE_DOWN);
	goes(2, VIGIL_NODE_STATE_DOWN);
	settle(200000);
	stonith_tick(&d);
	settle(200000);
	assert_string_equal(bed_calls(), "");
	/* One of them is back, and the other one is missed by both. */
	kernel.heard[2] = true;
	goes(2, VIGIL_NODE_STATE_UP);
	stonith_tick(&d);
	settle(0);
	assert_int_equal(kernel.confirmed[1], 1);
	assert_false(bed_off("3"));
}

static void strangers_are_not_fenced(void **state)
{
	begin(CONF("", ""));
	kernel.incarnation[1] = 0;
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_string_equal(bed_calls(), "");
}

static void late_answers_confirm_nothing(void **state)
{
	begin(CONF("", "fence-delay = 100ms"));
	goes(1, VIGIL_NODE_STATE_DOWN);
	while (!d.stonith.list)
		sd_event_run(d.event, UINT64_MAX);
	kernel.incarnation[1] = 21;	/* it has come back, and is silent again */
	settle(0);
	assert_true(*bed_calls());
	assert_int_equal(kernel.confirmed[1], 0);
	assert_int_equal(last(), FENCE_NOT_TAKEN);
}

static void who_comes_back_in_time_is_left_alone(void **state)
{
	begin(CONF("", "fence-delay = 30s"));
	goes(1, VIGIL_NODE_STATE_DOWN);
	while (!d.stonith.list)
		sd_event_run(d.event, UINT64_MAX);
	goes(1, VIGIL_NODE_STATE_UP);
	assert_null(d.stonith.list);
	assert_string_equal(bed_calls(), "");
	assert_int_equal(last(), FENCE_STOPPED);
}

static void a_goodbye_is_no_silence(void **state)
{
	begin(CONF("", ""));
	goes(1, VIGIL_NODE_STATE_LEFT);
	settle(0);
	assert_string_equal(bed_calls(), "");
}

/* A new daemon finds b proved dead since long ago. */
static void old_deaths_are_left_alone(void **state)
{
	begin(CONF("", ""));
	nodes[1].state = VIGIL_NODE_STATE_UNMET;
	goes(1, VIGIL_NODE_STATE_EXPIRED);
	settle(0);
	assert_string_equal(bed_calls(), "");
}

static void what_the_lease_has_proved(void **state)
{
	begin(CONF("", "fence-delay = 50ms"));
	goes(1, VIGIL_NODE_STATE_DOWN);
	goes(1, VIGIL_NODE_STATE_EXPIRED);
	settle(0);
	assert_string_equal(bed_calls(), "off b 2\nstatus b 2\non b 2\n");

	begin(CONF("fence-expired = false", "fence-delay = 50ms"));
	goes(1, VIGIL_NODE_STATE_DOWN);
	while (!d.stonith.list)
		sd_event_run(d.event, UINT64_MAX);
	goes(1, VIGIL_NODE_STATE_EXPIRED);
	settle(0);
	assert_string_equal(bed_calls(), "");
}

static void the_limit_holds_across_restarts(void **state)
{
	static const char conf[] = CONF("fence-limit = \"1 per 1h\"", "");

	begin(conf);
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_int_equal(kernel.confirmed[1], 1);
	restart(conf);
	goes(2, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_false(bed_off("3"));
	assert_int_equal(last(), FENCE_REFUSED);
	assert_non_null(strstr(told.text, "fence-limit"));
	/* Once proved dead it is left as it is, and told once. */
	goes(2, VIGIL_NODE_STATE_EXPIRED);
	stonith_tick(&d);
	settle(0);
	assert_int_equal(d.stonith.history.n, 2);
}

static void disarmed_it_only_looks_on(void **state)
{
	static const char conf[] = CONF("", "");

	begin(conf);
	stonith_ask_arm(&d, 3600 * S, "root", "new switch");
	restart(conf);		/* it survives that */
	assert_true(d.stonith.disarmed);
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_string_equal(bed_calls(), "");
	assert_int_equal(last(), FENCE_REFUSED);
	/* By itself, or by a word: armed again. */
	stonith_ask_arm(&d, 0, "root", "");
	stonith_tick(&d);
	settle(0);
	assert_int_equal(kernel.confirmed[1], 1);
}

static void the_time_of_a_disarm_ends(void **state)
{
	static const char conf[] = CONF("", "");

	begin(conf);
	stonith_ask_arm(&d, 1000000, "root", "a moment");
	goes(1, VIGIL_NODE_STATE_DOWN);
	while (fence_arm_left(&d.stonith.arm, now_ns()))
		;
	restart(conf);
	assert_int_equal(fence_arm_left(&d.stonith.arm, now_ns()), 0);
	nodes[1].state = VIGIL_NODE_STATE_UP;
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_int_equal(kernel.confirmed[1], 1);
}

static void the_start_has_a_grace(void **state)
{
	begin(CONF("", ""));
	d.begun = now_ns();
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(100000);
	assert_string_equal(bed_calls(), "");
	d.begun = now_ns() - 60 * S;
	stonith_tick(&d);
	settle(0);
	assert_int_equal(kernel.confirmed[1], 1);
}

static void who_seems_to_matter_more_gets_a_start(void **state)
{
	static const char conf[] = CONF("fence-priority-delay = 30s", "")
		"service s { run = \"exec:/bin/true\" }\n";

	begin(conf);
	facts_local(&d.facts, 0, 1)->state = PLAN_RUNNING;
	goes(1, VIGIL_NODE_STATE_DOWN);
	while (!d.stonith.list)
		sd_event_run(d.event, UINT64_MAX);
	while (sd_event_run(d.event, 100000) > 0)
		;
	assert_string_equal(bed_calls(), "");
	begin(conf);
	facts_local(&d.facts, 0, 0)->state = PLAN_RUNNING;
	goes(1, VIGIL_NODE_STATE_DOWN);
	settle(0);
	assert_int_equal(kernel.confirmed[1], 1);
}

static void operators_may_do_more(void **state)
{
	uint64_t token;

	begin(CONF("fence-limit = \"0 per 1h\"", ""));
	stonith_ask_arm(&d, 3600 * S, "root", "work");
	assert_non_null(stonith_ask_fence(&d, "x", "", "root", &token));
	assert_non_null(stonith_ask_fence(&d, "a", "", "root", &token));
	assert_non_null(stonith_ask_fence(&d, "b", "explode", "root", &token));
	assert_null(stonith_ask_fence(&d, "b", "off", "root", &token));
	assert_true(token);
	assert_non_null(stonith_ask_fence(&d, "b", "off", "root", &token));
	settle(0);
	assert_true(bed_off("2"));
	assert_int_equal(kernel.confirmed[1], 1);
	assert_non_null(strstr(answer, "\"confirmed\""));
	assert_non_null(strstr(answer, "\"steps\""));
	assert_string_equal(told.by, "root");
	assert_false(told.automatic);
	/* What they say themselves. */
	assert_non_null(stonith_ask_fence(&d, "c", "confirmed", "root", &token));
	assert_int_equal(kernel.confirmed[2], 0);
	nodes[2].state = VIGIL_NODE_STATE_DOWN;
	assert_null(stonith_ask_fence(&d, "c", "confirmed", "root", &token));
	assert_int_equal(kernel.confirmed[2], 1);
	kernel.incarnation[2] = 0;
	assert_non_null(stonith_ask_fence(&d, "c", "confirmed", "root", &token));
}

static void poison_is_obeyed_or_not(void **state)
{
	uint64_t token;

	begin(CONF("", ""));
	assert_null(stonith_ask_fence(&d, "b", "poison", "root", &token));
	assert_int_equal(kernel.poisoned, 1);
	goes(1, VIGIL_NODE_STATE_DOWN);
	goes(1, VIGIL_NODE_STATE_EXPIRED);
	assert_int_equal(last(), FENCE_CONFIRMED);
	assert_non_null(strstr(answer, "obeyed"));
	settle(0);
	assert_string_equal(bed_calls(), "");
}

static void tests_confirm_nothing(void **state)
{
	uint64_t token;

	begin(CONF("", ""));
	assert_null(stonith_ask_test(&d, "b", &token));
	settle(0);
	assert_string_equal(bed_calls(), "status b 2\n");
	assert_int_equal(kernel.confirmed[1], 0);
	assert_int_equal(d.stonith.history.n, 0);
	assert_non_null(strstr(answer, "\"on\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_falls_silent_is_fenced),
		cmocka_unit_test(the_others_leave_it_to_the_leader),
		cmocka_unit_test(nobody_speaks_for_others),
		cmocka_unit_test(who_is_cut_off_fences_nobody),
		cmocka_unit_test(strangers_are_not_fenced),
		cmocka_unit_test(late_answers_confirm_nothing),
		cmocka_unit_test(who_comes_back_in_time_is_left_alone),
		cmocka_unit_test(a_goodbye_is_no_silence),
		cmocka_unit_test(old_deaths_are_left_alone),
		cmocka_unit_test(what_the_lease_has_proved),
		cmocka_unit_test(the_limit_holds_across_restarts),
		cmocka_unit_test(disarmed_it_only_looks_on),
		cmocka_unit_test(the_time_of_a_disarm_ends),
		cmocka_unit_test(the_start_has_a_grace),
		cmocka_unit_test(who_seems_to_matter_more_gets_a_start),
		cmocka_unit_test(operators_may_do_more),
		cmocka_unit_test(poison_is_obeyed_or_not),
		cmocka_unit_test(tests_confirm_nothing),
	};

	return cmocka_run_group_tests(tests, scratch_setup, stonith_teardown);
}
