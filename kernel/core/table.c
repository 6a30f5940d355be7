// SPDX-License-Identifier: GPL-2.0
/* Bounded hash table of named entries; see table.h. */
#include "table.h"

/* FNV-1a, by Fowler, Noll and Vo. Names come from cluster members only. */
static u32 hash_name(const char *name, u8 len)
{
	u32 h = 2166136261u;
	u8 i;

	for (i = 0; i < len; i++)
		h = (h ^ (u8)name[i]) * 16777619u;
	return h ^ h >> 16;
}

static struct vigil_entry *entry_at(const struct vigil_table *t, u16 i)
{
	return (void *)(t->entries + (size_t)i * t->stride);
}

static u16 *bucket(const struct vigil_table *t, const char *name, u8 len)
{
	return &t->heads[hash_name(name, len) & (t->buckets - 1)];
}

u16 vigil_table_buckets(u16 size)
{
	u16 b = 1;

	while (b < size && b < 32768)
		b *= 2;
	return b;
}

void vigil_table_init(struct vigil_table *t, void *entries, size_t stride, u16 *heads, u16 size)
{
	t->entries = entries;
	t->heads = heads;
	t->stride = stride;
	t->size = size;
	t->buckets = vigil_table_buckets(size);
}

void *vigil_table_find(const struct vigil_table *t, const char *name, u8 len)
{
	u16 i = *bucket(t, name, len);

	while (i) {
		struct vigil_entry *e = entry_at(t, i - 1);

		if (e->name_len == len && !memcmp(e->name, name, len))
			return e;
		i = e->next;
	}
	return NULL;
}

void *vigil_table_add(struct vigil_table *t, const char *name, u8 len)
{
	u16 *head = bucket(t, name, len);
	struct vigil_entry *e;
	u16 i;

	if (t->free) {
		i = t->free - 1;
		t->free = entry_at(t, i)->next;
	} else if (t->top < t->size) {
		i = t->top++;
	} else {
		return NULL;
	}
	e = entry_at(t, i);
	memset(e, 0, t->stride);
	memcpy(e->name, name, len);
	e->name_len = len;
	e->next = *head;
	*head = i + 1;
	t->used++;
	return e;
}

void vigil_table_del(struct vigil_table *t, void *entry)
{
	struct vigil_entry *e = entry;
	u16 self = (u16)(((u8 *)entry - t->entries) / t->stride) + 1;
	u16 *link = bucket(t, e->name, e->name_len);

	while (*link != self)
		link = &entry_at(t, *link - 1)->next;
	*link = e->next;
	e->name_len = 0;
	e->next = t->free;
	t->free = self;
	t->used--;
}
