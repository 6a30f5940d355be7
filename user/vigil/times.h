/* SPDX-License-Identifier: GPL-2.0 */
/* The times of a cluster from options: --detect, and those that replace single times. */
#ifndef _VIGIL_TIMES_H
#define _VIGIL_TIMES_H

#include <vigil/timing.h>

#include "cli.h"

/* For the list of a command's options. */
#define TIMES_OPTIONS								\
	{ "detect", 'd', "TIME", "silence after which a node is called down (200ms)" },	\
	{ "interval", 0, "TIME", "between two beats, instead of detect / 4" },	\
	{ "lease", 0, "TIME", "instead of detect x 2" },			\
	{ "fence-time", 0, "TIME", "instead of detect / 2" },			\
	{ "expiry", 0, "TIME", "instead of the shortest that is safe" }

/* Fill in @t. Return: true, or false after a complaint that says why they are not safe. */
bool times_given(const struct cli *cli, struct vigil_timing *t);

#endif
