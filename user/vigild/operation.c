// SPDX-License-Identifier: GPL-2.0
/*
 * What is done to a service: start, stop, kill, monitor, probe, adopt. At most
 * one operation of a service runs at a time, as a process of its own; when it
 * ends, or its time is over, the state machine in service.c goes on.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "mainpid.h"
#include "service.h"
#include "services.h"
#include "vm.h"

#define NS_PER_S	1000000000ULL
#define KILL_TIMEOUT	(5 * NS_PER_S)
#define STUCK_RETRY	(5 * NS_PER_S)
#define METADATA_TIMEOUT (20 * NS_PER_S)
#define DYING_DELAY	(5 * 1000000ULL)
#define HUNG_TIMEOUT	(2 * NS_PER_S)	/* for what hangs, instead of its stop-timeout */

typedef void (*end_fn)(void *data, const struct process_result *result);

static const char *cluster_of(const struct service *s)
{
	return s->set->config->name;
}

static struct process *spawn(struct service *s, enum agent_op op, const struct cgroup *cgroup,
			     enum process_output output, uint64_t timeout, end_fn on_end)
{
	char label[VIGIL_NAME_LEN + 16];
	struct process_spec spec = {
		.label = label,
		.log = s->log,
		.argv = s->agent.argv[op],
		.envp = agent_env(&s->agent, op, !service_held(s)),
		.cgroup = cgroup,
		.kill_group = output != PROCESS_KEEP,
		.timeout = timeout,
		.output = output,
		.on_end = on_end,
		.data = s,
	};

	snprintf(label, sizeof(label), "%s: %s", s->cfg->name, agent_op_name(op));
	return process_start(s->set->event, &spec);
}

/* Agents have more to do than to end what hangs. */
static uint64_t stop_timeout(const struct service *s)
{
	uint64_t timeout = s->agent.timeout[AGENT_STOP];

	return s->hung && s->agent.foreground && timeout > HUNG_TIMEOUT ? HUNG_TIMEOUT : timeout;
}

/* Begin an operation whose process ends. If it cannot, @on_end hears a failure. */
static void run(struct service *s, enum agent_op op, const struct cgroup *cgroup,
		enum process_output output, end_fn on_end)
{
	s->op_begun = now_ns();
	s->running_op = spawn(s, op, cgroup, output, op == AGENT_STOP ? stop_timeout(s) :
			      s->agent.timeout[op], on_end);
	if (!s->running_op) {
		struct process_result result = {
			.end = PROCESS_EXITED, .code = 127, .last_line = strerror(errno),
		};

		on_end(s, &result);
	}
}

static enum agent_outcome outcome_of(const struct service *s, enum agent_op op,
				     const struct process_result *result)
{
	if (result->end != PROCESS_EXITED)
		return AGENT_FAILED;
	return agent_outcome(&s->agent, op, result->code);
}

static void set_reason(struct service *s, const char *what, const struct process_result *result)
{
	char text[sizeof(s->reason) - 32];

	process_describe(result, text, sizeof(text));
	snprintf(s->reason, sizeof(s->reason), "%s%s%s", what, *what ? " " : "", text);
}

static bool is_up(const struct service *s)
{
	return s->state == SERVICE_RUNNING || s->state == SERVICE_STARTING;
}

/* A small process has ended before anything could be done about it. */
void operation_dying(struct service *s, bool for_good)
{
	if (!is_up(s))
		return;
	s->dying_for_good = for_good;
	service_set_timer(s, TIMER_DYING, DYING_DELAY);
}

/*
 * The start waits for its end: memory, files and locks may still be held. That the
 * control group is empty says that they are not.
 */
void operation_clear(struct service *s)
{
	s->dying = true;
	service_fail(s, s->dying_for_good);
}

/* The watch says so, or process.c: whoever comes second finds nothing left to do. */
void operation_ended(struct service *s, bool for_good)
{
	if (is_up(s)) {
		s->crashed = true;
		service_fail(s, for_good);
	} else if (s->state == SERVICE_STOPPING && s->dying && !s->crashed) {
		s->crashed = true;
		operation_kill(s);
	}
}

void operation_hung(struct service *s)
{
	if (!is_up(s))
		return;
	s->hung = true;
	service_fail(s, false);
}

void operation_check(struct service *s)
{
	if (s->state != SERVICE_RUNNING)
		return;
	/* A monitor under way may have looked before. */
	s->check_again = s->running_op;
	if (s->running_op)
		return;
	service_set_timer(s, TIMER_NONE, 0);
	operation_monitor(s);
}

/* The process that a foreground service is has ended. */
static void on_main_end(void *data, const struct process_result *result)
{
	struct service *s = data;
	const char *words = vm_last_words(s);
	char what[64] = "";

	s->process = NULL;
	s->exec_error = result->error;
	if (words)
		snprintf(what, sizeof(what), "its guest went off (%s): emulator", words);
	if (is_up(s))
		set_reason(s, what, result);
	watch_ended(s, result);
	operation_ended(s, result->end == PROCESS_EXITED && result->code == 127);
}

static void start_foreground(struct service *s)
{
	bool vm = s->agent.class == CONFIG_VM;

	if (vm)
		vm_prepare_socket(s);
	s->process = spawn(s, AGENT_START, &s->main, PROCESS_LOG, 0, on_main_end);
	if (!s->process) {
		snprintf(s->reason, sizeof(s->reason), "cannot be executed: %s", strerror(errno));
		service_fail(s, true);
		return;
	}
	mainpid_write(cluster_of(s), s->cfg->name, process_pid(s->process));
	log_note("%s: running as process %d, %llu ms after its claim", s->cfg->name,
		 process_pid(s->process), ms(now_ns() - s->claim_since));
	if (vm && !vm_begin(s)) {	/* its guest, that is, does not run yet */
		service_set_timer(s, TIMER_START, s->agent.timeout[AGENT_START]);
		watch_begin(s);
	} else {
		service_runs(s);
	}
}

static void on_start_end(void *data, const struct process_result *result)
{
	struct service *s = data;
	enum agent_outcome outcome = outcome_of(s, AGENT_START, result);

	s->running_op = NULL;
	if (outcome == AGENT_OK) {
		log_note("%s: running, started in %llu ms, %llu ms after its claim", s->cfg->name,
			 ms(result->took), ms(now_ns() - s->claim_since));
		service_runs(s);
		return;
	}
	s->killed = result->end != PROCESS_EXITED;
	set_reason(s, "start", result);
	service_fail(s, outcome == AGENT_BROKEN);
}

void operation_start(struct service *s)
{
	if (!s->failed)
		s->reason[0] = 0;
	s->failed = s->dying = s->crashed = s->hung = s->killed = s->degraded = false;
	s->exec_error = 0;
	watch_reset(s);
	service_set_state(s, SERVICE_STARTING);
	if (s->agent.foreground)
		start_foreground(s);
	else	/* what it leaves behind is the service */
		run(s, AGENT_START, &s->main, PROCESS_LOG, on_start_end);
}

static void stuck(struct service *s)
{
	log_error("%s: cannot tell whether it has stopped: keeping its claim, trying again in %llu ms",
		  s->cfg->name, ms(STUCK_RETRY));
	service_set_state(s, SERVICE_STUCK);
	service_set_timer(s, TIMER_STUCK, STUCK_RETRY);
}

static void on_verify_end(void *data, const struct process_result *result)
{
	struct service *s = data;

	s->running_op = NULL;
	if (outcome_of(s, AGENT_MONITOR, result) == AGENT_NOT_RUNNING)
		service_stopped(s);
	else
		stuck(s);
}

/*
 * No process of it is left. Is there anything else, an address or a mount? A
 * successful stop tells, unless something that was killed later may have put
 * it back: a start dies only after its last system call has ended. Then, and
 * after a stop that failed, only the monitor can tell.
 */
static void after_empty(struct service *s)
{
	service_set_timer(s, TIMER_NONE, 0);
	if (s->process) {
		process_forget(s->process);
		s->process = NULL;
	}
	vm_end(s);
	if (s->agent.foreground || (!s->stop_failed && !s->killed))
		service_stopped(s);
	else
		run(s, AGENT_MONITOR, &s->op, PROCESS_LINES, on_verify_end);
}

void operation_kill(struct service *s)
{
	int rc = cgroup_populated(&s->root);

	if (!rc) {
		after_empty(s);
		return;
	}
	s->killed = true;
	rc = cgroup_kill(&s->root);
	if (rc)
		log_error("%s: cannot kill its control group: %s", s->cfg->name, strerror(-rc));
	service_set_timer(s, TIMER_KILL, KILL_TIMEOUT);
}

static void on_stop_end(void *data, const struct process_result *result)
{
	struct service *s = data;
	enum agent_outcome outcome = outcome_of(s, AGENT_STOP, result);

	s->running_op = NULL;
	s->stop_failed = outcome != AGENT_OK && outcome != AGENT_NOT_RUNNING;
	if (s->stop_failed) {
		char text[160];

		process_describe(result, text, sizeof(text));
		log_error("%s: stop %s; killing what is left of it", s->cfg->name, text);
	}
	if (!s->stop_failed && s->agent.foreground && cgroup_populated(&s->root) > 0)
		service_set_timer(s, TIMER_STOP, stop_timeout(s));
	else
		operation_kill(s);
}

void operation_stop(struct service *s)
{
	s->stop_failed = false;
	if (s->crashed || (s->dying && s->killed)) {
		operation_kill(s);
		return;
	}
	if (s->dying) {
		if (s->process)
			cgroup_kill_others(&s->main, process_pid(s->process));
		service_set_timer(s, TIMER_STOP, s->agent.timeout[AGENT_STOP]);
		return;
	}
	if (s->agent.argv[AGENT_STOP] &&
	    (!s->agent.foreground || cgroup_populated(&s->main) > 0)) {
		run(s, AGENT_STOP, &s->op, PROCESS_LINES, on_stop_end);
		return;
	}
	if (!cgroup_populated(&s->root)) {
		after_empty(s);
		return;
	}
	if (s->vm) {
		vm_turn_off(s, s->hung);
		service_set_timer(s, s->hung ? TIMER_QUIT : TIMER_STOP, stop_timeout(s));
		return;
	}
	/* One that is stopped would not notice. */
	for (int i = 0; i < 2; i++)
		if (s->process)
			process_signal(s->process, i ? SIGCONT : SIGTERM);
		else
			cgroup_signal(&s->main, i ? SIGCONT : SIGTERM);
	service_set_timer(s, TIMER_STOP, stop_timeout(s));
}

/* Of the codes by which an agent says "running" these are 190 and 191. */
static void set_degraded(struct service *s, int code)
{
	bool degraded = code >= 190;

	if (degraded != s->degraded)
		log_line(degraded ? LOG_WARNING : LOG_NOTICE, "%s: %s", s->cfg->name, degraded ?
			 "its agent says that it runs, degraded" : "it is no longer degraded");
	s->degraded = degraded;
}

static void on_monitor_end(void *data, const struct process_result *result)
{
	struct service *s = data;
	enum agent_outcome outcome = outcome_of(s, AGENT_MONITOR, result);

	s->running_op = NULL;
	if (outcome == AGENT_OK) {
		set_degraded(s, result->code);
		service_runs(s);
		if (s->check_again)
			operation_check(s);
		return;
	}
	set_reason(s, outcome == AGENT_NOT_RUNNING ? "is not running: monitor" : "monitor", result);
	watch_explain(s);
	service_fail(s, false);
}

void operation_monitor(struct service *s)
{
	if (s->vm)
		vm_monitor(s);
	else if (!s->running_op)
		run(s, AGENT_MONITOR, &s->op, PROCESS_LINES, on_monitor_end);
}

static void on_probe_end(void *data, const struct process_result *result)
{
	struct service *s = data;
	enum agent_outcome outcome = outcome_of(s, AGENT_MONITOR, result);
	bool processes = s->found_processes || cgroup_populated(&s->main);

	s->running_op = NULL;
	switch (agent_found(outcome, service_held(s), processes)) {
	case AGENT_FOUND_OFF:
		service_set_state(s, SERVICE_OFF);
		return;
	case AGENT_FOUND_RUNNING:
		log_note("%s: runs already, adopted", s->cfg->name);
		service_runs(s);
		return;
	case AGENT_FOUND_DOUBTFUL:
		break;
	}
	set_reason(s, "monitor", result);
	if (service_held(s)) {
		service_fail(s, false);
		return;
	}
	if (outcome == AGENT_OK || processes)
		log_error("%s: runs although its claim is not held: stopping it", s->cfg->name);
	else
		log_error("%s: %s: stopping it, to be sure", s->cfg->name, s->reason);
	service_stop(s);
}

void operation_probe(struct service *s)
{
	s->found_processes = cgroup_populated(&s->main);
	run(s, AGENT_MONITOR, &s->op, PROCESS_LINES, on_probe_end);
}

static void on_metadata_end(void *data, const struct process_result *result)
{
	struct service *s = data;

	s->metadata = NULL;
	if (result->end != PROCESS_EXITED || result->code || !ocf_take_metadata(&s->agent,
										result->output))
		log_debug("%s: its agent advises no time-outs", s->cfg->name);
	if (agent_set_timeouts(&s->agent, s->cfg))
		log_error("%s: no memory for its time-outs", s->cfg->name);
}

void operation_metadata(struct service *s)
{
	if (s->cfg->class == CONFIG_OCF && !s->agent.broken)
		s->metadata = spawn(s, AGENT_METADATA, &s->op, PROCESS_KEEP, METADATA_TIMEOUT,
				    on_metadata_end);
}

/* A foreground service of an earlier daemon: find the process that it is. */
void operation_adopt(struct service *s)
{
	pid_t pid = mainpid_read(cluster_of(s), s->cfg->name);

	if (cgroup_contains(&s->main, pid))
		s->process = process_adopt(s->set->event, pid, on_main_end, s);
	if (s->agent.class == CONFIG_VM && vm_begin(s))
		log_error("%s: no memory to talk to its emulator", s->cfg->name);
}

void operation_cancel(struct service *s)
{
	if (!s->running_op)
		return;
	s->killed = s->state == SERVICE_STARTING;
	process_kill(s->running_op);
	process_forget(s->running_op);
	s->running_op = NULL;
}

void operation_on_main_empty(void *data)
{
	struct service *s = data;

	if (s->state != SERVICE_RUNNING)
		return;
	if (s->agent.foreground && !s->process) {
		snprintf(s->reason, sizeof(s->reason), "all its processes have ended");
		service_fail(s, false);
	} else if (!s->agent.foreground) {
		operation_check(s);
	}
}

void operation_on_root_empty(void *data)
{
	struct service *s = data;

	if (s->state == SERVICE_STUCK && s->agent.foreground)
		service_stop(s);	/* what could not be killed has gone at last */
	else if (s->state == SERVICE_STOPPING && !s->running_op && s->timer_for != TIMER_NONE)
		after_empty(s);
}
