/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a service class makes of a service: commands ready to be executed, their
 * environment and time-outs, and the meaning of their exit codes. exec.c, ocf.c and
 * vm.c are the classes. Nothing is looked up any more when a start is urgent.
 */
#ifndef _VIGILD_AGENT_H
#define _VIGILD_AGENT_H

#include "config.h"

enum agent_op {
	AGENT_START,
	AGENT_STOP,
	AGENT_MONITOR,
	AGENT_METADATA,
	AGENT_OPS
};

enum agent_outcome {
	AGENT_OK,		/* done; monitor: it runs */
	AGENT_NOT_RUNNING,	/* monitor, stop: it surely does not run */
	AGENT_FAILED,		/* did not work; may be tried again */
	AGENT_BROKEN,		/* will not work on this node, however often it is tried */
};

/**
 * struct agent - how to run one service
 * @class: who made it
 * @foreground: @argv[AGENT_START] does not end as long as the service runs
 * @argv: per operation; NULL: the class or the configuration has none
 * @envp: environment of all operations; the last two differ, see agent_env()
 * @timeout: per operation, ns
 * @timeout_env: per operation: the entry with its time-out
 * @interval_env: the entry with the interval of the monitor
 * @timeout_slot: where in @envp the time-out goes; the interval is behind it
 * @broken: NULL, or why the service cannot run on this node
 */
struct agent {
	enum config_class class;
	bool foreground;
	char **argv[AGENT_OPS];
	char **envp;
	uint64_t timeout[AGENT_OPS];
	char *timeout_env[AGENT_OPS];
	char *interval_env;
	unsigned int timeout_slot;
	char *broken;
};

/* Return: 0, or -ENOMEM. A service that cannot run here has @agent->broken set. */
int agent_prepare(struct agent *agent, const struct config *config,
		  const struct config_service *service);
void agent_free(struct agent *agent);

/*
 * The environment for @op. A monitor with an interval of 0 is a probe: agents
 * then say "not running" where they cannot tell. @probe: that is good enough,
 * as nothing has been started here.
 */
char **agent_env(struct agent *agent, enum agent_op op, bool probe);

/* What a service is that this daemon has not started. */
enum agent_found {
	AGENT_FOUND_OFF,	/* surely does not run */
	AGENT_FOUND_RUNNING,	/* runs, and may */
	AGENT_FOUND_DOUBTFUL,	/* to be stopped before anything else */
};

/**
 * agent_found - judge what an earlier daemon, or somebody else, has left
 * @outcome: of a monitor
 * @held: the claim has been held since before the monitor
 * @processes: there were processes of the service, before or after the monitor
 */
enum agent_found agent_found(enum agent_outcome outcome, bool held, bool processes);

enum agent_outcome agent_outcome(const struct agent *agent, enum agent_op op, int code);
const char *agent_op_name(enum agent_op op);

/* Time-outs as configured; @agent->timeout keeps what the configuration leaves open. */
int agent_set_timeouts(struct agent *agent, const struct config_service *service);

/* The parts of agent_prepare() that differ, and of agent_outcome(). */
int exec_prepare(struct agent *agent, const struct config_service *service);
enum agent_outcome exec_outcome(enum agent_op op, int code);
int vm_prepare(struct agent *agent, const struct config_service *service);
int ocf_prepare(struct agent *agent, const struct config_service *service, const char *node);
enum agent_outcome ocf_outcome(enum agent_op op, int code);

/**
 * ocf_take_metadata - time-outs that an agent advises
 * @agent: timeouts are overwritten for each action that is found
 * @xml: what the agent printed; anything else than metadata is ignored
 *
 * Return: number of time-outs found.
 */
int ocf_take_metadata(struct agent *agent, const char *xml);

/**
 * exec_split - a command line into words
 * @command: as written in the configuration
 *
 * Quotes join words. A command that needs a shell gets one: {"/bin/sh", "-c",
 * @command}. Return: list of strings in one allocation each, or NULL (no memory).
 */
char **exec_split(const char *command);

/* Lists of strings that end with NULL. */
int strings_add(char ***list, char *string);	/* takes @string, also on failure; NULL: -ENOMEM */
void strings_free(char **list);

#endif
