// SPDX-License-Identifier: GPL-2.0
/* Fencing devices: what may be configured, what an agent is told, and what its answers prove. */
#include "fence_bed.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "fence_agent.h"
#include "fence_check.h"
#include "fence_run.h"
#include "log.h"

static struct cgroup group;
static sd_event *event;

/* Configurations */

static void refused(const char *text, int line, const char *part)
{
	struct config_error err;
	struct config *c = scratch_config(text, "a", &err);

	if (c && (fence_read_secrets(c, &err) || fence_check_agents(c, &err))) {
		config_free(c);
		c = NULL;
	}
	if (c)
		fail_msg("accepted: %s", text);
	if (!strstr(err.text, part))
		fail_msg("'%s' is not about '%s'", err.text, part);
	assert_int_equal(err.line, line);
}

#define NODE	"cluster c { key-file = \"KEY\" }\n"
#define A	"node a { id = 1 address = {\"10.0.0.1\"}\n"
#define D	"device d { agent = \"AGENT\"\n"

static void bad_ones_are_refused(void **state)
{
	bed_reset();
	refused(NODE A "fence = {\"x\"} }\n" D "}\n", 3, "'x', which is no device");
	refused(NODE A "fence = {\"d plug\"} }\n" D "}\n", 3, "'plug' is not like");
	refused(NODE A "fence = {\"d action=on\"} }\n" D "}\n", 3, "said by vigild itself");
	refused(NODE A "fence-2 = {\"d\"} }\n" D "}\n", 3, "fence-2 without fence");
	refused(NODE A "fence-action = maybe }\n" D "}\n", 3, "'maybe' is not reboot or off");
	refused(NODE A "}\n" D "params = {\"plug=1\\naction=on\"} }\n", 5, "control character");
	refused(NODE A "}\n" D "params = {\"nodename=b\"} }\n", 5, "said by vigild itself");
	refused(NODE A "}\n" D "params = {\"plug\"} }\n", 5, "not like");
	refused(NODE A "}\n" D "retries = 101 }\n", 5, "not between");
	refused(NODE A "}\n" D "parallel = 0 }\n", 5, "not between");
	refused(NODE A "}\n" "device d { }\n", 4, "agent is missing");
	refused(NODE A "}\n" "device d { agent = \"./x\" }\n", 4, "whole path");
	refused("cluster c { key-file = \"KEY\"\nfence-limit = often }\n" A "}\n", 2, "fence-limit");
	refused("cluster c { key-file = \"KEY\"\nfence-limit = \"33 per 1h\" }\n" A "}\n", 2, "32");
	/* By what the agent says of itself. */
	refused(NODE A "}\n" D "params = {\"plug=1\", \"plugg=2\"} }\n", 5, "no parameter 'plugg'");
	refused(NODE A "fence = {\"d ip=1\"} }\n" D "}\n", 3, "no parameter 'ip'");
	refused(NODE A "}\n" D "secret = {\"passwd=SECRET\"} }\n", 5, "no parameter 'passwd'");
	refused(NODE A "}\n" "device d {\nagent = \"/bin/true\" }\n", 5, "no metadata");
}

static void secrets_are_kept_from_others(void **state)
{
	static const char conf[] = NODE A "}\n" D "secret = {\"password=SECRET\"} }\n";
	struct config_error err;
	struct config *c;

	bed_reset();
	scratch_write("secret", "open sesame\n", 0644);
	refused(conf, 5, "open to others");
	scratch_write("secret", "open sesame\n", 0640);
	refused(conf, 5, "open to others");
	scratch_write("secret", "two\nlines\n", 0600);
	refused(conf, 5, "one line");
	scratch_write("secret", "", 0600);
	refused(conf, 5, "one line");
	unlink(scratch_path("secret"));
	refused(conf, 5, "No such file");
	refused(NODE A "}\n" D "secret = {\"password=pw\"} }\n", 5, "whole path");
	scratch_write("secret", "open sesame\n", 0600);
	c = scratch_good(conf, "a");
	assert_int_equal(c->device[0].secrets.n, 0);	/* nothing is read without need */
	assert_int_equal(fence_read_secrets(c, &err), 0);
	assert_string_equal(c->device[0].secrets.item[0], "password=open sesame");
	config_free(c);
}

/* Runs */

struct run {
	struct config *config;
	struct fence_run *run;
	enum fence_end end;
	unsigned int proved;	/* level, 0: not */
	const char *why;	/* proceed() */
	unsigned int calls_left;	/* then it answers why */
	bool ended;
	unsigned int steps;
	struct fence_step step[FENCE_STEPS];
	char text[128];
};

static bool on_busy(void *data, const struct config_device *device)
{
	return false;
}

static const char *on_proceed(void *data)
{
	struct run *r = data;

	if (!r->calls_left)
		return r->why;
	r->calls_left--;
	return NULL;
}

static void on_free(void *data)
{
}

static void on_off(void *data, unsigned int level)
{
	struct run *r = data;

	assert_int_equal(r->proved, 0);
	r->proved = level;
}

static void on_end(void *data, const struct fence_run *run, enum fence_end end, const char *why)
{
	struct run *r = data;
	const struct fence_step *step;

	r->end = end;
	r->ended = true;
	r->steps = fence_run_steps(run, &step);
	memcpy(r->step, step, r->steps * sizeof(*step));
	snprintf(r->text, sizeof(r->text), "%s", why);
}

static void begin(struct run *r, const char *conf, bool off, bool test)
{
	struct config_error err;
	struct fence_orders orders = {
		.off = off, .test = test, .cgroup = &group, .busy = on_busy,
		.proceed = on_proceed, .on_free = on_free, .on_off = on_off, .on_end = on_end,
		.data = r,
	};

	if (group.dir < 0)
		skip();
	bed_reset();
	memset(r, 0, sizeof(*r));
	r->config = scratch_good(conf, "a");
	assert_int_equal(fence_read_secrets(r->config, &err), 0);
	assert_int_equal(fence_check_agents(r->config, &err), 0);
	orders.config = r->config;
	orders.node = config_find_node(r->config, "b");
	r->run = fence_run_start(event, &orders);
	assert_non_null(r->run);
}

static void finish(struct run *r)
{
	while (!r->ended)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	config_free(r->config);
}

/* Three voters; b has these levels, and there are these devices. */
#define CLUSTER(levels, devices) \
	"cluster c { key-file = \"KEY\" }\n" \
	"node a { id = 1 address = {\"10.0.0.1\"} }\n" \
	"node b { id = 2 address = {\"10.0.0.2\"} " levels " }\n" \
	"node c { id = 3 address = {\"10.0.0.3\"} }\n" devices
#define DEV(name, more) "device " name " { agent = \"AGENT\" retries = 0 " more " }\n"

static void off_is_proved_by_status(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"d plug=1\"}", DEV("d", "params = {\"plug=7\"}")), true, false);
	finish(&r);
	assert_int_equal(r.end, FENCE_PROVED);
	assert_int_equal(r.proved, 1);
	assert_true(bed_off("1"));
	assert_string_equal(bed_calls(), "off b 1\nstatus b 1\n");
	assert_true(bed_given("action=status"));
	assert_true(bed_given("nodename=b"));
	assert_true(bed_given("plug=1"));
	assert_false(bed_given("plug=7"));	/* the node's own counts */
}

static void reboot_ends_with_on(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"d plug=1\"}", DEV("d", "")), false, false);
	finish(&r);
	assert_int_equal(r.end, FENCE_PROVED);
	assert_false(bed_off("1"));
	assert_string_equal(bed_calls(), "off b 1\nstatus b 1\non b 1\n");
}

/* A machine with two power supplies: never on again before both were off. */
static void all_of_a_level_are_off_before_one_is_on(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"d plug=1\", \"e plug=2\"}", DEV("d", "") DEV("e", "")), false,
	      false);
	finish(&r);
	assert_int_equal(r.proved, 1);
	assert_string_equal(bed_calls(), "off b 1\noff b 2\nstatus b 1\nstatus b 2\n"
					 "on b 1\non b 2\n");
}

static void one_of_a_level_is_not_enough(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"d plug=1\", \"bad plug=2\"}",
			  DEV("d", "") DEV("bad", "params = {\"mode=fail\"}")), true, false);
	finish(&r);
	assert_int_equal(r.end, FENCE_FAILED);
	assert_int_equal(r.proved, 0);
	assert_string_equal(bed_calls(), "off b 1\noff b 2\n");
	assert_non_null(strstr(r.step[1].text, "no route to the outlet"));
}

static void done_is_not_off(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"liar plug=1\"}", DEV("liar", "params = {\"mode=liar\"}")), true,
	      false);
	finish(&r);
	assert_int_equal(r.end, FENCE_FAILED);
	assert_int_equal(r.proved, 0);
	assert_string_equal(bed_calls(), "off b 1\nstatus b 1\n");
}

static void the_next_level_has_its_turn(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"bad plug=1\"} fence-2 = {\"d plug=2\"}",
			  DEV("d", "") DEV("bad", "params = {\"mode=fail\"}")), true, false);
	finish(&r);
	assert_int_equal(r.proved, 2);
	assert_string_equal(bed_calls(), "off b 1\noff b 2\nstatus b 2\n");
}

static void failures_are_retried(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"d plug=1\"}",
			  "device d { agent = \"AGENT\" retries = 1 params = {\"mode=slow\"} }\n"),
	      true, false);
	finish(&r);
	assert_int_equal(r.proved, 1);
	assert_string_equal(bed_calls(), "off b 1\nstatus b 1\nstatus b 1\n");
}

static pid_t sleeper(void)
{
	FILE *in = fopen(scratch_path("sleeper"), "re");
	int pid = 0;

	if (in && fscanf(in, "%d", &pid) != 1)
		pid = 0;
	if (in)
		fclose(in);
	return pid;
}

/* A device that never answers is killed with all that it started, and blocks nothing. */
static void a_dead_device_ends_in_time(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"dead plug=1\"} fence-2 = {\"d plug=2\"}",
			  DEV("d", "") DEV("dead", "params = {\"mode=dead\"} off-timeout = 500ms")),
	      true, false);
	finish(&r);
	assert_int_equal(r.proved, 2);
	assert_non_null(strstr(r.step[0].text, "timed out"));
	assert_true(sleeper() > 0);
	while (!kill(sleeper(), 0))
		usleep(1000);
	while (sd_event_run(event, 0) > 0)
		;
}

static void who_comes_back_is_not_fenced(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"d plug=1\"}", DEV("d", "")), true, false);
	r.why = "it came back";
	finish(&r);
	assert_int_equal(r.end, FENCE_GIVEN_UP);
	assert_string_equal(r.text, "it came back");
	assert_string_equal(bed_calls(), "");

	/* Between the off and the status: nothing is proved. */
	begin(&r, CLUSTER("fence = {\"d plug=1\"}", DEV("d", "")), true, false);
	r.why = "it came back";
	r.calls_left = 1;
	finish(&r);
	assert_int_equal(r.end, FENCE_GIVEN_UP);
	assert_int_equal(r.proved, 0);
	assert_string_equal(bed_calls(), "off b 1\n");
}

static void tests_change_nothing(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"d plug=1\", \"bad plug=2\"} fence-2 = {\"d plug=3\"}",
			  DEV("d", "") DEV("bad", "params = {\"mode=fail\"}")), false, true);
	finish(&r);
	assert_int_equal(r.end, FENCE_TESTED);
	assert_int_equal(r.proved, 0);
	assert_string_equal(bed_calls(), "status b 1\nstatus b 2\nstatus b 3\n");
	assert_int_equal(r.steps, 3);
	assert_true(r.step[0].good);
	assert_string_equal(r.step[0].text, "on");
	assert_false(r.step[1].good);
}

static void secrets_are_not_logged(void **state)
{
	struct run r;

	begin(&r, CLUSTER("fence = {\"bad plug=1\"}",
			  DEV("bad", "params = {\"mode=fail\"} secret = {\"password=SECRET\"}")),
	      true, false);
	finish(&r);
	assert_true(bed_given("password=open sesame"));

	/* An agent that says nothing else. */
	begin(&r, CLUSTER("fence = {\"d plug=1\"}",
			  DEV("d", "params = {\"mode=liar\"} secret = {\"password=SECRET\"}")),
	      true, false);
	scratch_write("agent", "#!/bin/sh\nsed -n 's/^password=/wrong: /p' >&2\nexit 1\n", 0700);
	finish(&r);
	assert_non_null(strstr(r.step[0].text, "wrong: ***"));
	assert_null(strstr(r.step[0].text, "sesame"));
}

static int setup(void **state)
{
	char name[32];

	snprintf(name, sizeof(name), "vigil-fence-%d", getpid());
	if (cgroup_open(&group, name))
		group.dir = -1;
	assert_true(sd_event_new(&event) >= 0);
	return scratch_setup(state);
}

static int teardown(void **state)
{
	char path[64];

	sd_event_unref(event);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/vigil-fence-%d",
			 i ? "/unified" : "", getpid());
		rmdir(path);
	}
	cgroup_close(&group);
	return scratch_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_ones_are_refused),
		cmocka_unit_test(secrets_are_kept_from_others),
		cmocka_unit_test(off_is_proved_by_status),
		cmocka_unit_test(reboot_ends_with_on),
		cmocka_unit_test(all_of_a_level_are_off_before_one_is_on),
		cmocka_unit_test(one_of_a_level_is_not_enough),
		cmocka_unit_test(done_is_not_off),
		cmocka_unit_test(the_next_level_has_its_turn),
		cmocka_unit_test(failures_are_retried),
		cmocka_unit_test(a_dead_device_ends_in_time),
		cmocka_unit_test(who_comes_back_is_not_fenced),
		cmocka_unit_test(tests_change_nothing),
		cmocka_unit_test(secrets_are_not_logged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
