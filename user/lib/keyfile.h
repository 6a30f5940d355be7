/* SPDX-License-Identifier: GPL-2.0 */
/* Files that hold a cluster key: 32 bytes in base64 on one line, for their owner only. */
#ifndef _VIGIL_KEYFILE_H
#define _VIGIL_KEYFILE_H

#include <linux/types.h>
#include <stddef.h>

#include <vigil/limits.h>

/**
 * vigil_keyfile_read - read a cluster key
 * @path: regular file that group and others can neither read nor write
 * @key: result; zeroed when refused
 * @why: a sentence that names the file when refused; never any of its contents
 * @room: bytes of @why
 *
 * Return: 0 or -errno.
 */
int vigil_keyfile_read(const char *path, __u8 key[VIGIL_KEY_LEN], char *why, size_t room);

#endif
