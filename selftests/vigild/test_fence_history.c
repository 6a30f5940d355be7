// SPDX-License-Identifier: GPL-2.0
/* What is remembered of fencing, and told to other daemons. */
#include "scratch.h"

#include <errno.h>
#include <stdio.h>

#include "log.h"
#include "message.h"

#define S	1000000000ULL
#define T	(30 * 86400 * S)	/* the machine has been up for long */

static void words_outlive_daemons(void **state)
{
	struct fence_arm arm;

	assert_int_equal(fence_arm_open(&arm, scratch_path("arm"), T + 10 * S), 0);
	fence_arm_say(&arm, 5 * S, "root", "new switch", T + 10 * S);
	fence_arm_close(&arm);
	assert_int_equal(fence_arm_open(&arm, scratch_path("arm"), T + 12 * S), 0);
	assert_int_equal(fence_arm_left(&arm, T + 12 * S), 3 * S);
	assert_string_equal(arm.why, "new switch");
	assert_int_equal(fence_arm_left(&arm, T + 15 * S), 0);
	/* Nothing disarms for ever. */
	fence_arm_say(&arm, UINT64_MAX, "root", "", T + 10 * S);
	assert_int_equal(fence_arm_left(&arm, T + 10 * S), FENCE_ARM_MAX);
	fence_arm_close(&arm);
}

static void the_latest_word_counts(void **state)
{
	struct fence_arm arm = { 0 }, other = { .number = 5, .until = 60 * S, .by = "bob" };

	fence_arm_say(&arm, 3600 * S, "root", "new switch", 0);	/* number 1 */
	assert_true(fence_arm_hear(&arm, &other));
	assert_string_equal(arm.by, "bob");
	fence_arm_say(&arm, 0, "root", "", 0);
	assert_int_equal(arm.number, 6);
	assert_false(fence_arm_hear(&arm, &other));		/* repeated: old */
	assert_int_equal(fence_arm_left(&arm, 0), 0);
	/* Both at once: armed. */
	other = (struct fence_arm){ .number = 7, .by = "zoe" };
	fence_arm_say(&arm, 3600 * S, "root", "again", 0);
	assert_true(fence_arm_hear(&arm, &other));
	assert_int_equal(fence_arm_left(&arm, 0), 0);
}

static void history_is_bounded(void **state)
{
	struct fence_history history, *h = &history;
	struct fence_record r = { .node = "b", .from = "a", .by = "x", .automatic = true,
				  .outcome = FENCE_CONFIRMED };

	assert_int_equal(fence_history_open(h, scratch_path("history")), 0);
	for (unsigned int i = 1; i <= 100; i++) {
		r.date = i;
		r.begun = i;
		r.incarnation = i;
		fence_history_put(h, &r);
	}
	assert_int_equal(h->n, FENCE_HISTORY_MAX);
	assert_int_equal(h->record[FENCE_HISTORY_MAX - 1].date, 100);
	assert_false(fence_history_done(h, "b", 36, "a", S, 200));
	assert_true(fence_history_done(h, "b", 37, "a", S, 200));
	assert_int_equal(fence_history_count(h, 10, 105), 5);
	fence_history_close(h);
	assert_int_equal(fence_history_open(h, scratch_path("history")), 0);
	assert_int_equal(h->n, FENCE_HISTORY_MAX);
	assert_int_equal(h->record[0].begun, 37);
	/* News of one that is known. */
	r.outcome = FENCE_RUNNING;
	fence_history_put(h, &r);
	assert_int_equal(h->n, FENCE_HISTORY_MAX);
	assert_false(fence_history_done(h, "b", 100, "a", S, 200));
	fence_history_close(h);
	scratch_write("history", "rubbish", 0600);
	assert_int_equal(fence_history_open(h, scratch_path("history")), 0);
	assert_int_equal(h->n, 0);
	fence_history_close(h);
}

static bool heard(void *data, const struct message_head *head)
{
	*(struct message_head *)data = *head;
	return false;
}

static void sent(void *data, const char *text, size_t len)
{
	assert_true(len <= VIGIL_MSG_LEN);
	assert_int_equal(message_read(text, len, heard, NULL, data), 0);
}

static void messages_fit(void **state)
{
	struct message_head out = { .type = MESSAGE_FENCE }, in;
	char *texts[] = { out.fence.node, out.fence.from, out.fence.by };

	for (int i = 0; i < 3; i++)
		memset(texts[i], 'n', VIGIL_NAME_LEN);
	memset(out.fence.devices, 'd', sizeof(out.fence.devices) - 1);
	memset(out.fence.text, 't', sizeof(out.fence.text) - 1);
	snprintf(out.fence.action, sizeof(out.fence.action), "confirmed");
	out.fence.incarnation = out.fence.date = UINT64_MAX;
	out.fence.outcome = FENCE_NOT_PROVED;
	message_write_fence(&out, sent, &in);
	assert_int_equal(in.type, MESSAGE_FENCE);
	assert_int_equal(in.fence.incarnation, UINT64_MAX);
	assert_string_equal(in.fence.text, out.fence.text);
	assert_int_equal(in.fence.outcome, FENCE_NOT_PROVED);
	memset(&out, 0, sizeof(out));
	out.type = MESSAGE_ARM;
	out.arm.number = 3;
	out.arm.until = now_ns() + 60 * S;
	memset(out.arm.why, 'w', sizeof(out.arm.why) - 1);
	message_write_fence(&out, sent, &in);
	assert_int_equal(in.arm.number, 3);
	assert_true(fence_arm_left(&in.arm, now_ns()) <= 60 * S);
	assert_true(fence_arm_left(&in.arm, now_ns()) > 50 * S);
	assert_int_equal(message_read("{\"t\":\"arm\"}", 11, heard, NULL, &in), -EBADMSG);
	assert_int_equal(message_read("{\"t\":\"fence\",\"x\":[]}", 20, heard, NULL, &in),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_outlive_daemons),
		cmocka_unit_test(the_latest_word_counts),
		cmocka_unit_test(history_is_bounded),
		cmocka_unit_test(messages_fit),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
