// SPDX-License-Identifier: GPL-2.0
#include "witness.h"

#include <stdlib.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>

#include "auth.h"
#include "log.h"
#include "packet.h"
#include "udp.h"

static const char * const states[] = { "unmet", "up", "down", "expired", "left" };
static const char * const refusals[] = { "nothing", "timing", "voters", "generation" };

static const char *word(const char * const *words, unsigned int n, unsigned int i)
{
	return i < n ? words[i] : "unknown";
}

static const char *node_name(const struct witness *w, u16 id)
{
	int node = config_find_id(w->config, id);

	return node < 0 ? "unknown" : w->config->node[node].name;
}

static void tell_state(const struct witness *w)
{
	struct vigil_node_info info;
	unsigned int up = 0;

	for (u16 i = 0; i < vigil_core_nodes(w->core); i++) {
		vigil_core_node_info(w->core, i, &info);
		up += !info.self && info.state == VIGIL_NODE_UP;
	}
	sd_notifyf(0, "STATUS=cluster %s, witness %s: %s, %u of %u other nodes up",
		   w->config->name, w->config->node[w->config->self].name,
		   vigil_core_learning(w->core) ? "learning" : "voting", up,
		   w->config->n_nodes - 1);
}

static void send_packet(struct witness *w, const struct vigil_effect *e)
{
	static _Alignas(8) u8 buf[VIGIL_WIRE_MAX_PACKET];
	size_t len = packet_build(w, e, buf);

	if (len)
		udp_send(w, e->node, buf, len);
	else
		w->tx_errors++;
}

/* In the order of the effects. What a witness has no use for (claims, messages, notes) is left. */
static void carry_out(struct witness *w, const struct vigil_effect *e)
{
	const u8 *key;

	switch (e->type) {
	case VIGIL_EFF_DERIVE:
		key = e->slot < VIGIL_KEY_SLOTS && w->config->key_set[e->slot] ?
		      w->config->key[e->slot] : NULL;
		auth_derive(key, w->config->node[w->config->self].id, e);
		break;
	case VIGIL_EFF_SEND:
		send_packet(w, e);
		break;
	case VIGIL_EFF_NODE:
		log_note("node %s: %s, was %s", node_name(w, e->node),
			 word(states, ARRAY_SIZE(states), e->to),
			 word(states, ARRAY_SIZE(states), e->from));
		tell_state(w);
		break;
	case VIGIL_EFF_VOTE:
		if (e->node)
			log_info("vote: %s to %s", e->name, node_name(w, e->node));
		else
			log_info("vote: %s is free", e->name);
		break;
	case VIGIL_EFF_LEARNED:
		log_note("learning has ended: this witness grants claims");
		tell_state(w);
		break;
	case VIGIL_EFF_REFUSED:
		log_warn("node %s: handshake refused, its %s differs", node_name(w, e->node),
			 word(refusals, ARRAY_SIZE(refusals), e->to));
		break;
	case VIGIL_EFF_OVERSLEPT:
		log_debug("this process was %llu ms late", ms(e->amount));
		break;
	case VIGIL_EFF_GASP:
		log_note("node %s: its last words", node_name(w, e->node));
		break;
	case VIGIL_EFF_POISONED:
		/* Nothing runs here: to end, and to learn anew, is all the dying that is needed. */
		log_error("node %s has told this one to die", node_name(w, e->node));
		sd_event_exit(w->event, EXIT_FAILURE);
		break;
	default:
		break;
	}
}

/* CLOCK_BOOTTIME, as the core; a time in the past fires at once. */
static void arm(struct witness *w)
{
	u64 at = vigil_next_deadline(w->core);

	if (at == VIGIL_NEVER) {
		sd_event_source_set_enabled(w->tick, SD_EVENT_OFF);
		return;
	}
	/* Rounded up, so that it has come when the timer fires. */
	sd_event_source_set_time(w->tick, at / VIGIL_NS_PER_US + 1);
	sd_event_source_set_enabled(w->tick, SD_EVENT_ONESHOT);
}

static int step_once(struct witness *w, struct vigil_event *ev)
{
	int err;

	ev->now = now_ns();
	err = vigil_step(w->core, ev, &w->fx);
	for (u16 i = 0; i < w->fx.n; i++)
		carry_out(w, &w->fx.list[i]);
	return err;
}

int witness_step(struct witness *w, struct vigil_event *ev)
{
	struct vigil_event more = { .type = VIGIL_EV_TICK };
	int err = step_once(w, ev);

	while (w->fx.more)
		step_once(w, &more);
	if (err == -ESHUTDOWN)
		sd_event_exit(w->event, EXIT_FAILURE);
	arm(w);
	return err;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct vigil_event ev = { .type = VIGIL_EV_TICK };

	witness_step(data, &ev);
	return 0;
}

/* As kernel/engine.c describes its core: the room, so that a witness takes what any voter does. */
static int make_core(struct witness *w)
{
	const struct config *c = w->config;
	struct vigil_core_config cfg = {
		.self = c->node[c->self].id,
		.generation = c->generation,
		.timing = c->timing,
		.gasp = VIGIL_GASP_RELEASE,
		.gasp_grace = 50 * VIGIL_NS_PER_MS,
		.max_nodes = VIGIL_MAX_NODES,
		.max_claims = VIGIL_MAX_CLAIMS,
	};
	int err;

	while (!cfg.incarnation)
		if (getrandom(&cfg.incarnation, sizeof(cfg.incarnation), 0) !=
		    sizeof(cfg.incarnation))
			return -EIO;
	for (unsigned int i = 0; i < c->n_nodes; i++)
		if (c->node[i].voter)
			cfg.voters[cfg.n_voters++] = c->node[i].id;
	w->core_size = vigil_core_size(&cfg);
	w->core = calloc(1, w->core_size);
	if (!w->core)
		return -ENOMEM;
	err = vigil_core_init(w->core, &cfg, now_ns());
	for (unsigned int i = 0; i < c->n_nodes && !err; i++)
		if (i != c->self)
			err = vigil_core_add_node(w->core, c->node[i].id);
	return err;
}

int witness_open(struct witness *w, struct config *config, sd_event *event)
{
	struct vigil_event ev = { .type = VIGIL_EV_TICK };
	int rc;

	w->config = config;
	w->event = event;
	w->sock[0] = -1;
	w->sock[1] = -1;
	w->tag = vigil_wire_cluster_tag(config->name, strlen(config->name));
	if (!config->node[config->self].witness) {
		log_error("%s: node %s lacks witness = true: services would be placed here",
			  config->path, config->node[config->self].name);
		return -EINVAL;
	}
	rc = auth_init() ?: udp_open(w) ?: make_core(w);
	if (!rc)
		rc = sd_event_add_time(event, &w->tick, CLOCK_BOOTTIME, 0, 1, on_tick, w);
	if (rc < 0) {
		log_error("cluster %s: %s", config->name, strerror(-rc));
		return rc;
	}
	/* Before what has arrived, so that a flood of datagrams cannot hold it up. */
	sd_event_source_set_priority(w->tick, SD_EVENT_PRIORITY_IMPORTANT);
	log_note("cluster %s: witness %s, %u voters; learning for %llu ms", config->name,
		 config->node[config->self].name, config->n_voters, ms(config->timing.expiry));
	witness_step(w, &ev);
	tell_state(w);
	return 0;
}

void witness_close(struct witness *w)
{
	struct vigil_event ev = { .type = VIGIL_EV_LEAVE };

	if (w->tick)
		witness_step(w, &ev);
	sd_event_source_disable_unref(w->tick);
	udp_close(w);
	if (w->core)
		explicit_bzero(w->core, w->core_size);
	free(w->core);
	config_free(w->config);
	explicit_bzero(w, sizeof(*w));
}

/* Voters are part of the handshake, and of what has been granted. */
static bool same_voters(const struct config *a, const struct config *b)
{
	if (a->n_voters != b->n_voters)
		return false;
	for (unsigned int i = 0; i < a->n_nodes; i++) {
		int at = config_find_id(b, a->node[i].id);

		if (a->node[i].voter && (at < 0 || !b->node[at].voter))
			return false;
	}
	return true;
}

static const char *differs(const struct config *a, const struct config *b)
{
	const struct config_node *x = &a->node[a->self], *y = &b->node[b->self];

	if (strcmp(a->name, b->name))
		return "the cluster's name";
	if (x->id != y->id || !y->witness)
		return "this node";
	if (x->n_addresses != y->n_addresses || memcmp(x->address, y->address, sizeof(x->address)))
		return "the addresses of this node";
	if (a->port != b->port)
		return "the port";
	if (a->generation != b->generation)
		return "the generation";
	if (memcmp(&a->timing, &b->timing, sizeof(a->timing)))
		return "detect";
	return same_voters(a, b) ? NULL : "the set of voters";
}

const char *witness_reload(struct witness *w, struct config *config)
{
	struct config *old = w->config;
	const char *what = differs(old, config);

	if (what)
		return what;
	/*
	 * One that is alive stays in the core until it is taken out again; what
	 * it says is dropped from now on, so that its session expires.
	 */
	for (unsigned int i = 0; i < old->n_nodes; i++)
		if (config_find_id(config, old->node[i].id) < 0)
			vigil_core_del_node(w->core, old->node[i].id);
	for (unsigned int i = 0; i < config->n_nodes; i++)
		if (vigil_core_node_index(w->core, config->node[i].id) < 0)
			vigil_core_add_node(w->core, config->node[i].id);
	w->config = config;
	config_free(old);
	arm(w);
	tell_state(w);
	return NULL;
}

void witness_report(const struct witness *w)
{
	static const char * const reasons[] = { "malformed", "unknown", "forged", "replayed",
						"no session", "refused", "flood" };
	struct vigil_claim_info claim;
	struct vigil_node_info node;
	u32 cursor = 0;

	static_assert(ARRAY_SIZE(reasons) == WITNESS_DROPS, "a word for each");
	log_note("%s; %llu datagrams taken, %llu sent, %llu could not be",
		 vigil_core_learning(w->core) ? "learning" : "voting", (unsigned long long)w->rx,
		 (unsigned long long)w->tx, (unsigned long long)w->tx_errors);
	for (unsigned int i = 0; i < WITNESS_DROPS; i++)
		if (w->drops[i])
			log_note("dropped, %s: %llu", reasons[i], (unsigned long long)w->drops[i]);
	for (u16 i = 0; i < vigil_core_nodes(w->core); i++) {
		vigil_core_node_info(w->core, i, &node);
		if (!node.self)
			log_note("node %s: %s, heard %llu ms ago", node_name(w, node.id),
				 word(states, ARRAY_SIZE(states), node.state),
				 node.last_heard ? ms(now_ns() - node.last_heard) : 0);
	}
	while (vigil_core_claim_next(w->core, &cursor, &claim))
		if (claim.owner)
			log_note("vote: %s is %s's", claim.name, node_name(w, claim.owner));
}
