// SPDX-License-Identifier: GPL-2.0
/*
 * Tables. Cells are ASCII (the kernel allows no other names), so a byte is a
 * column. Nothing is cut unless the output is a terminal.
 */
#include "table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GAP		2	/* spaces between columns */
#define SHORTEST	8	/* a column is not cut below this */

struct cell {
	enum tint tint;
	char *text;
};

struct table {
	const struct column *columns;
	unsigned int n_columns;
	struct cell *cells;
	size_t n_cells;
	size_t room;
};

static bool colours(void)
{
	static int known = -1;
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (known < 0)
		known = isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb");
	return known;
}

const char *tint_start(enum tint tint)
{
	static const char *const sequence[] = {
		[TINT_NONE] = "",
		[TINT_GOOD] = "\033[32m",
		[TINT_BAD] = "\033[1;31m",
		[TINT_ODD] = "\033[33m",
		[TINT_TITLE] = "\033[1m",
		[TINT_FAINT] = "\033[2m",
	};

	return colours() ? sequence[tint] : "";
}

const char *tint_end(void)
{
	return colours() ? "\033[0m" : "";
}

/* Memory for a few lines of text: without it there is nothing left to say. */
static void *must(void *memory)
{
	if (!memory) {
		fputs("vigil: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

struct table *table_new(const struct column *columns, unsigned int n)
{
	struct table *table = must(calloc(1, sizeof(*table)));

	table->columns = columns;
	table->n_columns = n < 1 ? 1 : n < TABLE_COLUMNS ? n : TABLE_COLUMNS;
	return table;
}

/* Allocated. What an agent said must neither end the line nor speak to the terminal. */
__attribute__((format(printf, 1, 0)))
static char *line(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		must(NULL);
	for (char *p = text; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	return text;
}

void table_cell(struct table *table, enum tint tint, const char *format, ...)
{
	struct cell *cell;
	va_list args;

	if (table->n_cells == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cells = must(reallocarray(table->cells, table->room, sizeof(*cell)));
	}
	cell = &table->cells[table->n_cells++];
	cell->tint = tint;
	va_start(args, format);
	cell->text = line(format, args);
	va_end(args);
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return SIZE_MAX;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

/* Takes what is too much from the widest columns that may shrink. */
static void shrink(const struct table *table, size_t *width, size_t total)
{
	size_t limit = terminal_width();

	while (total > limit) {
		unsigned int widest = table->n_columns;

		for (unsigned int c = 0; c < table->n_columns; c++)
			if (table->columns[c].shrink && width[c] > SHORTEST &&
			    (widest == table->n_columns || width[c] > width[widest]))
				widest = c;
		if (widest == table->n_columns)
			return;
		width[widest]--;
		total--;
	}
}

static void print_cell(const struct table *table, unsigned int c, size_t width, bool last,
		       enum tint tint, const char *text)
{
	size_t len = strlen(text);
	bool cut = len > width;
	size_t shown = cut ? width - 2 : len;
	int before = table->columns[c].right ? (int)(width - shown - (cut ? 2 : 0)) : 0;
	int after = last ? 0 : (int)(width - shown - (cut ? 2 : 0)) - before + GAP;

	printf("%*s%s%.*s%s%s%*s", before, "", tint_start(tint), (int)shown, text,
	       cut ? ".." : "", tint == TINT_NONE ? "" : tint_end(), after, "");
	if (last)
		putchar('\n');
}

void table_print(const struct table *table, unsigned int indent)
{
	size_t width[TABLE_COLUMNS], total = indent;
	unsigned int n = table->n_columns;

	if (!n)
		return;
	for (unsigned int c = 0; c < n; c++) {
		width[c] = strlen(table->columns[c].title);
		for (size_t i = c; i < table->n_cells; i += n)
			if (strlen(table->cells[i].text) > width[c])
				width[c] = strlen(table->cells[i].text);
		total += width[c] + (c + 1 < n ? GAP : 0);
	}
	shrink(table, width, total);
	for (unsigned int c = 0; c < n; c++) {
		if (!c)
			printf("%*s", (int)indent, "");
		print_cell(table, c, width[c], c + 1 == n, TINT_TITLE, table->columns[c].title);
	}
	for (size_t i = 0; i < table->n_cells; i++) {
		unsigned int c = (unsigned int)(i % n);

		if (!c)
			printf("%*s", (int)indent, "");
		print_cell(table, c, width[c], c + 1 == n, table->cells[i].tint,
			   table->cells[i].text);
	}
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

void table_field(const char *name, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = line(format, args);
	va_end(args);
	printf("%-12s %s\n", name, text);
	free(text);
}
