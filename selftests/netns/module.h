/* SPDX-License-Identifier: GPL-2.0 */
/* Loads and unloads the module under test. */
#ifndef _NETNS_MODULE_H
#define _NETNS_MODULE_H

#include <stdbool.h>

bool module_loaded(void);

/*
 * By modprobe, else with insmod from $VIGIL_KO (default /lib/vigil.ko). Return:
 * 0 if it is loaded now.
 */
int module_load(void);

/* Return: 0, or -errno of delete_module(2). */
int module_unload(void);

#endif
