/* SPDX-License-Identifier: GPL-2.0 */
/* A guest of KVM with tinyvm as its monitor, for the tests that need some. */
#ifndef _LIVENESS_GUEST_H
#define _LIVENESS_GUEST_H

#include "live.h"

/* It takes up to half as long again, and more where the emulator makes a look late. */
#define HANG_MS		2000

/* A guest, its processors by the words of tinyvm. */
struct guest {
	const char *name;
	pid_t pid;
	int orders;
	int answers;
	const char *words;
	__u64 watch;
};

/* A test begins with KVM, a cluster and probes, and ends with none of its probes left. */
void guest_tests_begin(void);
void guest_tests_end(void);

/* Its monitor is there, and waits for orders. */
void guest_make(struct guest *g, const char *name, const char *words);
void guest_order(struct guest *g, const char *what);
/* It runs. */
void guest_go(struct guest *g);
void guest_watch(struct guest *g);
/* As a daemon does that finds it running. */
void guest_bind(const struct guest *g);
/* All of it: the guest is watched before it begins. */
void guest_run(struct guest *g, const char *name, const char *words);

/* Kill it; or one that is not bound any more, whose end is nobody's business. */
void guest_end(struct guest *g);
void guest_remove(struct guest *g);

/* @since: when it began, ns. */
void guest_wait_hung(const struct guest *g, unsigned long long since);
/* Long enough to be called hung, as the one that really is shows. */
void guest_wait_out_hang(void);

#endif
