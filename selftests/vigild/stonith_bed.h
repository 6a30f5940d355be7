/* SPDX-License-Identifier: GPL-2.0 */
/* A daemon that fences, with a kernel of the test's own and the agent of fence_bed.h. */
#ifndef _SELFTESTS_VIGILD_STONITH_BED_H
#define _SELFTESTS_VIGILD_STONITH_BED_H

#include "daemon.h"
#include "fence_bed.h"

/* Three voters, a is this node. */
#define CONF(options, more) \
	"cluster " CLUSTER " { key-file = \"KEY\" " options " }\n" \
	"node a { id = 1 address = {\"10.0.0.1\"} }\n" \
	"node b { id = 2 address = {\"10.0.0.2\"} fence = {\"d plug=2\"} " more " }\n" \
	"node c { id = 3 address = {\"10.0.0.3\"} fence = {\"d plug=3\"} fence-action = off }\n" \
	"device d { agent = \"AGENT\" retries = 0 parallel = 2 }\n"
#define CLUSTER	"vigil-test-stonith"

/* The kernel, by index of the node, and what it was told. */
struct bed_kernel {
	__u64 incarnation[3];
	bool heard[3];
	unsigned int confirmed[3];
	__u64 confirmed_incarnation;
	unsigned int poisoned;
	bool acts;		/* this node leads */
};

extern struct bed_kernel kernel;
extern struct daemon d;
extern struct cluster_node nodes[3];
extern struct fence_record told;	/* to the other daemons, last */
extern char answer[4096];		/* to who asked, last */

/* All are up, nothing has happened. */
void begin(const char *conf);

/* The daemon begins anew; what is in /run is there. */
void restart(const char *conf);

void goes(unsigned int node, uint32_t to);

/* Until nothing is left to be done, or @us have passed without anything. */
void settle(uint64_t us);

/* Ends with scratch_teardown(). */
int stonith_teardown(void **state);

#endif
