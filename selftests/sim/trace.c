// SPDX-License-Identifier: GPL-2.0
/* The last events of a run, for people. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TRACE_LINES	200
#define TRACE_WIDTH	240

struct trace {
	bool print_all;
	u64 n;
	char lines[TRACE_LINES][TRACE_WIDTH];
};

struct trace *trace_new(bool print_all)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->print_all = print_all;
	return t;
}

void trace_clear(struct trace *t)
{
	t->n = 0;
}

void trace_line(struct sim *s, const struct machine *m, const char *format, ...)
{
	char *line = s->trace->lines[s->trace->n++ % TRACE_LINES];
	va_list args;
	int at;

	at = snprintf(line, TRACE_WIDTH, "%12.6f ", (double)s->now / 1e9);
	if (m)
		at += snprintf(line + at, TRACE_WIDTH - at, "n%-4u [%.6f] ", m->id,
			       m->up ? (double)machine_clock(s, m) / 1e9 : 0.0);
	va_start(args, format);
	vsnprintf(line + at, TRACE_WIDTH - at, format, args);
	va_end(args);
	if (s->trace->print_all)
		puts(line);
}

void trace_print(const struct trace *t)
{
	u64 i = t->n > TRACE_LINES ? t->n - TRACE_LINES : 0;

	if (t->print_all)
		return;
	for (; i < t->n; i++)
		printf("#   %s\n", t->lines[i % TRACE_LINES]);
}

static const char *item_name(u8 type)
{
	switch (type) {
	case VIGIL_ITEM_CLAIM:
		return "CLAIM";
	case VIGIL_ITEM_RELEASE:
		return "RELEASE";
	case VIGIL_ITEM_LEAVE:
		return "LEAVE";
	case VIGIL_ITEM_GRANT:
		return "GRANT";
	case VIGIL_ITEM_DENY:
		return "DENY";
	case VIGIL_ITEM_RELACK:
		return "RELACK";
	case VIGIL_ITEM_YIELD:
		return "YIELD";
	case VIGIL_ITEM_MSG:
		return "MSG";
	case VIGIL_ITEM_NOTE:
		return "NOTE";
	case VIGIL_ITEM_CONFIRM:
		return "CONFIRM";
	case VIGIL_ITEM_GASP:
		return "GASP";
	case VIGIL_ITEM_POISON:
		return "POISON";
	}
	return "?";
}

static int append_items(const struct packet *p, char *text, int room)
{
	u16 at = sizeof(struct vigil_wire_preface);
	int n = 0;

	while (at + sizeof(struct vigil_wire_item) <= p->len && n < room - 80) {
		const struct vigil_wire_item *item = (const void *)(p->body + at);
		const struct vigil_wire_claim *c = (const void *)(item + 1);

		n += snprintf(text + n, room - n, " %s", item_name(item->type));
		if (item->type < VIGIL_ITEM_MSG && item->type != VIGIL_ITEM_LEAVE)
			n += snprintf(text + n, room - n, "(%.*s k%llu node %u rank %u%s)",
				      c->name_len < 8 ? c->name_len : 8, (const char *)(c + 1),
				      (unsigned long long)get_unaligned_be64(&c->k),
				      get_unaligned_be16(&c->node), get_unaligned_be16(&c->rank),
				      c->flags & VIGIL_CLAIM_F_HELD ? " held" : "");
		at += sizeof(*item) + get_unaligned_be16(&item->len);
	}
	return n;
}

static void nonces(const struct packet *p, char *text, int room)
{
	const struct vigil_wire_handshake *w = (const void *)p->body;

	snprintf(text, room, " client %04llx.%llu voter %04llx.%llu",
		 (unsigned long long)get_unaligned_be64(&w->client.incarnation) >> 48,
		 (unsigned long long)get_unaligned_be64(&w->client.number),
		 (unsigned long long)get_unaligned_be64(&w->voter.incarnation) >> 48,
		 (unsigned long long)get_unaligned_be64(&w->voter.number));
}

void trace_packet(struct sim *s, const struct machine *m, const struct packet *p, const char *what)
{
	const struct vigil_wire_preface *preface = (const void *)p->body;
	char text[200] = "";

	/* Beats that arrive would push everything else out of the last lines. */
	if (!s->trace->print_all && p->len == sizeof(*preface))
		return;
	if (p->wire != VIGIL_WIRE_DATA) {
		nonces(p, text, sizeof(text));
		trace_line(s, m, "%s: %s n%u>n%u sid %08x%s", what,
			   p->wire == VIGIL_WIRE_HELLO ? "HELLO" : "HACK",
			   s->machines[p->src].id, s->machines[p->dst].id, p->sid, text);
		return;
	}
	append_items(p, text, sizeof(text));
	trace_line(s, m, "%s: DATA n%u>n%u %s sid %08x #%llu echo %llu%s", what,
		   s->machines[p->src].id, s->machines[p->dst].id,
		   p->from_voter ? "voter" : "client", p->sid, (unsigned long long)p->counter,
		   (unsigned long long)get_unaligned_be64(&preface->echo), text);
}
