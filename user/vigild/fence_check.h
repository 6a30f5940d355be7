/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of the fencing devices is outside of the configuration: files with secrets, and
 * the agents. Not for the witness, which fences nobody.
 */
#ifndef _VIGILD_FENCE_CHECK_H
#define _VIGILD_FENCE_CHECK_H

#include <stdbool.h>

#include "config.h"

/* Read the files into config_device.secrets. 0, or -1 with @err set. */
int fence_read_secrets(struct config *config, struct config_error *err);

/**
 * fence_check_agents - do the devices fit what their agents tell about themselves?
 * @config: devices
 * @err: why not
 *
 * Runs each agent that is installed once, and waits for it. One that is not installed is
 * passed over: it may be on other nodes. Return: 0, or -1 with @err set.
 */
int fence_check_agents(const struct config *config, struct config_error *err);

/* What is wrong with a device, by its agent's metadata; false: nothing. */
bool fence_check_device(const struct config *config, unsigned int device, const char *metadata,
			struct config_error *err);

/* Where the agent is; false: nowhere on this node. */
bool fence_agent_path(const struct config_device *device, char *out, size_t room);

#endif
