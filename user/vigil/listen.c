// SPDX-License-Identifier: GPL-2.0
/* Listening to the kernel until interrupted, or until nobody reads any more. */
#include "listen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "kernel.h"

int listen_open(const struct cli *cli, vnl_event_fn fn, void *arg, struct vnl_events **events)
{
	int error = vnl_events_open(events, fn, arg);

	if (error == -ENOENT)
		complain("the kernel module is not loaded (modprobe vigil)");
	else if (error == -EPERM || error == -EACCES)
		complain("%s: listening to the kernel needs CAP_NET_ADMIN", cli->path);
	else if (error)
		complain("%s: cannot listen to the kernel: %s", cli->path, strerror(-error));
	return kernel_exit(error);
}

int listen_run(const struct cli *cli, struct vnl_events *events, const int *stop)
{
	struct pollfd fds[2] = {
		{ .fd = vnl_events_fd(events), .events = POLLIN },
		{ .fd = fileno(stdout) },	/* POLLERR: the reader of a pipe is gone */
	};

	while (!ferror(stdout)) {
		int n = vnl_events_dispatch(events);

		if (n < 0) {
			complain("%s: %s", cli->path, vnl_events_error(events));
			return CLI_FAILED;
		}
		if (*stop)
			return *stop;
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			complain("%s: %m", cli->path);
			return CLI_FAILED;
		}
		if (fds[1].revents & (POLLERR | POLLNVAL))
			return CLI_OK;
	}
	return CLI_FAILED;
}
