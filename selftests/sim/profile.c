// SPDX-License-Identifier: GPL-2.0
/* The kinds of runs; see profile.h. */
#include "profile.h"

const struct profile profiles[] = {
	{
		.name = "mixed", .weight = 30,
		.fault = { 3, 3, 3, 2, 2, 3, 3, 1, 1, 2, 2, 1 },
		.gap = 30, .user_gap = 80, .dup = 50, .late = 20, .replay = 20, .loss = 200,
	}, {
		/* Who is cut off must be done before the others take over. */
		.name = "partition", .weight = 15,
		.fault = { [FAULT_ISOLATE] = 4, [FAULT_SPLIT] = 3, [FAULT_ONEWAY] = 3,
			   [FAULT_DRIFT] = 2 },
		.gap = 40, .user_gap = 300, .dup = 5, .late = 2, .replay = 2, .extreme = true,
	}, {
		/* Old handshakes come back. */
		.name = "replay", .weight = 12,
		.fault = { [FAULT_CRASH] = 2, [FAULT_ISOLATE] = 3, [FAULT_LINK] = 6,
			   [FAULT_NOISE] = 1 },
		.gap = 15, .user_gap = 80, .dup = 100, .late = 100, .replay = 300, .loss = 100,
	}, {
		/* Voters that forget. */
		.name = "amnesia", .weight = 12,
		.fault = { [FAULT_CRASH] = 4, [FAULT_RELAPSE] = 8, [FAULT_LINK] = 2 },
		.gap = 30, .user_gap = 200, .dup = 10, .late = 5, .replay = 5, .quick_boot = true,
	}, {
		/* Links that come and go one by one. */
		.name = "links", .weight = 10,
		.fault = { [FAULT_LINK] = 8, [FAULT_ONEWAY] = 2, [FAULT_NOISE] = 2 },
		.gap = 8, .user_gap = 100, .dup = 20, .late = 20, .replay = 10, .loss = 400,
	}, {
		/* Users who want, release, hand over and leave all the time; daemons that die. */
		.name = "users", .weight = 10,
		.fault = { [FAULT_NOISE] = 4, [FAULT_LINK] = 4, [FAULT_CRASH] = 1,
			   [FAULT_PAUSE] = 1, [FAULT_DAEMON] = 3 },
		.gap = 30, .user_gap = 5, .dup = 100, .late = 100, .replay = 100, .loss = 300,
	}, {
		/* Machines that stall. */
		.name = "pauses", .weight = 8,
		.fault = { [FAULT_PAUSE] = 8, [FAULT_DRIFT] = 1, [FAULT_ISOLATE] = 1 },
		.gap = 20, .user_gap = 200, .dup = 10, .late = 10, .replay = 10, .loss = 50,
		.extreme = true,
	}, {
		/* Fencing devices; who was shot is back at once, or its packets are. */
		.name = "shots", .weight = 10,
		.fault = { [FAULT_SHOOT] = 8, [FAULT_LINK] = 3, [FAULT_PAUSE] = 1,
			   [FAULT_DRIFT] = 1 },
		.gap = 20, .user_gap = 100, .dup = 50, .late = 100, .replay = 100, .loss = 100,
	}, {
		/* Last words; half-open handshakes and losses, so that they come at all times. */
		.name = "gasps", .weight = 10,
		.fault = { [FAULT_PANIC] = 6, [FAULT_POISON] = 5, [FAULT_SHOOT] = 1,
			   [FAULT_LINK] = 3, [FAULT_PAUSE] = 1, [FAULT_DRIFT] = 1 },
		.gap = 20, .user_gap = 100, .dup = 50, .late = 50, .replay = 100, .loss = 100,
		.extreme = true,
	}, {
		.name = "blips", .weight = 4, .blips = true,
	}, {
		.name = "idle", .weight = 1, .idle = true,
		.fault = { 2, 2, 3, 3, 2, 2, 1, 1, 0 },
		.gap = 20, .dup = 20, .late = 20, .replay = 20, .loss = 300,
	}, {
		.name = "crowd", .weight = 2, .crowd = true,
		.fault = { 3, 3, 3, 2, 2, 3, 3, 1, 1 },
		.gap = 40, .user_gap = 5, .dup = 50, .late = 20, .replay = 20, .loss = 100,
	}, {
		.name = "full", .weight = 3, .full = true,
		.fault = { 3, 3, 3, 2, 2, 3, 3, 1, 1 },
		.gap = 40, .user_gap = 10, .dup = 50, .late = 20, .replay = 20, .loss = 100,
	},
	{ .name = NULL },
};

const struct profile *profile_find(const char *name)
{
	const struct profile *p;

	for (p = profiles; p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

const struct profile *profile_pick(u64 dice)
{
	const struct profile *p;
	u64 sum = 0;

	for (p = profiles; p->name; p++)
		sum += p->weight;
	dice = sum ? dice % sum : 0;
	for (p = profiles; dice >= p->weight; p++)
		dice -= p->weight;
	return p;
}
