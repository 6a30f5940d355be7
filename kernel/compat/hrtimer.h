/* SPDX-License-Identifier: GPL-2.0 */
/* Setting up a high-resolution timer, as since 6.13. */
#ifndef _VIGIL_COMPAT_HRTIMER_H
#define _VIGIL_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)	/* dies with 6.12 */
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif
