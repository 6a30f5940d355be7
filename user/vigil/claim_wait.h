/* SPDX-License-Identifier: GPL-2.0 */
/* Waiting for a claim to come into a state, without polling the kernel. */
#ifndef _VIGIL_CLAIM_WAIT_H
#define _VIGIL_CLAIM_WAIT_H

#include "kernel.h"

struct claim_wait;

/**
 * claim_wait_begin - start to listen; to be called before the request
 * @cli: its option --wait: nothing happens if it was not given
 * @wait: result; NULL if there is nothing to wait for
 *
 * From now on interrupts and termination end the wait, not the program.
 * Return: CLI_OK, or an exit code after a complaint.
 */
int claim_wait_begin(const struct cli *cli, struct claim_wait **wait);

/**
 * claim_wait_for - wait until the own claim is in a state
 * @wait: from claim_wait_begin()
 * @client: another connection
 * @cluster: name
 * @claim: name
 * @state: VIGIL_CLAIM_STATE_*; NONE also if the claim is not known any more
 *
 * Return: 0; -ETIMEDOUT; -EINTR; or another -errno of asking the kernel.
 */
int claim_wait_for(struct claim_wait *wait, struct vnl_client *client, const char *cluster,
		   const char *claim, __u32 state);
void claim_wait_end(struct claim_wait *wait);

#endif
