/* SPDX-License-Identifier: GPL-2.0 */
/* Text for people: aligned columns, colours on a terminal that wants them. */
#ifndef _VIGIL_TABLE_H
#define _VIGIL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum tint {
	TINT_NONE,
	TINT_GOOD,
	TINT_BAD,
	TINT_ODD,	/* worth a look */
	TINT_TITLE,
	TINT_FAINT,
};

/* The escape sequence that begins @tint, or ends it (TINT_NONE); "" if there is no colour. */
const char *tint_start(enum tint tint);
const char *tint_end(void);

/**
 * struct column - a column of a table
 * @title: what stands above it
 * @right: numbers: aligned to the right
 * @shrink: may be cut on a terminal too narrow for the table
 */
struct column {
	const char *title;
	bool right;
	bool shrink;
};

#define TABLE_COLUMNS	10

struct table;

/* A table with @n columns; never NULL. @columns must live as long as the table. */
struct table *table_new(const struct column *columns, unsigned int n);

/* Append a cell, row by row. The text is copied. */
void table_cell(struct table *table, enum tint tint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Print all rows on standard output, a title line first; @indent spaces before each. */
void table_print(const struct table *table, unsigned int indent);
void table_free(struct table *table);

/* A line of a list of facts about one thing: the name, then the value. */
void table_field(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
