/* SPDX-License-Identifier: GPL-2.0 */
/* Base64 (RFC 4648, with padding): how keys look in files. */
#ifndef _VIGIL_BASE64_H
#define _VIGIL_BASE64_H

#include <stddef.h>
#include <sys/types.h>

/* Characters that encode @len bytes, without a NUL. */
#define VIGIL_BASE64_LEN(len)	(((len) + 2) / 3 * 4)

/**
 * vigil_base64_encode - bytes to text
 * @out: room for VIGIL_BASE64_LEN(@len) + 1 characters
 * @in: bytes
 * @len: how many
 *
 * Takes the same time for all bytes. Return: characters written, without the NUL.
 */
size_t vigil_base64_encode(char *out, const void *in, size_t len);

/**
 * vigil_base64_decode - text to bytes
 * @out: result
 * @room: bytes of @out
 * @in: text, exactly
 * @len: characters of @in
 *
 * Takes the same time for all texts of one length. Return: bytes written, or -1:
 * not base64 (also: bits set that no encoder sets), or more than @room.
 */
ssize_t vigil_base64_decode(void *out, size_t room, const char *in, size_t len);

#endif
