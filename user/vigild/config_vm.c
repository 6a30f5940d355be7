// SPDX-License-Identifier: GPL-2.0
/*
 * The command line of a vm: from run, or from a template file with parameters.
 * What supervision needs is added; what would break it is refused.
 *
 * A template has one option per line, its value being all of the rest of the line;
 * before the first option a line may name the program. "${NAME}" is replaced.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "../lib/words.h"

#define DEFAULT_PROGRAM	"qemu-system-x86_64"
#define LINE_LEN	4096
#define WORDS_MAX	1024

/* A command line being made; @path and @line say where its newest words stand. */
struct maker {
	const struct config *config;
	struct config_service *service;
	struct config_error *err;
	const char *path;
	int line;
	bool *used;		/* per parameter */
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct maker *m, const char *format, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	config_refuse(m->err, m->path, m->line, "service %s: %s", m->service->name, text);
	return -1;
}

/* Takes @word. */
static int add(struct maker *m, char *word)
{
	struct config_list *list = &m->service->argv;
	char **item = word ? reallocarray(list->item, list->n + 2, sizeof(*item)) : NULL;

	if (item) {
		list->item = item;
		item[list->n++] = word;
		item[list->n] = NULL;
		return list->n < WORDS_MAX ? 0 : refuse(m, "more than %d words", WORDS_MAX);
	}
	free(word);
	return -1;
}

/* "daemonize" of "-daemonize" and "--daemonize"; NULL: not an option. */
static const char *option_name(const char *word)
{
	return word[0] != '-' ? NULL : word + 1 + (word[1] == '-');
}

/* Of the options that take a value only this one's may look like an option. */
static bool takes_any(const char *word)
{
	const char *name = option_name(word);

	return name && !strcmp(name, "append");
}

/* Options after which a vm cannot be supervised. */
static int check_option(struct maker *m, const char *word)
{
	static const struct {
		const char *name, *why;
	} refused[] = {
		{ "daemonize", "it must stay in the foreground" },
		{ "S", "its guest must run without being told to" },
		{ "preconfig", "its guest must run without being told to" },
		{ "incoming", "its guest must run without being told to" },
		{ "no-shutdown", "it must end when its guest is off" },
	};
	const char *name = option_name(word);

	for (size_t i = 0; name && i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!strcmp(name, refused[i].name))
			return refuse(m, "%s does not go with supervision: %s", word,
				      refused[i].why);
	return 0;
}

/* The same said by the value of an option. */
static int check_value(struct maker *m, const char *option, const char *value)
{
	const char *name = option_name(option);

	if (name && !strcmp(name, "action") && strstr(value, "shutdown=pause"))
		return refuse(m, "%s %s does not go with supervision: it must end when its guest is off",
			      option, value);
	return 0;
}

/* Words from run in the configuration itself. */
static int from_command(struct maker *m)
{
	const char *in = m->service->command;
	char *word = malloc(strlen(in) + 1);
	int rc = word ? 0 : -1;

	while (!rc && *(in += strspn(in, " \t"))) {
		const struct config_list *argv = &m->service->argv;

		in = words_next(in, word);
		if (!in) {
			rc = refuse(m, "run has characters for a shell; quote them with '', or use a file, run = \"vm:@FILE\"");
			break;
		}
		if (!argv->n && *word == '-')
			rc = add(m, strdup(DEFAULT_PROGRAM));
		if (!rc && (argv->n < 2 || !takes_any(argv->item[argv->n - 1])))
			rc = check_option(m, word);
		rc = rc ?: add(m, strdup(word));
		if (!rc && argv->n > 1)
			rc = check_value(m, argv->item[argv->n - 2], word);
	}
	free(word);
	return rc;
}

/* What "${NAME}" stands for; NULL: nothing. */
static const char *value_of(struct maker *m, const char *name, size_t len)
{
	const struct config_service *s = m->service;

	for (unsigned int i = 0; i < s->params.n; i++)
		if (!strncmp(s->params.item[i], name, len) && s->params.item[i][len] == '=') {
			m->used[i] = true;
			return s->params.item[i] + len + 1;
		}
	if (len == 4 && !strncmp(name, "name", len))
		return s->name;
	return len == 3 && !strncmp(name, "qmp", len) ? s->qmp : NULL;
}

/* Adds @text with its parameters replaced, as one word. */
static int add_expanded(struct maker *m, const char *text)
{
	char *out = NULL;
	size_t room = 0;
	FILE *stream = open_memstream(&out, &room);

	if (!stream)
		return -1;
	for (; *text; text++) {
		size_t len = strncmp(text, "${", 2) ? 0 : strcspn(text + 2, "}");
		const char *value = len ? value_of(m, text + 2, len) : NULL;

		if (!strncmp(text, "${", 2) && (!value || text[2 + len] != '}')) {
			fclose(stream);
			free(out);
			return refuse(m, "'%.*s' is no parameter of it", (int)len + 3, text);
		}
		if (value)
			fputs(value, stream);
		else
			fputc(*text, stream);
		text += value ? len + 2 : 0;
	}
	if (fclose(stream)) {
		free(out);
		return -1;
	}
	return add(m, out);
}

/* One line: nothing, the program, or an option with or without a value. */
static int take_line(struct maker *m, char *line)
{
	struct config_list *argv = &m->service->argv;
	size_t len = strcspn(line, "\n");
	char *value;

	if (!line[len] && len == LINE_LEN - 1)
		return refuse(m, "the line is longer than %d bytes", LINE_LEN - 2);
	while (len && strchr(" \t\r", line[len - 1]))
		len--;
	line[len] = 0;
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return 0;
	if (*line != '-' && argv->n)
		return refuse(m, "'%s' is not an option", line);
	if (*line != '-')
		return add_expanded(m, line);
	if (!argv->n && add(m, strdup(DEFAULT_PROGRAM)))
		return -1;
	value = line + strcspn(line, " \t");
	if (*value) {
		*value++ = 0;
		value += strspn(value, " \t");
	}
	if (add_expanded(m, line) || check_option(m, argv->item[argv->n - 1]))
		return -1;
	if (!*value)
		return 0;
	return add_expanded(m, value) ?: check_value(m, line, argv->item[argv->n - 1]);
}

static int from_template(struct maker *m)
{
	FILE *in = fopen(m->service->template, "re");
	char line[LINE_LEN];
	int rc = 0;

	if (!in) {
		config_refuse(m->err, m->config->path, m->service->line, "service %s: %s: %s",
			      m->service->name, m->service->template, strerror(errno));
		return -1;
	}
	m->path = m->service->template;
	m->line = 0;
	while (!rc && fgets(line, sizeof(line), in)) {
		m->line++;
		rc = take_line(m, line);
	}
	if (!rc && ferror(in))
		rc = refuse(m, "%s", strerror(errno));
	fclose(in);
	m->path = m->config->path;
	m->line = m->service->params_line;
	for (unsigned int i = 0; !rc && i < m->service->params.n; i++)
		if (!m->used[i])
			rc = refuse(m, "parameter '%s' does not occur in %s",
				    m->service->params.item[i], m->service->template);
	m->line = m->service->line;
	return rc;
}

static bool has_option(const struct maker *m, const char *name)
{
	const struct config_list *argv = &m->service->argv;

	for (unsigned int i = 1; i < argv->n; i++)
		if (option_name(argv->item[i]) && !strcmp(option_name(argv->item[i]), name) &&
		    !takes_any(argv->item[i - 1]))
			return true;
	return false;
}

/* Adds an option with a value of two parts, or without one. */
static int add_option(struct maker *m, const char *option, const char *value, const char *more)
{
	char *text = NULL;

	if (add(m, strdup(option)))
		return -1;
	if (!value)
		return 0;
	return add(m, asprintf(&text, "%s%s", value, more) < 0 ? NULL : text);
}

/* What vigild relies on. A display it has none; a socket of the same path is taken as it is. */
static int add_ours(struct maker *m)
{
	static const char * const displays[] = {
		"display", "nographic", "curses", "vnc", "spice", "sdl", "gtk"
	};
	const struct config_list *argv = &m->service->argv;
	bool display = false, qmp = false;
	char end[sizeof(((struct sockaddr_un *)0)->sun_path) + 32];

	for (size_t i = 0; i < sizeof(displays) / sizeof(displays[0]); i++)
		display |= has_option(m, displays[i]);
	for (unsigned int i = 1; i < argv->n; i++)
		qmp |= strstr(argv->item[i], m->service->qmp) != NULL;
	if (!has_option(m, "name") && add_option(m, "-name", "guest=", m->service->name))
		return -1;
	if (!has_option(m, "no-user-config") && add_option(m, "-no-user-config", NULL, NULL))
		return -1;
	if (!display && add_option(m, "-display", "none", ""))
		return -1;
	snprintf(end, sizeof(end), "%s,server=on,wait=off", m->service->qmp);
	return qmp ? 0 : add_option(m, "-qmp", "unix:", end);
}

/* QEMU separates by commas, and the address of a socket is short. */
static int set_qmp_path(struct maker *m)
{
	struct config_service *s = m->service;

	if (strchr(m->config->name, ',') || strchr(s->name, ','))
		return refuse(m, "the name of a vm, and of its cluster, must not have a comma");
	if (asprintf(&s->qmp, RUN_DIR "/%s/%s.qmp", m->config->name, s->name) < 0) {
		s->qmp = NULL;
		return -1;
	}
	if (strlen(s->qmp) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return refuse(m, "%s is too long for a socket: shorten the name", s->qmp);
	return 0;
}

int config_vm(const struct config *config, struct config_service *s, struct config_error *err)
{
	struct maker m = {
		.config = config, .service = s, .err = err, .path = config->path, .line = s->line,
	};
	int rc;

	/* A witness runs nothing, and need not have the templates. */
	if (config->node[config->self].witness)
		return 0;
	m.used = calloc(s->params.n + 1, sizeof(*m.used));
	rc = m.used ? set_qmp_path(&m) : -1;
	if (!rc)
		rc = s->template ? from_template(&m) : from_command(&m);
	if (!rc && !s->argv.n)
		rc = refuse(&m, "%s has no option", s->template ?: "run");
	if (!rc)
		rc = add_ours(&m);
	free(m.used);
	return rc;
}
