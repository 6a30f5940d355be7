// SPDX-License-Identifier: GPL-2.0
/* Notes about watches, to the peers and from them. See watch.h. */
#include <linux/string.h>
#include <uapi/linux/vigil.h>

#include "compat/unaligned.h"
#include "engine.h"
#include "notify.h"
#include "watch.h"

#define ROOM	offsetof(struct vigil_watch_note, name)	/* bytes before the name */

static_assert(sizeof(struct vigil_watch_note) <= VIGIL_NOTE_LEN);

void vigil_watch_note(struct vigil_cluster *c, const struct vigil_watch *w,
		      const struct vigil_watch_change *change)
{
	const struct vigil_watch_report *now = &change->now;
	struct vigil_watch_note note = {
		.kind = w->cfg.kind,
		.from = change->from,
		.to = now->state,
		.cause = now->cause,
		.code = cpu_to_be32(now->code),
		.pid = cpu_to_be32(pid_nr(w->pid)),
		.by_pid = cpu_to_be32(now->by_pid),
		.tid = cpu_to_be32(now->tid),
		.watch = cpu_to_be64(w->id),
		.name_len = strlen(w->cfg.name),
	};

	memcpy(note.by_comm, now->by_comm, sizeof(note.by_comm));
	memcpy(note.name, w->cfg.name, note.name_len);
	/* A cluster that does not run has nobody to tell. */
	vigil_engine_note(c, &note, ROOM + note.name_len);
}

/* Is it one, of the length that it says, with a name that is one? */
static bool is_note(const struct vigil_watch_note *note, size_t len)
{
	if (len < ROOM || len != ROOM + note->name_len)
		return false;
	return note->kind <= VIGIL_WATCH_KIND_VM && note->from <= VIGIL_WATCH_STATE_HUNG &&
	       note->to <= VIGIL_WATCH_STATE_HUNG && note->to != note->from &&
	       note->cause <= VIGIL_WATCH_CAUSE_GONE &&
	       vigil_name_valid(note->name, note->name_len);
}

void vigil_watch_heard(struct vigil_cluster *c, u16 node, const void *data, size_t len, u64 now)
{
	struct vigil_notify to = { .net = c->net, .cluster = c->cfg.name, .now = now };
	const struct vigil_peer *peer = rcu_dereference(c->peers[node]);
	const struct vigil_watch_note *note = data;
	struct vigil_watch_report report = {};
	char name[VIGIL_NAME_LEN + 1] = "";

	/* A peer of a later version may have more to tell: it is left out. */
	if (!is_note(note, len))
		return;
	memcpy(name, note->name, note->name_len);
	memcpy(report.by_comm, note->by_comm, sizeof(note->by_comm));
	report.watch = get_unaligned_be64(&note->watch);
	report.state = note->to;
	report.cause = note->cause;
	report.code = get_unaligned_be32(&note->code);
	report.by_pid = get_unaligned_be32(&note->by_pid);
	report.tid = get_unaligned_be32(&note->tid);
	vigil_notify_watch(&to, &(struct vigil_notify_watch){
		.node = node,
		.node_name = peer ? peer->name : NULL,
		.name = name,
		.kind = note->kind,
		.pid = get_unaligned_be32(&note->pid),
		.from = note->from,
		.now = &report,
	});
}
