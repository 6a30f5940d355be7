// SPDX-License-Identifier: GPL-2.0
/* The world of stories about the protocol; see story.h. */
#include "story.h"

struct world world;

static struct vigil_effects eff;

static void derive(const struct vigil_effect *e)
{
	u64 id[4] = { e->client.incarnation, e->client.number,
		      e->voter.incarnation, e->voter.number };

	memcpy(e->keys->tx, id, sizeof(id));
	memcpy(e->keys->rx, id, sizeof(id));
	e->keys->tx[30] ^= e->slot;
	e->keys->rx[30] ^= e->slot;
	e->keys->tx[31] ^= e->from_voter ? 0xff : 0;
	e->keys->rx[31] ^= e->from_voter ? 0 : 0xff;
}

static void transmit(u16 from, const struct vigil_effect *e)
{
	struct packet *p = &world.queue[world.tail % QUEUE];

	world.packets++;
	if (world.cut[from][e->node])
		return;
	assert_true(world.tail - world.head < QUEUE);
	world.tail++;
	*p = (struct packet) { .at = world.now + MS, .from = from, .to = e->node, .wire = e->wire,
			       .from_voter = e->from_voter, .sid = e->sid,
			       .counter = e->counter, .len = e->len };
	p->slot = e->slot == VIGIL_SLOT_ACTIVE ? world.slot : e->slot;
	memcpy(p->data, e->data, e->len);
	if (e->wire == VIGIL_WIRE_DATA)
		memcpy(p->seal, e->keys->tx, sizeof(p->seal));
}

static void note_heard(u16 id, const struct vigil_effect *e)
{
	world.notes[id]++;
	world.note_len = e->len;
	memcpy(world.note, e->data, e->len);
}

/* Last words are kept where notes are. */
static void gasp_heard(u16 id, const struct vigil_effect *e)
{
	world.gasps[id]++;
	world.note_len = e->len;
	memcpy(world.note, e->data, e->len);
}

static void gasp(u16 id, u16 index, bool as_voter, const char *words)
{
	struct vigil_gasp g;
	struct vigil_effect e = { .type = VIGIL_EFF_SEND, .wire = VIGIL_WIRE_DATA };

	if (!vigil_core_gasp(world.core[id], index, as_voter, VIGIL_GASP_PANIC, words,
			     (u16)strlen(words), &g))
		return;
	e.node = g.node;
	e.from_voter = g.from_voter;
	e.sid = g.sid;
	e.counter = VIGIL_GASP_COUNTER;
	e.keys = (struct vigil_keys *)g.keys;	/* only read */
	e.data = g.body;
	e.len = g.len;
	transmit(id, &e);
}

void panic_node(u16 id, const char *words)
{
	u16 i;

	for (i = 1; i < vigil_core_nodes(world.core[id]); i++) {
		gasp(id, i, false, words);
		gasp(id, i, true, words);
	}
	kill_node(id);
}

int step(u16 id, struct vigil_event ev)
{
	int err = 0, n;

	ev.now = world.now;
	do {
		u16 i;

		n = vigil_step(world.core[id], &ev, &eff);
		if (ev.type != VIGIL_EV_TICK)
			err = n;
		for (i = 0; i < eff.n; i++) {
			const struct vigil_effect *e = &eff.list[i];

			if (e->type == VIGIL_EFF_DERIVE)
				derive(e);
			else if (e->type == VIGIL_EFF_SEND)
				transmit(id, e);
			else if (e->type == VIGIL_EFF_MSG)
				world.msgs++;
			else if (e->type == VIGIL_EFF_NOTE)
				note_heard(id, e);
			else if (e->type == VIGIL_EFF_GASP)
				gasp_heard(id, e);
			else if (e->type == VIGIL_EFF_POISONED)
				world.poisoned = id;
			else if (e->type == VIGIL_EFF_NODE && e->to == VIGIL_NODE_DOWN)
				world.down_at[e->node] = world.now;
			else if (e->type == VIGIL_EFF_NODE && e->to == VIGIL_NODE_EXPIRED)
				world.expired_at[e->node] = world.now;
		}
		if (ev.type == VIGIL_EV_TICK)
			err = 0;
		else if (eff.more)
			step(id, (struct vigil_event) { .type = VIGIL_EV_TICK });
		else
			break;
	} while (eff.more && ev.type == VIGIL_EV_TICK);
	return err;
}

static void deliver(const struct packet *p)
{
	static const enum vigil_event_type types[] = {
		[VIGIL_WIRE_HELLO] = VIGIL_EV_HELLO,
		[VIGIL_WIRE_HACK] = VIGIL_EV_HACK,
		[VIGIL_WIRE_DATA] = VIGIL_EV_DATA,
	};
	struct vigil_event ev = {
		.type = types[p->wire],
		.node = p->from,
		.from_voter = p->from_voter,
		.slot = p->slot,
		.sid = p->sid,
		.counter = p->counter,
		.packet = p->data,
		.len = p->len,
	};

	if (!world.core[p->to])
		return;
	if (p->wire == VIGIL_WIRE_DATA) {
		const struct vigil_keys *k = vigil_core_rx_keys(world.core[p->to], p->from,
								p->from_voter, p->sid);

		if (!k || memcmp(k->rx, p->seal, sizeof(p->seal)))
			return;
	}
	step(p->to, ev);
}

void run(u64 ns)
{
	u64 end = world.now + ns;

	for (; world.now < end; world.now += MS) {
		u16 id;

		while (world.head != world.tail && world.queue[world.head % QUEUE].at <= world.now)
			deliver(&world.queue[world.head++ % QUEUE]);
		for (id = 1; id <= NODES; id++)
			if (world.core[id] && vigil_next_deadline(world.core[id]) <= world.now)
				step(id, (struct vigil_event) { .type = VIGIL_EV_TICK });
	}
}

void boot(u16 id)
{
	struct vigil_core_config cfg = { .self = id, .n_voters = 3, .voters = { 1, 2, 3 },
					 .max_nodes = NODES, .max_claims = 16, .generation = 1,
					 .incarnation = ++world.incarnation,
					 .gasp = world.gasp_mode, .gasp_grace = 50 * MS };
	u16 peer;

	vigil_timing_derive(&cfg.timing, 200 * MS);
	world.core[id] = calloc(1, vigil_core_size(&cfg));
	assert_int_equal(vigil_core_init(world.core[id], &cfg, world.now), 0);
	for (peer = 1; peer <= NODES; peer++)
		if (peer != id)
			assert_int_equal(vigil_core_add_node(world.core[id], peer), 0);
}

void kill_node(u16 id)
{
	free(world.core[id]);
	world.core[id] = NULL;
}

int story_begin(void **state)
{
	u16 id;

	(void)state;
	memset(&world, 0, sizeof(world));
	world.now = 1000 * MS;
	for (id = 1; id <= NODES; id++)
		boot(id);
	run(1000 * MS);
	return 0;
}

int story_end(void **state)
{
	u16 id;

	(void)state;
	for (id = 1; id <= NODES; id++)
		kill_node(id);
	return 0;
}

int user(u16 id, enum vigil_event_type type, const char *name, u16 node)
{
	return step(id, (struct vigil_event) { .type = type, .node = node, .name = name,
					       .name_len = (u8)strlen(name) });
}

int claim_state(u16 id, const char *name)
{
	struct vigil_claim_info info;

	if (vigil_core_claim_find(world.core[id], name, (u8)strlen(name), &info))
		return VIGIL_CLAIM_NONE;
	return info.state;
}
