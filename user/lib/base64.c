// SPDX-License-Identifier: GPL-2.0
/*
 * Base64 without tables and without branches that depend on the data: a key
 * must not show in cache misses or in the time its decoding takes.
 */
#include "base64.h"

#include <stdint.h>

/* All ones if lo <= c <= hi, else 0. Arguments are small and not negative. */
static int within(int c, int lo, int hi)
{
	return ((lo - 1 - c) & (c - hi - 1)) >> 31;
}

static char digit_of(int value)
{
	return (char)((within(value, 0, 25) & (value + 'A')) |
		      (within(value, 26, 51) & (value - 26 + 'a')) |
		      (within(value, 52, 61) & (value - 52 + '0')) |
		      (within(value, 62, 62) & '+') |
		      (within(value, 63, 63) & '/'));
}

/* 0..63, or -1. */
static int value_of(char digit)
{
	int c = (unsigned char)digit;

	return -1 + ((within(c, 'A', 'Z') & (c - 'A' + 1)) |
		     (within(c, 'a', 'z') & (c - 'a' + 27)) |
		     (within(c, '0', '9') & (c - '0' + 53)) |
		     (within(c, '+', '+') & 63) |
		     (within(c, '/', '/') & 64));
}

size_t vigil_base64_encode(char *out, const void *in, size_t len)
{
	const uint8_t *b = in;
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)b[i] << 16;

		if (have > 1)
			bits |= (uint32_t)b[i + 1] << 8;
		if (have > 2)
			bits |= b[i + 2];
		for (size_t d = 0; d < 4; d++, n++)
			out[n] = d <= have ? digit_of(bits >> (18 - 6 * d) & 63) : '=';
	}
	out[n] = '\0';
	return n;
}

ssize_t vigil_base64_decode(void *out, size_t room, const char *in, size_t len)
{
	uint8_t *b = out;
	size_t pad = 0, n = 0;
	int bad = 0;

	if (len % 4)
		return -1;
	while (pad < 2 && pad < len && in[len - 1 - pad] == '=')
		pad++;
	if (len / 4 * 3 - pad > room)
		return -1;
	for (size_t i = 0; i < len; i += 4) {
		size_t digits = i + 4 == len ? 4 - pad : 4;
		uint32_t bits = 0;

		for (size_t d = 0; d < 4; d++) {
			int value = d < digits ? value_of(in[i + d]) : 0;

			bad |= value;
			bits = bits << 6 | (value & 63);
		}
		for (size_t d = 0; d + 1 < digits; d++)
			b[n++] = (uint8_t)(bits >> (16 - 8 * d));
		/* Bits below the last byte belong to nothing: they must be 0. */
		bad |= -(int)(bits & ((1u << (8 * (4 - digits))) - 1));
	}
	return bad < 0 ? -1 : (ssize_t)n;
}
