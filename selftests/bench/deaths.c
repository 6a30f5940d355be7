// SPDX-License-Identifier: GPL-2.0
/*
 * deaths ROUNDS NAME... - kill the victims of these names in turn, so many times,
 * and tell how long everything took that followed. A name is that of a victim under
 * some supervisor; if a watch has that name too, its events are told with the rest.
 *
 * Prints "listening", then lines "NAME WHAT NS", NS counted from before the kill().
 */
#include <errno.h>
#include <linux/vigil.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "events.h"

#define NAMES_MAX	8
#define SAMPLES_MAX	16	/* of one death */
#define READY_MS	60000	/* from a death to the next life, at most */
#define SPACING_MS	20	/* what the last death left to be done is done then */

struct subject {
	const char *name;
	pid_t pid;
	bool ready;
	__u64 killed;
};

struct sample {
	const char *name, *what;
	__u64 ns;
};

static struct subject subjects[NAMES_MAX];
static int subjects_n;
static struct sample samples[SAMPLES_MAX];
static int samples_n;
static struct pollfd polls[2];		/* notes, events */
static struct vnl_events *events;

static struct subject *find(const char *name)
{
	for (int i = 0; i < subjects_n; i++)
		if (!strcmp(subjects[i].name, name))
			return &subjects[i];
	return NULL;
}

/* Kept until there is time to print. */
static void add_sample(const struct subject *s, const char *what, __u64 time)
{
	if (samples_n < SAMPLES_MAX && s->killed && time >= s->killed)
		samples[samples_n++] = (struct sample){ s->name, what, time - s->killed };
}

static void print_samples(void)
{
	for (int i = 0; i < samples_n; i++)
		printf("%s %s %llu\n", samples[i].name, samples[i].what, samples[i].ns);
	samples_n = 0;
}

static void take_note(const struct note *note, pid_t pid)
{
	struct subject *s = find(note->name);

	if (!s)
		return;
	switch (note->kind) {
	case NOTE_BEGUN:
		s->pid = pid;
		add_sample(s, "begun", note->time);
		break;
	case NOTE_READY:
		s->ready = true;
		break;
	case NOTE_HEARD:
		add_sample(s, "heard", note->time);
		break;
	}
}

static void read_notes(int fd)
{
	char room[CMSG_SPACE(sizeof(struct ucred))];
	struct note note;
	struct iovec iov = { .iov_base = &note, .iov_len = sizeof(note) };
	struct msghdr msg;
	struct cmsghdr *c;

	for (;;) {
		msg = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
				       .msg_controllen = sizeof(room) };
		if (recvmsg(fd, &msg, MSG_DONTWAIT) != sizeof(note))
			return;
		note.name[sizeof(note.name) - 1] = 0;
		c = CMSG_FIRSTHDR(&msg);
		if (c && c->cmsg_type == SCM_CREDENTIALS)
			take_note(&note, ((struct ucred *)CMSG_DATA(c))->pid);
	}
}

static void on_event(const struct vnl_event *e, void *arg)
{
	struct subject *s;

	if (e->type != VNL_EVENT_WATCH)
		return;
	s = find(e->watch.name);
	if (!s || e->watch.from == e->watch.to)
		return;
	if (e->watch.to == VIGIL_WATCH_STATE_DYING)
		add_sample(s, "dying", now_ns());
	else if (e->watch.to == VIGIL_WATCH_STATE_DEAD)
		add_sample(s, "dead", now_ns());
}

/* Take what comes for so long, or until the subject is ready (NULL: for the whole time). */
static bool collect(const struct subject *until, int ms)
{
	__u64 end = now_ns() + ms * NS_PER_MS, now;

	while (!(until && until->ready) && (now = now_ns()) < end) {
		if (poll(polls, events ? 2 : 1, (end - now) / NS_PER_MS + 1) < 0)
			return false;
		if (polls[0].revents)
			read_notes(polls[0].fd);
		if (events && polls[1].revents)
			vnl_events_dispatch(events);
	}
	return !until || until->ready;
}

static void kill_one(struct subject *s)
{
	if (!s->pid || !s->ready)
		return;
	s->ready = false;
	s->killed = now_ns();
	kill(s->pid, SIGKILL);
}

static int listen_for_notes(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_un address;
	socklen_t len = note_address(&address);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&address, len))
		return -1;
	return fd;
}

static int lost(const struct subject *s)
{
	fprintf(stderr, "deaths: %s did not become ready\n", s->name);
	return 1;
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[1]) : 0;

	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	for (int i = 2; i < argc && subjects_n < NAMES_MAX; i++)
		subjects[subjects_n++].name = argv[i];
	polls[0] = (struct pollfd){ .fd = listen_for_notes(), .events = POLLIN };
	if (rounds <= 0 || polls[0].fd < 0) {
		perror("deaths");
		return 1;
	}
	if (!vnl_events_open(&events, on_event, NULL))
		polls[1] = (struct pollfd){ .fd = vnl_events_fd(events), .events = POLLIN };
	puts("listening");
	fflush(stdout);
	for (int i = 0; i < subjects_n; i++)
		if (!collect(&subjects[i], READY_MS))
			return lost(&subjects[i]);
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < subjects_n; i++) {
			struct subject *s = &subjects[(round + i) % subjects_n];

			collect(NULL, SPACING_MS);
			print_samples();
			fflush(stdout);
			kill_one(s);
			if (!collect(s, READY_MS))
				return lost(s);
		}
	}
	collect(NULL, SPACING_MS);
	print_samples();
	return 0;
}
