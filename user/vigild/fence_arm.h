/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May nodes be fenced without being asked for? Whoever works on the cluster disarms it for
 * a time; then it arms itself again, whatever happens meanwhile. All daemons agree: of two
 * words the later one counts, and each says again and again which one it has heard.
 */
#ifndef _VIGILD_FENCE_ARM_H
#define _VIGILD_FENCE_ARM_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include <vigil/limits.h>

#define FENCE_ARM_WHY	96
#define FENCE_ARM_MAX	(7 * 86400ULL * 1000000000)	/* nobody works on it for longer, ns */

struct fence_arm {
	char *path;			/* where it outlives the daemon; NULL: nowhere */
	uint64_t number;		/* of the word that counts; 0: none yet */
	uint64_t until;			/* CLOCK_BOOTTIME, ns; past: armed */
	char by[VIGIL_NAME_LEN + 1];
	char why[FENCE_ARM_WHY];
};

int fence_arm_open(struct fence_arm *arm, const char *path, uint64_t now);
void fence_arm_close(struct fence_arm *arm);

/* ns for which nobody is fenced yet; 0: armed */
uint64_t fence_arm_left(const struct fence_arm *arm, uint64_t now);

/* A word of an operator here; @ns 0: arm. */
void fence_arm_say(struct fence_arm *arm, uint64_t ns, const char *by, const char *why,
		   uint64_t now);

/* A word that another daemon knows. Return: is it news? */
bool fence_arm_hear(struct fence_arm *arm, const struct fence_arm *other);

struct json_object *fence_arm_object(const struct fence_arm *arm, uint64_t now);
bool fence_arm_read(struct json_object *o, uint64_t now, struct fence_arm *arm);

#endif
