// SPDX-License-Identifier: GPL-2.0
/*
 * The network, and whoever listens to it: packets get lost, late, doubled, out
 * of order, cut off; any packet ever sent may come again, seconds and lives of
 * its sender later. Nobody can forge: a packet is taken only by who knows the
 * key that it was sealed with.
 */
#include "sim.h"

static u16 get_packet(struct sim *s)
{
	u16 i;

	if (!s->n_free)
		return 0;
	i = s->free_packets[--s->n_free];
	s->packets[i].refs = 1;
	s->packets[i].replayed = false;
	return i;
}

void net_put(struct sim *s, u16 index)
{
	if (index && !--s->packets[index].refs)
		s->free_packets[s->n_free++] = index;
}

void net_reset(struct sim *s)
{
	u32 i;

	s->n_free = 0;
	for (i = SIM_PACKETS - 1; i; i--)
		s->free_packets[s->n_free++] = (u16)i;
	memset(s->memory, 0, sizeof(s->memory));
	memset(s->handshakes, 0, sizeof(s->handshakes));
}

static void remember(struct sim *s, u16 *memory, u16 index)
{
	u16 *place = &memory[rng_below(&s->rng, SIM_MEMORY)];

	net_put(s, *place);
	*place = index;
	s->packets[index].refs++;
}

static void fly(struct sim *s, u16 index, u64 delay, bool replayed)
{
	s->packets[index].refs++;
	queue_push(&s->queue, (struct happening) {
		.at = s->now + delay, .type = H_PACKET, .arg = index, .flag = replayed,
	});
}

static u64 delay_of(struct sim *s, const struct link *l)
{
	u64 delay = l->delay + rng_below(&s->rng, l->jitter);

	if (!rng_permille(&s->rng, s->lateness))
		return delay;
	s->count.late++;
	return delay + sim_before_calm(s, rng_below(&s->rng, rng_permille(&s->rng, 500) ?
							 5 * SEC : s->timing.expiry));
}

static void replay_something(struct sim *s)
{
	u16 *memory = rng_permille(&s->rng, 500) ? s->handshakes : s->memory;
	u16 index = memory[rng_below(&s->rng, SIM_MEMORY)];

	if (index)
		fly(s, index, rng_below(&s->rng, s->timing.interval), true);
}

static void transmit(struct sim *s, u16 index)
{
	struct packet *p = &s->packets[index];
	const struct link *l = &s->links[p->src][p->dst];
	bool opens = p->wire != VIGIL_WIRE_DATA || (!p->from_voter && p->counter == 1);

	s->count.packets++;
	if (s->replay) {
		if (opens)
			remember(s, s->handshakes, index);
		else if (rng_permille(&s->rng, 250))
			remember(s, s->memory, index);
		if (rng_permille(&s->rng, s->replay))
			replay_something(s);
	}
	if (l->cuts || rng_permille(&s->rng, l->loss)) {
		s->count.lost++;
		if (s->trace)
			trace_packet(s, &s->machines[p->src], p, l->cuts ? "cut off" : "lost");
		return;
	}
	fly(s, index, delay_of(s, l), false);
	if (rng_permille(&s->rng, s->dup)) {
		s->count.duplicates++;
		fly(s, index, delay_of(s, l), false);
	}
}

static int machine_by_id(const struct sim *s, u16 id)
{
	int i;

	for (i = 0; i < s->n; i++)
		if (s->machines[i].id == id)
			return i;
	return -1;
}

void net_send(struct sim *s, struct machine *m, const struct vigil_effect *e)
{
	int dst = machine_by_id(s, e->node);
	u16 index = get_packet(s);
	struct packet *p = &s->packets[index];

	if (dst < 0 || dst == m->index || e->len > SIM_BODY) {
		violation(s, "n%u sends %u bytes to node %u", m->id, e->len, e->node);
		net_put(s, index);
		return;
	}
	if (!index)
		return;
	p->src = m->index;
	p->dst = (u16)dst;
	p->wire = e->wire;
	p->from_voter = e->from_voter;
	p->slot = e->slot == VIGIL_SLOT_ACTIVE ? s->active_slot : e->slot;
	p->len = e->len;
	p->sid = e->sid;
	p->src_life = m->life;
	p->src_incarnation = m->incarnation;
	p->odd = m->odd;
	p->counter = e->counter;
	p->seal = 0;
	if (e->wire == VIGIL_WIRE_DATA)
		memcpy(&p->seal, e->keys->tx, sizeof(p->seal));
	p->sent_local = machine_clock(s, m);
	memcpy(p->body, e->data, e->len);
	transmit(s, index);
	net_put(s, index);
}

static void fill_key(u8 *key, u64 seed)
{
	struct rng r = { .state = seed };
	u64 words[VIGIL_SESSION_KEY_LEN / sizeof(u64)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = rng_next(&r);
	memcpy(key, words, sizeof(words));
}

/* Keys by identity: the same only for the same cluster key, nonces, nodes and direction. */
void net_derive(struct sim *s, struct machine *m, const struct vigil_effect *e)
{
	u64 client = e->from_voter ? e->node : m->id;
	u64 voter = e->from_voter ? m->id : e->node;
	u64 h = rng_mix(s->seed + 1 + e->slot);

	h = rng_mix(h ^ e->client.incarnation) + e->client.number;
	h = rng_mix(h ^ e->voter.incarnation) + e->voter.number;
	h = rng_mix(h ^ (client << 16 | voter));
	fill_key(e->from_voter ? e->keys->rx : e->keys->tx, h);
	fill_key(e->from_voter ? e->keys->tx : e->keys->rx, ~h);
	if (e->from_voter)
		s->count.sessions++;
	TRACE(s, m, "session keys with n%u as %s", e->node, e->from_voter ? "voter" : "client");
}

static bool can_open(const struct sim *s, const struct machine *m, const struct packet *p)
{
	const struct vigil_keys *keys;

	keys = vigil_core_rx_keys(m->core, s->machines[p->src].id, p->from_voter, p->sid);
	return keys && !memcmp(keys->rx, &p->seal, sizeof(p->seal));
}

/* The truth about beats: check_lease() holds the clients' leases against it. */
static void note_accepted(struct sim *s, const struct machine *voter, const struct packet *p)
{
	struct accepted *a = &s->accepted[p->src][voter->index];

	if (!a->open || a->seal != p->seal) {
		a->seal = p->seal;
		a->sent_local = 0;
		a->sid = p->sid;
		a->life = p->src_life;
		a->incarnation = p->src_incarnation;
		a->voter_life = voter->life;
		a->open = true;
	}
	a->sent_local = vigil_max(a->sent_local, p->sent_local);
}

/* Grants that have just been taken must not be others' as well. */
static void check_grants(struct sim *s, const struct packet *p)
{
	u32 at = sizeof(struct vigil_wire_preface);

	while (at + sizeof(struct vigil_wire_item) <= p->len) {
		const struct vigil_wire_item *item = (const void *)(p->body + at);
		const struct vigil_wire_claim *c = (const void *)(item + 1);
		int service = -1;

		if (item->type == VIGIL_ITEM_GRANT)
			service = runner_service_by_name((const char *)(c + 1), c->name_len);
		if (service >= 0)
			check_votes(s, service);
		s->count.full_denials += item->type == VIGIL_ITEM_DENY &&
					 get_unaligned_be16(&c->rank) == VIGIL_DENY_FULL;
		at += sizeof(*item) + get_unaligned_be16(&item->len);
	}
}

/* Who is proved dead is not heard any more; and who is told of a death acts on it. */
static void check_deaths(struct sim *s, struct machine *m, const struct packet *p, bool dead)
{
	bool poison = false;
	u32 at = sizeof(struct vigil_wire_preface);

	if (dead)
		violation(s, "n%u hears n%u, which is proved dead", m->id, s->machines[p->src].id);
	while (at + sizeof(struct vigil_wire_item) <= p->len) {
		const struct vigil_wire_item *item = (const void *)(p->body + at);

		if (item->type == VIGIL_ITEM_CONFIRM)
			device_heard(s, m, (const void *)(item + 1));
		poison |= item->type == VIGIL_ITEM_POISON;
		at += sizeof(*item) + get_unaligned_be16(&item->len);
	}
	gasp_check(s, m, poison);
}

void net_receive(struct sim *s, struct machine *m, u16 index)
{
	struct packet *p = &s->packets[index];
	struct vigil_event ev = {
		.node = s->machines[p->src].id,
		.from_voter = p->from_voter,
		.slot = p->slot,
		.sid = p->sid,
		.counter = p->counter,
		.packet = p->body,
		.len = p->len,
	};
	bool dead = s->proved[m->index][p->src] == p->src_incarnation;
	int err;

	if (p->wire == VIGIL_WIRE_DATA) {
		if (!can_open(s, m, p)) {
			if (s->trace)
				trace_packet(s, m, p, "cannot open");
			return;
		}
		ev.type = VIGIL_EV_DATA;
	} else {
		ev.type = p->wire == VIGIL_WIRE_HELLO ? VIGIL_EV_HELLO : VIGIL_EV_HACK;
	}
	if (s->trace)
		trace_packet(s, m, p, "gets");
	p->refs++;
	m->hearing = p->src_incarnation;
	err = machine_step(s, m, &ev);
	if (err && s->trace)
		TRACE(s, m, "refuses it: %s", strerror(-err));
	if (!err && p->wire == VIGIL_WIRE_DATA && m->up) {
		if (!p->from_voter)
			note_accepted(s, m, p);
		else
			check_leases(s, m);
		if (p->from_voter)
			check_grants(s, p);
		check_deaths(s, m, p, dead);
		if (p->odd || m->odd)
			violation(s, "n%u and n%u differ and have a session", m->id,
				  s->machines[p->src].id);
	}
	net_put(s, index);
}

void net_arrive(struct sim *s, u16 index)
{
	struct packet *p = &s->packets[index];
	struct machine *m = &s->machines[p->dst];

	if (!m->up || m->dying) {
		net_put(s, index);
		return;
	}
	if (!m->frozen) {
		net_receive(s, m, index);
		net_put(s, index);
		return;
	}
	if (m->backlog_lost || m->n_backlog == SIM_BACKLOG - 1) {
		s->count.lost++;
		net_put(s, index);
		return;
	}
	m->backlog[m->n_backlog++] = index;
}

static void change_cut(struct sim *s, const struct cut *c, int by)
{
	int a, b;

	for (a = 0; a < s->n; a++)
		for (b = 0; b < s->n; b++)
			if (a != b && c->from & 1u << a && c->to & 1u << b)
				s->links[a][b].cuts += by;
}

void net_cut(struct sim *s, u32 from, u32 to, u64 for_ns)
{
	u32 i;

	for (i = 0; i < SIM_CUTS; i++) {
		struct cut *c = &s->cuts[i];

		if (c->used)
			continue;
		*c = (struct cut) {
			.from = from, .to = to, .serial = ++s->cut_serial, .used = true,
		};
		change_cut(s, c, 1);
		if (for_ns)
			sim_schedule(s, s->now + for_ns, H_HEAL, c->serial);
		TRACE(s, NULL, "packets from 0x%x to 0x%x are lost for %llu ms", from, to,
		      (unsigned long long)(for_ns / MS));
		return;
	}
}

static void heal(struct sim *s, struct cut *c)
{
	c->used = false;
	change_cut(s, c, -1);
	TRACE(s, NULL, "packets from 0x%x to 0x%x pass again", c->from, c->to);
}

void net_heal(struct sim *s, u32 serial)
{
	u32 i;

	for (i = 0; i < SIM_CUTS; i++)
		if (s->cuts[i].used && (s->cuts[i].serial == serial || !serial))
			heal(s, &s->cuts[i]);
}
