/* SPDX-License-Identifier: GPL-2.0 */
/* What kind of run a seed gets: which faults, how often, what hurts most. */
#ifndef _SIM_PROFILE_H
#define _SIM_PROFILE_H

#include "port.h"

enum fault {
	FAULT_CRASH,		/* back after a while, knowing nothing */
	FAULT_PAUSE,		/* frozen; its clock goes on */
	FAULT_ISOLATE,		/* one machine cut off */
	FAULT_SPLIT,		/* two groups */
	FAULT_ONEWAY,		/* one direction only */
	FAULT_LINK,		/* one pair */
	FAULT_NOISE,		/* losses and delays change */
	FAULT_DRIFT,		/* a clock changes its rate */
	FAULT_RELAPSE,		/* the holder is cut off, and one who voted for it restarts */
	FAULT_SHOOT,		/* powered off by a fencing device, which confirms it later */
	FAULT_PANIC,		/* gasps, then nothing */
	FAULT_POISON,		/* told to die by another */
	FAULT_DAEMON,		/* its daemon dies, and is back after a while */
	FAULTS
};

/**
 * struct profile - a kind of run
 * @name: for --profile
 * @weight: how often seeds get it
 * @fault: weights of the faults
 * @gap: mean time between faults, in tenths of detect; 0: no faults
 * @user_gap: mean time between whims of users, likewise
 * @dup: most duplicates, permille of packets
 * @late: most packets delayed by up to seconds, permille
 * @replay: most replays of old packets, permille of packets sent
 * @loss: most losses on a link, permille
 * @extreme: clocks run at the very limits, networks are quick, timers exact
 * @quick_boot: machines are back within milliseconds
 * @blips: a calm cluster with breaks shorter than the lease
 * @idle: nobody wants anything
 * @crowd: so many services that one step has more to say than fits
 * @full: more services than there is room for claims
 */
struct profile {
	const char *name;
	u16 weight;
	u8 fault[FAULTS];
	u16 gap;
	u16 user_gap;
	u16 dup;
	u16 late;
	u16 replay;
	u16 loss;
	bool extreme;
	bool quick_boot;
	bool blips;
	bool idle;
	bool crowd;
	bool full;
};

extern const struct profile profiles[];

/* Return: the profile of that name, or NULL. */
const struct profile *profile_find(const char *name);
/* Return: one by weight; @dice is any number. */
const struct profile *profile_pick(u64 dice);

#endif
