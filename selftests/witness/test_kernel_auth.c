// SPDX-License-Identifier: GPL-2.0
/* The module's tags, keys and seals (kernel/auth.c) are those of vectors.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../kernel/auth.h"
#include "vectors.h"

static struct vigil_hmac_key *key;
static const struct vigil_nonce client = { 0x0102030405060708, 0x1112131415161718 };
static const struct vigil_nonce voter = { 0x2122232425262728, 0x3132333435363738 };

static int prepare(void **state)
{
	u8 bytes[VIGIL_KEY_LEN];

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (u8)i;
	key = vigil_hmac_key_new(bytes);
	return !key;
}

static int finish(void **state)
{
	vigil_hmac_key_free(key);
	return 0;
}

static void tag(void **state)
{
	u8 out[VIGIL_WIRE_HMAC_LEN];

	assert_int_equal(vigil_hmac(key, vector_header, sizeof(vector_header), out), 0);
	assert_memory_equal(out, vector_tag, sizeof(out));
	assert_true(vigil_hmac_verify(key, vector_header, sizeof(vector_header), vector_tag));
	out[0] ^= 1;
	assert_false(vigil_hmac_verify(key, vector_header, sizeof(vector_header), out));
}

static void session_keys(void **state)
{
	struct vigil_keys keys;
	struct vigil_effect e = { .type = VIGIL_EFF_DERIVE, .keys = &keys, .client = client,
				  .voter = voter };

	e.node = 0x0201;
	e.from_voter = true;
	assert_int_equal(vigil_derive(key, 3, &e), 0);
	assert_memory_equal(keys.tx, vector_voter_key, sizeof(keys.tx));
	assert_memory_equal(keys.rx, vector_client_key, sizeof(keys.rx));
	e.node = 3;
	e.from_voter = false;
	assert_int_equal(vigil_derive(key, 0x0201, &e), 0);
	assert_memory_equal(keys.tx, vector_client_key, sizeof(keys.tx));
	assert_memory_equal(keys.rx, vector_voter_key, sizeof(keys.rx));
}

static void seal(void **state)
{
	const struct vigil_wire_header *h = (const struct vigil_wire_header *)vector_header;
	u8 body[20], out[sizeof(vector_sealed)];

	for (unsigned int i = 0; i < sizeof(body); i++)
		body[i] = (u8)(20 + i);
	vigil_seal(out, body, sizeof(body), h, VECTOR_COUNTER, vector_voter_key);
	assert_memory_equal(out, vector_sealed, sizeof(out));
	assert_true(vigil_open(out, sizeof(out), h, VECTOR_COUNTER, vector_voter_key));
	assert_memory_equal(out, body, sizeof(body));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tag),
		cmocka_unit_test(session_keys),
		cmocka_unit_test(seal),
	};

	return cmocka_run_group_tests(tests, prepare, finish);
}
