// SPDX-License-Identifier: GPL-2.0
/* Watches: added, reported about, told of, replaced. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eye.h"
#include "harness.h"
#include "one.h"

static void told_in_order(void)
{
	pid_t pid = eye_sleeper();
	int at;

	eye_open();
	CHECK_EQ(eye_add("web", pid, NULL), 0);
	CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_SIGNAL, 9), 0);
	CHECK_EQ(eye_report("web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_NONE, 0), 0);
	at = eye_wait(0, "web", VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_SIGNAL);
	at = eye_wait(at + 1, "web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_SIGNAL);
	CHECK_EQ(eye.log[at].pid, pid);
	CHECK_EQ(eye.log[at].node, 1);
}

static void found_dead(void)
{
	pid_t pid = eye_sleeper();
	struct vnl_watch w;

	eye_open();
	CHECK_EQ(eye_add("web", pid, NULL), 0);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_ALIVE);
	CHECK_EQ(w.pid, pid);
	eye_end(pid, SIGTERM);
	CHECK_EQ(vnl_watch_get(client, "c", "web", &w), 0);
	CHECK_EQ(w.state, VIGIL_WATCH_STATE_DEAD);
	CHECK_EQ(w.why.cause, VIGIL_WATCH_CAUSE_GONE);
	eye_wait(0, "web", VIGIL_WATCH_STATE_DEAD, VIGIL_WATCH_CAUSE_GONE);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "watch: two changes at once are both told", told_in_order },
		{ "watch: a death that nobody reported is found", found_dead },
		{ }
	};

	return harness_main(argc, argv, tests);
}
