// SPDX-License-Identifier: GPL-2.0
/* What every command is given: its options' values, and ways to complain. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vigil/limits.h>
#include <vigil/timing.h>

#include "../lib/duration.h"

bool cli_given(const struct cli *cli, const char *name)
{
	for (unsigned int i = 0; i < cli->n_given; i++)
		if (!strcmp(cli->given[i]->name, name))
			return true;
	return false;
}

const char *cli_value(const struct cli *cli, const char *name)
{
	const char *value = NULL;

	for (unsigned int i = 0; i < cli->n_given; i++)
		if (!strcmp(cli->given[i]->name, name))
			value = cli->value[i];
	return value;
}

void complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("vigil: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int usage_error(const struct cli *cli, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "vigil: %s%s", cli->path, *cli->path ? ": " : "");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (see: vigil help%s%s)\n", *cli->path ? " " : "", cli->path);
	return CLI_USAGE;
}

bool cli_name_ok(const struct cli *cli, const char *what, const char *name)
{
	size_t len = strlen(name);

	if (!len || len > VIGIL_NAME_LEN) {
		usage_error(cli, "the name of a %s has 1 to %d characters, not %zu", what,
			    VIGIL_NAME_LEN, len);
		return false;
	}
	if (!strcmp(name, ".") || !strcmp(name, "..")) {
		usage_error(cli, "'%s' cannot be the name of a %s", name, what);
		return false;
	}
	for (const char *p = name; *p; p++) {
		if (isascii((unsigned char)*p) && isgraph((unsigned char)*p) && *p != '/')
			continue;
		usage_error(cli, "the name of a %s is printable ASCII without space or '/'", what);
		return false;
	}
	return true;
}

bool cli_number(const struct cli *cli, const char *option, unsigned long long min,
		unsigned long long max, unsigned long long *number)
{
	const char *text = cli_value(cli, option);
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && !errno && *number >= min && *number <= max)
		return true;
	usage_error(cli, "--%s: '%s' is not a number from %llu to %llu", option, text, min, max);
	return false;
}

bool cli_duration(const struct cli *cli, const char *option, unsigned long long *ns)
{
	char why[160];
	__u64 value;

	if (vigil_duration_parse(cli_value(cli, option), &value, why, sizeof(why))) {
		usage_error(cli, "--%s: %s", option, why);
		return false;
	}
	*ns = value;
	return true;
}

bool cli_milliseconds(const struct cli *cli, const char *option, unsigned long long max,
		      unsigned long long *ms)
{
	char longest[VIGIL_DURATION_LEN];
	unsigned long long ns;

	if (!cli_duration(cli, option, &ns))
		return false;
	*ms = ns / VIGIL_NS_PER_MS;
	if (ns % VIGIL_NS_PER_MS) {
		usage_error(cli, "--%s: whole milliseconds only", option);
		return false;
	}
	if (*ms > max) {
		vigil_duration_format(longest, sizeof(longest), max * VIGIL_NS_PER_MS);
		usage_error(cli, "--%s: '%s' is longer than %s", option, cli_value(cli, option),
			    longest);
		return false;
	}
	return true;
}
