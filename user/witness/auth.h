/* SPDX-License-Identifier: GPL-2.0 */
/* Keys, tags and seals: what kernel/auth.c does, by libsodium. */
#ifndef _WITNESS_AUTH_H
#define _WITNESS_AUTH_H

#include "core.h"

/* Before anything else here. Return: 0 or -ENOTSUP. */
int auth_init(void);

/**
 * auth_tag - tag of a handshake packet
 * @key: cluster key, VIGIL_KEY_LEN bytes
 * @data: header and body, contiguous
 * @len: bytes of @data
 * @tag: result, VIGIL_WIRE_HMAC_LEN bytes
 */
void auth_tag(const u8 *key, const void *data, size_t len, u8 *tag);

/* Constant time. */
bool auth_tag_valid(const u8 *key, const void *data, size_t len, const u8 *tag);

/**
 * auth_derive - sealing keys of a session
 * @key: cluster key; NULL: there is none, and nothing sealed with the result opens
 * @self: own id
 * @e: VIGIL_EFF_DERIVE; @e->keys is filled in
 */
void auth_derive(const u8 *key, u16 self, const struct vigil_effect *e);

/**
 * auth_seal - encrypt and tag the body of a DATA packet
 * @dst: @len + VIGIL_WIRE_SEAL_LEN bytes
 * @body: plaintext
 * @len: bytes of @body
 * @header: authenticated as well
 * @counter: AEAD nonce, never used twice with one key
 * @key: VIGIL_SESSION_KEY_LEN bytes
 */
void auth_seal(u8 *dst, const u8 *body, size_t len, const struct vigil_wire_header *header,
	       u64 counter, const u8 *key);

/* In place: @len counts the tag as well. Return: is it authentic? */
bool auth_open(u8 *body, size_t len, const struct vigil_wire_header *header, u64 counter,
	       const u8 *key);

#endif
