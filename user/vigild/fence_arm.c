// SPDX-License-Identifier: GPL-2.0
#include "fence_arm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_file.h"

uint64_t fence_arm_left(const struct fence_arm *arm, uint64_t now)
{
	return arm->until > now ? arm->until - now : 0;
}

struct json_object *fence_arm_object(const struct fence_arm *arm, uint64_t now)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "number", json_object_new_uint64(arm->number));
	json_object_object_add(o, "left_ns", json_object_new_uint64(fence_arm_left(arm, now)));
	json_object_object_add(o, "by", json_object_new_string(arm->by));
	json_object_object_add(o, "why", json_object_new_string(arm->why));
	return o;
}

static uint64_t get_number(struct json_object *o, const char *key, uint64_t max)
{
	struct json_object *v;
	uint64_t n;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int))
		return 0;
	n = json_object_get_uint64(v);
	return n > max ? max : n;
}

static void get_text(struct json_object *o, const char *key, char *out, size_t room)
{
	struct json_object *v;

	if (json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string))
		snprintf(out, room, "%s", json_object_get_string(v));
}

bool fence_arm_read(struct json_object *o, uint64_t now, struct fence_arm *arm)
{
	uint64_t left;

	memset(arm, 0, sizeof(*arm));
	if (!json_object_is_type(o, json_type_object))
		return false;
	/* Room above it, for words that follow. */
	arm->number = get_number(o, "number", UINT64_MAX / 2);
	left = get_number(o, "left_ns", FENCE_ARM_MAX);
	arm->until = left ? now + left : 0;
	get_text(o, "by", arm->by, sizeof(arm->by));
	get_text(o, "why", arm->why, sizeof(arm->why));
	return arm->number;
}

static void save(const struct fence_arm *arm)
{
	struct json_object *o;

	if (!arm->path)
		return;
	/* The time itself, not what is left of it: the clock goes on without a daemon. */
	o = fence_arm_object(arm, 0);
	run_file_write(arm->path, o);
}

int fence_arm_open(struct fence_arm *arm, const char *path, uint64_t now)
{
	struct json_object *o = run_file_read(path), *v;

	if (!fence_arm_read(o, 0, arm))
		memset(arm, 0, sizeof(*arm));
	else if (json_object_object_get_ex(o, "left_ns", &v))
		arm->until = json_object_get_uint64(v);
	if (arm->until > now + FENCE_ARM_MAX)
		arm->until = 0;
	json_object_put(o);
	arm->path = strdup(path);
	return arm->path ? 0 : -ENOMEM;
}

void fence_arm_close(struct fence_arm *arm)
{
	free(arm->path);
	arm->path = NULL;
}

void fence_arm_say(struct fence_arm *arm, uint64_t ns, const char *by, const char *why,
		   uint64_t now)
{
	arm->number++;
	arm->until = ns ? now + (ns > FENCE_ARM_MAX ? FENCE_ARM_MAX : ns) : 0;
	snprintf(arm->by, sizeof(arm->by), "%s", by);
	snprintf(arm->why, sizeof(arm->why), "%s", why);
	save(arm);
}

bool fence_arm_hear(struct fence_arm *arm, const struct fence_arm *other)
{
	char *path = arm->path;

	/* Of two words at once all take the same: arming, else by the first name. */
	if (other->number < arm->number ||
	    (other->number == arm->number &&
	     (!arm->until || (other->until && strcmp(other->by, arm->by) >= 0))))
		return false;
	*arm = *other;
	arm->path = path;
	save(arm);
	return true;
}
