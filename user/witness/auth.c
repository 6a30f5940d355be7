// SPDX-License-Identifier: GPL-2.0
#include "auth.h"

#include <sodium.h>

#define NONCE_LEN	12

static_assert(crypto_auth_hmacsha256_BYTES == VIGIL_WIRE_HMAC_LEN, "tag");
static_assert(crypto_auth_hmacsha256_BYTES == VIGIL_SESSION_KEY_LEN, "a tag is a key");
static_assert(crypto_auth_hmacsha256_KEYBYTES == VIGIL_KEY_LEN, "cluster key");
static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == VIGIL_SESSION_KEY_LEN, "key");
static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == VIGIL_WIRE_SEAL_LEN, "seal");
static_assert(crypto_aead_chacha20poly1305_ietf_NPUBBYTES == NONCE_LEN, "nonce");

int auth_init(void)
{
	return sodium_init() < 0 ? -ENOTSUP : 0;
}

void auth_tag(const u8 *key, const void *data, size_t len, u8 *tag)
{
	crypto_auth_hmacsha256(tag, data, len, key);
}

bool auth_tag_valid(const u8 *key, const void *data, size_t len, const u8 *tag)
{
	return !crypto_auth_hmacsha256_verify(tag, data, len, key);
}

static void derive_one(const u8 *key, struct vigil_wire_derivation *d, bool from_voter, u8 *result)
{
	d->from_voter = from_voter;
	auth_tag(key, d, sizeof(*d), result);
}

static void put_nonce(struct vigil_wire_nonce *out, const struct vigil_nonce *in)
{
	put_unaligned_be64(in->incarnation, &out->incarnation);
	put_unaligned_be64(in->number, &out->number);
}

void auth_derive(const u8 *key, u16 self, const struct vigil_effect *e)
{
	struct vigil_wire_derivation d = { .label = VIGIL_WIRE_LABEL };

	if (!key) {
		randombytes_buf(e->keys, sizeof(*e->keys));
		return;
	}
	put_nonce(&d.client_nonce, &e->client);
	put_nonce(&d.voter_nonce, &e->voter);
	put_unaligned_be16(e->from_voter ? e->node : self, &d.client);
	put_unaligned_be16(e->from_voter ? self : e->node, &d.voter);
	derive_one(key, &d, e->from_voter, e->keys->tx);
	derive_one(key, &d, !e->from_voter, e->keys->rx);
}

/* As the kernel's chacha20poly1305_encrypt(): 4 zero bytes, the counter little-endian. */
static void put_counter(u8 nonce[NONCE_LEN], u64 counter)
{
	memset(nonce, 0, NONCE_LEN);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (u8)(counter >> 8 * i);
}

void auth_seal(u8 *dst, const u8 *body, size_t len, const struct vigil_wire_header *header,
	       u64 counter, const u8 *key)
{
	u8 nonce[NONCE_LEN];

	put_counter(nonce, counter);
	crypto_aead_chacha20poly1305_ietf_encrypt(dst, NULL, body, len, (const u8 *)header,
						  sizeof(*header), NULL, nonce, key);
}

bool auth_open(u8 *body, size_t len, const struct vigil_wire_header *header, u64 counter,
	       const u8 *key)
{
	u8 nonce[NONCE_LEN];

	put_counter(nonce, counter);
	return !crypto_aead_chacha20poly1305_ietf_decrypt(body, NULL, NULL, body, len,
							  (const u8 *)header, sizeof(*header),
							  nonce, key);
}
