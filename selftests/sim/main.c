// SPDX-License-Identifier: GPL-2.0
/* vigil-sim: options, many seeds, what they showed. TAP on standard output. */
#include "sim.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char usage[] =
	"usage: vigil-sim [OPTION...]\n"
	"  --seeds N         how many runs (1000)\n"
	"  --seed X          the first one (1)\n"
	"  --nodes N         machines, 1..20 (the seed decides)\n"
	"  --voters N        odd (the seed decides)\n"
	"  --detect MS       detection time (the seed decides)\n"
	"  --seconds N       of chaos (60, less for short detection times)\n"
	"  --profile NAME    kind of run (the seed decides)\n"
	"  --list FILE       first the runs of this file: options on a line, # comment\n"
	"  --floors          fail if the runs did not show enough of everything\n"
	"  --trace           print every event of the runs\n"
	"  --owners-only     do not look at votes, leases and sessions, only at who runs what\n"
	"  --stop-silently   on a violation print its seed only\n";

/* What 1,000 runs must have shown at least, or they prove nothing. */
static const struct {
	const char *name;
	size_t at;
	u64 per_1000;
} floors[] = {
#define FLOOR(counter, n) { #counter, offsetof(struct counters, counter), n }
	FLOOR(packets, 1000000), FLOOR(lost, 100000), FLOOR(duplicates, 10000), FLOOR(late, 10000),
	FLOOR(replays, 10000), FLOOR(replayed_hellos, 500), FLOOR(replayed_opens, 200),
	FLOOR(crashes, 1000), FLOOR(restarts, 1000), FLOOR(pauses, 1000), FLOOR(partitions, 1000),
	FLOOR(oneway, 500), FLOOR(drifts, 500), FLOOR(sessions, 10000), FLOOR(expired, 2000),
	FLOOR(learned, 2000), FLOOR(overslept, 500), FLOOR(holds, 5000), FLOOR(takeovers, 2000),
	FLOOR(losses, 1000), FLOOR(regained, 20), FLOOR(fences, 1000), FLOOR(resets, 500),
	FLOOR(fence_stops, 500), FLOOR(woke_fenced, 50), FLOOR(releases, 1000),
	FLOOR(transfers, 200), FLOOR(leaves, 100), FLOOR(messages, 500),
	FLOOR(notes, 50000), FLOOR(heard, 100000), FLOOR(blips, 200),
	FLOOR(calm_checks, 1500), FLOOR(starts, 5000), FLOOR(forgotten, 20),
	FLOOR(refused, 500), FLOOR(full, 500), FLOOR(full_denials, 500),
	FLOOR(shots, 1000), FLOOR(confirms, 500), FLOOR(stale_confirms, 100),
	FLOOR(confirms_heard, 2000),
	FLOOR(panics, 1000), FLOOR(poisons, 500), FLOOR(poisoned, 500), FLOOR(gasps_heard, 1000),
	FLOOR(daemon_deaths, 500), FLOOR(orphaned_holds, 200), FLOOR(withdrawn, 200),
};

struct command {
	struct options o;
	const char *list;
	bool floors;
	bool silent;
};

static u64 number(const char *option, const char *text, u64 low, u64 high)
{
	char *end;
	u64 n = strtoull(text, &end, 0);

	if (*text && !*end && n >= low && n <= high)
		return n;
	fprintf(stderr, "vigil-sim: --%s %s: not a number from %llu to %llu\n", option, text,
		(unsigned long long)low, (unsigned long long)high);
	exit(2);
}

static void judge_options(const struct options *o)
{
	if (o->profile && !profile_find(o->profile)) {
		fprintf(stderr, "vigil-sim: no profile '%s'\n", o->profile);
		exit(2);
	}
	if (o->voters && (o->voters % 2 == 0 || !o->nodes || o->voters > o->nodes)) {
		fprintf(stderr, "vigil-sim: --voters must be odd, and at most --nodes\n");
		exit(2);
	}
}

static void parse(int argc, char **argv, struct command *c)
{
	static const struct option options[] = {
		{ "seeds", 1, NULL, 'n' }, { "seed", 1, NULL, 's' }, { "nodes", 1, NULL, 'N' },
		{ "voters", 1, NULL, 'v' }, { "detect", 1, NULL, 'd' }, { "seconds", 1, NULL, 'S' },
		{ "profile", 1, NULL, 'p' }, { "list", 1, NULL, 'l' }, { "floors", 0, NULL, 'f' },
		{ "trace", 0, NULL, 't' }, { "owners-only", 0, NULL, 'o' }, { "stop-silently", 0, NULL, 'q' }, {},
	};
	int opt, at = 0;

	optind = 0;
	while ((opt = getopt_long(argc, argv, "", options, &at)) != -1) {
		const char *name = options[at].name;

		switch (opt) {
		case 'n':
			c->o.seeds = number(name, optarg, 0, U64_MAX);
			break;
		case 's':
			c->o.seed = number(name, optarg, 0, U64_MAX);
			break;
		case 'N':
			c->o.nodes = (int)number(name, optarg, 1, SIM_MACHINES);
			break;
		case 'v':
			c->o.voters = (int)number(name, optarg, 1, VIGIL_MAX_VOTERS);
			break;
		case 'd':
			c->o.detect = number(name, optarg, 20, 60000) * MS;
			break;
		case 'S':
			c->o.seconds = (int)number(name, optarg, 1, 100000);
			break;
		case 'p':
			c->o.profile = optarg;
			break;
		case 'l':
			c->list = optarg;
			break;
		case 'f':
			c->floors = true;
			break;
		case 't':
			c->o.trace = true;
			break;
		case 'o':
			c->o.owners_only = true;
			break;
		case 'q':
			c->silent = true;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	judge_options(&c->o);
}

static void print_replay(const struct options *o, u64 seed)
{
	printf("# again: vigil-sim --seeds 1 --seed %llu", (unsigned long long)seed);
	if (o->nodes)
		printf(" --nodes %d", o->nodes);
	if (o->voters)
		printf(" --voters %d", o->voters);
	if (o->detect)
		printf(" --detect %llu", (unsigned long long)(o->detect / MS));
	if (o->seconds)
		printf(" --seconds %d", o->seconds);
	if (o->profile)
		printf(" --profile %s", o->profile);
	if (o->owners_only)
		printf(" --owners-only");
	printf(" --trace\n");
}

/* Run the failed seed again, this time with a trace; the same must happen. */
static void show_failure(struct sim *s, const struct command *c, u64 seed)
{
	struct trace *t = trace_new(false);
	char verdict[sizeof(s->verdict)];
	struct counters count = s->count;
	u64 at = s->now;

	printf("# seed %llu at %.6f s: %s\n", (unsigned long long)seed, (double)at / 1e9,
	       s->verdict);
	if (!c->silent) {
		memcpy(verdict, s->verdict, sizeof(verdict));
		sim_run(s, &c->o, seed, t);
		trace_print(t);
		if (at != s->now || strcmp(verdict, s->verdict))
			printf("# NOT REPEATABLE: the second run gave: %s\n", s->verdict);
		print_replay(&c->o, seed);
	}
	s->count = count;
	free(t);
}

/* Return: false at the first violation. */
static bool run_seeds(struct sim *s, const struct command *c)
{
	struct trace *t = c->o.trace ? trace_new(true) : NULL;
	bool good = true;
	u64 i;

	for (i = 0; i < c->o.seeds && good; i++) {
		good = sim_run(s, &c->o, c->o.seed + i, t);
		if (!good)
			show_failure(s, c, c->o.seed + i);
	}
	free(t);
	return good;
}

/* Each line of the file: options of runs that once failed. */
static bool run_list(struct sim *s, const char *path, u64 *runs)
{
	FILE *f = fopen(path, "r");
	bool good = true;
	char line[512];

	if (!f) {
		perror(path);
		exit(2);
	}
	while (good && fgets(line, sizeof(line), f)) {
		struct command c = { .o = { .seeds = 1 } };
		char self[] = "vigil-sim";
		char *argv[32] = { self };
		int argc = 1;
		char *save, *word;

		line[strcspn(line, "#\n")] = 0;
		for (word = strtok_r(line, " \t", &save); word && argc < 31;
		     word = strtok_r(NULL, " \t", &save))
			argv[argc++] = word;
		if (argc == 1)
			continue;
		parse(argc, argv, &c);
		*runs += c.o.seeds;
		good = run_seeds(s, &c);
	}
	fclose(f);
	return good;
}

static bool print_floors(const struct counters *count, u64 seeds)
{
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(floors); i++) {
		u64 least = floors[i].per_1000 * seeds / 1000;
		u64 n = *(const u64 *)((const char *)count + floors[i].at);

		if (n >= least && n)
			continue;
		printf("# only %llu %s, at least %llu are needed\n", (unsigned long long)n,
		       floors[i].name, (unsigned long long)least);
		good = false;
	}
	return good;
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_summary(const struct sim *s, u64 seeds, double wall)
{
	printf("# seeds=%llu virtual_s=%.0f wall_s=%.2f seeds_per_s=%.1f",
	       (unsigned long long)seeds, (double)s->virtual_ns / 1e9, wall, (double)seeds / wall);
#define SIM_COUNTER(name) printf(" " #name "=%llu", (unsigned long long)s->count.name);
	SIM_COUNTERS(SIM_COUNTER)
#undef SIM_COUNTER
	printf("\n");
}

int main(int argc, char **argv)
{
	struct command c = { .o = { .seed = 1, .seeds = 1000 } };
	struct sim *s = sim_new();
	bool good = true, enough = true;
	u64 listed = 0;
	double start;
	int test = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(argc, argv, &c);
	start = seconds_now();
	if (c.list) {
		good = run_list(s, c.list, &listed);
		printf("%s %d - %llu runs that once failed\n", good ? "ok" : "not ok", ++test,
		       (unsigned long long)listed);
	}
	if (c.o.seeds && good) {
		good = run_seeds(s, &c);
		printf("%s %d - no violation in seeds %llu to %llu\n", good ? "ok" : "not ok",
		       ++test, (unsigned long long)c.o.seed,
		       (unsigned long long)(c.o.seed + c.o.seeds - 1));
	}
	if (c.floors && good) {
		enough = print_floors(&s->count, c.o.seeds);
		printf("%s %d - enough has happened\n", enough ? "ok" : "not ok", ++test);
	}
	print_summary(s, c.o.seeds + listed, seconds_now() - start);
	printf("1..%d\n", test);
	sim_free(s);
	return good && enough ? 0 : 1;
}
