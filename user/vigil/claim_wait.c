// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for a claim: events say when to look, what counts is what the kernel
 * answers then. Signals are blocked except while it waits, so none is missed.
 */
#include "claim_wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <linux/vigil.h>

#include "listen.h"

struct claim_wait {
	struct vnl_events *events;
	bool for_ever;
	__u64 until;		/* CLOCK_MONOTONIC, ns */
	sigset_t waiting;	/* signal mask while it waits */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = 1;
}

static void on_event(const struct vnl_event *event, void *arg)
{
	/* That there was one is all that matters. */
}

static __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
}

static void catch_signals(struct claim_wait *wait)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &wait->waiting);
	sigdelset(&wait->waiting, SIGINT);
	sigdelset(&wait->waiting, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int claim_wait_begin(const struct cli *cli, struct claim_wait **out)
{
	unsigned long long ns = 0;
	struct claim_wait *wait;
	int ret;

	*out = NULL;
	if (!cli_given(cli, "wait"))
		return CLI_OK;
	if (cli_value(cli, "wait") && !cli_duration(cli, "wait", &ns))
		return CLI_USAGE;
	wait = calloc(1, sizeof(*wait));
	if (!wait) {
		complain("out of memory");
		return CLI_FAILED;
	}
	ret = listen_open(cli, on_event, NULL, &wait->events);
	if (ret) {
		free(wait);
		return ret;
	}
	wait->for_ever = !cli_value(cli, "wait");
	wait->until = now_ns() + ns;
	if (wait->until < ns)
		wait->for_ever = true;
	catch_signals(wait);
	*out = wait;
	return CLI_OK;
}

/* Until there are events: 0, -ETIMEDOUT, -EINTR. */
static int wait_for_event(struct claim_wait *wait)
{
	struct pollfd fd = { .fd = vnl_events_fd(wait->events), .events = POLLIN };
	struct timespec limit = { .tv_sec = 0 };
	__u64 now = now_ns();
	int n;

	if (interrupted)
		return -EINTR;
	if (!wait->for_ever && now >= wait->until)
		return -ETIMEDOUT;
	limit.tv_sec = (time_t)((wait->until - now) / 1000000000);
	limit.tv_nsec = (long)((wait->until - now) % 1000000000);
	n = ppoll(&fd, 1, wait->for_ever ? NULL : &limit, &wait->waiting);
	if (n < 0 && errno != EINTR)
		return -errno;
	n = vnl_events_dispatch(wait->events);
	return n < 0 ? n : 0;
}

int claim_wait_for(struct claim_wait *wait, struct vnl_client *client, const char *cluster,
		   const char *claim, __u32 state)
{
	struct vnl_claim now;
	int error;

	do {
		error = vnl_claim_get(client, cluster, claim, &now);
		if (error == -ENOENT && state == VIGIL_CLAIM_STATE_NONE)
			return 0;
		if (error)
			return error;
		if (now.state == state)
			return 0;
		error = wait_for_event(wait);
	} while (!error);
	return error;
}

void claim_wait_end(struct claim_wait *wait)
{
	if (!wait)
		return;
	vnl_events_close(wait->events);
	free(wait);
}
