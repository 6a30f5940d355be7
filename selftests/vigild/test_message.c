// SPDX-License-Identifier: GPL-2.0
/* Messages between daemons, and what is believed after some of them were lost. */
#include "scratch.h"

#include <errno.h>
#include <stdio.h>

#include "facts.h"
#include "message.h"

#define MANY	200

static struct {
	char text[64][VIGIL_MSG_LEN];
	size_t len[64];
	unsigned int n;
} sent;

static void keep(void *data, const char *text, size_t len)
{
	assert_true(len <= VIGIL_MSG_LEN);
	assert_true(sent.n < 64);
	memcpy(sent.text[sent.n], text, len);
	sent.len[sent.n++] = len;
}

static struct {
	struct message_head head;
	unsigned int heads;
	unsigned int items;
	uint64_t sum;
	char name[VIGIL_NAME_LEN + 1];
	bool refuse;
} heard;

static bool hear_head(void *data, const struct message_head *head)
{
	heard.head = *head;
	heard.heads++;
	return !heard.refuse;
}

static void hear_item(void *data, const struct message_head *head, const struct message_item *item)
{
	snprintf(heard.name, sizeof(heard.name), "%s", item->name);
	heard.items++;
	heard.sum += item->node + item->state + item->avoid_ms;
}

static int reset(void **state)
{
	memset(&sent, 0, sizeof(sent));
	memset(&heard, 0, sizeof(heard));
	return 0;
}

static int hear(const char *text, size_t len)
{
	return message_read(text, len, hear_head, hear_item, NULL);
}

static void order_arrives(void **state)
{
	struct message_head head = { .type = MESSAGE_ORDER, .epoch = 7, .sequence = 3,
				     .deputy = true };
	struct message_item item[] = { { .name = "web", .node = 2 }, { .name = "ip" } };

	assert_int_equal(message_write(&head, item, 2, keep, NULL), 0);
	assert_int_equal(sent.n, 1);
	assert_int_equal(hear(sent.text[0], sent.len[0]), 0);
	assert_int_equal(heard.head.type, MESSAGE_ORDER);
	assert_int_equal(heard.head.epoch, 7);
	assert_int_equal(heard.head.sequence, 3);
	assert_true(heard.head.deputy);
	assert_int_equal(heard.items, 2);
	assert_int_equal(heard.sum, 2);
}

static void long_reports_are_split(void **state)
{
	struct message_head head = {
		.type = MESSAGE_STATE, .epoch = INT64_MAX, .leader = 1024, .leaving = true,
		.report = UINT32_MAX,
	};
	static char names[MANY][VIGIL_NAME_LEN + 1];
	static struct message_item item[MANY];

	for (int i = 0; i < MANY; i++) {
		/* The worst name: everything needs a backslash. */
		memset(names[i], i % 2 ? '"' : '\\', VIGIL_NAME_LEN);
		names[i][0] = 'a' + i / 26;
		names[i][1] = 'a' + i % 26;
		item[i] = (struct message_item){ names[i], 0, 1, 1000000000000 };
	}
	assert_int_equal(message_write(&head, item, MANY, keep, NULL), 0);
	assert_true(sent.n > 10);
	for (unsigned int i = 0; i < sent.n; i++) {
		assert_int_equal(hear(sent.text[i], sent.len[i]), 0);
		assert_int_equal(heard.head.part, i);
		assert_int_equal(heard.head.parts, sent.n);
		assert_int_equal(heard.head.report, UINT32_MAX);
		assert_int_equal(heard.head.epoch, INT64_MAX);
	}
	assert_int_equal(heard.items, MANY);
	assert_int_equal(heard.sum, MANY * 1000000000001);
	assert_string_equal(heard.name, names[MANY - 1]);
}

static void empty_report_is_a_message(void **state)
{
	struct message_head head = { .type = MESSAGE_STATE, .report = 5 };

	assert_int_equal(message_write(&head, NULL, 0, keep, NULL), 0);
	assert_int_equal(sent.n, 1);
	assert_int_equal(hear(sent.text[0], sent.len[0]), 0);
	assert_int_equal(heard.head.parts, 1);
	assert_int_equal(heard.items, 0);
}

/* A health in which every number is as long as can be. */
static struct health long_health(void)
{
	struct health h = { .pressure = { 100, 99, 98 }, .suspect = true };

	for (int i = 0; i < HEALTH_COUNTERS; i++)
		h.errors[i / HEALTH_SEVERITIES][i % HEALTH_SEVERITIES] =
			(struct health_errors){ UINT32_MAX - i, UINT32_MAX - 100 - i };
	return h;
}

static void health_comes_with_the_first_part(void **state)
{
	struct message_head head = {
		.type = MESSAGE_STATE, .epoch = INT64_MAX, .leader = 1024, .leaving = true,
		.report = UINT32_MAX, .has_health = true, .health = long_health(),
	};
	static char names[20][VIGIL_NAME_LEN + 1];
	static struct message_item item[20];

	for (int i = 0; i < 20; i++) {
		memset(names[i], '"', VIGIL_NAME_LEN);
		names[i][0] = 'a' + i;
		item[i] = (struct message_item){ names[i], 0, 1, 1000000000000 };
	}
	assert_int_equal(message_write(&head, item, 20, keep, NULL), 0);
	assert_true(sent.n > 1);
	for (unsigned int i = 0; i < sent.n; i++) {
		assert_int_equal(hear(sent.text[i], sent.len[i]), 0);
		assert_int_equal(heard.head.parts, sent.n);
		assert_int_equal(heard.head.has_health, !i);
		if (!i)
			assert_memory_equal(&heard.head.health, &head.health, sizeof(head.health));
	}
	assert_int_equal(heard.items, 20);
	/* A change of some services says nothing about it. */
	head.report = 0;
	sent.n = 0;
	assert_int_equal(message_write(&head, item, 1, keep, NULL), 0);
	assert_int_equal(hear(sent.text[0], sent.len[0]), 0);
	assert_false(heard.head.has_health);
}

static void odd_health_is_read_as_far_as_it_makes_sense(void **state)
{
	static const char odd[] = "{\"t\":\"state\",\"r\":1,\"h\":[7,-1,300,\"x\",[1,0,3,2],"
		"[4,0,1,1],[0,3,1,1],[-1,0,9,9],7,[],null,[1,1,99999999999,-5]]}";
	static const char none[] = "{\"t\":\"state\",\"r\":1,\"h\":{\"a\":1}}";
	static const char empty[] = "{\"t\":\"state\",\"r\":1,\"h\":[]}";
	struct health h = { .pressure = { 0, 100, 0 }, .suspect = true };

	h.errors[HEALTH_MEMORY][HEALTH_CORRECTED] = (struct health_errors){ 3, 2 };
	h.errors[HEALTH_MEMORY][HEALTH_UNCORRECTED] = (struct health_errors){ UINT32_MAX, 0 };
	assert_int_equal(hear(odd, strlen(odd)), 0);
	assert_true(heard.head.has_health);
	assert_memory_equal(&heard.head.health, &h, sizeof(h));
	assert_int_equal(hear(none, strlen(none)), 0);
	assert_false(heard.head.has_health);
	assert_int_equal(hear(empty, strlen(empty)), 0);
	memset(&h, 0, sizeof(h));
	assert_memory_equal(&heard.head.health, &h, sizeof(h));
}

static void stale_is_not_read_on(void **state)
{
	heard.refuse = true;
	assert_int_equal(hear("{\"t\":\"order\",\"e\":1,\"s\":{\"a\":1}}", 33), 0);
	assert_int_equal(heard.heads, 1);
	assert_int_equal(heard.items, 0);
}

static void rubbish_is_refused(void **state)
{
	static const char * const rubbish[] = {
		"", "{", "[]", "1", "null", "{}", "{\"t\":1}", "{\"t\":\"shout\"}", "\"order\"",
		"{\"t\":\"order\",\"s\":[1,2]}", "{\"t\":\"order\",\"s\":7}",
		"[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]",
	};
	static const char odd[] = "{\"t\":\"state\",\"e\":-1,\"b\":99999,\"r\":\"x\",\"s\":"
		"{\"a\":[1],\"b\":7,\"c\":[999,0],\"d\":[-1,0],\"e\":[1,-5],\"f\":null,\"g\":[3,0]}}";

	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++)
		assert_int_equal(hear(rubbish[i], strlen(rubbish[i])), -EBADMSG);
	assert_int_equal(heard.items, 0);
	assert_int_equal(hear(odd, strlen(odd)), 0);
	assert_int_equal(heard.head.epoch, 0);
	assert_int_equal(heard.head.leader, VIGIL_MAX_NODES);
	assert_int_equal(heard.head.report, 0);
	assert_int_equal(heard.items, 1);
	assert_string_equal(heard.name, "g");
}

/* Facts */

static struct config *two_nodes(void)
{
	return scratch_good("cluster c { key-file = \"KEY\" }\n"
			    "node a { id = 1 address = {\"10.0.0.1\"} }\n"
			    "node b { id = 2 address = {\"10.0.0.2\"} voter = false }\n"
			    "service s { run = \"exec:x\" }\nservice t { run = \"exec:x\" }\n", "a");
}

static bool report(struct facts *f, struct message_head head, const char *name,
		   enum plan_state plan_state, uint64_t avoid)
{
	struct message_item item = { name, 0, plan_state, avoid };
	bool changed = facts_begin_report(f, 1, &head);

	if (name)
		changed |= facts_take(f, 1, &head, &item, 1000);
	return facts_end_report(f, 1, &head) || changed;
}

static void complete_reports_forget(void **state)
{
	struct config *c = two_nodes();
	struct message_head one = { .type = MESSAGE_STATE, .report = 1, .parts = 1 };
	struct message_head two = { .type = MESSAGE_STATE, .report = 2, .parts = 2 };
	struct message_head change = { .type = MESSAGE_STATE };
	struct facts f;

	assert_int_equal(facts_init(&f, c), 0);
	assert_true(report(&f, change, "s", PLAN_RUNNING, 0));
	assert_false(f.node[1].ready);		/* the rest is not known yet */
	assert_true(report(&f, one, "t", PLAN_STARTING, 5));
	assert_true(f.node[1].ready);
	assert_int_equal(facts_local(&f, 0, 1)->state, PLAN_OFF);	/* not named: off */
	assert_int_equal(facts_local(&f, 1, 1)->avoid_until, 1000 + 5000000);
	assert_false(report(&f, one, "unknown", PLAN_RUNNING, 0));
	/* One part of two is lost: nothing is forgotten. */
	assert_true(report(&f, two, "s", PLAN_RUNNING, 0));
	assert_int_equal(facts_local(&f, 1, 1)->state, PLAN_STARTING);
	two.part = 1;
	assert_true(report(&f, two, NULL, 0, 0));
	assert_int_equal(facts_local(&f, 1, 1)->state, PLAN_OFF);
	assert_int_equal(facts_local(&f, 0, 1)->state, PLAN_RUNNING);
	/* The remaining time of avoiding shrinks: no news. */
	assert_true(report(&f, change, "s", PLAN_OFF, 60000));
	assert_false(report(&f, change, "s", PLAN_OFF, 59000));
	change.leaving = true;
	assert_true(report(&f, change, NULL, 0, 0));
	/* Health is told with complete reports, and then it is known. */
	one.has_health = true;
	one.leaving = true;
	assert_false(f.health[1].known);
	assert_false(report(&f, one, "s", PLAN_OFF, 1000));
	assert_true(f.health[1].known);
	one.health.suspect = true;
	assert_true(report(&f, one, "s", PLAN_OFF, 1000));
	assert_true(f.node[1].suspect);
	facts_forget(&f, 1);
	assert_false(f.node[1].ready || f.node[1].leaving || f.node[1].suspect);
	assert_false(f.health[1].known);
	facts_free(&f);
	config_free(c);
}

static void facts_survive_a_new_configuration(void **state)
{
	struct config *c = two_nodes();
	struct config *d = scratch_good("cluster c { key-file = \"KEY\" }\n"
		"node z { id = 1 address = {\"10.0.0.1\"} }\n"
		"node y { id = 7 address = {\"10.0.0.7\"} voter = false }\n"
		"node b { id = 9 address = {\"10.0.0.9\"} voter = false }\n"
		"service u { run = \"exec:x\" }\nservice t { run = \"exec:x\" }\n", "z");
	struct facts f;

	assert_int_equal(facts_init(&f, c), 0);
	facts_local(&f, 1, 0)->state = PLAN_RUNNING;
	facts_local(&f, 0, 1)->state = PLAN_RUNNING;
	f.node[0].ready = f.node[1].ready = true;
	f.health[0].known = f.health[1].known = true;
	f.target[1] = 0;
	assert_int_equal(facts_rebuild(&f, d), 0);
	assert_int_equal(facts_local(&f, 1, 0)->state, PLAN_RUNNING);
	assert_int_equal(f.target[1], 0);
	assert_int_equal(f.target[0], PLAN_NOWHERE);
	assert_true(f.node[0].ready && f.health[0].known && !f.health[1].known);
	assert_false(f.node[1].ready || f.node[2].ready);	/* other ids, other nodes */
	facts_free(&f);
	config_free(c);
	config_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(order_arrives, reset),
		cmocka_unit_test_setup(long_reports_are_split, reset),
		cmocka_unit_test_setup(empty_report_is_a_message, reset),
		cmocka_unit_test_setup(health_comes_with_the_first_part, reset),
		cmocka_unit_test_setup(odd_health_is_read_as_far_as_it_makes_sense, reset),
		cmocka_unit_test_setup(stale_is_not_read_on, reset),
		cmocka_unit_test_setup(rubbish_is_refused, reset),
		cmocka_unit_test(complete_reports_forget),
		cmocka_unit_test(facts_survive_a_new_configuration),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
