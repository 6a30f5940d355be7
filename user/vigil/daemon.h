/* SPDX-License-Identifier: GPL-2.0 */
/* Questions to vigild over its unix socket, one line of JSON each way. */
#ifndef _VIGIL_DAEMON_H
#define _VIGIL_DAEMON_H

#include "cli.h"

struct json_object;

#define DAEMON_RUN_DIR	"/run/vigil"	/* sockets are named NAME-OF-CLUSTER.sock */

/**
 * daemon_connect - find the daemon of the cluster that is meant
 * @cli: --cluster, if there are several
 * @quiet: do not complain if there is none
 * @fd: result, a connected socket
 *
 * Return: CLI_OK, CLI_ABSENT, CLI_DENIED, CLI_USAGE (several) or CLI_FAILED.
 */
int daemon_connect(const struct cli *cli, bool quiet, int *fd);

/**
 * daemon_status - what the daemon of a cluster knows, for a command that can do without
 * @cli: for messages
 * @cluster: name
 *
 * Return: its answer, to be put; or NULL: there is none, or none that we may ask, or
 * (after a complaint) none that answers.
 */
struct json_object *daemon_status(const struct cli *cli, const char *cluster);

/**
 * daemon_ask - ask and wait for the answer
 * @cli: for messages
 * @fd: from daemon_connect(); closed
 * @op: what to do
 * @seconds: to wait at most; 0: as long as it takes
 * @answer: what came, to be put; NULL unless CLI_OK
 *
 * Return: CLI_OK, or CLI_FAILED after a complaint with the daemon's reason.
 */
int daemon_ask(const struct cli *cli, int fd, const char *op, unsigned int seconds,
	       struct json_object **answer);

/* The same with a request of more than its name; takes @request. */
int daemon_request(const struct cli *cli, int fd, struct json_object *request,
		   unsigned int seconds, struct json_object **answer);

/* Let the daemon of a cluster know, if there is one; an exit code. */
int daemon_tell(const struct cli *cli, const char *cluster, const char *op);

/* As daemon_ask() where only success matters: the answer is printed with --json, else dropped. */
int daemon_order(const struct cli *cli, int fd, const char *op, unsigned int seconds);

#endif
