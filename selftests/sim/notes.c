// SPDX-License-Identifier: GPL-2.0
/*
 * Notes: what a machine's kernel tells all who have a session with it.
 *
 * One arrives as it was sent, and once in a life of the receiver. When nothing
 * is in the way it arrives everywhere, without waiting for a beat.
 */
#include "sim.h"

/* Kept for the quiet phase. */
#define LAST_NOTES	(SIM_MACHINES * VIGIL_NOTES)

/* The number, and what nobody else would write behind it. */
static void fill_text(u8 *text, u16 len, u32 number)
{
	struct rng r = { .state = number };
	u16 i;

	for (i = 8; i < len; i++)
		text[i] = (u8)rng_next(&r);
	put_unaligned_be64(number, text);
}

static void make(struct sim *s, struct machine *m)
{
	u8 text[VIGIL_NOTE_LEN];
	struct vigil_event ev = { .type = VIGIL_EV_NOTE, .packet = text };
	u32 number = s->n_notes++;
	struct note *note = &s->notes[number];
	int err;

	ev.len = (u16)rng_between(&s->rng, 8, VIGIL_NOTE_LEN);
	fill_text(text, ev.len, number);
	*note = (struct note) {
		.from = m->index, .len = ev.len, .life = m->life, .at = s->now,
		.quiet = s->phase == PHASE_QUIET,
	};
	s->count.notes++;
	TRACE(s, m, "notes %u", number);
	err = machine_step(s, m, &ev);
	if (err)
		violation(s, "n%u cannot note: %s", m->id, strerror(-err));
}

/* One or a few; now and then more than a core keeps. Often in quick succession. */
void notes_chaos(struct sim *s)
{
	struct machine *m = &s->machines[rng_below(&s->rng, s->n)];
	u64 n = rng_permille(&s->rng, 50) ? 2 * VIGIL_NOTES : rng_between(&s->rng, 1, 3);
	u64 gap = rng_permille(&s->rng, 300) ? s->timing.interval / 2 : 8 * s->timing.detect;

	for (; n && m->up && !m->frozen && !m->dying && !m->poisoned; n--)
		if (s->n_notes < SIM_NOTES - LAST_NOTES)
			make(s, m);
	sim_schedule(s, s->now + rng_below(&s->rng, gap), H_NOTES, 0);
}

/* As many as are sent whole, from everybody who is in touch. */
void notes_quiet(struct sim *s)
{
	int i;

	for (i = 0; i < s->n; i++) {
		struct machine *m = &s->machines[i];
		u64 n = rng_between(&s->rng, 1, VIGIL_NOTES);

		while (n-- && m->up && !m->out)
			make(s, m);
	}
}

/* Between two extra beats is a pause; then come timer and network. */
static u64 latest(const struct sim *s, const struct note *note)
{
	return note->at + s->timing.interval / VIGIL_HURRIES * 102 / 100 + s->timer_jitter +
	       chaos_slowest_packet(s) + US;
}

void notes_heard(struct sim *s, const struct machine *m, const struct vigil_effect *e)
{
	u64 number = e->len >= 8 ? get_unaligned_be64(e->data) : SIM_NOTES;
	struct note *note = &s->notes[number % SIM_NOTES];
	u8 text[VIGIL_NOTE_LEN];

	if (number >= s->n_notes || s->machines[note->from].id != e->node || note->len != e->len) {
		violation(s, "n%u: note from n%u that it did not send", m->id, e->node);
		return;
	}
	fill_text(text, note->len, (u32)number);
	if (memcmp(text, e->data, note->len))
		violation(s, "n%u: note %llu is altered", m->id, (unsigned long long)number);
	if (note->heard[m->index] == m->life)
		violation(s, "n%u: note %llu arrives twice", m->id, (unsigned long long)number);
	if (note->quiet && s->now > latest(s, note))
		violation(s, "n%u: note %llu arrives late", m->id, (unsigned long long)number);
	note->heard[m->index] = m->life;
	s->count.heard++;
}

void notes_forget(struct sim *s, const struct machine *m, const struct machine *other)
{
	u32 i;

	for (i = 0; i < s->n_notes; i++)
		if (s->notes[i].from == other->index)
			s->notes[i].heard[m->index] = 0;
}

static void check_heard(struct sim *s, const struct note *note, const struct machine *m)
{
	const struct machine *from = &s->machines[note->from];

	if (m == from || !m->up || m->out || !(m->voter || from->voter))
		return;
	if (note->heard[m->index] != m->life)
		violation(s, "n%u: note %u from n%u did not arrive", m->id,
			  (u32)(note - s->notes), from->id);
}

void check_notes(struct sim *s)
{
	u32 i;
	int j;

	for (i = 0; i < s->n_notes; i++)
		for (j = 0; j < s->n && s->notes[i].quiet; j++)
			check_heard(s, &s->notes[i], &s->machines[j]);
}
