/* SPDX-License-Identifier: GPL-2.0 */
/*
 * selftests/sim: the protocol core among simulated machines, clocks, networks
 * and faults. One process, no thread, no real time: a seed says it all, and the
 * same seed gives the same run.
 *
 *   main.c     options, many seeds, the summary, what must have happened at least
 *   run.c      one seed: set-up, chaos, calm, verdict
 *   profile.c  what kind of run a seed gets
 *   chaos.c    faults and fickle users
 *   net.c      packets: lost, late, twice, out of order, replayed, cut off
 *   machine.c  a machine: clock, core, timers, freezing, fencing, restarting
 *   runner.c   what userspace does there: starts, stops, releases, transfers
 *   notes.c    what kernels tell each other, and what must arrive
 *   device.c   fencing devices, and what follows from what they confirm
 *   gasp.c     machines that panic or are poisoned, and their last words
 *   check.c    what must always hold
 *   trace.c    the last events of a failing run, readable
 *   clock.h queue.c rng.h   as they say
 */
#ifndef _SIM_H
#define _SIM_H

#include "core.h"

#include "clock.h"
#include "profile.h"
#include "queue.h"
#include "rng.h"

#define SIM_MACHINES	20
#define SIM_SERVICES	96		/* in a crowd; else at most SIM_FEW_SERVICES */
#define SIM_FEW_SERVICES	6
#define SIM_PACKETS	32768
#define SIM_BODY	(VIGIL_WIRE_MAX_BODY + 32)
#define SIM_BACKLOG	256		/* packets that wait for a frozen machine */
#define SIM_MEMORY	512		/* packets kept for replaying */
#define SIM_CUTS	16		/* partitions at a time */
#define SIM_MSGS	4096		/* daemon messages per run */
#define SIM_NOTES	2048		/* notes per run */
#define SIM_SHOTS	128		/* requests to fencing devices at a time */

#define US		1000ULL
#define MS		1000000ULL
#define SEC		1000000000ULL

enum happening_type {
	H_PACKET,		/* arg: packet */
	H_TICK,			/* arg: number of the timer's setting */
	H_FENCE,		/* likewise */
	H_FENCED,		/* the reset is complete */
	H_FENCE_STOP,		/* lost services have been stopped in time */
	H_START,		/* a service starts, if its claim is still held */
	H_STOP,			/* a service has stopped; arg: successor; flag: stay away */
	H_CLAIM,		/* userspace asks for a claim that it wants */
	H_LEAVE,		/* try to leave */
	H_DAEMON,		/* its daemon is back */
	H_WAKE,			/* a frozen machine goes on */
	H_BOOT,			/* a machine comes back */
	H_DRIFT,		/* a clock changes its rate */
	H_CHAOS,		/* the next fault */
	H_USER,			/* the next whim */
	H_NOTES,		/* somebody has something to note */
	H_SHOT,			/* arg: a fencing device does what it was asked for */
	H_CONFIRMED,		/* arg: and says so */
	H_FREED,		/* arg: machine; its gasp's grace time is over */
	H_HEAL,			/* arg: a partition ends */
	H_PHASE,		/* arg: enum phase that begins */
};

enum phase {
	PHASE_STABLE,		/* blip runs: wait for calm, then check, then blips */
	PHASE_CALM,		/* no more faults */
	PHASE_QUIET,		/* all wishes must be fulfilled, and stay so */
	PHASE_END,
};

struct packet {
	u16 src;		/* indices of machines */
	u16 dst;
	u8 wire;
	bool from_voter;
	u8 slot;
	bool replayed;
	u8 odd;			/* of the sender */
	u16 refs;
	u16 len;
	u32 sid;
	u32 src_life;
	u64 counter;
	u64 seal;		/* start of the key that it is sealed with */
	u64 src_incarnation;
	u64 sent_local;		/* by the sender's clock */
	u8 body[SIM_BODY];
};

/* A service on a machine, as its userspace sees it. */
struct service {
	bool wanted;
	bool running;
	bool stopping;
	u8 state;		/* enum vigil_claim_state, as told by the core */
	u16 rank;
	u64 k;
};

enum fence_mode {
	FENCE_RESET,
	FENCE_STOP,		/* stops what is lost; goes on if it is regained before */
};

struct machine {
	u16 id;			/* node id; sim code uses indices everywhere else */
	u8 index;
	bool voter;
	u8 voter_number;
	bool up;
	bool frozen;
	bool dying;		/* reset under way: nothing more is sent or received */
	bool left;
	bool poisoned;
	bool orphaned;		/* its daemon is dead */
	bool leaving;
	bool backlog_lost;	/* packets for it while it is frozen are lost */
	bool out;		/* not among the connected when calm begins */
	bool stays_down;
	u8 odd;			/* what is configured otherwise: enum vigil_refusal */
	u8 fence_mode;
	u8 n_backlog;
	u32 life;
	struct clock clock;
	struct vigil_core *core;
	u64 incarnation;
	u64 hearing;		/* incarnation of the sender of the packet that it takes */
	u64 wake_at;
	u64 tick_at;		/* true time of the pending tick; VIGIL_NEVER: none */
	u32 tick_setting;
	u32 storm;		/* ticks without progress of the deadline */
	u32 ticks;		/* in this second */
	u64 ticks_second;
	u64 fence_at;		/* what the core said, by the machine's clock */
	u64 fence_timer;	/* true time of the pending fence timer */
	u32 fence_setting;
	u64 fence_due;		/* by its clock: a fence that has begun is over; or VIGIL_NEVER */
	struct service services[SIM_SERVICES];
	u16 peer[SIM_MACHINES];	/* index in its core of each machine */
	u16 backlog[SIM_BACKLOG];
};

/* What a voter has accepted from a client, in truth. */
struct accepted {
	u64 seal;		/* names the session */
	u64 incarnation;	/* of the client */
	u64 sent_local;		/* newest sending, by the client's clock */
	u32 sid;
	u32 life;		/* of the client */
	u32 voter_life;
	bool open;
};

struct note {
	u8 from;
	bool quiet;			/* made when nothing was in its way */
	u16 len;
	u32 life;			/* of the sender */
	u64 at;
	u32 heard[SIM_MACHINES];	/* life of the receiver in which it arrived; 0: not yet */
};

/* A request to a fencing device. */
struct shot {
	u8 by;			/* machines */
	u8 victim;
	u32 by_life;
	u64 incarnation;	/* of the victim, as known when it was asked for */
};

struct link {
	u8 cuts;		/* partitions that cover it */
	u16 loss;		/* permille */
	u32 delay;		/* ns */
	u32 jitter;
};

struct cut {
	u32 from;		/* machines, a bit each */
	u32 to;
	u32 serial;
	bool used;
};

#define SIM_COUNTERS(X) \
	X(steps) X(packets) X(lost) X(duplicates) X(late) X(replays) X(replayed_hellos) \
	X(replayed_opens) X(crashes) X(restarts) X(pauses) X(partitions) X(oneway) X(drifts) \
	X(sessions) X(expired) X(learned) X(overslept) X(holds) X(takeovers) X(losses) X(regained) \
	X(fences) X(resets) X(fence_stops) X(woke_fenced) X(releases) X(transfers) X(leaves) \
	X(messages) X(notes) X(heard) X(blips) X(calm_checks) X(vote_checks) X(starts) \
	X(forgotten) X(overflows) X(refused) X(full) X(full_denials) \
	X(shots) X(confirms) X(stale_confirms) X(confirms_heard) \
	X(panics) X(poisons) X(poisoned) X(gasps_heard) \
	X(daemon_deaths) X(orphaned_holds) X(withdrawn)

struct counters {
#define SIM_COUNTER(name) u64 name;
	SIM_COUNTERS(SIM_COUNTER)
#undef SIM_COUNTER
};

struct sim {
	struct rng rng;
	struct queue queue;
	u64 virtual_ns;			/* of all runs */
	/* From here on: this run's. */
	u64 now;			/* true time, ns */
	u64 seed;
	const struct profile *profile;
	struct vigil_timing timing;
	u32 generation;
	u8 n;
	u8 n_voters;
	u8 majority;
	u8 n_services;
	u8 room;			/* claims that a core has room for */
	u8 odd;				/* what the odd machine differs in; 0: there is none */
	u8 odd_machine;
	u8 phase;
	bool chaos;			/* faults may happen */
	bool owners_only;
	bool steady;			/* nothing at all may change */
	bool over;
	u64 calm_at;
	u64 gap;			/* mean time between two faults */
	u64 user_gap;
	u32 timer_jitter;		/* ns */
	u8 gasp;			/* enum vigil_gasp_mode, on all machines */
	u64 gasp_grace;
	u16 dup;			/* permille */
	u16 lateness;
	u16 replay;
	u8 active_slot;
	u32 cut_serial;
	u64 msgs_sent;
	u32 n_notes;
	u32 next_shot;
	int last_holder[SIM_SERVICES];
	u64 settled_k[SIM_MACHINES][SIM_SERVICES];
	struct machine machines[SIM_MACHINES];
	struct link links[SIM_MACHINES][SIM_MACHINES];
	struct accepted accepted[SIM_MACHINES][SIM_MACHINES];	/* [client][voter] */
	struct cut cuts[SIM_CUTS];
	struct packet *packets;
	u16 free_packets[SIM_PACKETS];
	u32 n_free;
	u16 memory[SIM_MEMORY];		/* any packets; 0: empty */
	u16 handshakes[SIM_MEMORY];	/* HELLO, HACK and confirmations */
	u8 delivered[SIM_MSGS];		/* daemon messages that arrived */
	struct note notes[SIM_NOTES];
	struct shot shots[SIM_SHOTS];
	u64 proved[SIM_MACHINES][SIM_MACHINES];	/* [by][of]: incarnation proved dead */
	u64 freed[SIM_MACHINES][SIM_MACHINES];	/* [by][of]: true time; by then, after a gasp */
	struct counters count;
	bool failed;
	char verdict[256];
	struct trace *trace;		/* NULL: none is kept */
	struct vigil_effects effects;
};

/* run.c */

struct options {
	u64 seed;
	u64 seeds;
	int nodes;		/* 0: the seed decides */
	int voters;
	u64 detect;		/* ns; 0: the seed decides */
	int seconds;		/* of chaos; 0: 60, less if detect is short */
	const char *profile;
	bool trace;
	bool owners_only;	/* look for two owners and lack of progress only */
};

/* Run one seed. Return: true if nothing was violated. */
bool sim_run(struct sim *s, const struct options *o, u64 seed, struct trace *trace);
struct sim *sim_new(void);
void sim_free(struct sim *s);
void sim_schedule(struct sim *s, u64 at, u8 type, u32 arg);
/* @delay, but so that what is delayed is over soon after calm begins. */
u64 sim_before_calm(const struct sim *s, u64 delay);

/* machine.c */

void machine_boot(struct sim *s, struct machine *m);
void machine_crash(struct sim *s, struct machine *m, u64 away);
void machine_freeze(struct sim *s, struct machine *m, u64 for_ns, bool lose_packets);
void machine_happening(struct sim *s, struct machine *m, const struct happening *h);
/* Feed one event (ev->now is filled in) and do all that follows. */
int machine_step(struct sim *s, struct machine *m, struct vigil_event *ev);
void machine_schedule(struct sim *s, struct machine *m, u64 at, u8 type, u8 service, u32 arg,
		      u8 flag);
static inline u64 machine_clock(const struct sim *s, const struct machine *m)
{
	return clock_local(&m->clock, s->now);
}

/* net.c */

void net_reset(struct sim *s);
void net_send(struct sim *s, struct machine *m, const struct vigil_effect *e);
void net_arrive(struct sim *s, u16 index);
void net_receive(struct sim *s, struct machine *m, u16 index);
void net_put(struct sim *s, u16 index);
void net_cut(struct sim *s, u32 from, u32 to, u64 for_ns);
void net_heal(struct sim *s, u32 serial);	/* 0: all that is cut */
void net_derive(struct sim *s, struct machine *m, const struct vigil_effect *e);

/* runner.c */

extern char service_names[SIM_SERVICES][VIGIL_NAME_LEN + 1];
static inline bool service_is_role(int i)
{
	return service_names[i][0] == '@';
}

void runner_name_services(void);
int runner_service_by_name(const char *name, size_t len);	/* or -1 */
void runner_booted(struct sim *s, struct machine *m);
void runner_claim_changed(struct sim *s, struct machine *m, const struct vigil_effect *e);
void runner_happening(struct sim *s, struct machine *m, const struct happening *h);
void runner_stop_lost(struct sim *s, struct machine *m);
void runner_unwant(struct sim *s, struct machine *m, int service, u16 successor, bool for_good);
void runner_want(struct sim *s, struct machine *m, int service, u16 rank);
void runner_leave(struct sim *s, struct machine *m);
/* A daemon that knows nothing finds what an earlier one has left. */
void runner_adopt(struct sim *s, struct machine *m);
void runner_message(struct sim *s, struct machine *m);
void runner_got_message(struct sim *s, struct machine *m, const struct vigil_effect *e);
int runner_info(const struct machine *m, int service, struct vigil_claim_info *info);

/* chaos.c */

void chaos_begin(struct sim *s);
void chaos_fault(struct sim *s);
void chaos_user(struct sim *s);
void chaos_blip(struct sim *s);
void chaos_end(struct sim *s);
u64 chaos_duration(struct sim *s);
u64 chaos_slowest_packet(const struct sim *s);

/* notes.c */

void notes_chaos(struct sim *s);
void notes_quiet(struct sim *s);
void notes_heard(struct sim *s, const struct machine *m, const struct vigil_effect *e);
/* @m knows nothing of @other any more. */
void notes_forget(struct sim *s, const struct machine *m, const struct machine *other);
void check_notes(struct sim *s);

/* device.c */

void device_ask(struct sim *s, struct machine *by, const struct machine *victim);
void device_shoots(struct sim *s, u32 number);
void device_confirms(struct sim *s, struct machine *by, u32 number);
void device_heard(struct sim *s, struct machine *m, const struct vigil_wire_confirm *w);
/* @m knows nothing of @other any more. */
void device_forget(struct sim *s, const struct machine *m, const struct machine *other);

/* gasp.c */

void gasp_panic(struct sim *s, struct machine *m);
void gasp_poison(struct sim *s, struct machine *by, const struct machine *victim);
void gasp_heard(struct sim *s, struct machine *m, const struct vigil_effect *e);
void gasp_freed(struct sim *s, struct machine *m, u32 index);
void gasp_check(struct sim *s, const struct machine *m, bool poison);

/* daemon.c */

void daemon_dies(struct sim *s, struct machine *m);
void daemon_returns(struct sim *s, struct machine *m);
/* A claim of @m, whose daemon is dead, changes. */
void daemon_check(struct sim *s, const struct machine *m, const struct vigil_effect *e);

/* check.c */

void violation(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_owner(struct sim *s, int service);
void check_votes(struct sim *s, int service);
void check_hold(struct sim *s, const struct machine *m, int service);
void check_leases(struct sim *s, const struct machine *client);
void check_sessions(struct sim *s, const struct machine *voter);
void check_expired(struct sim *s, const struct machine *voter, u16 client_id);
void check_refused(struct sim *s, const struct machine *m, const struct vigil_effect *e);
void check_progress(struct sim *s);
void check_settled(struct sim *s);

/* trace.c */

struct trace *trace_new(bool print_all);
void trace_clear(struct trace *t);
void trace_line(struct sim *s, const struct machine *m, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void trace_print(const struct trace *t);
void trace_packet(struct sim *s, const struct machine *m, const struct packet *p,
		  const char *what);

#define TRACE(s, m, ...) \
	do { \
		if ((s)->trace) \
			trace_line(s, m, __VA_ARGS__); \
	} while (0)

#endif
