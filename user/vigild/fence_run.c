// SPDX-License-Identifier: GPL-2.0
#include "fence_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fence_agent.h"
#include "log.h"

#define AGAIN_US	1000000	/* from a failure to the next try */

enum phase {
	PHASE_OFF,
	PHASE_STATUS,
	PHASE_ON,
};

struct fence_run {
	struct fence_orders orders;
	sd_event *event;
	sd_event_source *timer;		/* the next call */
	struct process *process;	/* or NULL */
	unsigned int level;		/* index */
	unsigned int at;		/* index of the device in the level */
	enum phase phase;
	unsigned int tries;		/* of this call that have failed */
	bool proved;
	bool all_on;			/* as far as tried */
	struct fence_step step[FENCE_STEPS];
	unsigned int n_steps;
};

static void go_on(struct fence_run *run, uint64_t delay_us);

static const struct config_level *level_of(const struct fence_run *run)
{
	return &run->orders.config->node[run->orders.node].fence[run->level];
}

static const struct config_use *use_of(const struct fence_run *run)
{
	return &level_of(run)->use[run->at];
}

static const struct config_device *device_of(const struct fence_run *run)
{
	return &run->orders.config->device[use_of(run)->device];
}

static enum fence_action action_of(const struct fence_run *run)
{
	return run->phase == PHASE_OFF ? FENCE_AGENT_OFF :
	       run->phase == PHASE_ON ? FENCE_AGENT_ON : FENCE_AGENT_STATUS;
}

bool fence_run_uses(const struct fence_run *run, const char *device)
{
	return run->process && !strcmp(device_of(run)->name, device);
}

unsigned int fence_run_steps(const struct fence_run *run, const struct fence_step **steps)
{
	*steps = run->step;
	return run->n_steps;
}

unsigned int fence_run_level(const struct fence_run *run)
{
	return run->level + 1;
}

static void note(struct fence_run *run, bool good, uint64_t took, const char *text)
{
	const char *node = run->orders.config->node[run->orders.node].name;
	const char *action = fence_action_name(action_of(run));
	struct fence_step *s;

	log_line(good ? LOG_NOTICE : LOG_ERR, "fence %s: level %u: %s: %s: %s, %llu ms", node,
		 run->level + 1, device_of(run)->name, action, text, ms(took));
	if (run->n_steps == FENCE_STEPS)
		return;
	s = &run->step[run->n_steps++];
	s->level = run->level + 1;
	s->device = use_of(run)->device;
	s->action = action;
	s->good = good;
	s->took = took;
	snprintf(s->text, sizeof(s->text), "%s", text);
}

static void release_process(struct fence_run *run)
{
	if (!run->process)
		return;
	process_kill(run->process);
	process_forget(run->process);
	run->process = NULL;
	run->orders.on_free(run->orders.data);
}

void fence_run_free(struct fence_run *run)
{
	if (!run)
		return;
	release_process(run);
	sd_event_source_disable_unref(run->timer);
	free(run);
}

static void end(struct fence_run *run, enum fence_end how, const char *why)
{
	run->orders.on_end(run->orders.data, run, how, why);
	fence_run_free(run);
}

static void next_level(struct fence_run *run)
{
	run->level++;
	run->at = 0;
	run->tries = 0;
	run->phase = run->orders.test ? PHASE_STATUS : PHASE_OFF;
	if (run->level < CONFIG_FENCE_LEVELS && level_of(run)->n) {
		go_on(run, 0);
		return;
	}
	run->level--;
	if (run->orders.test)
		end(run, FENCE_TESTED, "");
	else
		end(run, FENCE_FAILED, "no device could prove it off");
}

/* All devices of a level are through with a phase. */
static void next_phase(struct fence_run *run)
{
	run->at = 0;
	run->tries = 0;
	if (run->phase == PHASE_OFF) {
		run->phase = PHASE_STATUS;
	} else if (run->phase == PHASE_STATUS && run->orders.test) {
		next_level(run);
		return;
	} else if (run->phase == PHASE_STATUS) {
		run->proved = true;
		run->orders.on_off(run->orders.data, run->level + 1);
		run->phase = PHASE_ON;
		if (run->orders.off) {
			end(run, FENCE_PROVED, "off");
			return;
		}
	} else {
		end(run, FENCE_PROVED, run->all_on ? "off, and on again" :
						     "off, but not on again");
		return;
	}
	go_on(run, 0);
}

static void next_device(struct fence_run *run)
{
	run->tries = 0;
	if (++run->at < level_of(run)->n)
		go_on(run, 0);
	else
		next_phase(run);
}

static void failed(struct fence_run *run)
{
	if (!run->orders.test && run->tries++ < device_of(run)->retries) {
		go_on(run, AGAIN_US);
		return;
	}
	if (run->phase == PHASE_ON) {
		/* Dead it was; that it stays off is bad, but nobody waits for it. */
		run->all_on = false;
		next_device(run);
	} else if (run->orders.test) {
		next_device(run);
	} else {
		next_level(run);
	}
}

static void on_end(void *data, const struct process_result *result)
{
	struct fence_run *run = data;
	enum fence_action action = action_of(run);
	enum fence_power power = fence_agent_power(result);
	bool good = fence_agent_worked(action, result);
	char text[FENCE_TEXT];

	run->process = NULL;
	run->orders.on_free(run->orders.data);
	if (action == FENCE_AGENT_STATUS && good) {
		snprintf(text, sizeof(text), "%s", power == FENCE_POWER_OFF ? "off" : "on");
		good = run->orders.test || power == FENCE_POWER_OFF;
	} else if (good) {
		snprintf(text, sizeof(text), "done");
	} else {
		process_describe(result, text, sizeof(text));
	}
	note(run, good, result->took, text);
	if (good)
		next_device(run);
	else
		failed(run);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct fence_run *run = data;
	struct fence_call call = {
		.config = run->orders.config, .device = use_of(run)->device,
		.node = run->orders.node, .use = use_of(run), .action = action_of(run),
		.cgroup = run->orders.cgroup, .output = PROCESS_LINES,
	};
	const char *why = run->phase == PHASE_ON ? NULL : run->orders.proceed(run->orders.data);

	if (why) {
		end(run, FENCE_GIVEN_UP, why);
		return 0;
	}
	if (run->orders.busy(run->orders.data, device_of(run)))
		return 0;	/* fence_run_poke() follows */
	run->process = fence_agent_start(run->event, &call, on_end, run);
	if (run->process)
		return 0;
	note(run, false, 0, errno == ENOENT ? "no such agent on this node" : strerror(errno));
	failed(run);
	return 0;
}

/* The next call, from the loop: a callback of this run may be under way. */
static void go_on(struct fence_run *run, uint64_t delay_us)
{
	uint64_t now;

	sd_event_now(run->event, CLOCK_MONOTONIC, &now);
	sd_event_source_set_time(run->timer, now + delay_us);
	sd_event_source_set_enabled(run->timer, SD_EVENT_ONESHOT);
}

void fence_run_poke(struct fence_run *run)
{
	int enabled;

	sd_event_source_get_enabled(run->timer, &enabled);
	if (!run->process && enabled == SD_EVENT_OFF)
		go_on(run, 0);
}

struct fence_run *fence_run_start(sd_event *event, const struct fence_orders *orders)
{
	struct fence_run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->orders = *orders;
	run->event = event;
	run->all_on = true;
	run->phase = orders->test ? PHASE_STATUS : PHASE_OFF;
	if (sd_event_add_time_relative(event, &run->timer, CLOCK_MONOTONIC, 0, 1, on_timer,
				       run) < 0) {
		free(run);
		return NULL;
	}
	return run;
}
