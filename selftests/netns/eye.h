/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One node with a cluster "c" that watches processes: the processes, and what is
 * told about them.
 */
#ifndef _NETNS_EYE_H
#define _NETNS_EYE_H

#include <sys/types.h>

#include <linux/vigil.h>

#include "events.h"
#include "watch.h"

#define EYE_LOG	8192

/* A change that was told, with its strings copied. */
struct eye_event {
	char name[VIGIL_NAME_LEN + 1];
	char by_comm[VIGIL_COMM_LEN + 1];
	unsigned long long time;
	unsigned long long id;
	unsigned int node;
	unsigned int pid;
	unsigned int from;
	unsigned int to;
	unsigned int cause;
	int code;
	unsigned int by_pid;
	unsigned int tid;
};

/**
 * struct eye - what has been told
 * @events: the listener
 * @log: of watches, oldest first
 * @n: how many
 * @lost: how often events were lost
 */
struct eye {
	struct vnl_events *events;
	struct eye_event log[EYE_LOG];
	int n;
	int lost;
};

extern struct eye eye;

/* A connection (one.h), cluster "c" of node 1, and a listener. */
void eye_open(void);

/* As fork(2); dies with the test. */
pid_t eye_child(void);

/* Processes: one that sleeps for ever, one that computes for ever. They die with the test. */
pid_t eye_sleeper(void);
pid_t eye_worker(void);

/* Ends a child by a signal and reaps it. */
void eye_end(pid_t pid, int signal);

/* Field 22 of /proc/PID/stat. */
unsigned long long eye_start(pid_t pid);

/*
 * Watches a process under a name; @more has what is not its name and the process,
 * or is NULL. Return: as vnl_watch_add().
 */
int eye_add(const char *name, pid_t pid, const struct vnl_watch_config *more);

/* As vnl_watch_report(), by name. */
int eye_report(const char *name, unsigned int state, unsigned int cause, int code);

/* Reads what has been told for at most @ms; returns early when any came. */
void eye_poll(int ms);

/*
 * Waits for a change, from number @since of the log on. The test fails if it does
 * not come. Return: its number.
 */
int eye_wait(int since, const char *name, unsigned int to, unsigned int cause);

/* How many changes of a watch have been told since number @since. */
int eye_count(int since, const char *name);

/* The newest of what was told as comments. */
void eye_show(void);

#endif
