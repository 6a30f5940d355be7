// SPDX-License-Identifier: GPL-2.0
/* The QMP client: against lines of our own, good and hostile, and against a real QEMU. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "qmp.h"

#define S		1000000000ULL
#define GREETING	"{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
#define QEMU		"/usr/bin/qemu-system-x86_64"

/* What a client was told, and the other end of its socket. */
struct talk {
	sd_event *event;
	struct qmp *q;
	int peer;
	unsigned int ready, events, answers;
	char name[64];		/* of the newest event */
	char status[64];	/* of the newest answer */
	char why[128];
	int rc;
	bool ended;
	bool close_on_event;
	unsigned int close_on_answer;
};

static void on_ready(void *data)
{
	((struct talk *)data)->ready++;
}

static void on_event(void *data, const char *name, struct json_object *details)
{
	struct talk *t = data;

	t->events++;
	snprintf(t->name, sizeof(t->name), "%s", name);
	if (t->close_on_event) {
		qmp_close(t->q);
		t->q = NULL;
	}
}

static void on_end(void *data, const char *why)
{
	struct talk *t = data;

	t->ended = true;
	snprintf(t->why, sizeof(t->why), "%s", why);
}

static void on_answer(void *data, struct json_object *result, int rc, const char *why)
{
	struct talk *t = data;
	struct json_object *status;

	t->answers++;
	t->rc = rc;
	if (rc)
		snprintf(t->why, sizeof(t->why), "%s", why);
	else if (json_object_object_get_ex(result, "status", &status))
		snprintf(t->status, sizeof(t->status), "%s", json_object_get_string(status));
	if (t->close_on_answer && t->answers == t->close_on_answer) {
		qmp_close(t->q);
		t->q = NULL;
	}
}

static struct qmp_listener listener_of(struct talk *t)
{
	return (struct qmp_listener){
		.on_ready = on_ready, .on_event = on_event, .on_end = on_end, .data = t,
	};
}

static void begin(struct talk *t)
{
	struct qmp_listener listener = listener_of(t);
	int fd[2];

	memset(t, 0, sizeof(*t));
	assert_true(sd_event_new(&t->event) >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	t->peer = fd[1];
	assert_int_equal(qmp_attach(&t->q, t->event, fd[0], &listener), 0);
}

static void finish(struct talk *t)
{
	qmp_close(t->q);
	close(t->peer);
	sd_event_unref(t->event);
}

/* All that is ready now. */
static void run(struct talk *t)
{
	while (sd_event_run(t->event, 0) > 0)
		;
}

static void say(struct talk *t, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(t->peer, text, len, MSG_NOSIGNAL), len);
	run(t);
}

/* What the client has sent since. */
static const char *heard(struct talk *t)
{
	static char text[1024];
	ssize_t n = recv(t->peer, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = 0;
	return text;
}

static void begin_ready(struct talk *t)
{
	begin(t);
	say(t, GREETING);
	assert_string_equal(heard(t), "{\"execute\":\"qmp_capabilities\",\"id\":1}\r\n");
	assert_int_equal(t->ready, 0);
	say(t, "{\"return\": {}, \"id\": 1}\r\n");
	assert_int_equal(t->ready, 1);
}

static void asks_and_is_answered(void **state)
{
	struct talk t;

	begin(&t);
	assert_int_equal(qmp_execute(t.q, "query-status", S, on_answer, &t), -ENOTCONN);
	finish(&t);
	begin_ready(&t);
	assert_int_equal(qmp_execute(t.q, "query-status", S, on_answer, &t), 0);
	assert_string_equal(heard(&t), "{\"execute\":\"query-status\",\"id\":2}\r\n");
	/* In pieces, with an event in between, and nobody waits for id 7 or none. */
	say(&t, "{\"return\": {\"status\": \"paused\"}, \"id\": 7}\r\n{\"return\": {}}\r\n\r\n");
	say(&t, "{\"event\": \"STOP\", \"timestamp\": {}}\r\n{\"return\": {\"status\"");
	assert_int_equal(t.answers, 0);
	assert_string_equal(t.name, "STOP");
	say(&t, ": \"running\"}, \"id\": 2}\r");
	say(&t, "\n");
	assert_int_equal(t.answers, 1);
	assert_string_equal(t.status, "running");
	say(&t, "{\"return\": {\"status\": \"again\"}, \"id\": 2}\n");
	assert_int_equal(t.answers, 1);
	assert_false(t.ended);
	finish(&t);
}

static void hears_a_refusal(void **state)
{
	struct talk t;

	begin_ready(&t);
	assert_int_equal(qmp_execute(t.q, "query-status", S, on_answer, &t), 0);
	say(&t, "{\"id\": 2, \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such thing\"}}\n");
	assert_int_equal(t.rc, -EREMOTEIO);
	assert_string_equal(t.why, "no such thing");
	finish(&t);
}

static void waits_only_so_long(void **state)
{
	struct talk t;

	begin_ready(&t);
	assert_int_equal(qmp_execute(t.q, "query-status", 1000, on_answer, &t), 0);
	while (!t.answers)
		assert_true(sd_event_run(t.event, UINT64_MAX) >= 0);
	assert_int_equal(t.rc, -ETIMEDOUT);
	for (int i = 0; i < QMP_PENDING; i++)
		assert_int_equal(qmp_execute(t.q, "query-status", S, on_answer, &t), 0);
	assert_int_equal(qmp_execute(t.q, "query-status", S, on_answer, &t), -EBUSY);
	finish(&t);
}

static int on_other(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

/* Its time is over, and it is there: so it is when all of the daemon was late. */
static void takes_an_answer_before_a_timeout(void **state)
{
	static const char text[] = "{\"return\": {\"status\": \"running\"}, \"id\": 2}\r\n";
	sd_event_source *other = NULL;
	struct talk t;
	uint64_t begun, now;

	for (unsigned int close_on = 0; close_on < 2; close_on++) {
		begin_ready(&t);
		t.close_on_answer = close_on;
		/* Of what is ready at once the loop begins with that, and then takes any. */
		assert_true(sd_event_add_io(t.event, &other, t.peer, EPOLLOUT, on_other,
					    NULL) >= 0);
		assert_int_equal(qmp_execute(t.q, "query-status", 1000, on_answer, &t), 0);
		assert_int_equal(send(t.peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
		assert_true(sd_event_now(t.event, CLOCK_MONOTONIC, &begun) >= 0);
		do {
			struct timespec ts;

			clock_gettime(CLOCK_MONOTONIC, &ts);
			now = ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
		} while (now < begun + 5000);
		run(&t);
		assert_int_equal(t.answers, 1);
		assert_int_equal(t.rc, 0);
		assert_string_equal(t.status, "running");
		sd_event_source_unref(other);
		finish(&t);
	}
}

/* Whoever waits hears it, once, and may close the connection meanwhile. */
static void hears_the_end(void **state)
{
	struct talk t;

	for (unsigned int close_on = 0; close_on < 3; close_on++) {
		begin_ready(&t);
		t.close_on_answer = close_on;
		assert_int_equal(qmp_execute(t.q, "a", S, on_answer, &t), 0);
		assert_int_equal(qmp_execute(t.q, "b", S, on_answer, &t), 0);
		shutdown(t.peer, SHUT_RDWR);
		run(&t);
		assert_int_equal(t.answers, close_on ?: 2);
		assert_int_equal(t.rc, -ENOTCONN);
		assert_int_equal(t.ended, !close_on);
		if (t.q)
			assert_int_equal(qmp_execute(t.q, "c", S, on_answer, &t), -ENOTCONN);
		finish(&t);
	}
}

static void may_be_closed_by_an_event(void **state)
{
	struct talk t;

	begin_ready(&t);
	t.close_on_event = true;
	say(&t, "{\"event\": \"RESET\"}\n{\"event\": \"STOP\"}\n{\"event\": \"RESUME\"}\n");
	assert_int_equal(t.events, 1);
	finish(&t);
}

static void ends_with_what_is_no_qmp(void **state)
{
	static const char * const first[] = {
		"SSH-2.0-OpenSSH\r\n", "[]\n", "{}\n", "\"QMP\"\n", "null\n", "{\"QMP\":\n",
		"{\"event\": \"STOP\"}\n", "{\"return\": {}, \"id\": 1}\n", "{\"QMP\": {}} x\n",
	};
	static const char deep[] = "{\"a\":" "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" "1"
				   "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]" "}\n";
	static const char * const later[] = {
		"x\n", "{\n", "]\n", "{\"event\": \"STOP\"}{\"event\": \"STOP\"}\n", "\x80\xff\n",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", deep,
	};
	struct talk t;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		begin(&t);
		say(&t, first[i]);
		if (!t.ended || t.ready || t.events)
			fail_msg("accepted: %s", first[i]);
		finish(&t);
	}
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		begin_ready(&t);
		say(&t, later[i]);
		if (!t.ended || t.events)
			fail_msg("accepted: %s", later[i]);
		finish(&t);
	}
}

/* Odd, but JSON: nothing follows. */
static void overlooks_what_it_does_not_know(void **state)
{
	static const char * const odd[] = {
		"{\"event\": 7}\n", "{\"event\": null}\n", "{\"return\": null, \"id\": 2}\n",
		"{\"return\": {}, \"id\": \"2\"}\n", "{\"return\": {}, \"id\": null}\n",
		"{\"return\": {}, \"id\": 18446744073709551618}\n", "{\"return\": {}, \"id\": 0}\n",
		"{\"return\": {}, \"id\": -1}\n", "{\"id\": 2}\n", "{\"QMP\": {}}\n", "{}\n",
	};
	struct talk t;

	begin_ready(&t);
	assert_int_equal(qmp_execute(t.q, "query-status", S, on_answer, &t), 0);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		say(&t, odd[i]);
		if (t.ended || t.answers || t.events)
			fail_msg("taken: %s", odd[i]);
	}
	say(&t, "{\"error\": \"what\", \"id\": 2}\n");
	assert_int_equal(t.rc, -EREMOTEIO);
	say(&t, "{\"event\": \"STOP\", \"data\": 7}\n");
	assert_int_equal(t.events, 1);
	finish(&t);
}

/* A line without an end is not kept for ever; one of the longest kind is taken. */
static void takes_no_endless_line(void **state)
{
	static char text[QMP_LINE_MAX + 1];
	struct talk t;

	memset(text, ' ', QMP_LINE_MAX);
	memcpy(text, "{\"event\": \"LONG\"}", 17);
	text[QMP_LINE_MAX - 1] = '\n';
	begin_ready(&t);
	for (size_t done = 0; done < QMP_LINE_MAX; run(&t)) {
		ssize_t n = send(t.peer, text + done, QMP_LINE_MAX - done, MSG_NOSIGNAL);

		assert_true(n > 0);
		done += n;
	}
	assert_int_equal(t.events, 1);
	finish(&t);

	begin_ready(&t);
	text[QMP_LINE_MAX - 1] = ' ';
	for (int i = 0; i < QMP_LINE_MAX / 4096 && !t.ended; i++) {
		send(t.peer, text, 4096, MSG_NOSIGNAL);
		run(&t);
	}
	assert_true(t.ended);
	finish(&t);
}

static pid_t start_qemu(const char *path)
{
	char qmp[192];
	pid_t pid;

	snprintf(qmp, sizeof(qmp), "unix:%s,server=on,wait=off", path);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		execl(QEMU, QEMU, "-machine", "none", "-nodefaults", "-display", "none", "-qmp", qmp,
		      NULL);
		_exit(127);
	}
	return pid;
}

static void wait_until(struct talk *t, const unsigned int *count, unsigned int n)
{
	while (*count < n && !t->ended)
		assert_true(sd_event_run(t->event, 60 * 1000000) > 0);
	assert_int_equal(*count, n);
}

static void talks_to_a_real_qemu(void **state)
{
	struct talk t = { .peer = -1 };
	struct qmp_listener listener = listener_of(&t);
	char path[128];
	int status, rc;
	pid_t pid;

	if (access(QEMU, X_OK))
		skip();
	snprintf(path, sizeof(path), "%s", scratch_path("qmp"));
	assert_true(sd_event_new(&t.event) >= 0);
	assert_int_equal(qmp_open(&t.q, t.event, path, &listener), -ENOENT);
	pid = start_qemu(path);
	assert_true(pid > 0);
	do {
		rc = qmp_open(&t.q, t.event, path, &listener);
		assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
		usleep(10000);
	} while (rc == -ENOENT || rc == -ECONNREFUSED);
	assert_int_equal(rc, 0);
	wait_until(&t, &t.ready, 1);
	assert_int_equal(qmp_execute(t.q, "query-status", 60 * S, on_answer, &t), 0);
	wait_until(&t, &t.answers, 1);
	assert_string_equal(t.status, "running");
	assert_int_equal(qmp_execute(t.q, "stop", 60 * S, on_answer, &t), 0);
	wait_until(&t, &t.answers, 2);
	assert_string_equal(t.name, "STOP");
	assert_int_equal(qmp_execute(t.q, "query-status", 60 * S, on_answer, &t), 0);
	wait_until(&t, &t.answers, 3);
	assert_string_equal(t.status, "paused");
	assert_int_equal(qmp_execute(t.q, "no-such-command", 60 * S, on_answer, &t), 0);
	wait_until(&t, &t.answers, 4);
	assert_int_equal(t.rc, -EREMOTEIO);
	assert_int_equal(qmp_execute(t.q, "quit", 60 * S, on_answer, &t), 0);
	wait_until(&t, &t.answers, 5);
	while (!t.ended)
		assert_true(sd_event_run(t.event, 60 * 1000000) > 0);
	assert_string_equal(t.name, "SHUTDOWN");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	qmp_close(t.q);
	sd_event_unref(t.event);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_and_is_answered),
		cmocka_unit_test(hears_a_refusal),
		cmocka_unit_test(waits_only_so_long),
		cmocka_unit_test(takes_an_answer_before_a_timeout),
		cmocka_unit_test(hears_the_end),
		cmocka_unit_test(may_be_closed_by_an_event),
		cmocka_unit_test(ends_with_what_is_no_qmp),
		cmocka_unit_test(overlooks_what_it_does_not_know),
		cmocka_unit_test(takes_no_endless_line),
		cmocka_unit_test(talks_to_a_real_qemu),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
