// SPDX-License-Identifier: GPL-2.0
/* Counters and their last minute, what makes a node suspect, and how health is told. */
#include "scratch.h"

#include "health.h"
#include "pressure.h"

#define S	1000000000ULL
#define START	(1000 * S)

static struct health_meter meter[HEALTH_KINDS][HEALTH_SEVERITIES];
static struct health health;
static char text[HEALTH_TEXT];

static int reset(void **state)
{
	memset(meter, 0, sizeof(meter));
	memset(&health, 0, sizeof(health));
	return 0;
}

static uint64_t reading(struct health_meter *m, uint64_t n, uint64_t now)
{
	struct health_count count = { .n = n, .last = now };

	return health_meter_read(m, &count, now);
}

/* One counter grows from nothing to @n at @now. */
static void counted(enum health_kind kind, enum health_severity severity, uint64_t n, uint64_t now)
{
	reading(&meter[kind][severity], 0, now - S);
	reading(&meter[kind][severity], n, now);
}

static bool suspect(unsigned int thrashing, uint64_t now)
{
	health_judge(&health, meter, thrashing, now);
	return health.suspect;
}

static void a_minute_is_counted(void **state)
{
	struct health_meter *m = &meter[0][0];

	assert_int_equal(reading(m, 0, START), 0);
	assert_int_equal(reading(m, 3, START + S), 3);
	assert_int_equal(reading(m, 3, START + 2 * S), 0);
	assert_int_equal(reading(m, 5, START + 30 * S), 2);
	assert_int_equal(health_meter_per_minute(m, START + 30 * S), 5);
	/* The first three are past, to within a slot. */
	assert_int_equal(health_meter_per_minute(m, START + 60 * S), 2);
	assert_int_equal(health_meter_per_minute(m, START + 66 * S), 2);
	assert_int_equal(health_meter_per_minute(m, START + 96 * S), 0);
	assert_int_equal(reading(m, 6, START + 96 * S), 1);
	assert_int_equal(health_meter_per_minute(m, START + 96 * S), 1);
	assert_int_equal(m->count.n, 6);
}

static void old_errors_are_no_news(void **state)
{
	struct health_meter *m = &meter[0][0];

	assert_int_equal(reading(m, 1000, START), 0);
	assert_int_equal(health_meter_per_minute(m, START), 0);
	assert_int_equal(m->count.n, 1000);
	assert_int_equal(reading(m, 1001, START + S), 1);
}

static void a_counter_may_begin_anew(void **state)
{
	struct health_meter *m = &meter[0][0];

	reading(m, 1000, START);
	assert_int_equal(reading(m, 4, START + S), 4);
	assert_int_equal(health_meter_per_minute(m, START + S), 4);
}

static void long_silence_is_passed_at_once(void **state)
{
	struct health_meter *m = &meter[0][0];

	reading(m, 0, 0);
	reading(m, 7, S);
	assert_int_equal(health_meter_per_minute(m, UINT64_MAX), 0);
	assert_int_equal(reading(m, 8, UINT64_MAX), 1);
}

static void numbers_stop_at_their_end(void **state)
{
	counted(HEALTH_PCIE, HEALTH_CORRECTED, 1ULL << 32, START);
	health_judge(&health, meter, 0, START);
	assert_int_equal(health.errors[HEALTH_PCIE][HEALTH_CORRECTED].n, UINT32_MAX);
	assert_int_equal(health.errors[HEALTH_PCIE][HEALTH_CORRECTED].per_minute, UINT32_MAX);
}

static void a_good_node_is_not_suspect(void **state)
{
	assert_false(suspect(0, START));
	assert_false(suspect(HEALTH_THRASHING - 1, START));
	counted(HEALTH_MEMORY, HEALTH_CORRECTED, HEALTH_MANY - 1, START);
	counted(HEALTH_PCIE, HEALTH_UNCORRECTED, 1, START);
	assert_false(suspect(0, START));
}

static void thrashing_is_suspect(void **state)
{
	assert_true(suspect(HEALTH_THRASHING, START));
	assert_string_equal(health_text(&health, text), "work stands still for memory");
	assert_false(suspect(0, START));
}

static void a_storm_is_suspect_while_it_lasts(void **state)
{
	counted(HEALTH_MEMORY, HEALTH_CORRECTED, HEALTH_MANY, START);
	assert_true(suspect(0, START));
	assert_false(suspect(0, START + 66 * S));
}

static void grave_errors_are_remembered(void **state)
{
	static const struct { enum health_kind kind; enum health_severity severity; } grave[] = {
		{ HEALTH_MACHINE_CHECK, HEALTH_UNCORRECTED },
		{ HEALTH_MACHINE_CHECK, HEALTH_FATAL },
		{ HEALTH_MEMORY, HEALTH_UNCORRECTED }, { HEALTH_MEMORY, HEALTH_FATAL },
		{ HEALTH_PAGE, HEALTH_UNCORRECTED }, { HEALTH_PAGE, HEALTH_FATAL },
		{ HEALTH_PCIE, HEALTH_FATAL },
	};

	for (size_t i = 0; i < sizeof(grave) / sizeof(grave[0]); i++) {
		reset(state);
		counted(grave[i].kind, grave[i].severity, 1, START);
		assert_true(suspect(0, START - 1));	/* counted while it was read */
		assert_true(suspect(0, START + HEALTH_REMEMBERED - 1));
		assert_false(suspect(0, START + HEALTH_REMEMBERED));
		assert_int_equal(health.errors[grave[i].kind][grave[i].severity].n, 1);
	}
}

static void it_is_told_in_words(void **state)
{
	assert_string_equal(health_text(&health, text), "");
	health.pressure[HEALTH_CPU] = 49;
	health.pressure[HEALTH_RAM] = 9;
	health.pressure[HEALTH_IO] = 29;
	assert_string_equal(health_text(&health, text), "");
	health.pressure[HEALTH_CPU] = 50;
	health.pressure[HEALTH_RAM] = 10;
	health.pressure[HEALTH_IO] = 30;
	assert_string_equal(health_text(&health, text),
			    "cpu pressure 50 %, memory pressure 10 %, io pressure 30 %");
	memset(health.pressure, 0, sizeof(health.pressure));
	health.pressure[HEALTH_RAM] = 12;
	health.errors[HEALTH_MEMORY][HEALTH_CORRECTED] = (struct health_errors){ 2, 1 };
	assert_string_equal(health_text(&health, text),
			    "2 corrected memory errors (1/min), memory pressure 12 %");
	health.errors[HEALTH_PAGE][HEALTH_UNCORRECTED].n = 1;
	assert_string_equal(health_text(&health, text),
			    "1 bad memory page, 2 corrected memory errors (1/min), "
			    "memory pressure 12 %");
}

static void the_longest_text_fits(void **state)
{
	memset(&health, 0xff, sizeof(health));
	health.suspect = true;
	health_text(&health, text);
	assert_non_null(strstr(text, "io pressure 255 %"));
}

static void notes_say_where(void **state)
{
	struct health_note note = { .kind = HEALTH_MACHINE_CHECK, .severity = HEALTH_FATAL,
				    .cpu = 3, .bank = 4, .pfn = 0x1234, .name = "DIMM_A1" };

	assert_string_equal(health_note_text(&note, text), "fatal machine check, cpu 3 bank 4");
	note.kind = HEALTH_MEMORY;
	assert_string_equal(health_note_text(&note, text), "fatal memory error, DIMM_A1");
	note.kind = HEALTH_PAGE;
	assert_string_equal(health_note_text(&note, text),
			    "uncontained bad memory page, page frame 0x1234");
	note.kind = HEALTH_PCIE;
	memset(note.name, 'x', sizeof(note.name));	/* not terminated */
	assert_int_equal(strlen(health_note_text(&note, text)),
			 strlen("fatal PCIe error, ") + HEALTH_NAME_LEN);
}

static void pressure_is_read(void **state)
{
	unsigned int some, full;

	assert_true(pressure_parse("some avg10=12.99 avg60=3.00 avg300=0.00 total=5\n"
				   "full avg10=1.00 avg60=23.45 avg300=0.00 total=1\n",
				   &some, &full));
	assert_int_equal(some, 12);
	assert_int_equal(full, 23);
	assert_true(pressure_parse("some avg10=0.00 avg60=3.00 avg300=0.00 total=5\n", &some,
				   &full));
	assert_int_equal(some, 0);
	assert_int_equal(full, 0);
	assert_false(pressure_parse("", &some, &full));
	assert_false(pressure_parse("full", &some, &full));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_minute_is_counted, reset),
		cmocka_unit_test_setup(old_errors_are_no_news, reset),
		cmocka_unit_test_setup(a_counter_may_begin_anew, reset),
		cmocka_unit_test_setup(long_silence_is_passed_at_once, reset),
		cmocka_unit_test_setup(numbers_stop_at_their_end, reset),
		cmocka_unit_test_setup(a_good_node_is_not_suspect, reset),
		cmocka_unit_test_setup(thrashing_is_suspect, reset),
		cmocka_unit_test_setup(a_storm_is_suspect_while_it_lasts, reset),
		cmocka_unit_test_setup(grave_errors_are_remembered, reset),
		cmocka_unit_test_setup(it_is_told_in_words, reset),
		cmocka_unit_test_setup(the_longest_text_fits, reset),
		cmocka_unit_test_setup(notes_say_where, reset),
		cmocka_unit_test_setup(pressure_is_read, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
