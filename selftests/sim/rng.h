/* SPDX-License-Identifier: GPL-2.0 */
/* The one source of chance in a run: SplitMix64, by Steele, Lea and Flood. */
#ifndef _SIM_RNG_H
#define _SIM_RNG_H

#include "port.h"

struct rng {
	u64 state;
};

static inline u64 rng_mix(u64 z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline u64 rng_next(struct rng *r)
{
	return rng_mix(r->state += 0x9e3779b97f4a7c15ULL);
}

/* 0..n - 1; 0 if @n is 0. */
static inline u64 rng_below(struct rng *r, u64 n)
{
	return (u64)((unsigned __int128)rng_next(r) * n >> 64);
}

static inline u64 rng_between(struct rng *r, u64 low, u64 high)
{
	return low + rng_below(r, high - low + 1);
}

static inline bool rng_permille(struct rng *r, u32 p)
{
	return p && rng_below(r, 1000) < p;
}

#endif
