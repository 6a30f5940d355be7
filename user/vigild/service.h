/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One service on this node.
 *
 *         wanted            claim held,           start has
 *                           what it is with runs  succeeded
 *   OFF ---------> WAITING ---------> STARTING ----------> RUNNING
 *    ^                ^                  |                    |
 *    |                | try again        | failed, or not wanted any more
 *    +----------------+---- STOPPING <---+--------------------+
 *      stop verified           |  ^
 *                  not verified|  | every few seconds
 *                              v  |
 *                             STUCK
 *
 * PROBING comes first if only the monitor can tell whether it runs already.
 * The claim is released only in OFF: what may be running keeps it.
 */
#ifndef _VIGILD_SERVICE_H
#define _VIGILD_SERVICE_H

#include "agent.h"
#include "budget.h"
#include "cgroup.h"
#include "plan.h"
#include "process.h"
#include "watch.h"

enum service_state {
	SERVICE_OFF,
	SERVICE_PROBING,
	SERVICE_WAITING,
	SERVICE_STARTING,
	SERVICE_RUNNING,
	SERVICE_STOPPING,
	SERVICE_STUCK,
};

/* What the one timer of a service is set for. */
enum service_timer {
	TIMER_NONE,
	TIMER_MONITOR,		/* run the monitor */
	TIMER_START,		/* the guest of a vm does not run yet */
	TIMER_AWAIT,		/* its guest has crashed, it was stopped: does it come back? */
	TIMER_DYING,		/* it ends by itself, and takes long for that */
	TIMER_STOP,		/* SIGTERM was not enough, or a guest stays on */
	TIMER_QUIT,		/* its emulator does not end either */
	TIMER_KILL,		/* SIGKILL was not enough */
	TIMER_STUCK,		/* try to stop it once more */
};

struct services;
struct vm;

struct service {
	struct services *set;
	unsigned int index;		/* in the configuration; unless retired */
	bool retired;			/* no longer configured; goes when it is off */
	struct config_ref *owner;	/* keeps cfg alive */
	const struct config_service *cfg;
	struct agent agent;

	enum service_state state;
	bool want;			/* it was decided that it runs here */
	uint16_t successor;		/* node id: who gets the claim next; 0: nobody named */
	uint32_t claim;			/* VIGIL_CLAIM_STATE_* */
	uint64_t claim_since;		/* ns */
	bool claim_sure;		/* the kernel has said HELD since our last release */
	bool refused_once;		/* the kernel's refusal of the claim has been logged */

	int log;			/* where it writes to; -1: stderr */
	struct cgroup root;
	struct cgroup main;
	struct cgroup op;
	struct process *process;	/* foreground: the service itself */
	int exec_error;			/* foreground: why it could not be executed last; or 0 */
	struct process *running_op;
	struct process *metadata;
	uint64_t op_begun;
	struct watch watch;		/* of its main process */
	struct vm *vm;			/* its emulator's own line */
	bool dying;			/* foreground: it ends by itself, wait for it */
	bool dying_for_good;		/* and will do so again if started here */
	bool crashed;			/* foreground: only what it left is to be stopped */
	bool hung;			/* it will hardly listen: no time for it to stop */
	bool failed;			/* its stop and next start follow from a failure */
	bool check_again;		/* something has ended while the monitor ran */
	bool degraded;			/* runs, and its agent is not content */
	bool found_processes;		/* when it was looked for; an error counts as yes */
	bool stop_failed;
	bool killed;			/* a start, or what was left after a stop */
	sd_event_source *timer;
	enum service_timer timer_for;

	struct budget budget;
	unsigned int restarts;		/* since the start of the daemon */
	uint64_t avoid_until;		/* it failed here */
	uint64_t since;			/* state changed */
	char reason[200];		/* why it was stopped or has failed last */
};

/* Called by the set, services.c. */
int service_open(struct service *s);
void service_close(struct service *s);
void service_begin(struct service *s, uint32_t claim);
void service_reconcile(struct service *s);
void service_on_claim(struct service *s, uint32_t from, uint32_t to, uint64_t time);

/* Running or about to be, or not known to have stopped. */
bool service_active(const struct service *s);

enum plan_state service_plan_state(const struct service *s);

/* Begin to stop it, whatever it does now; OFF or STUCK will follow. */
void service_stop(struct service *s);

/* Between service.c and operation.c. */
void service_set_state(struct service *s, enum service_state state);
void service_set_timer(struct service *s, enum service_timer purpose, uint64_t ns);
void service_fail(struct service *s, bool here_for_good);
void service_stopped(struct service *s);
void service_runs(struct service *s);	/* and may have failed when this returns */
bool service_may_run(const struct service *s);
bool service_held(const struct service *s);	/* or lost: it may have been started */
void operation_start(struct service *s);
void operation_stop(struct service *s);
void operation_kill(struct service *s);
void operation_monitor(struct service *s);
void operation_probe(struct service *s);
void operation_metadata(struct service *s);
void operation_adopt(struct service *s);

/*
 * What a watch has seen of a service that starts or runs; s->reason says it. The
 * service is restarted, here or elsewhere; nothing happens if that has begun already.
 * @for_good: not here.
 */
void operation_dying(struct service *s, bool for_good);
void operation_clear(struct service *s);	/* it is dying still */
void operation_ended(struct service *s, bool for_good);
void operation_hung(struct service *s);
void operation_check(struct service *s);	/* ask the agent, at once */
void operation_cancel(struct service *s);
void operation_on_main_empty(void *data);
void operation_on_root_empty(void *data);

#endif
