/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VIGIL_FENCE_H
#define _VIGIL_FENCE_H

/* Who asks, for the history; valid until the next call. */
const char *fence_user(void);

#endif
