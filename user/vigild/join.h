/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration and the kernel's cluster: make the second like the first. */
#ifndef _VIGILD_JOIN_H
#define _VIGILD_JOIN_H

#include "../lib/client.h"
#include "config.h"

/* All return 0, or -errno with a sentence in @why. */

/* Make the cluster and start it; one that runs is compared and adjusted instead. */
int join_cluster(struct vnl_client *client, const struct config *config, char *why, size_t room);

/* Is the difference to the running cluster one that can be carried into it? */
int join_compare(struct vnl_client *client, const struct config *config, char *why, size_t room);

/* Carry it: nodes that do not vote, keys, the fence action. */
int join_adjust(struct vnl_client *client, const struct config *config, char *why, size_t room);

#endif
