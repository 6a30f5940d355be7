// SPDX-License-Identifier: GPL-2.0
/*
 * A client that asks one address over and over by HTTP, and tells when it was
 * answered.
 *
 *	client <address> <port> <interval in ms>
 *
 * Every interval a new connection asks for "/", whether or not earlier ones have been
 * answered; each has two seconds. Output, CLOCK_BOOTTIME in ns: "ok <asked> <answered>
 * <server>", where server is the answer's header X-Node, or "lost <asked> <why>".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define ASKING_MAX	512
#define PATIENCE_NS	2000000000LL

static const char request[] = "GET / HTTP/1.0\r\n\r\n";

struct asking {
	int fd;			/* -1: free */
	int sent;
	int64_t since;
	size_t len;
	char answer[2048];
};

static struct asking askings[ASKING_MAX];
static struct sockaddr_in server = { .sin_family = AF_INET };
static int epoll;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Closed by a reset: thousands of connections in TIME_WAIT would use up the ports. */
static void asking_close(struct asking *a)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(a->fd);
	a->fd = -1;
}

static void lost(struct asking *a, const char *why)
{
	printf("lost %lld %s\n", (long long)a->since, why);
	asking_close(a);
}

static void answered(struct asking *a)
{
	char *node = strstr(a->answer, "\nX-Node: ");
	int64_t now = now_ns();

	if (strncmp(a->answer, "HTTP/1.", 7) || !strstr(a->answer, " 200 ")) {
		lost(a, "bad-answer");
		return;
	}
	node = node ? node + 9 : (char *)"-";
	printf("ok %lld %lld %.*s\n", (long long)a->since, (long long)now,
	       (int)strcspn(node, "\r\n"), node);
	asking_close(a);
}

static void ask(void)
{
	struct asking *a = askings;
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };

	while (a < askings + ASKING_MAX && a->fd >= 0)
		a++;
	if (a == askings + ASKING_MAX)
		return;
	a->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	a->sent = 0;
	a->len = 0;
	a->since = now_ns();
	if (a->fd < 0)
		return;
	event.data.ptr = a;
	if ((connect(a->fd, (struct sockaddr *)&server, sizeof(server)) < 0 &&
	     errno != EINPROGRESS) || epoll_ctl(epoll, EPOLL_CTL_ADD, a->fd, &event) < 0)
		lost(a, strerrorname_np(errno));
}

static void progress(struct asking *a)
{
	ssize_t n;

	if (a->fd < 0)
		return;
	if (!a->sent) {
		n = send(a->fd, request, sizeof(request) - 1, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			lost(a, strerrorname_np(errno));
			return;
		}
		a->sent = 1;
	}
	while ((n = recv(a->fd, a->answer + a->len, sizeof(a->answer) - 1 - a->len, 0)) > 0)
		a->len += n;
	a->answer[a->len] = 0;
	if (n == 0)
		answered(a);
	else if (n < 0 && errno != EAGAIN)
		lost(a, strerrorname_np(errno));
}

static void give_up_old(void)
{
	int64_t now = now_ns();

	for (struct asking *a = askings; a < askings + ASKING_MAX; a++)
		if (a->fd >= 0 && now - a->since > PATIENCE_NS)
			lost(a, "timeout");
}

static int interval_timer(long ms)
{
	struct itimerspec every = {
		.it_interval = { ms / 1000, ms % 1000 * 1000000 },
		.it_value = { ms / 1000, ms % 1000 * 1000000 },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL) < 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		perror("client: timer");
		exit(1);
	}
	return fd;
}

int main(int argc, char *argv[])
{
	struct epoll_event events[64];
	uint64_t ticks;
	int timer;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1 || atol(argv[3]) < 1) {
		fprintf(stderr, "usage: client <IPv4 address> <port> <interval in ms>\n");
		return 2;
	}
	server.sin_port = htons(atoi(argv[2]));
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < ASKING_MAX; i++)
		askings[i].fd = -1;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	timer = interval_timer(atol(argv[3]));
	for (;;) {
		int count = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr) {
				progress(events[i].data.ptr);
			} else if (read(timer, &ticks, sizeof(ticks)) > 0) {
				give_up_old();
				ask();
			}
		}
	}
}
