// SPDX-License-Identifier: GPL-2.0
#include "leave.h"

#include <errno.h>

#include "daemon.h"
#include "gate.h"
#include "log.h"

#define RETRY_NS	50000000ULL
#define GIVE_UP_NS	10000000000ULL	/* after everything has stopped */

static void end(struct daemon *d, const char *error)
{
	leave_fn on_end = d->leave.on_end;

	d->leave.retry = sd_event_source_disable_unref(d->leave.retry);
	if (error) {
		log_error("cannot leave: %s", error);
		d->leave.begun = false;
		leader_kick(d);
	} else {
		d->leave.left = true;
		log_note("left the cluster, %llu ms after being asked to",
			 ms(now_ns() - d->leave.since));
	}
	d->leave.on_end = NULL;
	if (on_end)
		on_end(d, error);
}

/* The voter that would lead next: the first other one that is up, stays, and has a daemon. */
static uint16_t next_leader(const struct daemon *d)
{
	for (unsigned int n = 0; n < d->config->n_nodes; n++)
		if (n != d->config->self && d->config->node[n].voter &&
		    cluster_node_up(&d->cluster, n) && cluster_node_daemon(&d->cluster, n) &&
		    !d->facts.node[n].leaving)
			return d->config->node[n].id;
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;
	uint64_t now;

	sd_event_now(d->event, CLOCK_MONOTONIC, &now);
	sd_event_source_set_time(source, now + RETRY_NS / 1000);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	leave_continue(d);
	return 0;
}

void leave_continue(struct daemon *d)
{
	int rc;

	if (!d->leave.begun || d->leave.left || !services_gone(&d->services))
		return;
	if (!d->leave.gone)
		d->leave.gone = now_ns();
	if (d->leader.claim == VIGIL_CLAIM_STATE_WANTED ||
	    d->leader.claim == VIGIL_CLAIM_STATE_HELD ||
	    d->leader.claim == VIGIL_CLAIM_STATE_LOST) {
		if (cluster_release(&d->cluster, LEADER_CLAIM, next_leader(d)))
			log_error("%s: cannot release: %s", LEADER_CLAIM,
				  cluster_error(&d->cluster));
		return;
	}
	/* Released, and not yet acknowledged by the voters: they must not wait for expiry. */
	if (d->leader.claim == VIGIL_CLAIM_STATE_RELEASING &&
	    now_ns() - d->leave.gone < GIVE_UP_NS)
		return;
	rc = cluster_leave(&d->cluster);
	if (!rc)
		gate_remove_all(&d->cluster);
	if (!rc || rc == -ESHUTDOWN)
		end(d, NULL);
	else if (rc != -EBUSY || now_ns() - d->leave.gone > GIVE_UP_NS)
		end(d, cluster_error(&d->cluster));
}

void leave_begin(struct daemon *d, leave_fn on_end)
{
	if (d->leave.left) {
		on_end(d, NULL);
		return;
	}
	if (d->leave.begun) {
		on_end(d, "this node is leaving already");
		return;
	}
	log_note("leaving the cluster: stopping all services here");
	d->leave.begun = true;
	d->leave.since = now_ns();
	d->leave.gone = 0;
	d->leave.on_end = on_end;
	report_all(d);
	/* Everybody plans alike; so the successors are those the leader will name. */
	if (d->leader.role != LEADER_LEADER) {
		leader_plan(d);
		leader_apply(d);
	}
	leader_kick(d);
	services_kick(&d->services);
	if (sd_event_add_time_relative(d->event, &d->leave.retry, CLOCK_MONOTONIC, RETRY_NS / 1000,
				       1000, on_retry, d) < 0)
		end(d, "no memory for a timer");
}

void leave_free(struct daemon *d)
{
	sd_event_source_disable_unref(d->leave.retry);
}
