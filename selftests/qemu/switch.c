// SPDX-License-Identifier: GPL-2.0
/*
 * The cables of a test: one learning Ethernet switch per link, whose ports are
 * QEMU's "-netdev dgram" unix sockets, and which can be told to misbehave.
 *
 *	switch <directory> <links> <ports>
 *
 * Port p (from 1) of link l (from 0) is <directory>/link<l>.port<p>; the guest's end
 * is <directory>/link<l>.guest<p>. Orders come line by line on standard input, and
 * each is answered by one line, "ok" or "error: why", when it is in force:
 *
 *	rule <link> <from> <to> [cut=0|1] [loss=<ppm>] [delay=<us>] [jitter=<us>]
 *		frames that come in at one port and would leave by the other; "*" is all
 *	capture <link> <file>	pcap of what comes in, CLOCK_MONOTONIC in nanoseconds
 *	flush			the captures are written out
 *	stats <link>		received, sent, cut, lost, refused by a full guest
 *
 * The end of standard input ends the switch.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINKS_MAX	4
#define PORTS_MAX	16
#define MACS_MAX	64
#define FRAME_MAX	65536
#define EVENT_STDIN	UINT64_MAX
#define EVENT_TIMER	(UINT64_MAX - 1)

struct rule {
	unsigned int cut, loss, delay, jitter;
};

struct port {
	int fd;
	struct sockaddr_un guest;
};

struct link {
	struct port ports[PORTS_MAX + 1];
	struct rule rules[PORTS_MAX + 1][PORTS_MAX + 1];	/* [from][to] */
	struct {
		uint8_t mac[6];
		uint8_t port;
	} macs[MACS_MAX];
	unsigned int macs_used;
	FILE *capture;
	unsigned long long received, sent, cut, lost, refused;
};

/* A frame on its way; the list is in the order in which they are due. */
struct late {
	struct late *next;
	uint64_t due;
	struct link *link;
	unsigned int to;
	size_t len;
	uint8_t data[];
};

static struct link links[LINKS_MAX];
static unsigned int link_count, port_count;
static struct late *late;
static int timer;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* A guest that does not read (stopped) has a few frames waiting; more are refused. */
static void transmit(struct link *link, unsigned int to, const void *data, size_t len)
{
	struct port *port = &link->ports[to];

	if (sendto(port->fd, data, len, MSG_DONTWAIT, (struct sockaddr *)&port->guest,
		   sizeof(port->guest)) < 0)
		link->refused++;
	else
		link->sent++;
}

static void arm_timer(void)
{
	struct itimerspec when = { 0 };

	if (late) {
		when.it_value.tv_sec = late->due / 1000000000;
		when.it_value.tv_nsec = late->due % 1000000000;
	}
	timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void postpone(struct link *link, unsigned int to, uint64_t delay_us,
		     const void *data, size_t len)
{
	struct late *frame = malloc(sizeof(*frame) + len), **at = &late;

	if (!frame)
		abort();
	frame->due = now_ns() + delay_us * 1000;
	frame->link = link;
	frame->to = to;
	frame->len = len;
	memcpy(frame->data, data, len);
	while (*at && (*at)->due <= frame->due)
		at = &(*at)->next;
	frame->next = *at;
	*at = frame;
	arm_timer();
}

static void deliver_late(void)
{
	uint64_t now = now_ns();

	while (late && late->due <= now) {
		struct late *frame = late;

		late = frame->next;
		transmit(frame->link, frame->to, frame->data, frame->len);
		free(frame);
	}
	arm_timer();
}

static void pass(struct link *link, unsigned int from, unsigned int to,
		 const void *data, size_t len)
{
	const struct rule *rule = &link->rules[from][to];

	if (rule->cut) {
		link->cut++;
		return;
	}
	if (rule->loss && (unsigned long)random() % 1000000 < rule->loss) {
		link->lost++;
		return;
	}
	if (rule->delay || rule->jitter)
		postpone(link, to, rule->delay + (rule->jitter ? random() % rule->jitter : 0),
			 data, len);
	else
		transmit(link, to, data, len);
}

/* Port behind which this address was last seen; 0: unknown, or a group address. */
static unsigned int mac_port(const struct link *link, const uint8_t *mac)
{
	if (mac[0] & 1)
		return 0;
	for (unsigned int i = 0; i < link->macs_used; i++)
		if (!memcmp(link->macs[i].mac, mac, 6))
			return link->macs[i].port;
	return 0;
}

static void mac_learn(struct link *link, const uint8_t *mac, unsigned int port)
{
	unsigned int i = 0;

	if (mac[0] & 1)
		return;
	while (i < link->macs_used && memcmp(link->macs[i].mac, mac, 6))
		i++;
	if (i == MACS_MAX)
		return;
	if (i == link->macs_used)
		link->macs_used++;
	memcpy(link->macs[i].mac, mac, 6);
	link->macs[i].port = port;
}

static void put32(FILE *f, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, f);
}

static void capture_frame(FILE *f, const void *data, size_t len)
{
	uint64_t now = now_ns();

	put32(f, now / 1000000000);
	put32(f, now % 1000000000);
	put32(f, len);
	put32(f, len);
	fwrite(data, len, 1, f);
}

static void port_read(struct link *link, unsigned int from)
{
	static uint8_t frame[FRAME_MAX];
	unsigned int only;
	ssize_t len;

	while ((len = recv(link->ports[from].fd, frame, sizeof(frame), MSG_DONTWAIT)) >= 14) {
		link->received++;
		if (link->capture)
			capture_frame(link->capture, frame, len);
		mac_learn(link, frame + 6, from);
		only = mac_port(link, frame);
		for (unsigned int to = 1; to <= port_count; to++)
			if (to != from && (!only || only == to))
				pass(link, from, to, frame, len);
	}
}

static const char *capture_start(struct link *link, const char *path)
{
	if (link->capture)
		fclose(link->capture);
	link->capture = fopen(path, "we");
	if (!link->capture)
		return strerror(errno);
	put32(link->capture, 0xa1b23c4d);	/* pcap with nanoseconds */
	put32(link->capture, 4 << 16 | 2);	/* version 2.4 */
	put32(link->capture, 0);
	put32(link->capture, 0);
	put32(link->capture, FRAME_MAX);
	put32(link->capture, 1);		/* Ethernet */
	return NULL;
}

static int rule_set(struct rule *rule, const char *word)
{
	return sscanf(word, "cut=%u", &rule->cut) == 1 ||
	       sscanf(word, "loss=%u", &rule->loss) == 1 ||
	       sscanf(word, "delay=%u", &rule->delay) == 1 ||
	       sscanf(word, "jitter=%u", &rule->jitter) == 1;
}

/* "*" or a number in [low, high]; -1: neither. */
static int selects(const char *word, unsigned int low, unsigned int high, unsigned int value)
{
	char *end;
	unsigned long number;

	if (!strcmp(word, "*"))
		return 1;
	number = strtoul(word, &end, 10);
	if (end == word || *end || number < low || number > high)
		return -1;
	return number == value;
}

static const char *order_rule(char *words[], int count)
{
	for (unsigned int l = 0; l < link_count; l++)
		for (unsigned int from = 1; from <= port_count; from++)
			for (unsigned int to = 1; to <= port_count; to++) {
				int a = selects(words[1], 0, link_count - 1, l);
				int b = selects(words[2], 1, port_count, from);
				int c = selects(words[3], 1, port_count, to);

				if (a < 0 || b < 0 || c < 0)
					return "no such link or port";
				for (int i = 4; a && b && c && i < count; i++)
					if (!rule_set(&links[l].rules[from][to], words[i]))
						return "unknown rule";
			}
	return NULL;
}

static const char *order_flush(void)
{
	for (unsigned int l = 0; l < link_count; l++)
		if (links[l].capture)
			fflush(links[l].capture);
	return NULL;
}

static const char *order_stats(const char *word)
{
	for (unsigned int l = 0; l < link_count; l++)
		if (selects(word, 0, link_count - 1, l) == 1) {
			struct link *k = &links[l];

			printf("stats %u received=%llu sent=%llu cut=%llu lost=%llu refused=%llu\n",
			       l, k->received, k->sent, k->cut, k->lost, k->refused);
			return "";
		}
	return "no such link";
}

static const char *order(char *line)
{
	char *words[16], *save = NULL, *word;
	unsigned int l;
	int count = 0;

	for (word = strtok_r(line, " \n", &save); word && count < 16;
	     word = strtok_r(NULL, " \n", &save))
		words[count++] = word;
	if (count >= 5 && !strcmp(words[0], "rule"))
		return order_rule(words, count);
	if (count == 2 && !strcmp(words[0], "stats"))
		return order_stats(words[1]);
	if (count == 3 && !strcmp(words[0], "capture")) {
		l = strtoul(words[1], NULL, 10);
		return l < link_count ? capture_start(&links[l], words[2]) : "no such link";
	}
	if (count == 1 && !strcmp(words[0], "flush"))
		return order_flush();
	return "unknown order";
}

/* Whole lines only: the harness writes each with one write. Returns 0 at the end. */
static int orders_read(void)
{
	char text[4096], *line, *save = NULL;
	ssize_t len = read(STDIN_FILENO, text, sizeof(text) - 1);
	const char *error;

	if (len <= 0)
		return 0;
	text[len] = 0;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		error = order(line);
		if (!error)
			puts("ok");
		else if (*error)
			printf("error: %s\n", error);
	}
	fflush(stdout);
	return 1;
}

static void watch(int epoll, int fd, uint64_t what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = what };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		perror("switch: epoll");
		exit(1);
	}
}

static void port_open(const char *dir, unsigned int l, unsigned int p, int epoll)
{
	struct port *port = &links[l].ports[p];
	struct sockaddr_un own = { .sun_family = AF_UNIX };
	int size = 4 << 20;

	port->guest.sun_family = AF_UNIX;
	if (snprintf(own.sun_path, sizeof(own.sun_path), "%s/link%u.port%u", dir, l, p) >=
		    (int)sizeof(own.sun_path) ||
	    snprintf(port->guest.sun_path, sizeof(own.sun_path), "%s/link%u.guest%u", dir, l, p) >=
		    (int)sizeof(own.sun_path)) {
		fprintf(stderr, "switch: path too long for a socket: %s\n", dir);
		exit(1);
	}
	unlink(own.sun_path);
	port->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(port->fd, (struct sockaddr *)&own, sizeof(own)) < 0) {
		fprintf(stderr, "switch: %s: %s\n", own.sun_path, strerror(errno));
		exit(1);
	}
	setsockopt(port->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	watch(epoll, port->fd, (uint64_t)l << 32 | p);
}

static int handle(const struct epoll_event *event)
{
	uint64_t ignored;

	if (event->data.u64 == EVENT_STDIN)
		return orders_read();
	if (event->data.u64 == EVENT_TIMER) {
		if (read(timer, &ignored, sizeof(ignored)) > 0)
			deliver_late();
	} else {
		port_read(&links[event->data.u64 >> 32], event->data.u64 & 0xffffffff);
	}
	return 1;
}

int main(int argc, char *argv[])
{
	struct epoll_event events[16];
	int epoll = epoll_create1(EPOLL_CLOEXEC), on = 1;

	link_count = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	port_count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	if (!link_count || link_count > LINKS_MAX || !port_count || port_count > PORTS_MAX) {
		fprintf(stderr, "usage: switch <directory> <links 1..%d> <ports 1..%d>\n",
			LINKS_MAX, PORTS_MAX);
		return 2;
	}
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	for (unsigned int l = 0; l < link_count; l++)
		for (unsigned int p = 1; p <= port_count; p++)
			port_open(argv[1], l, p, epoll);
	watch(epoll, STDIN_FILENO, EVENT_STDIN);
	watch(epoll, timer, EVENT_TIMER);
	puts("ok");
	fflush(stdout);
	while (on) {
		int count = epoll_wait(epoll, events, 16, -1);

		for (int i = 0; i < count && on; i++)
			on = handle(&events[i]);
	}
	for (unsigned int l = 0; l < link_count; l++)
		if (links[l].capture)
			fclose(links[l].capture);
	return 0;
}
