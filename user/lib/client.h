/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user/lib: what the daemon and the command line tool share. client is the
 * connection to the kernel module; control changes things through it, info
 * looks at them, events is told when they change; names puts numbers into
 * words. base64, duration and keyfile read what people write.
 *
 * This file: one netlink socket, used for one blocking request after another.
 */
#ifndef _VIGIL_CLIENT_H
#define _VIGIL_CLIENT_H

#include <linux/types.h>

struct vnl_client;

/**
 * vnl_open - connect to the kernel module
 * @out: the connection
 *
 * Return: 0, -ENOENT (the module is not loaded), or another -errno.
 */
int vnl_open(struct vnl_client **out);

/* Closing the socket that was bound as the daemon tells the peers that it is gone. */
void vnl_close(struct vnl_client *client);

/**
 * vnl_error - why the last request failed
 * @client: the connection; NULL: vnl_open() failed
 *
 * The kernel's own sentence if it gave one, with the attribute it complained
 * about; else that of the error number. Valid until the next request.
 */
const char *vnl_error(const struct vnl_client *client);

#endif
