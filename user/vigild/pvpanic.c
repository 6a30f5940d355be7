// SPDX-License-Identifier: GPL-2.0
#include "pvpanic.h"

#include <stdbool.h>

#define VENDOR		0x1b36
#define DEVICE		0x0011
#define ADDRESS_END	(1LL << 52)	/* of what x86 can address */
#define DEPTH_MAX	8		/* bridges behind bridges */

static struct json_object *member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *v;

	if (json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &v) &&
	    json_object_is_type(v, type))
		return v;
	return NULL;
}

/* -1 if there is no such number, as QEMU says itself of what has no address. */
static int64_t number(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key, json_type_int);

	return v ? json_object_get_int64(v) : -1;
}

static bool is_pvpanic(struct json_object *device)
{
	struct json_object *id = member(device, "id", json_type_object);

	return number(id, "vendor") == VENDOR && number(id, "device") == DEVICE;
}

static uint64_t address_of(struct json_object *device)
{
	struct json_object *regions = member(device, "regions", json_type_array);
	size_t n = regions ? json_object_array_length(regions) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *region = json_object_array_get_idx(regions, i);
		int64_t address = number(region, "address");

		if (number(region, "bar") == 0)
			return address > 0 && address < ADDRESS_END ? (uint64_t)address :
								      PVPANIC_UNMAPPED;
	}
	return PVPANIC_UNMAPPED;
}

/* @bus: or a bridge, which has devices in the same way. */
static uint64_t find_on(struct json_object *bus, unsigned int depth)
{
	struct json_object *devices = member(bus, "devices", json_type_array);
	size_t n = devices && depth < DEPTH_MAX ? json_object_array_length(devices) : 0;
	uint64_t found = PVPANIC_NONE;

	for (size_t i = 0; i < n && (found == PVPANIC_NONE || found == PVPANIC_UNMAPPED); i++) {
		struct json_object *device = json_object_array_get_idx(devices, i);
		uint64_t here = is_pvpanic(device) ? address_of(device) :
				find_on(member(device, "pci_bridge", json_type_object), depth + 1);

		if (here != PVPANIC_NONE)
			found = here;
	}
	return found;
}

uint64_t pvpanic_find(struct json_object *buses)
{
	bool good = json_object_is_type(buses, json_type_array);
	size_t n = good ? json_object_array_length(buses) : 0;
	uint64_t found = PVPANIC_NONE;

	for (size_t i = 0; i < n && (found == PVPANIC_NONE || found == PVPANIC_UNMAPPED); i++) {
		uint64_t here = find_on(json_object_array_get_idx(buses, i), 0);

		if (here != PVPANIC_NONE)
			found = here;
	}
	return found;
}
