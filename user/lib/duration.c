// SPDX-License-Identifier: GPL-2.0
/* Reading and writing of durations; no floating point, so nothing is rounded. */
#include "duration.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct unit {
	const char *name;
	__u64 ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "min", 60000000000ULL },
	{ "h", 3600000000000ULL },
};

#define N_UNITS		(sizeof(units) / sizeof(units[0]))
#define SECOND		1000000000ULL
#define DECIMALS	9

__attribute__((format(printf, 3, 4)))
static int refuse(char *why, size_t room, const char *format, ...)
{
	va_list args;

	if (why) {
		va_start(args, format);
		vsnprintf(why, room, format, args);
		va_end(args);
	}
	return -EINVAL;
}

static const struct unit *find_unit(const char *name)
{
	if (!strcmp(name, "m"))
		name = "min";
	for (size_t i = 0; i < N_UNITS; i++)
		if (!strcmp(units[i].name, name))
			return &units[i];
	return NULL;
}

/* Digits at @p into @value, scaled as if there were @wanted of them; the end, or NULL: too many. */
static const char *read_digits(const char *p, __u64 *value, int wanted)
{
	int n = 0;

	for (*value = 0; isdigit((unsigned char)*p); p++, n++) {
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (__u64)(*p - '0'), value))
			return NULL;
	}
	if (wanted && n > wanted)
		return NULL;
	for (; n < wanted; n++)
		*value *= 10;
	return p;
}

int vigil_duration_parse(const char *text, __u64 *ns, char *why, size_t room)
{
	const struct unit *unit;
	__u64 whole, parts = 0;
	const char *p;

	if (!isdigit((unsigned char)*text))
		return refuse(why, room, "'%s' is not a duration such as 200ms or 1.5s", text);
	p = read_digits(text, &whole, 0);
	if (p && *p == '.') {
		if (!isdigit((unsigned char)p[1]))
			return refuse(why, room, "'%s' has no digit after the point", text);
		p = read_digits(p + 1, &parts, DECIMALS);
	}
	if (!p)
		return refuse(why, room, "'%s' has too many digits", text);
	while (*p == ' ')
		p++;
	if (!*p)
		return refuse(why, room, "'%s' has no unit: write %sms or %ss", text, text, text);
	unit = find_unit(p);
	if (!unit)
		return refuse(why, room, "'%s' is no unit of time: use ns, us, ms, s, min or h", p);
	/* parts < 10^9 and unit->ns <= 3.6 * 10^12: multiply in two steps, or it overflows */
	if (__builtin_mul_overflow(whole, unit->ns, ns))
		return refuse(why, room, "'%s' is too long", text);
	if (unit->ns >= SECOND)
		parts *= unit->ns / SECOND;
	else
		parts /= SECOND / unit->ns;
	if (__builtin_add_overflow(*ns, parts, ns))
		return refuse(why, room, "'%s' is too long", text);
	return 0;
}

void vigil_duration_format(char *out, size_t room, __u64 ns)
{
	const struct unit *unit = &units[3];
	__u64 milli;
	int len;

	if (ns)
		while (unit > units && ns < unit->ns)
			unit--;
	if (unit->ns < 1000) {
		snprintf(out, room, "%llu ns", (unsigned long long)ns);
		return;
	}
	milli = ns % unit->ns / (unit->ns / 1000);
	len = snprintf(out, room, "%llu.%03llu", (unsigned long long)(ns / unit->ns),
		       (unsigned long long)milli);
	if (len < 0 || (size_t)len >= room)
		return;
	while (out[len - 1] == '0')
		len--;
	if (out[len - 1] == '.')
		len--;
	snprintf(out + len, room - (size_t)len, " %s", unit->name);
}
