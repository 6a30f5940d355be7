// SPDX-License-Identifier: GPL-2.0
/*
 * libconfuse knows the line of an option only while it reads it, so a validate
 * callback notes it down for later complaints.
 */
#include "config_read.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/duration.h"

#define MAX_LINES	65536	/* options with a value in one file */

struct line_of {
	const cfg_opt_t *opt;
	int line;
};

/* libconfuse's callbacks get no pointer of ours; parsing is not reentrant. */
static struct {
	const char *path;
	struct config_error *err;
	struct line_of *lines;
	unsigned int n_lines;
} reading;

void config_refuse(struct config_error *err, const char *path, int line, const char *format, ...)
{
	va_list ap;
	int n;

	if (err->text[0])
		return;		/* the first reason is the one to tell */
	err->line = line;
	if (line > 0)
		n = snprintf(err->text, sizeof(err->text), "%s:%d: ", path, line);
	else
		n = snprintf(err->text, sizeof(err->text), "%s: ", path);
	if (n < 0 || (size_t)n >= sizeof(err->text))
		return;
	va_start(ap, format);
	vsnprintf(err->text + n, sizeof(err->text) - n, format, ap);
	va_end(ap);
}

static void on_syntax_error(cfg_t *cfg, const char *format, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), format, ap);
	config_refuse(reading.err, reading.path, cfg ? cfg->line : 0, "%s", text);
}

static struct line_of *find_line(const cfg_opt_t *opt)
{
	for (unsigned int i = reading.n_lines; i > 0; i--)
		if (reading.lines[i - 1].opt == opt)
			return &reading.lines[i - 1];
	return NULL;
}

static int on_option(cfg_t *cfg, cfg_opt_t *opt)
{
	struct line_of *lines;

	if (find_line(opt)) {
		if (opt->flags & CFGF_LIST)
			return 0;	/* called for every value, and at the end */
		config_refuse(reading.err, reading.path, cfg->line, "option '%s' is given twice",
			      opt->name);
		return -1;
	}
	if (reading.n_lines == MAX_LINES) {
		config_refuse(reading.err, reading.path, cfg->line, "more than %d options",
			      MAX_LINES);
		return -1;
	}
	lines = reallocarray(reading.lines, reading.n_lines + 1, sizeof(*lines));
	if (!lines)
		return -1;
	reading.lines = lines;
	lines[reading.n_lines++] = (struct line_of){ opt, cfg->line };
	return 0;
}

void read_begin(const char *path, struct config_error *err)
{
	reading.path = path;
	reading.err = err;
}

void read_end(void)
{
	free(reading.lines);
	memset(&reading, 0, sizeof(reading));
}

void read_note(cfg_t *root, const char *section, const cfg_opt_t *options)
{
	char name[64];

	cfg_set_error_function(root, on_syntax_error);
	for (; options->name; options++) {
		snprintf(name, sizeof(name), "%s|%s", section, options->name);
		cfg_set_validate_func(root, name, on_option);
	}
}

int read_line(cfg_t *section, const char *option)
{
	struct line_of *found = find_line(cfg_getopt(section, option));

	return found ? found->line : section->line;
}

int read_refuse(cfg_t *section, const char *option, const char *format, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	config_refuse(reading.err, reading.path,
		      option ? read_line(section, option) : section->line, "%s", text);
	return -1;
}

int read_duration(cfg_t *section, const char *option, uint64_t *ns)
{
	const char *text = cfg_getstr(section, option);
	char why[128];
	__u64 value;

	if (!text)
		return 0;
	if (vigil_duration_parse(text, &value, why, sizeof(why)))
		return read_refuse(section, option, "%s: %s", option, why);
	if (!value || value > 86400ULL * 1000000000)
		return read_refuse(section, option, "%s: '%s' is not between 1 ns and a day",
				   option, text);
	*ns = value;
	return 0;
}

int read_text(cfg_t *section, const char *option, char **out)
{
	const char *text = cfg_getstr(section, option);

	if (!text)
		return 0;
	if (!text[0])
		return read_refuse(section, option, "%s: is empty", option);
	*out = strdup(text);
	return *out ? 0 : -1;
}

int read_list(cfg_t *section, const char *option, struct config_list *out)
{
	unsigned int n = cfg_size(section, option);

	out->item = calloc(n + 1, sizeof(*out->item));
	if (!out->item)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		out->item[i] = strdup(cfg_getnstr(section, option, i));
		if (!out->item[i])
			return -1;
		out->n++;
	}
	return 0;
}

int read_rate(cfg_t *section, const char *option, unsigned int max, unsigned int *n,
	      uint64_t *window)
{
	const char *text = cfg_getstr(section, option);
	char time[32], why[128];
	__u64 ns;
	int end = 0;

	if (sscanf(text, "%u per %31s%n", n, time, &end) != 2 || text[end] || text[0] == '-' ||
	    *n > max)
		return read_refuse(section, option,
				   "%s: '%s' is not like \"3 per 60s\" (at most %u)", option, text,
				   max);
	if (vigil_duration_parse(time, &ns, why, sizeof(why)))
		return read_refuse(section, option, "%s: %s", option, why);
	*window = ns;
	return 0;
}

int read_check_params(cfg_t *section, const char *option, const char *who,
		      const struct config_list *params)
{
	for (unsigned int i = 0; i < params->n; i++) {
		const char *p = params->item[i];
		size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_-");

		if (!n || p[n] != '=')
			return read_refuse(section, option,
					   "%s: parameter '%s' is not like \"name=value\"", who,
					   p);
	}
	return 0;
}

bool read_address(const char *text, union config_address *out)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &out->in.sin_addr) == 1)
		out->sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &out->in6.sin6_addr) == 1)
		out->sa.sa_family = AF_INET6;
	return out->sa.sa_family != AF_UNSPEC;
}

/* The kernel's rule for names, and no name that cannot be a directory of ours. */
int read_name(cfg_t *section, char out[VIGIL_NAME_LEN + 1])
{
	const char *name = cfg_title(section);
	size_t len = strlen(name);

	if (!len || len > VIGIL_NAME_LEN)
		return read_refuse(section, NULL, "name '%s' must have 1 to %d characters", name,
				   VIGIL_NAME_LEN);
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return read_refuse(section, NULL,
					   "name '%s' must be printable ASCII without spaces or '/'",
					   name);
	if (name[0] == '@' || name[0] == '.' || !strncmp(name, "cgroup.", 7))
		return read_refuse(section, NULL,
				   "name '%s' must not begin with '@', '.' or 'cgroup.'", name);
	memcpy(out, name, len + 1);
	return 0;
}
