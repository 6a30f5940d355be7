// SPDX-License-Identifier: GPL-2.0
/*
 * tsc: prints how many thousand times a second the processor's time stamp counter counts,
 * which is that of the guests too; 0 if there is none. However busy the host is.
 */
#include <stdio.h>
#include <time.h>

#define TRIES		50
#define SPAN_NS		50000000LL

#ifdef __x86_64__

static long long ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Both clocks at one moment: of many looks the one that was interrupted least. */
static void look(long long *time, long long *ticks)
{
	long long best = 0;

	for (int i = 0; i < TRIES; i++) {
		long long before = ns();
		long long counted = (long long)__builtin_ia32_rdtsc();
		long long after = ns();

		if (best && after - before >= best)
			continue;
		best = after - before;
		*time = before + best / 2;
		*ticks = counted;
	}
}

static long long khz(void)
{
	const struct timespec span = { .tv_nsec = SPAN_NS };
	long long time[2], ticks[2];

	look(&time[0], &ticks[0]);
	nanosleep(&span, NULL);
	look(&time[1], &ticks[1]);
	return (ticks[1] - ticks[0]) * 1000000 / (time[1] - time[0]);
}

#else

static long long khz(void)
{
	return 0;
}

#endif

int main(void)
{
	printf("%lld\n", khz());
	return 0;
}
