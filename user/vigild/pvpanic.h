/* SPDX-License-Identifier: GPL-2.0 */
/* The device by which a guest says that it has panicked, where it is found by QMP. */
#ifndef _VIGILD_PVPANIC_H
#define _VIGILD_PVPANIC_H

#include <json-c/json.h>
#include <stdint.h>

#define PVPANIC_NONE		UINT64_MAX	/* the machine has no such device */
#define PVPANIC_UNMAPPED	0		/* it has not been given an address yet */

/**
 * pvpanic_find - look for pvpanic-pci in the answer to query-pci
 * @buses: the answer, of which nothing is taken for granted
 *
 * Return: guest physical address of its register, or one of the two above. Of several
 * devices the first counts that has an address.
 */
uint64_t pvpanic_find(struct json_object *buses);

#endif
