// SPDX-License-Identifier: GPL-2.0
#include "service.h"

#include <errno.h>
#include <linux/vigil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate.h"
#include "log.h"
#include "mainpid.h"
#include "services.h"
#include "vm.h"

#define NS_PER_S	1000000000ULL
#define STUCK_RETRY	(5 * NS_PER_S)
#define QUIT_TIMEOUT	(5 * NS_PER_S)

static const char *state_name(enum service_state state)
{
	static const char * const names[] = {
		"off", "probing", "waiting", "starting", "running", "stopping", "stuck"
	};

	return names[state];
}

void service_set_state(struct service *s, enum service_state state)
{
	if (s->state == state)
		return;
	log_debug("%s: %s -> %s", s->cfg->name, state_name(s->state), state_name(state));
	s->state = state;
	s->since = now_ns();
	s->set->on_change(s->set->data, s);
	services_kick(s->set);
}

bool service_active(const struct service *s)
{
	return s->state == SERVICE_STARTING || s->state == SERVICE_RUNNING ||
	       s->state == SERVICE_STOPPING || s->state == SERVICE_STUCK ||
	       s->state == SERVICE_PROBING;
}

enum plan_state service_plan_state(const struct service *s)
{
	static const enum plan_state map[] = {
		[SERVICE_OFF] = PLAN_OFF, [SERVICE_PROBING] = PLAN_WAITING,
		[SERVICE_WAITING] = PLAN_WAITING, [SERVICE_STARTING] = PLAN_STARTING,
		[SERVICE_RUNNING] = PLAN_RUNNING, [SERVICE_STOPPING] = PLAN_STOPPING,
		[SERVICE_STUCK] = PLAN_STUCK,
	};

	/* Found with its claim held, it is more likely running than not. */
	if (s->state == SERVICE_PROBING && service_may_run(s))
		return PLAN_STARTING;
	return map[s->state];
}

/* A lost claim may come back within the fence time; the kernel sees to the rest. */
bool service_may_run(const struct service *s)
{
	if (s->claim == VIGIL_CLAIM_STATE_LOST)
		return s->set->config->fence != CONFIG_FENCE_NOTIFY;
	return s->claim == VIGIL_CLAIM_STATE_HELD;
}

bool service_held(const struct service *s)
{
	return s->claim == VIGIL_CLAIM_STATE_HELD || s->claim == VIGIL_CLAIM_STATE_LOST;
}

static bool wanted(const struct service *s)
{
	return s->want && s->avoid_until <= now_ns();
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct service *s = data;
	enum service_timer purpose = s->timer_for;

	s->timer_for = TIMER_NONE;
	switch (purpose) {
	case TIMER_MONITOR:
		operation_monitor(s);
		break;
	case TIMER_START:
		snprintf(s->reason, sizeof(s->reason), "its guest has not run within %llu ms",
			 ms(s->agent.timeout[AGENT_START]));
		operation_hung(s);
		break;
	case TIMER_AWAIT:
		watch_awaited(s);
		break;
	case TIMER_DYING:
		operation_clear(s);
		break;
	case TIMER_STOP:
		if (s->vm && !s->dying) {
			log_warn("%s: its guest has not shut down within %llu ms: ending it",
				 s->cfg->name, ms(s->agent.timeout[AGENT_STOP]));
			vm_turn_off(s, true);
			service_set_timer(s, TIMER_QUIT, QUIT_TIMEOUT);
			break;
		}
		log_warn("%s: has not stopped within %llu ms: killing it", s->cfg->name,
			 ms(s->agent.timeout[AGENT_STOP]));
		operation_kill(s);
		break;
	case TIMER_QUIT:
		log_warn("%s: its emulator does not end: killing it", s->cfg->name);
		operation_kill(s);
		break;
	case TIMER_KILL:
		log_error("%s: killed, and still there: keeping its claim, trying again in %llu ms",
			  s->cfg->name, ms(STUCK_RETRY));
		service_set_state(s, SERVICE_STUCK);
		service_set_timer(s, TIMER_STUCK, STUCK_RETRY);
		break;
	case TIMER_STUCK:
		service_stop(s);
		break;
	case TIMER_NONE:
		break;
	}
	return 0;
}

void service_set_timer(struct service *s, enum service_timer purpose, uint64_t ns)
{
	uint64_t now;

	s->timer_for = purpose;
	if (purpose == TIMER_NONE) {
		if (s->timer)
			sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
		return;
	}
	if (s->timer) {
		sd_event_now(s->set->event, CLOCK_MONOTONIC, &now);
		sd_event_source_set_time(s->timer, now + ns / 1000);
		sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
	} else if (sd_event_add_time_relative(s->set->event, &s->timer, CLOCK_MONOTONIC,
					      ns / 1000, 1000, on_timer, s) < 0) {
		log_error("%s: no memory for a timer", s->cfg->name);
	}
}

/* It works: whether started or found. */
void service_runs(struct service *s)
{
	service_set_state(s, SERVICE_RUNNING);
	/* A monitor that was under way ends no wait for something else. */
	if (s->timer_for != TIMER_AWAIT && s->timer_for != TIMER_DYING &&
	    (s->agent.argv[AGENT_MONITOR] || s->vm))
		service_set_timer(s, TIMER_MONITOR, s->cfg->monitor_interval ?:
				  CONFIG_DEFAULT_INTERVAL);
	watch_begin(s);
}

/* It failed, for s->reason: here again, or elsewhere? Either way it stops first. */
void service_fail(struct service *s, bool here_for_good)
{
	uint64_t now = now_ns();

	s->failed = true;
	if (!s->want) {
		log_warn("%s: %s, and is not wanted here any more", s->cfg->name, s->reason);
	} else if (!here_for_good && wanted(s) &&
		   budget_take(&s->budget, s->cfg->restarts, s->cfg->restart_window, now)) {
		s->restarts++;
		log_warn("%s: %s; restarting it here (%u of %u within %llu ms)", s->cfg->name,
			 s->reason, s->budget.n, s->cfg->restarts, ms(s->cfg->restart_window));
	} else {
		if (s->avoid_until < now + s->cfg->avoid)
			s->avoid_until = now + s->cfg->avoid;
		log_error("%s: %s; not on this node for %llu ms (%s)", s->cfg->name, s->reason,
			  ms(s->cfg->avoid),
			  here_for_good ? "trying again would not help" : "restarts used up");
		s->set->on_change(s->set->data, s);
	}
	service_stop(s);
}

void service_stop(struct service *s)
{
	service_set_timer(s, TIMER_NONE, 0);
	operation_cancel(s);
	service_set_state(s, SERVICE_STOPPING);
	if (!s->dying && !s->crashed && !s->hung)
		watch_end(s);	/* how it ends now is no failure */
	operation_stop(s);
}

void service_stopped(struct service *s)
{
	service_set_timer(s, TIMER_NONE, 0);
	log_info("%s: stopped in %llu ms", s->cfg->name, ms(now_ns() - s->since));
	service_set_state(s, SERVICE_OFF);
	/* Even if the state was OFF: the set has to look at it now. */
	services_kick(s->set);
}

static void ask(struct service *s)
{
	if (s->claim != VIGIL_CLAIM_STATE_NONE)
		return;
	if (cluster_claim(s->set->cluster, s->cfg->name, 0) && !s->refused_once) {
		log_error("%s: claim refused: %s", s->cfg->name, cluster_error(s->set->cluster));
		s->refused_once = true;
	}
}

static void release(struct service *s)
{
	if (s->claim == VIGIL_CLAIM_STATE_NONE || s->claim == VIGIL_CLAIM_STATE_RELEASING)
		return;
	s->claim_sure = false;
	if (cluster_release(s->set->cluster, s->cfg->name, s->successor))
		log_error("%s: cannot release: %s", s->cfg->name, cluster_error(s->set->cluster));
	mainpid_remove(s->set->config->name, s->cfg->name);
}

/*
 * Events are told late: one that says HELD may be older than our own release.
 * Once held, only we give it up; so what the kernel has said since that stays true, and
 * a restart need not ask. A claim that is lost meanwhile is fenced whatever is started.
 */
static bool surely_held(struct service *s)
{
	if (s->claim != VIGIL_CLAIM_STATE_HELD)
		return false;
	if (!s->claim_sure)
		s->claim_sure = cluster_claim_state(s->set->cluster, s->cfg->name) ==
				VIGIL_CLAIM_STATE_HELD;
	return s->claim_sure;
}

/* Off, or not yet started: nothing runs, so a claim can go at any time. */
static void reconcile_idle(struct service *s)
{
	if (!wanted(s)) {
		service_set_state(s, SERVICE_OFF);
		release(s);
		return;
	}
	service_set_state(s, SERVICE_WAITING);
	/* Nothing runs here: giving a lost claim up averts the fence. */
	if (s->claim == VIGIL_CLAIM_STATE_LOST)
		release(s);
	ask(s);
	if (services_ready_for(s->set, s) && surely_held(s))
		operation_start(s);
}

void service_reconcile(struct service *s)
{
	switch (s->state) {
	case SERVICE_OFF:
	case SERVICE_WAITING:
		reconcile_idle(s);
		break;
	case SERVICE_PROBING:
		if (wanted(s))
			ask(s);
		break;
	case SERVICE_STARTING:
	case SERVICE_RUNNING:
		if (!service_may_run(s)) {
			snprintf(s->reason, sizeof(s->reason), "the claim is not held");
			log_warn("%s: stopping, %s", s->cfg->name, s->reason);
			service_stop(s);
		} else if (!wanted(s) && !services_needed(s->set, s)) {
			snprintf(s->reason, sizeof(s->reason), "not wanted here any more");
			log_info("%s: stopping, %s", s->cfg->name, s->reason);
			service_stop(s);
		}
		break;
	case SERVICE_STOPPING:
	case SERVICE_STUCK:
		break;
	}
}

void service_on_claim(struct service *s, uint32_t from, uint32_t to, uint64_t time)
{
	if (s->claim == to)
		return;
	s->claim = to;
	s->claim_since = time;
	s->claim_sure = false;
	if (to == VIGIL_CLAIM_STATE_HELD && from == VIGIL_CLAIM_STATE_LOST)
		log_note("%s: claim regained", s->cfg->name);
	else if (to == VIGIL_CLAIM_STATE_LOST)
		log_error("%s: claim lost: no majority of leases", s->cfg->name);
	else if (to == VIGIL_CLAIM_STATE_HELD)
		log_info("%s: claim held", s->cfg->name);
	if (to != VIGIL_CLAIM_STATE_NONE)
		s->refused_once = false;
	/* Starts are urgent and stops more so: not by way of the event loop. */
	service_reconcile(s);
	services_kick(s->set);
}

static void refuse_here(struct service *s)
{
	snprintf(s->reason, sizeof(s->reason), "%s", s->agent.broken);
	s->avoid_until = UINT64_MAX;
	log_warn("%s: %s; it will run elsewhere only", s->cfg->name, s->reason);
}

/* What an earlier daemon left: found by processes, or else by the monitor. */
void service_begin(struct service *s, uint32_t claim)
{
	bool witness = s->set->config->node[s->set->config->self].witness;
	bool held;

	s->claim = claim;
	s->claim_since = now_ns();
	held = service_held(s);
	if (!s->agent.broken) {
		gate_set(s);
		if (s->agent.broken)
			refuse_here(s);
	}
	/* A monitor or a stop that nobody waits for any more. */
	cgroup_kill(&s->op);
	/* Until the leader says otherwise all stays as it is. */
	s->want = held || claim == VIGIL_CLAIM_STATE_WANTED;
	/* What is held may run, even if its agent has been removed meanwhile. */
	if (!s->agent.foreground && (held || (!s->agent.broken && !witness))) {
		service_set_state(s, SERVICE_PROBING);
		operation_probe(s);
		return;
	}
	if (cgroup_populated(&s->main) && !held) {
		log_error("%s: runs although its claim is not held: stopping it", s->cfg->name);
		service_stop(s);
	} else if (cgroup_populated(&s->main)) {
		operation_adopt(s);
		log_note("%s: runs already, adopted", s->cfg->name);
		service_runs(s);
	} else if (held) {
		watch_recall(s);
	}
}

int service_open(struct service *s)
{
	char path[3 * VIGIL_NAME_LEN];
	int rc;

	snprintf(path, sizeof(path), "vigil-%s", s->cfg->name);
	s->log = process_open_log(path);
	s->root = s->main = s->op = (struct cgroup){ .dir = -1, .events = -1 };
	s->watch.pidfd = -1;
	rc = agent_prepare(&s->agent, s->set->config, s->cfg);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "vigil/%s/%s", s->set->config->name, s->cfg->name);
	rc = cgroup_open(&s->root, path);
	snprintf(path, sizeof(path), "vigil/%s/%s/main", s->set->config->name, s->cfg->name);
	if (!rc)
		rc = cgroup_open(&s->main, path);
	snprintf(path, sizeof(path), "vigil/%s/%s/op", s->set->config->name, s->cfg->name);
	if (!rc)
		rc = cgroup_open(&s->op, path);
	if (!rc)
		rc = cgroup_watch(&s->root, s->set->event, operation_on_root_empty, s);
	if (rc >= 0)
		rc = cgroup_watch(&s->main, s->set->event, operation_on_main_empty, s);
	if (rc < 0) {
		log_error("%s: control group %s: %s", s->cfg->name, path, strerror(-rc));
		return rc;
	}
	if (s->agent.broken)
		refuse_here(s);
	return 0;
}

void service_close(struct service *s)
{
	if (s->process)
		process_forget(s->process);
	if (s->running_op)
		process_forget(s->running_op);
	if (s->metadata)
		process_forget(s->metadata);
	sd_event_source_disable_unref(s->timer);
	vm_end(s);
	watch_forget(s);
	cgroup_close(&s->op);
	cgroup_close(&s->main);
	cgroup_close(&s->root);
	agent_free(&s->agent);
	if (s->log >= 0)
		close(s->log);
}
