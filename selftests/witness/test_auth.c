// SPDX-License-Identifier: GPL-2.0
/* The witness's tags, keys and seals are those of vectors.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth.h"
#include "vectors.h"

static u8 key[VIGIL_KEY_LEN];
static const struct vigil_nonce client = { 0x0102030405060708, 0x1112131415161718 };
static const struct vigil_nonce voter = { 0x2122232425262728, 0x3132333435363738 };

static int prepare(void **state)
{
	for (unsigned int i = 0; i < sizeof(key); i++)
		key[i] = (u8)i;
	return auth_init();
}

static void tag(void **state)
{
	u8 out[VIGIL_WIRE_HMAC_LEN];

	auth_tag(key, vector_header, sizeof(vector_header), out);
	assert_memory_equal(out, vector_tag, sizeof(out));
	assert_true(auth_tag_valid(key, vector_header, sizeof(vector_header), vector_tag));
	for (unsigned int bit = 0; bit < 8 * sizeof(out); bit++) {
		out[bit / 8] ^= (u8)(1 << bit % 8);
		assert_false(auth_tag_valid(key, vector_header, sizeof(vector_header), out));
		out[bit / 8] ^= (u8)(1 << bit % 8);
	}
}

static void session_keys(void **state)
{
	struct vigil_keys keys;
	struct vigil_effect e = { .type = VIGIL_EFF_DERIVE, .keys = &keys, .client = client,
				  .voter = voter };

	e.node = 0x0201;
	e.from_voter = true;
	auth_derive(key, 3, &e);
	assert_memory_equal(keys.tx, vector_voter_key, sizeof(keys.tx));
	assert_memory_equal(keys.rx, vector_client_key, sizeof(keys.rx));
	e.node = 3;
	e.from_voter = false;
	auth_derive(key, 0x0201, &e);
	assert_memory_equal(keys.tx, vector_client_key, sizeof(keys.tx));
	assert_memory_equal(keys.rx, vector_voter_key, sizeof(keys.rx));
	auth_derive(NULL, 0x0201, &e);
	assert_memory_not_equal(keys.tx, vector_client_key, sizeof(keys.tx));
}

static void seal(void **state)
{
	const struct vigil_wire_header *h = (const struct vigil_wire_header *)vector_header;
	u8 body[20], out[sizeof(vector_sealed)];

	for (unsigned int i = 0; i < sizeof(body); i++)
		body[i] = (u8)(20 + i);
	auth_seal(out, body, sizeof(body), h, VECTOR_COUNTER, vector_voter_key);
	assert_memory_equal(out, vector_sealed, sizeof(out));
	assert_true(auth_open(out, sizeof(out), h, VECTOR_COUNTER, vector_voter_key));
	assert_memory_equal(out, body, sizeof(body));
	memcpy(out, vector_sealed, sizeof(out));
	assert_false(auth_open(out, sizeof(out), h, VECTOR_COUNTER + 1, vector_voter_key));
	memcpy(out, vector_sealed, sizeof(out));
	assert_false(auth_open(out, sizeof(out), h, VECTOR_COUNTER, vector_client_key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tag),
		cmocka_unit_test(session_keys),
		cmocka_unit_test(seal),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
