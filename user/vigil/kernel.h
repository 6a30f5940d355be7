/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel module as commands see it: connect, find what a word on the
 * command line means, and turn refusals into messages and exit codes.
 */
#ifndef _VIGIL_KERNEL_H
#define _VIGIL_KERNEL_H

#include "../lib/client.h"
#include "../lib/control.h"
#include "../lib/info.h"
#include "cli.h"

/* Connect. CLI_OK, or another exit code after a complaint. */
int kernel_open(struct vnl_client **client);

/**
 * kernel_failed - say why a request failed
 * @cli: invocation
 * @client: the connection
 * @error: negative errno of the request
 * @what: what it was about, a name; or NULL
 *
 * Return: the exit code for it.
 */
int kernel_failed(const struct cli *cli, const struct vnl_client *client, int error,
		  const char *what);

/* The exit code for a negative errno of the kernel; 0 for 0. */
int kernel_exit(int error);

/**
 * kernel_cluster - the cluster that is meant
 * @cli: invocation; its --cluster counts if there is no @name
 * @client: the connection
 * @name: an argument, or NULL
 * @cluster: result
 *
 * Return: CLI_OK; CLI_ABSENT, CLI_USAGE (there are several) or CLI_FAILED after a complaint.
 */
int kernel_cluster(const struct cli *cli, struct vnl_client *client, const char *name,
		   struct vnl_cluster *cluster);

/**
 * kernel_enter - connect, and find the cluster that is meant
 * @cli: invocation
 * @name: an argument, or NULL
 * @client: result; to be closed if CLI_OK
 * @cluster: result
 *
 * Return: CLI_OK, or another exit code after a complaint.
 */
int kernel_enter(const struct cli *cli, const char *name, struct vnl_client **client,
		 struct vnl_cluster *cluster);

/**
 * kernel_finish - the end of a command that is one request
 * @cli: invocation
 * @client: the connection; closed
 * @error: result of the request
 * @what: what it was about, a name; or NULL
 *
 * Return: the exit code, after a complaint if there was an error.
 */
int kernel_finish(const struct cli *cli, struct vnl_client *client, int error, const char *what);

/* A request that needs nothing but the name of a cluster; an exit code. */
int kernel_request(const struct cli *cli, const char *name,
		   int (*send)(struct vnl_client *client, const char *cluster));

/**
 * kernel_node - the node that is meant by a name or an id
 * @cli: invocation
 * @client: the connection
 * @cluster: name
 * @word: name or id; a name that looks like an id is found first
 * @node: result
 *
 * Return: CLI_OK; CLI_ABSENT or CLI_FAILED after a complaint.
 */
int kernel_node(const struct cli *cli, struct vnl_client *client, const char *cluster,
		const char *word, struct vnl_node *node);

#endif
