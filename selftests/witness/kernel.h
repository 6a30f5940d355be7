/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as kernel/auth.c needs, by libsodium. It shows that what
 * is tagged and sealed there is put together rightly; that the kernel's own
 * primitives are these ones, selftests/cluster/witness.py shows.
 */
#ifndef _KERNEL_H
#define _KERNEL_H

#include <endian.h>
#include <errno.h>
#include <linux/types.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define GFP_KERNEL		0
#define kzalloc(size, gfp)	calloc(1, size)
#define kfree			free
#define ERR_PTR(error)		((void *)(long)(error))
#define PTR_ERR(p)		((int)(long)(p))
#define IS_ERR(p)		((unsigned long)(p) >= -4095UL)
#define cpu_to_be16		htobe16
#define cpu_to_be64		htobe64
#define get_random_bytes	randombytes_buf
#define crypto_memneq(a, b, n)	(sodium_memcmp(a, b, n) != 0)

struct crypto_shash {
	unsigned char key[crypto_auth_hmacsha256_KEYBYTES];
};

static inline struct crypto_shash *crypto_alloc_shash(const char *name, int type, int mask)
{
	return strcmp(name, "hmac(sha256)") ? ERR_PTR(-ENOENT) :
					      calloc(1, sizeof(struct crypto_shash));
}

static inline void crypto_free_shash(struct crypto_shash *tfm)
{
	free(tfm);
}

static inline int crypto_shash_setkey(struct crypto_shash *tfm, const unsigned char *key,
				      unsigned int len)
{
	if (len != sizeof(tfm->key))
		return -EINVAL;
	memcpy(tfm->key, key, len);
	return 0;
}

static inline int crypto_shash_tfm_digest(struct crypto_shash *tfm, const void *data,
					  unsigned int len, unsigned char *out)
{
	return crypto_auth_hmacsha256(out, data, len, tfm->key);
}

/* lib/crypto/chacha20poly1305.c: the nonce is the last 8 of 12 bytes, little-endian. */
static inline void vector_nonce(unsigned char nonce[12], __u64 counter)
{
	counter = htole64(counter);
	memset(nonce, 0, 4);
	memcpy(nonce + 4, &counter, 8);
}

static inline void chacha20poly1305_encrypt(unsigned char *dst, const unsigned char *src,
					    size_t len, const unsigned char *ad, size_t ad_len,
					    __u64 counter, const unsigned char *key)
{
	unsigned char nonce[12];

	vector_nonce(nonce, counter);
	crypto_aead_chacha20poly1305_ietf_encrypt(dst, NULL, src, len, ad, ad_len, NULL, nonce,
						  key);
}

static inline _Bool chacha20poly1305_decrypt(unsigned char *dst, const unsigned char *src,
					     size_t len, const unsigned char *ad, size_t ad_len,
					     __u64 counter, const unsigned char *key)
{
	unsigned char nonce[12];

	vector_nonce(nonce, counter);
	return !crypto_aead_chacha20poly1305_ietf_decrypt(dst, NULL, NULL, src, len, ad, ad_len,
							  nonce, key);
}

#endif
