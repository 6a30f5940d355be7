// SPDX-License-Identifier: GPL-2.0
/*
 * overhead ROUNDS - what the probes cost those that they do not watch, and a guest that
 * they do. In each round every loop of loops.c is run without probes, with probes and
 * nothing watched, and with its own guest watched; in this order, so that what slows the
 * machine for longer than a round slows all three.
 *
 * Prints "LOOP STATE NS" for each, NS of one turn.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "live.h"

static const struct {
	const char *name;
	int turns;		/* ten to twenty milliseconds under emulation */
	int process;		/* which runs it: one with a guest forks more slowly */
} loops[] = {
	{ "fork", 25, 0 }, { "cpuid", 500, 1 }, { "pio", 500, 1 },
};

#define LOOPS		((int)(sizeof(loops) / sizeof(loops[0])))
#define REPEATS		10	/* in one state */
#define HANG_MS		10000

static FILE *to_loops[2], *from_loops[2];

static pid_t start_loops(int process)
{
	int in[2], out[2];
	pid_t pid;

	CHECK(!pipe2(in, O_CLOEXEC) && !pipe2(out, O_CLOEXEC), "pipe");
	pid = fork();
	CHECK(pid >= 0, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl("/bench/loops", "loops", NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to_loops[process] = fdopen(in[1], "w");
	from_loops[process] = fdopen(out[0], "r");
	CHECK(to_loops[process] && from_loops[process], "pipe");
	return pid;
}

static unsigned long long turn(int loop)
{
	FILE *to = to_loops[loops[loop].process];
	unsigned long long ns;

	fprintf(to, "%s %d\n", loops[loop].name, loops[loop].turns);
	fflush(to);
	CHECK(fscanf(from_loops[loops[loop].process], "%llu", &ns) == 1, "loops has ended");
	return ns / (unsigned int)loops[loop].turns;
}

/* The least of some: what others on this machine, or on its host, take comes on top. */
static void measure(const char *state)
{
	unsigned long long ns, least;

	for (int loop = 0; loop < LOOPS; loop++) {
		turn(loop);	/* what the change of state left cold is warm again */
		least = turn(loop);
		for (int i = 1; i < REPEATS; i++) {
			ns = turn(loop);
			if (ns < least)
				least = ns;
		}
		printf("%s %s %llu\n", loops[loop].name, state, least);
	}
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 0;
	struct vnl_watch_config config = {
		.name = "loops", .kind = VIGIL_WATCH_KIND_VM, .hang = HANG_MS,
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	live_begin();
	start_loops(0);
	config.pid = (__u32)start_loops(1);
	for (int i = 0; i < rounds; i++) {
		measure("off");
		live_load();
		measure("nothing");
		live_watch_as(&config);
		measure("watched");
		CHECK(!vnl_watch_del(live_client(), LIVE_CLUSTER, config.name), "watch-del");
		live_unload(false);
	}
	return 0;
}
