// SPDX-License-Identifier: GPL-2.0
/*
 * A service that was stopped, and is waited for: service.c and watch.c, with a kernel
 * and operations of our own.
 */
#include "scratch.h"

#include <linux/vigil.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate.h"
#include "log.h"
#include "mainpid.h"
#include "probes.h"
#include "service.h"
#include "services.h"
#include "vm.h"
#include "../lib/watch.h"

#define MS		1000000ULL
#define NUMBER		7	/* of the watch */

/* What the kernel knows of it. */
static __u32 kernel_state;

/* The service, and what was done to it. */
static struct {
	struct config_node node;
	struct config config;
	struct config_service cfg;
	struct cluster cluster;
	struct services set;
	struct service s;
	pid_t pid;
	unsigned int hung;
} w;

void operation_hung(struct service *s) { w.hung++; }

int vnl_watch_add(struct vnl_client *client, const char *cluster,
		  const struct vnl_watch_config *config, __u64 *id)
{
	*id = NUMBER;
	return 0;
}

int vnl_watch_get(struct vnl_client *client, const char *cluster, const char *name,
		  struct vnl_watch *out)
{
	*out = (struct vnl_watch){ .id = NUMBER, .state = kernel_state };
	return 0;
}

struct service *services_find(struct services *set, const char *name) { return &w.s; }

/* Not of interest here. */
int vnl_watch_del(struct vnl_client *client, const char *cluster, const char *name) { return 0; }
int vnl_watch_report(struct vnl_client *client, const char *cluster, const char *name,
		     const struct vigil_watch_report *r) { return 0; }
const char *vnl_error(const struct vnl_client *client) { return ""; }
int probes_bind(struct probes *p, const struct probe_target *t) { return 0; }
void probes_unbind(struct probes *p, __u64 watch) { }
void probes_unbind_dead(struct probes *p, __u64 watch) { }
bool services_ready_for(const struct services *set, const struct service *s) { return true; }
bool services_needed(const struct services *set, const struct service *s) { return false; }
void services_kick(struct services *set) { }
const char *cluster_error(const struct cluster *c) { return ""; }
uint32_t cluster_claim_state(struct cluster *c, const char *name) { return 0; }
int cluster_claim(struct cluster *c, const char *name, uint16_t rank) { return 0; }
int cluster_release(struct cluster *c, const char *name, uint16_t successor) { return 0; }
void mainpid_remove(const char *cluster, const char *service) { }
pid_t mainpid_find(const struct cgroup *cg, const char *pidfile) { return 0; }
void vm_end(struct service *s) { }
void gate_set(struct service *s) { }
void vm_turn_off(struct service *s, bool now) { }
const char *vm_last_words(const struct service *s) { return NULL; }
void operation_start(struct service *s) { }
void operation_stop(struct service *s) { }
void operation_clear(struct service *s) { }
void operation_kill(struct service *s) { }
void operation_probe(struct service *s) { }
void operation_monitor(struct service *s) { }
void operation_adopt(struct service *s) { }
void operation_dying(struct service *s, bool for_good) { }
void operation_ended(struct service *s, bool for_good) { }
void operation_check(struct service *s) { }
void operation_cancel(struct service *s) { }
void operation_on_main_empty(void *data) { }
void operation_on_root_empty(void *data) { }

static void on_change(void *data, const struct service *s)
{
}

static void on_end(void *data, const struct process_result *result)
{
}

/* The kernel tells that the state has changed. */
static void hear(__u32 to)
{
	struct vnl_event event = {
		.type = VNL_EVENT_WATCH,
		.watch = { .node = 1, .name = "web", .node_name = "alpha", .by_comm = "",
			   .id = NUMBER, .from = kernel_state, .to = to,
			   .cause = VIGIL_WATCH_CAUSE_STOP },
	};

	kernel_state = to;
	watch_hear(&w.set, &event);
}

static void begin(bool monitor)
{
	static char *argv[] = { (char *)"/bin/true", NULL };

	memset(&w, 0, sizeof(w));
	kernel_state = VIGIL_WATCH_STATE_ALIVE;
	w.node.id = 1;
	w.config = (struct config){ .name = "basket", .node = &w.node, .n_nodes = 1 };
	w.cfg = (struct config_service){
		.name = "web", .class = CONFIG_EXEC, .on_hang = CONFIG_RESTART,
		.progress = 2 * MS, .monitor_interval = 3600000 * MS,
	};
	w.set = (struct services){
		.config = &w.config, .cluster = &w.cluster, .on_change = on_change,
	};
	assert_true(sd_event_new(&w.set.event) >= 0);
	w.s = (struct service){ .set = &w.set, .cfg = &w.cfg, .watch.pidfd = -1, .log = -1 };
	w.s.root = w.s.main = w.s.op = (struct cgroup){ .dir = -1, .events = -1 };
	w.s.agent.foreground = true;
	w.s.agent.argv[AGENT_MONITOR] = monitor ? argv : NULL;
	w.pid = fork();
	if (!w.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	w.s.process = process_adopt(w.set.event, w.pid, on_end, NULL);
	assert_non_null(w.s.process);
	service_runs(&w.s);
	assert_int_equal(w.s.watch.id, NUMBER);
}

static void wait_hung(void)
{
	while (!w.hung) {
		assert_int_equal(w.s.timer_for, TIMER_AWAIT);
		assert_true(sd_event_run(w.set.event, UINT64_MAX) >= 0);
	}
}

/* The deadline passes, and nothing happens. */
static void pass(void)
{
	uint64_t begun = now_ns();

	while (now_ns() < begun + 20 * MS)
		assert_true(sd_event_run(w.set.event, 1000) >= 0);
	assert_int_equal(w.hung, 0);
}

static void finish(void)
{
	siginfo_t si;

	sd_event_source_disable_unref(w.s.timer);
	watch_forget(&w.s);
	process_forget(w.s.process);
	kill(w.pid, SIGKILL);
	/* What is forgotten is freed when it has ended. */
	assert_int_equal(waitid(P_PID, w.pid, &si, WEXITED | WNOWAIT), 0);
	while (sd_event_run(w.set.event, 0) > 0)
		;
	waitpid(w.pid, NULL, 0);
	sd_event_unref(w.set.event);
}

static void restarts_what_stays_stopped(void **state)
{
	for (int monitor = 0; monitor < 2; monitor++) {
		begin(monitor);
		hear(VIGIL_WATCH_STATE_STOPPED);
		wait_hung();
		finish();
	}
}

static void leaves_what_is_continued(void **state)
{
	for (int monitor = 0; monitor < 2; monitor++) {
		begin(monitor);
		hear(VIGIL_WATCH_STATE_STOPPED);
		hear(VIGIL_WATCH_STATE_ALIVE);
		pass();
		assert_int_equal(w.s.timer_for, monitor ? TIMER_MONITOR : TIMER_NONE);
		finish();
	}
}

/* The monitor was under way when the service was stopped, and is content. */
static void waits_on_after_a_monitor(void **state)
{
	begin(true);
	hear(VIGIL_WATCH_STATE_STOPPED);
	service_runs(&w.s);
	wait_hung();
	finish();
}

/* That it was continued is known to the kernel, and to a daemon that was late not yet. */
static void asks_the_kernel_first(void **state)
{
	begin(true);
	hear(VIGIL_WATCH_STATE_STOPPED);
	kernel_state = VIGIL_WATCH_STATE_ALIVE;
	pass();
	assert_int_equal(w.s.timer_for, TIMER_MONITOR);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restarts_what_stays_stopped),
		cmocka_unit_test(leaves_what_is_continued),
		cmocka_unit_test(waits_on_after_a_monitor),
		cmocka_unit_test(asks_the_kernel_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
