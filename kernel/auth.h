/* SPDX-License-Identifier: GPL-2.0 */
/* Keys, tags and seals. Keys never leave this file's structures. */
#ifndef _VIGIL_AUTH_H
#define _VIGIL_AUTH_H

#include <linux/types.h>

#include "core/core.h"

struct vigil_hmac_key;

/**
 * vigil_hmac_key_new - make a cluster key usable
 * @key: VIGIL_KEY_LEN bytes; the caller wipes its copy
 *
 * Process context. Return: the key or an ERR_PTR().
 */
struct vigil_hmac_key *vigil_hmac_key_new(const u8 *key);

/* Process context; wipes it. NULL is fine. */
void vigil_hmac_key_free(struct vigil_hmac_key *key);

/**
 * vigil_hmac - tag of a handshake packet
 * @key: cluster key
 * @data: header and body, contiguous
 * @len: bytes of @data
 * @tag: result, VIGIL_WIRE_HMAC_LEN bytes
 *
 * Process and softirq. Return: 0 or -errno.
 */
int vigil_hmac(struct vigil_hmac_key *key, const void *data, size_t len, u8 *tag);

/* Constant time. Process and softirq. */
bool vigil_hmac_verify(struct vigil_hmac_key *key, const void *data, size_t len, const u8 *tag);

/**
 * vigil_derive - sealing keys of a session
 * @key: cluster key
 * @self: own id
 * @e: VIGIL_EFF_DERIVE; @e->keys is filled in
 *
 * Process and softirq. Return: 0 or -errno; then the keys are random, so that
 * nothing sealed with them opens.
 */
int vigil_derive(struct vigil_hmac_key *key, u16 self, const struct vigil_effect *e);

/**
 * vigil_seal - encrypt and tag the body of a DATA packet
 * @dst: @len + VIGIL_WIRE_SEAL_LEN bytes
 * @body: plaintext
 * @len: bytes of @body
 * @header: authenticated as well; carries @counter
 * @counter: AEAD nonce, never used twice with one key
 * @key: VIGIL_SESSION_KEY_LEN bytes
 */
void vigil_seal(u8 *dst, const u8 *body, size_t len, const struct vigil_wire_header *header,
		u64 counter, const u8 *key);

/* In place: @len counts the tag as well. Return: is it authentic? */
bool vigil_open(u8 *body, size_t len, const struct vigil_wire_header *header,
		u64 counter, const u8 *key);

#endif
