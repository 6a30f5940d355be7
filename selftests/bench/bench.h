/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs of the benchmark tell one another: datagrams to one abstract
 * socket, stamped by the sender, so that what the way takes is not measured. Who
 * sent it the kernel says (SCM_CREDENTIALS), across namespaces of process ids.
 */
#ifndef _VIGIL_BENCH_H
#define _VIGIL_BENCH_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define BENCH_SOCKET	"vigil-bench"
#define NS_PER_MS	1000000ULL
#define NS_PER_S	1000000000ULL

enum note_kind {
	NOTE_BEGUN,	/* the first thing a program does */
	NOTE_READY,	/* it has all its memory and may be killed */
	NOTE_HEARD,	/* a supervisor heard of its death */
};

struct note {
	__u64 time;	/* CLOCK_BOOTTIME, ns */
	__u32 kind;
	char name[20];
};

static inline __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static inline socklen_t note_address(struct sockaddr_un *to)
{
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path + 1, BENCH_SOCKET, sizeof(BENCH_SOCKET) - 1);
	return offsetof(struct sockaddr_un, sun_path) + sizeof(BENCH_SOCKET);
}

/* Return: 0, or -1 with errno: nobody measures now. */
static inline int note_send(int fd, enum note_kind kind, const char *name, __u64 time)
{
	struct note note = { .time = time, .kind = kind };
	struct sockaddr_un to;
	socklen_t len = note_address(&to);

	snprintf(note.name, sizeof(note.name), "%s", name);
	return sendto(fd, &note, sizeof(note), 0, (struct sockaddr *)&to, len) < 0 ? -1 : 0;
}

#endif
