/* SPDX-License-Identifier: GPL-2.0 */
/* Listening to the kernel, for commands that print what happens. */
#ifndef _VIGIL_LISTEN_H
#define _VIGIL_LISTEN_H

#include "../lib/events.h"
#include "cli.h"

/**
 * listen_open - begin to listen
 * @cli: for messages
 * @fn: called for each event
 * @arg: for @fn
 * @events: result; no later event is missed
 *
 * Return: CLI_OK, then vnl_events_close() it; or an exit code after a complaint.
 */
int listen_open(const struct cli *cli, vnl_event_fn fn, void *arg, struct vnl_events **events);

/**
 * listen_run - call back for events until there is nobody to print them for
 * @cli: for messages
 * @events: from listen_open()
 * @stop: ends it too, as soon as it is not 0; an exit code
 *
 * Return: CLI_OK if the reader of a pipe is gone; *@stop; CLI_FAILED.
 */
int listen_run(const struct cli *cli, struct vnl_events *events, const int *stop);

#endif
