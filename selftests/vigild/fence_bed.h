/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fence agent of the tests' own: power outlets are files of the scratch directory, and a
 * parameter "mode" makes it misbehave. Each call is a line of the file "calls".
 */
#ifndef _SELFTESTS_VIGILD_FENCE_BED_H
#define _SELFTESTS_VIGILD_FENCE_BED_H

#include "scratch.h"

/* Write the agent and the file "secret"; forget outlets and calls. */
void bed_reset(void);

/* All calls so far: "off beta 3\n...": action, node, plug. */
const char *bed_calls(void);

/* Is the outlet off? */
bool bed_off(const char *plug);

/* A line of the file: what an agent was given on its stdin by the last call. */
bool bed_given(const char *line);

#endif
