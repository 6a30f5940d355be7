// SPDX-License-Identifier: GPL-2.0
/* Keys, tags and seals. See Documentation/protocol.rst, "Authenticity". */
#include <crypto/algapi.h>
#include <crypto/chacha20poly1305.h>
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "auth.h"

/* The transform holds the key; nothing else does. */
struct vigil_hmac_key {
	struct crypto_shash *tfm;
};

struct vigil_hmac_key *vigil_hmac_key_new(const u8 *key)
{
	struct vigil_hmac_key *k = kzalloc(sizeof(*k), GFP_KERNEL);
	int err;

	if (!k)
		return ERR_PTR(-ENOMEM);
	k->tfm = crypto_alloc_shash("hmac(sha256)", 0, 0);
	if (IS_ERR(k->tfm)) {
		err = PTR_ERR(k->tfm);
		kfree(k);
		return ERR_PTR(err);
	}
	err = crypto_shash_setkey(k->tfm, key, VIGIL_KEY_LEN);
	if (err) {
		vigil_hmac_key_free(k);
		return ERR_PTR(err);
	}
	return k;
}

void vigil_hmac_key_free(struct vigil_hmac_key *key)
{
	if (!key)
		return;
	crypto_free_shash(key->tfm);	/* wipes its state */
	kfree(key);
}

int vigil_hmac(struct vigil_hmac_key *key, const void *data, size_t len, u8 *tag)
{
	return crypto_shash_tfm_digest(key->tfm, data, len, tag);
}

bool vigil_hmac_verify(struct vigil_hmac_key *key, const void *data, size_t len, const u8 *tag)
{
	u8 expected[VIGIL_WIRE_HMAC_LEN];

	return !vigil_hmac(key, data, len, expected) &&
	       !crypto_memneq(expected, tag, sizeof(expected));
}

static int derive_one(struct vigil_hmac_key *key, struct vigil_wire_derivation *d, bool from_voter,
		      u8 *result)
{
	static_assert(VIGIL_SESSION_KEY_LEN == VIGIL_WIRE_HMAC_LEN, "a tag is a key");
	d->from_voter = from_voter;
	return vigil_hmac(key, d, sizeof(*d), result);
}

int vigil_derive(struct vigil_hmac_key *key, u16 self, const struct vigil_effect *e)
{
	struct vigil_wire_derivation d = { .label = VIGIL_WIRE_LABEL };
	int err = -ENOKEY;

	d.client_nonce.incarnation = cpu_to_be64(e->client.incarnation);
	d.client_nonce.number = cpu_to_be64(e->client.number);
	d.voter_nonce.incarnation = cpu_to_be64(e->voter.incarnation);
	d.voter_nonce.number = cpu_to_be64(e->voter.number);
	d.client = cpu_to_be16(e->from_voter ? e->node : self);
	d.voter = cpu_to_be16(e->from_voter ? self : e->node);

	if (key)
		err = derive_one(key, &d, e->from_voter, e->keys->tx);
	if (!err)
		err = derive_one(key, &d, !e->from_voter, e->keys->rx);
	if (err)
		get_random_bytes(e->keys, sizeof(*e->keys));
	return err;
}

void vigil_seal(u8 *dst, const u8 *body, size_t len, const struct vigil_wire_header *header,
		u64 counter, const u8 *key)
{
	chacha20poly1305_encrypt(dst, body, len, (const u8 *)header, sizeof(*header), counter, key);
}

bool vigil_open(u8 *body, size_t len, const struct vigil_wire_header *header,
		u64 counter, const u8 *key)
{
	return chacha20poly1305_decrypt(body, body, len, (const u8 *)header, sizeof(*header),
					counter, key);
}
