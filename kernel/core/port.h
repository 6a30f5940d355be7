/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel/core: the pure protocol. No lock, clock, allocation, log or kernel
 * call; it builds into the module, the simulator, the fuzzers, the unit tests
 * and the userspace witness alike.
 *
 * This header is its only door out: the few types and helpers that a kernel
 * and a C library spell differently.
 */
#ifndef _VIGIL_CORE_PORT_H
#define _VIGIL_CORE_PORT_H

#ifdef __KERNEL__

#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/types.h>

#include "../compat/unaligned.h"

#else

#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT(n)			(1UL << (n))
#define U64_MAX			UINT64_MAX
#define hweight16(x)		((unsigned int)__builtin_popcount((u16)(x)))
#define static_assert(...)	_Static_assert(__VA_ARGS__)

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u16 get_unaligned_be16(const void *p)
{
	const u8 *b = p;

	return (u16)(b[0] << 8 | b[1]);
}

static inline u32 get_unaligned_be32(const void *p)
{
	const u8 *b = p;

	return (u32)get_unaligned_be16(b) << 16 | get_unaligned_be16(b + 2);
}

static inline u64 get_unaligned_be64(const void *p)
{
	const u8 *b = p;

	return (u64)get_unaligned_be32(b) << 32 | get_unaligned_be32(b + 4);
}

static inline void put_unaligned_be16(u16 v, void *p)
{
	u8 *b = p;

	b[0] = (u8)(v >> 8);
	b[1] = (u8)v;
}

static inline void put_unaligned_be32(u32 v, void *p)
{
	put_unaligned_be16((u16)(v >> 16), p);
	put_unaligned_be16((u16)v, (u8 *)p + 2);
}

static inline void put_unaligned_be64(u64 v, void *p)
{
	put_unaligned_be32((u32)(v >> 32), p);
	put_unaligned_be32((u32)v, (u8 *)p + 4);
}

#endif /* __KERNEL__ */

static inline u64 vigil_min(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 vigil_max(u64 a, u64 b)
{
	return a > b ? a : b;
}

#endif
