// SPDX-License-Identifier: GPL-2.0
/* Extack texts with values in them, for kernels that only take constant ones. */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/version.h>

#include "netlink.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)	/* dies with 6.1 */

#define TEXTS	64	/* a text is overwritten that many refusals later */
#define ROOM	80	/* bytes of a text, as on newer kernels */

/* The last byte of every text stays NUL. */
static char texts[TEXTS][ROOM];
static atomic_t next_text;

const char *vigil_extack_text(const char *fmt, ...)
{
	char *text = texts[(unsigned int)atomic_inc_return(&next_text) % TEXTS];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, ROOM, fmt, args);
	va_end(args);
	return text;
}

#endif
