/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One call of a fence agent, as all clusters that use them make it: "name=value" in lines
 * on its stdin, the action among them, and an exit code. No shell is involved.
 */
#ifndef _VIGILD_FENCE_AGENT_H
#define _VIGILD_FENCE_AGENT_H

#include <systemd/sd-event.h>

#include "config.h"
#include "process.h"

enum fence_action {
	FENCE_AGENT_OFF,
	FENCE_AGENT_STATUS,
	FENCE_AGENT_ON,
	FENCE_AGENT_METADATA,
};

/* What a call says about the outlet. */
enum fence_power {
	FENCE_POWER_UNKNOWN,
	FENCE_POWER_ON,
	FENCE_POWER_OFF,
};

/**
 * struct fence_call - a call
 * @config: as long as the call goes on
 * @device: index
 * @node: index of the node that is meant; -1: none, METADATA
 * @use: the device as that node needs it; NULL: as it is
 * @action: what to do
 * @cgroup: group to be born in; all of it is killed at the time-out
 * @output: LINES, secrets are hidden; KEEP for METADATA
 */
struct fence_call {
	const struct config *config;
	unsigned int device;
	int node;
	const struct config_use *use;
	enum fence_action action;
	const struct cgroup *cgroup;
	enum process_output output;
};

/**
 * fence_agent_start - call the agent of a device
 * @event: loop
 * @call: what
 * @on_end: called once with what became of it, unless process_forget() comes first
 * @data: for @on_end
 *
 * Return: the process, or NULL with errno set; ENOENT: no such agent on this node.
 */
struct process *fence_agent_start(sd_event *event, const struct fence_call *call,
				  void (*on_end)(void *data, const struct process_result *result),
				  void *data);

/* Did it work? STATUS works if it knows. */
bool fence_agent_worked(enum fence_action action, const struct process_result *result);
/* What a STATUS has found. */
enum fence_power fence_agent_power(const struct process_result *result);

const char *fence_action_name(enum fence_action action);

#endif
