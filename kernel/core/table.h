/* SPDX-License-Identifier: GPL-2.0 */
/* A bounded hash table of named entries in memory that the caller gives. */
#ifndef _VIGIL_CORE_TABLE_H
#define _VIGIL_CORE_TABLE_H

#include <vigil/limits.h>

#include "port.h"

/* First member of every entry. */
struct vigil_entry {
	u16 next;		/* in the bucket, or in the free list: index + 1; 0: end */
	u8 name_len;		/* 0: free */
	char name[VIGIL_NAME_LEN + 1];
};

/**
 * struct vigil_table - the table
 * @entries: @size entries of @stride bytes
 * @heads: @buckets indices + 1 of first entries
 * @stride: bytes of an entry
 * @size: room
 * @buckets: a power of two
 * @used: entries in use
 * @top: no entry at or above this index was ever used
 * @free: first free entry below @top, index + 1
 */
struct vigil_table {
	u8 *entries;
	u16 *heads;
	size_t stride;
	u16 size;
	u16 buckets;
	u16 used;
	u16 top;
	u16 free;
};

/* Number of buckets for a table of @size entries. */
u16 vigil_table_buckets(u16 size);

/* @entries and @heads are zeroed and large enough. */
void vigil_table_init(struct vigil_table *t, void *entries, size_t stride, u16 *heads, u16 size);

/* Return: the entry of that name, or NULL. */
void *vigil_table_find(const struct vigil_table *t, const char *name, u8 len);

/**
 * vigil_table_add - make an entry
 * @t: the table; has no entry of that name
 * @name: not terminated
 * @len: 1..VIGIL_NAME_LEN
 *
 * Return: the entry, zero but for its name; NULL if the table is full.
 */
void *vigil_table_add(struct vigil_table *t, const char *name, u8 len);

void vigil_table_del(struct vigil_table *t, void *entry);

/* Return: entry number @i, or NULL if it is free. For loops over 0..@top - 1. */
static inline void *vigil_table_at(const struct vigil_table *t, u16 i)
{
	struct vigil_entry *e = (void *)(t->entries + (size_t)i * t->stride);

	return e->name_len ? e : NULL;
}

#endif
