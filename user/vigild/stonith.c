// SPDX-License-Identifier: GPL-2.0
#include "stonith.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "daemon.h"
#include "log.h"
#include "mainpid.h"

#define NS_PER_S	1000000000ULL
#define MIN_GRACE	(3 * NS_PER_S)		/* after the start */
#define AGAIN		(30 * NS_PER_S)		/* from a failed fencing to the next */
#define OTHERS_LIMIT	(300 * NS_PER_S)	/* another daemon may take so long */
#define TELL_AGAIN	(6 * NS_PER_S)		/* a message may be lost, not all of them */

bool stonith_two(const struct daemon *d)
{
	return d->config->n_voters == 2;
}

void stonith_record(struct daemon *d, const struct fence_record *record)
{
	struct message_head head = { .type = MESSAGE_FENCE, .fence = *record };

	fence_history_put(&d->stonith.history, record);
	report_broadcast(d, &head, NULL, 0);
}

void stonith_tell_arm(struct daemon *d)
{
	struct message_head head = { .type = MESSAGE_ARM, .arm = d->stonith.arm };

	head.arm.path = NULL;
	if (head.arm.number)
		report_broadcast(d, &head, NULL, 0);
}

/* Is it proved dead without a device? */
static bool proved(const struct daemon *d, uint32_t state)
{
	return state == VIGIL_NODE_STATE_EXPIRED && !stonith_two(d);
}

/* Why it is not fenced now: told and kept once. What is proved dead need not be, later. */
static void refuse(struct daemon *d, unsigned int node, const struct vnl_node *now,
		   const char *why)
{
	const char *name = d->config->node[node].name;
	struct stonith_peer *peer = &d->stonith.peer[now->id];
	struct fence_record r = {
		.by = "vigild", .automatic = true, .action = "none",
		.incarnation = now->incarnation, .begun = now_ns(), .date = date_ns(),
		.outcome = FENCE_REFUSED,
	};

	if (!peer->said) {
		log_error("fence %s: not fenced: %s", name, why);
		snprintf(r.node, sizeof(r.node), "%s", name);
		snprintf(r.from, sizeof(r.from), "%s", d->config->node[d->config->self].name);
		snprintf(r.text, sizeof(r.text), "%s", why);
		stonith_record(d, &r);
	}
	peer->said = true;
	peer->pending = !proved(d, now->state);
}

static unsigned int services_of(const struct daemon *d, unsigned int node)
{
	unsigned int n = 0;

	for (unsigned int s = 0; s < d->config->n_services; s++)
		n += facts_local(&d->facts, s, node)->state == PLAN_RUNNING;
	return n;
}

/* Both may shoot at once: who seems to matter more gets a start. */
static uint64_t delay_of(const struct daemon *d, unsigned int node)
{
	const struct config_node *n = &d->config->node[node];
	unsigned int ours = services_of(d, d->config->self);
	unsigned int theirs = d->stonith.peer[n->id].services;
	uint64_t delay = n->fence_delay, random = 0;

	if (n->fence_delay_random && getrandom(&random, sizeof(random), GRND_NONBLOCK) > 0)
		delay += random % n->fence_delay_random;
	if (theirs > ours || (theirs == ours && node < d->config->self))
		delay += d->config->fence_priority_delay;
	return delay;
}

static void begin(struct daemon *d, unsigned int node, uint64_t incarnation)
{
	const struct config_node *n = &d->config->node[node];
	struct fence_record r = {
		.by = "vigild", .automatic = true, .incarnation = incarnation,
	};
	uint64_t delay = delay_of(d, node);

	snprintf(r.action, sizeof(r.action), "%s", n->fence_off ? "off" : "reboot");
	log_note("fence %s: silent, %s by its devices in %llu ms", n->name, r.action, ms(delay));
	if (!fencing_begin(d, node, &r, delay, false))
		log_error("fence %s: not fenced: no memory, or no control group", n->name);
	else
		d->stonith.peer[n->id].pending = false;
}

static int on_again(sd_event_source *source, uint64_t usec, void *data)
{
	stonith_kick(data);
	return 0;
}

static void look_again(struct daemon *d, uint64_t ns)
{
	uint64_t now;

	sd_event_now(d->event, CLOCK_MONOTONIC, &now);
	sd_event_source_set_time(d->stonith.again, now + ns / 1000);
	sd_event_source_set_enabled(d->stonith.again, SD_EVENT_ONESHOT);
}

static uint64_t grace(const struct daemon *d)
{
	uint64_t ns = 6 * d->config->timing.expiry;

	return ns < MIN_GRACE ? MIN_GRACE : ns;
}

/* Whoever hears no majority since then may be the one that is cut off. */
static bool majority_heard(struct daemon *d, uint64_t since)
{
	return stonith_two(d) ||
	       cluster_voters_heard(&d->cluster, since) > d->config->n_voters / 2;
}

/* Has this silence been dealt with, or ended? */
static bool settled(struct daemon *d, unsigned int node, const struct vnl_node *now)
{
	const struct config *c = d->config;

	if (now->state != VIGIL_NODE_STATE_DOWN && now->state != VIGIL_NODE_STATE_EXPIRED)
		return true;
	return !now->incarnation || (proved(d, now->state) && !c->fence_expired) ||
	       fence_history_done(&d->stonith.history, c->node[node].name, now->incarnation,
				  c->node[c->self].name, OTHERS_LIMIT, now_ns());
}

static void consider(struct daemon *d, unsigned int node)
{
	const struct config *c = d->config;
	struct stonith_peer *peer = &d->stonith.peer[c->node[node].id];
	uint64_t now = now_ns();
	struct vnl_node is;

	if (cluster_node_ask(&d->cluster, node, &is))
		return;
	if (settled(d, node, &is))
		peer->pending = false;
	else if (fence_arm_left(&d->stonith.arm, now))
		refuse(d, node, &is, "disarmed");
	else if (fence_history_count(&d->stonith.history, c->fence_window, now) >= c->fence_limit)
		refuse(d, node, &is, "fence-limit: too many have been fenced lately");
	else if (now < d->begun + grace(d))
		look_again(d, d->begun + grace(d) - now);
	else if (majority_heard(d, peer->since))
		begin(d, node, is.incarnation);
	else if (now - peer->since < 4 * c->timing.expiry)
		look_again(d, c->timing.interval);
}

static int on_look(sd_event_source *source, void *data)
{
	struct daemon *d = data;
	const struct config *c = d->config;
	uint64_t now = now_ns();

	if (d->leave.begun || !c->node[c->self].voter || !(stonith_two(d) || leader_acts(d)))
		return 0;
	for (unsigned int n = 0; n < c->n_nodes; n++) {
		const struct stonith_peer *peer = &d->stonith.peer[c->node[n].id];

		if (peer->pending && peer->not_before <= now && c->node[n].fence[0].n &&
		    !fencing_find(d, c->node[n].id))
			consider(d, n);
	}
	return 0;
}

void stonith_kick(struct daemon *d)
{
	if (d->stonith.look)
		sd_event_source_set_enabled(d->stonith.look, SD_EVENT_ONESHOT);
}

void stonith_on_node(struct daemon *d, unsigned int node, uint32_t from, uint32_t to)
{
	struct stonith_peer *peer = &d->stonith.peer[d->config->node[node].id];
	bool silent = to == VIGIL_NODE_STATE_DOWN || to == VIGIL_NODE_STATE_EXPIRED;

	if (!silent) {
		peer->pending = false;
	} else if (from != VIGIL_NODE_STATE_DOWN && from != VIGIL_NODE_STATE_EXPIRED) {
		/* Found dead at the start, and proved so: nobody waits for it. */
		peer->pending = from != VIGIL_NODE_STATE_UNMET || !proved(d, to);
		peer->since = now_ns();
		peer->said = false;
		peer->not_before = 0;
		peer->services = services_of(d, node);
	}
	fencing_on_node(d, d->config->node[node].id, to);
	stonith_kick(d);
}

void stonith_on_failure(struct daemon *d, uint16_t id)
{
	struct stonith_peer *peer = &d->stonith.peer[id];
	int node = config_find_id(d->config, id);

	if (node < 0 || cluster_node_up(&d->cluster, node) ||
	    proved(d, d->cluster.node[node].state))
		return;
	log_error("fence %s: not proved dead; once more in %llu s", d->config->node[node].name,
		  AGAIN / NS_PER_S);
	peer->pending = true;
	peer->not_before = now_ns() + AGAIN;
}

static void tell_disarmed(struct daemon *d)
{
	const struct fence_arm *arm = &d->stonith.arm;
	uint64_t left = fence_arm_left(arm, now_ns());

	if (!left && d->stonith.disarmed)
		log_note("armed: nodes are fenced again");
	d->stonith.disarmed = left;
}

void stonith_tick(struct daemon *d)
{
	const char *self = d->config->node[d->config->self].name;
	uint64_t now = now_ns();

	tell_disarmed(d);
	stonith_tell_arm(d);
	for (unsigned int i = 0; i < d->stonith.history.n; i++) {
		const struct fence_record *r = &d->stonith.history.record[i];

		if (!strcmp(r->from, self) && now - r->begun < r->took + TELL_AGAIN)
			stonith_record(d, r);
	}
	stonith_kick(d);
}

void stonith_hear_arm(struct daemon *d, unsigned int node, const struct fence_arm *arm)
{
	uint64_t left = fence_arm_left(arm, now_ns());

	if (!fence_arm_hear(&d->stonith.arm, arm))
		return;
	if (left)
		log_warn("disarmed for %llu s by %s (from %s): %s", left / NS_PER_S, arm->by,
			 d->config->node[node].name, arm->why);
	else
		log_note("armed by %s (from %s)", arm->by, d->config->node[node].name);
	d->stonith.disarmed = left;
	stonith_kick(d);
}

void stonith_hear_record(struct daemon *d, unsigned int node, const struct fence_record *record)
{
	struct fence_record r = *record;
	int victim = config_find_node(d->config, r.node);

	/* Nobody speaks for others. */
	snprintf(r.from, sizeof(r.from), "%s", d->config->node[node].name);
	fence_history_put(&d->stonith.history, &r);
	if (victim >= 0 && r.outcome != FENCE_RUNNING && r.outcome != FENCE_NOT_PROVED)
		stonith_kick(d);
}

/* What an earlier daemon was doing has ended with it. */
void stonith_begin(struct daemon *d)
{
	const char *self = d->config->node[d->config->self].name;

	for (unsigned int i = 0; i < d->stonith.history.n; i++) {
		struct fence_record r = d->stonith.history.record[i];

		if (r.outcome != FENCE_RUNNING || strcmp(r.from, self))
			continue;
		r.outcome = FENCE_STOPPED;
		snprintf(r.text, sizeof(r.text), "its vigild ended before it");
		fence_history_put(&d->stonith.history, &r);
	}
	fencing_check_devices(d);
}

int stonith_init(struct daemon *d)
{
	struct stonith *s = &d->stonith;
	char path[128 + VIGIL_NAME_LEN];
	int rc;

	mainpid_make_dir(d->config->name);
	/* No service has a name like these. */
	snprintf(path, sizeof(path), RUN_DIR "/%s/@fence-history", d->config->name);
	rc = fence_history_open(&s->history, path);
	snprintf(path, sizeof(path), RUN_DIR "/%s/@disarmed", d->config->name);
	rc = rc ?: fence_arm_open(&s->arm, path, now_ns());
	if (rc)
		return rc;
	s->disarmed = fence_arm_left(&s->arm, now_ns());
	if (s->disarmed)
		log_warn("disarmed for %llu s more by %s: %s",
			 fence_arm_left(&s->arm, now_ns()) / NS_PER_S, s->arm.by, s->arm.why);
	rc = sd_event_add_defer(d->event, &s->look, on_look, d);
	if (rc >= 0)
		rc = sd_event_add_time_relative(d->event, &s->again, CLOCK_MONOTONIC, 0, 1000,
						on_again, d);
	return rc < 0 ? rc : 0;
}

void stonith_free(struct daemon *d)
{
	struct stonith *s = &d->stonith;

	fencing_free_all(d);
	s->look = sd_event_source_disable_unref(s->look);
	s->again = sd_event_source_disable_unref(s->again);
	fence_history_close(&s->history);
	fence_arm_close(&s->arm);
}
