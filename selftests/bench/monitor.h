/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A QEMU with a guest of a few bytes in place of firmware, which fails on order. The
 * order goes through the guest's memory, which is shared: no exit and no thread of the
 * monitor lies between the order and the fault.
 */
#ifndef _BENCH_MONITOR_H
#define _BENCH_MONITOR_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

/* Orders; the guest obeys within microseconds. */
enum order {
	ORDER_NONE,
	ORDER_PANIC,		/* tells the pvpanic device, and goes on */
	ORDER_TRIPLE,		/* triple fault */
	ORDER_HANG,		/* interrupts off and a timer running, until ORDER_NONE */
};

/* What QEMU said, or its end: CLOCK_BOOTTIME in ns when it was read; 0: not yet. */
struct monitor_heard {
	__u64 panicked;
	__u64 reset;
	__u64 end;
};

/* Start it and wait until the guest runs. Return: its process. The loop is live_loop(). */
pid_t monitor_start(void);

/* Forget what was heard; wait until the guest looks for orders; give one. When: ns. */
__u64 monitor_order(enum order order);

/* Reset the guest. */
void monitor_reset(void);

const struct monitor_heard *monitor_heard(void);
void monitor_forget(void);

/* Kill it, if it is not dead already. */
void monitor_end(void);

#endif
