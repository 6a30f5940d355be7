// SPDX-License-Identifier: GPL-2.0
/* Base64 and durations: what people write and what they are shown. */
// sources: user/lib/base64.c user/lib/duration.c
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "base64.h"
#include "duration.h"

/* RFC 4648, section 10 */
static const struct {
	const char *bytes;
	const char *text;
} vectors[] = {
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
};

static void base64_vectors(void **state)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		size_t len = strlen(vectors[i].bytes);
		char text[16], bytes[16];

		assert_int_equal(vigil_base64_encode(text, vectors[i].bytes, len),
				 strlen(vectors[i].text));
		assert_string_equal(text, vectors[i].text);
		assert_int_equal(vigil_base64_decode(bytes, len, text, strlen(text)), len);
		assert_memory_equal(bytes, vectors[i].bytes, len);
	}
}

/* Every 6-bit digit, and so every character, in every position. */
static void base64_all_digits(void **state)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t back[48];
	char again[65];

	for (size_t turn = 0; turn < 4; turn++) {
		char text[65];

		for (size_t i = 0; i < 64; i++)
			text[i] = digits[(i + turn) % 64];
		assert_int_equal(vigil_base64_decode(back, sizeof(back), text, 64), 48);
		vigil_base64_encode(again, back, sizeof(back));
		assert_memory_equal(again, text, 64);
	}
}

static void base64_refuses(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=Zg=", "Zg=A", "Zh==", "Zm9=",
		"Zm 9", "Zm9\n", "Zm9-", "Zm9_", "Zm9\x80", "Zm9@", "Zm9[", "Zm9`", "Zm9{", "Zm9:",
	};
	char bytes[16];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(vigil_base64_decode(bytes, sizeof(bytes), bad[i], strlen(bad[i])),
				 -1);
	assert_int_equal(vigil_base64_decode(bytes, 2, "Zm9v", 4), -1);
}

static void duration_parses(void **state)
{
	static const struct {
		const char *text;
		__u64 ns;
	} good[] = {
		{ "0s", 0 }, { "1ns", 1 }, { "50us", 50000 }, { "200ms", 200000000 },
		{ "200 ms", 200000000 }, { "1.5s", 1500000000 }, { "0.000000001s", 1 },
		{ "2min", 120000000000ULL }, { "0.5min", 30000000000ULL },
		{ "1.25h", 4500000000000ULL }, { "0.0625ms", 62500 },
		{ "18446744073709551615ns", UINT64_MAX },
	};
	__u64 ns;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(vigil_duration_parse(good[i].text, &ns, NULL, 0), 0);
		assert_int_equal(ns, good[i].ns);
	}
}

static void duration_refuses(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} bad[] = {
		{ "", "not a duration" }, { "s", "not a duration" }, { "-1s", "not a duration" },
		{ "+1s", "not a duration" }, { ".5s", "not a duration" }, { "200", "no unit" },
		{ "1.s", "after the point" }, { "1.0000000001s", "digits" },
		{ "1sec", "no unit of time" },
		{ "1S", "no unit of time" }, { "1.5", "no unit" }, { "1s ", "no unit of time" },
		{ "18446744073709551616ns", "digits" }, { "18446744073709551615us", "long" },
		{ "18446744073.8s", "long" },
	};
	char why[128];
	__u64 ns;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(vigil_duration_parse(bad[i].text, &ns, why, sizeof(why)), -EINVAL);
		if (!strstr(why, bad[i].why))
			fail_msg("'%s': %s", bad[i].text, why);
	}
}

static void duration_formats(void **state)
{
	static const struct {
		__u64 ns;
		const char *text;
	} shown[] = {
		{ 0, "0 s" }, { 1, "1 ns" }, { 999, "999 ns" }, { 1000, "1 us" },
		{ 12500000, "12.5 ms" }, { 200000000, "200 ms" }, { 999999999, "999.999 ms" },
		{ 1000000000, "1 s" }, { 1005000000, "1.005 s" }, { 3600000000000ULL, "3600 s" },
	};
	char text[VIGIL_DURATION_LEN], tight[5];

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		vigil_duration_format(text, sizeof(text), shown[i].ns);
		assert_string_equal(text, shown[i].text);
	}
	vigil_duration_format(tight, sizeof(tight), 999999999);
	vigil_duration_format(text, sizeof(text), UINT64_MAX);
	assert_string_equal(text, "18446744073.709 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_vectors),
		cmocka_unit_test(base64_all_digits),
		cmocka_unit_test(base64_refuses),
		cmocka_unit_test(duration_parses),
		cmocka_unit_test(duration_refuses),
		cmocka_unit_test(duration_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
