// SPDX-License-Identifier: GPL-2.0
/*
 * selftests/unit: small pieces, each on its own. This file: the core's replay
 * window, tables, timing and wire parsing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "state.h"

static void replay_accepts_each_number_once(void **state)
{
	struct vigil_replay r = {};

	(void)state;
	assert_false(vigil_replay_accept(&r, 0));
	assert_true(vigil_replay_accept(&r, 1));
	assert_false(vigil_replay_accept(&r, 1));
	assert_true(vigil_replay_accept(&r, 64));
	assert_true(vigil_replay_accept(&r, 2));
	assert_false(vigil_replay_accept(&r, 2));
	assert_false(vigil_replay_accept(&r, 1));
	assert_true(vigil_replay_accept(&r, 65));
	assert_false(vigil_replay_accept(&r, 1));	/* out of the window */
	assert_true(vigil_replay_accept(&r, U64_MAX));
	assert_false(vigil_replay_accept(&r, 65));
	assert_true(vigil_replay_accept(&r, U64_MAX - 63));
	assert_false(vigil_replay_accept(&r, U64_MAX - 64));
}

static void replay_agrees_with_a_plain_list(void **state)
{
	static bool seen[4096];
	struct vigil_replay r = {};
	u64 newest = 0;
	int i;

	(void)state;
	srand(1);
	for (i = 0; i < 20000; i++) {
		u64 n = newest + (u64)(rand() % 90) + 1;
		bool fresh;

		n = n > 80 ? n - 80 : 1;
		if (n >= ARRAY_SIZE(seen))
			break;
		fresh = !seen[n] && (n > newest || newest - n < VIGIL_REPLAY_WINDOW);
		assert_int_equal(vigil_replay_accept(&r, n), fresh);
		seen[n] |= fresh;
		newest = vigil_max(newest, n);
	}
	assert_true(newest > 1000);
}

struct thing {
	struct vigil_entry e;
	int value;
};

static void table_finds_what_it_was_given(void **state)
{
	static struct thing things[100];
	static u16 heads[128];
	struct vigil_table t = {};
	char name[16];
	int i, round;

	(void)state;
	vigil_table_init(&t, things, sizeof(things[0]), heads, 100);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 100; i++) {
			struct thing *thing;
			int len = snprintf(name, sizeof(name), "svc%d", i);

			assert_null(vigil_table_find(&t, name, (u8)len));
			thing = vigil_table_add(&t, name, (u8)len);
			assert_non_null(thing);
			assert_int_equal(thing->value, 0);
			thing->value = i;
		}
		assert_null(vigil_table_add(&t, "x", 1));
		assert_int_equal(t.used, 100);
		for (i = 99; i >= 0; i--) {
			int len = snprintf(name, sizeof(name), "svc%d", i);
			struct thing *thing = vigil_table_find(&t, name, (u8)len);

			assert_non_null(thing);
			assert_int_equal(thing->value, i);
			vigil_table_del(&t, thing);
			assert_null(vigil_table_find(&t, name, (u8)len));
		}
		assert_int_equal(t.used, 0);
	}
}

static void timing_follows_from_detect(void **state)
{
	struct vigil_timing t;

	(void)state;
	assert_null(vigil_timing_derive(&t, 200 * VIGIL_NS_PER_MS));
	assert_int_equal(t.interval, 50 * VIGIL_NS_PER_MS);
	assert_int_equal(t.lease, 400 * VIGIL_NS_PER_MS);
	assert_int_equal(t.fence, 100 * VIGIL_NS_PER_MS);
	assert_int_equal(t.expiry, 519 * VIGIL_NS_PER_MS);
	assert_null(vigil_timing_check(&t));
	assert_non_null(vigil_timing_derive(&t, VIGIL_DETECT_MIN_NS - 1));
	assert_non_null(vigil_timing_derive(&t, VIGIL_DETECT_MAX_NS + 1));
}

static void timing_refuses_what_is_unsafe(void **state)
{
	struct vigil_timing good, t;

	(void)state;
	assert_null(vigil_timing_derive(&good, 200 * VIGIL_NS_PER_MS));
	t = good;
	t.expiry = vigil_timing_min_expiry(t.lease, t.fence) - 1;
	assert_non_null(vigil_timing_check(&t));
	t = good;
	t.lease = t.detect;
	assert_non_null(vigil_timing_check(&t));
	t = good;
	t.fence = VIGIL_NS_PER_MS;
	assert_non_null(vigil_timing_check(&t));
	t = good;
	t.interval = t.detect / 2;
	assert_non_null(vigil_timing_check(&t));
	t = good;
	t.lease = t.expiry;
	assert_non_null(vigil_timing_check(&t));
}

static void every_detect_gives_safe_times(void **state)
{
	u64 ms;

	(void)state;
	for (ms = 20; ms <= 60000; ms++) {
		struct vigil_timing t;

		assert_null(vigil_timing_derive(&t, ms * VIGIL_NS_PER_MS));
		assert_null(vigil_timing_check(&t));
		/* The slowest holder's clock against the fastest voter's. */
		assert_true(t.expiry * 99 > (t.lease + t.fence) * 101);
	}
}

static u16 claim_item(u8 *p, u8 type, const char *name)
{
	struct vigil_wire_item *item = (void *)p;
	struct vigil_wire_claim *w = (void *)(item + 1);
	u8 len = (u8)strlen(name);

	memset(p, 0, sizeof(*item) + sizeof(*w));
	item->type = type;
	put_unaligned_be16((u16)(sizeof(*w) + len), &item->len);
	put_unaligned_be64(7, &w->k);
	w->name_len = len;
	memcpy(w + 1, name, len);
	return (u16)(sizeof(*item) + sizeof(*w) + len);
}

static void wire_checks_items(void **state)
{
	u8 p[256] = {};
	u16 head = sizeof(struct vigil_wire_preface);
	u16 len = head + claim_item(p + head, VIGIL_ITEM_CLAIM, "web");
	struct vigil_wire_claim *w = (void *)(p + head + sizeof(struct vigil_wire_item));
	u16 cut;

	(void)state;
	assert_true(vigil_wire_items_valid(p, head, false));
	assert_true(vigil_wire_items_valid(p, len, false));
	assert_false(vigil_wire_items_valid(p, len, true));	/* a voter never claims */
	for (cut = 0; cut < len; cut++)
		if (cut != head)
			assert_false(vigil_wire_items_valid(p, cut, false));
	w->name_len = 4;
	assert_false(vigil_wire_items_valid(p, len, false));
	w->name_len = 0;
	assert_false(vigil_wire_items_valid(p, len, false));
	w->name_len = 3;
	p[head] = 99;
	assert_false(vigil_wire_items_valid(p, len, false));
}

static void wire_checks_names(void **state)
{
	static const char * const bad[] = {
		"a b", "a/b", "a\tb", "a\nb", "\x1b[2J", "a\x7f", "\xc3\xa9", ".", "..",
	};
	static const char * const good[] = { "@leader", "web", "a.b", "...", "~" };
	u8 p[256] = {};
	u16 head = sizeof(struct vigil_wire_preface);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(vigil_wire_items_valid(p, head + claim_item(p + head, VIGIL_ITEM_CLAIM,
									 bad[i]), false));
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(vigil_wire_items_valid(p, head + claim_item(p + head, VIGIL_ITEM_GRANT,
									good[i]), true));
}

static void wire_checks_notes(void **state)
{
	u8 p[256] = {};
	u16 head = sizeof(struct vigil_wire_preface);
	struct vigil_wire_item *item = (void *)(p + head);
	struct vigil_wire_note *w = (void *)(item + 1);
	u16 body;

	(void)state;
	item->type = VIGIL_ITEM_NOTE;
	for (body = 0; body < 200; body++) {
		u16 len = head + sizeof(*item) + body;
		bool fits = body > sizeof(*w) && body <= sizeof(*w) + VIGIL_NOTE_LEN;

		put_unaligned_be16(body, &item->len);
		put_unaligned_be64(1, &w->seq);
		assert_int_equal(vigil_wire_items_valid(p, len, false), fits);
		assert_int_equal(vigil_wire_items_valid(p, len, true), fits);
		put_unaligned_be64(0, &w->seq);
		assert_false(vigil_wire_items_valid(p, len, false));
	}
}

static bool item_fits(u8 type, u16 body, u8 first)
{
	u8 p[512] = {};
	u16 head = sizeof(struct vigil_wire_preface);
	struct vigil_wire_item *item = (void *)(p + head);

	item->type = type;
	put_unaligned_be16(body, &item->len);
	*(u8 *)(item + 1) = first;
	return vigil_wire_items_valid(p, head + sizeof(*item) + body, false) &&
	       vigil_wire_items_valid(p, head + sizeof(*item) + body, true);
}

static void wire_checks_deaths(void **state)
{
	u16 body;

	(void)state;
	for (body = 0; body < 300; body++) {
		bool gasp = body >= 1 && body <= 1 + VIGIL_GASP_LEN;

		assert_int_equal(item_fits(VIGIL_ITEM_CONFIRM, body, 0), body == 10);
		assert_int_equal(item_fits(VIGIL_ITEM_POISON, body, 0), body == 0);
		assert_int_equal(item_fits(VIGIL_ITEM_GASP, body, VIGIL_GASP_PANIC), gasp);
		assert_int_equal(item_fits(VIGIL_ITEM_GASP, body, VIGIL_GASP_POISON), gasp);
		assert_false(item_fits(VIGIL_ITEM_GASP, body, 0));
		assert_false(item_fits(VIGIL_ITEM_GASP, body, 3));
	}
}

/* Under a sanitizer this also proves that no byte beyond the packet is read. */
static void wire_survives_noise(void **state)
{
	int i;

	(void)state;
	srand(2);
	for (i = 0; i < 200000; i++) {
		u16 len = (u16)(rand() % 80);
		u8 *p = malloc(len ? len : 1);
		u16 j;

		for (j = 0; j < len; j++)
			p[j] = (u8)(rand() % 4 ? rand() % 20 : rand());
		vigil_wire_items_valid(p, len, rand() & 1);
		free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_accepts_each_number_once),
		cmocka_unit_test(replay_agrees_with_a_plain_list),
		cmocka_unit_test(table_finds_what_it_was_given),
		cmocka_unit_test(timing_follows_from_detect),
		cmocka_unit_test(timing_refuses_what_is_unsafe),
		cmocka_unit_test(every_detect_gives_safe_times),
		cmocka_unit_test(wire_checks_items),
		cmocka_unit_test(wire_checks_names),
		cmocka_unit_test(wire_checks_notes),
		cmocka_unit_test(wire_checks_deaths),
		cmocka_unit_test(wire_survives_noise),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
