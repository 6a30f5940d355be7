// SPDX-License-Identifier: GPL-2.0
/* Lines that wait: which do not, in which order they come, and that none is lost. */
#include "scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"

#define LINES	200	/* more than wait at once */

static int out[2], old;
static sd_event *event;

/* What has been written so far, without the times. */
static const char *written(void)
{
	static char text[32768];
	ssize_t n = read(out[0], text, sizeof(text) - 1);
	char *to = text, *from;

	text[n > 0 ? n : 0] = 0;
	for (from = text; (from = strstr(from, "] "));) {
		from += 2;
		while (*from && (*to++ = *from++) != '\n')
			;
	}
	*to = 0;
	return text;
}

static void lines_wait_and_come_in_order(void **state)
{
	log_info("one");
	log_warn("two");
	assert_string_equal(written(), "");
	assert_true(sd_event_run(event, UINT64_MAX) > 0);
	assert_string_equal(written(), "one\ntwo\n");
	log_info("three");
	assert_true(sd_event_run(event, UINT64_MAX) > 0);
	assert_string_equal(written(), "three\n");
}

static void an_error_takes_along_what_waits(void **state)
{
	log_info("before");
	log_error("error");
	log_info("after");
	assert_string_equal(written(), "before\nerror\n");
	assert_true(sd_event_run(event, UINT64_MAX) > 0);
	assert_string_equal(written(), "after\n");
}

static void more_than_can_wait_is_written(void **state)
{
	char all[LINES * 32] = "";
	size_t n = 0;

	for (int i = 0; i < LINES; i++) {
		log_info("line %d of many", i);
		n += snprintf(all + n, sizeof(all) - n, "line %d of many\n", i);
	}
	log_error("end");
	snprintf(all + n, sizeof(all) - n, "end\n");
	assert_string_equal(written(), all);
}

static void the_end_writes_all(void **state)
{
	log_info("last");
	log_unqueue();
	assert_string_equal(written(), "last\n");
	log_info("later");
	assert_string_equal(written(), "later\n");
	assert_int_equal(log_queue(event), 0);
}

static int setup(void **state)
{
	if (pipe2(out, O_CLOEXEC | O_NONBLOCK) || sd_event_new(&event) < 0)
		return -1;
	old = dup(STDERR_FILENO);
	dup2(out[1], STDERR_FILENO);
	log_begin(false);
	return log_queue(event);
}

static int teardown(void **state)
{
	log_unqueue();
	dup2(old, STDERR_FILENO);
	close(old);
	close(out[0]);
	close(out[1]);
	sd_event_unref(event);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_wait_and_come_in_order),
		cmocka_unit_test(an_error_takes_along_what_waits),
		cmocka_unit_test(more_than_can_wait_is_written),
		cmocka_unit_test(the_end_writes_all),
	};

	unsetenv("JOURNAL_STREAM");
	return cmocka_run_group_tests(tests, setup, teardown);
}
