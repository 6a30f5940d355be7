// SPDX-License-Identifier: GPL-2.0
/*
 * How a guest is turned off, and where it can panic: vm.c, with an emulator of our own at the
 * other end.
 */
#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mainpid.h"
#include "probes.h"
#include "service.h"
#include "services.h"
#include "vm.h"

static struct {
	struct config_service cfg;
	struct services set;
	struct service s;
	int listener, peer;
	__u64 panic;
} w;

/* Not of interest here. */
void mainpid_make_dir(const char *cluster) { }
void service_runs(struct service *s) { }
void service_fail(struct service *s, bool here_for_good) { }
void watch_report(struct service *s, __u32 state, __u32 cause) { }

int probes_set_panic(const struct probes *p, __u64 watch, __u64 address)
{
	w.panic = address;
	return watch == w.s.watch.id ? 0 : -ENOENT;
}

/* The next lines from vigild. */
static const char *heard(void)
{
	static char text[256];
	ssize_t n;

	while ((n = recv(w.peer, text, sizeof(text) - 1, MSG_DONTWAIT)) < 0)
		assert_true(sd_event_run(w.set.event, 1000) >= 0);
	text[n] = 0;
	return text;
}

static void say(const char *text)
{
	assert_int_equal(send(w.peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Until vigild has asked for the guest's state. */
static const char *greet(void)
{
	const char *asked;

	while ((w.peer = accept(w.listener, NULL, NULL)) < 0)
		assert_true(sd_event_run(w.set.event, UINT64_MAX) >= 0);
	say("{\"QMP\": {}}\n");
	assert_non_null(strstr(heard(), "qmp_capabilities"));
	say("{\"return\": {}, \"id\": 1}\n");
	asked = heard();
	assert_non_null(strstr(asked, "query-status"));
	return asked;
}

static void begin(enum service_state state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	memset(&w, 0, sizeof(w));
	snprintf(w.cfg.name, sizeof(w.cfg.name), "web");
	w.cfg.qmp = strdup(scratch_path("qmp"));
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", w.cfg.qmp);
	w.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(w.listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(w.listener, 1), 0);
	assert_true(sd_event_new(&w.set.event) >= 0);
	w.s = (struct service){ .set = &w.set, .cfg = &w.cfg, .state = state };
	assert_int_equal(vm_begin(&w.s), 0);
	assert_non_null(strstr(greet(), "\"query-pci\",\"id\":3"));
}

static void finish(void)
{
	vm_end(&w.s);
	close(w.peer);
	close(w.listener);
	unlink(w.cfg.qmp);
	free(w.cfg.qmp);
	sd_event_unref(w.set.event);
}

/* A guest that is starting has nothing to lose yet. */
static void one_that_has_not_run_is_ended(void **state)
{
	begin(SERVICE_STARTING);
	vm_turn_off(&w.s, false);
	assert_non_null(strstr(heard(), "\"quit\""));
	finish();
}

static void one_that_has_run_is_shut_down(void **state)
{
	begin(SERVICE_STARTING);
	say("{\"return\": {\"status\": \"running\"}, \"id\": 2}\n");
	while (sd_event_run(w.set.event, 0) > 0)
		;
	vm_turn_off(&w.s, false);
	assert_non_null(strstr(heard(), "\"system_powerdown\""));
	vm_turn_off(&w.s, true);
	assert_non_null(strstr(heard(), "\"quit\""));
	finish();
}

/* An earlier daemon has started it, and its state has not been told yet. */
static void one_that_was_found_is_shut_down(void **state)
{
	begin(SERVICE_OFF);
	vm_turn_off(&w.s, false);
	assert_non_null(strstr(heard(), "\"system_powerdown\""));
	finish();
}

static void say_address(int id, const char *address)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"id\": %d, \"return\": [{\"devices\": [{\"id\": "
		 "{\"vendor\": 6966, \"device\": 17}, \"regions\": [{\"bar\": 0, \"address\": %s}]"
		 "}]}]}\n", id, address);
	say(text);
	while (sd_event_run(w.set.event, 0) > 0)
		;
}

/* Until there is an address, after a reset, and with each monitor; one question at a time. */
static void one_is_asked_where_it_panics(void **state)
{
	const char *asked;

	begin(SERVICE_RUNNING);
	w.s.watch.id = 7;
	w.s.agent.timeout[AGENT_MONITOR] = UINT64_MAX / 2;
	say_address(3, "-1");
	assert_non_null(strstr(heard(), "\"query-pci\",\"id\":4"));
	say_address(4, "4096");
	assert_int_equal(w.panic, 4096);
	say("{\"event\": \"RESET\"}\n");
	assert_non_null(strstr(heard(), "\"query-pci\",\"id\":5"));
	vm_monitor(&w.s);
	asked = heard();
	assert_non_null(strstr(asked, "query-status"));
	assert_null(strstr(asked, "query-pci"));
	say_address(5, "8192");
	assert_int_equal(w.panic, 8192);
	say("{\"event\": \"RESUME\"}\n");
	assert_non_null(strstr(heard(), "\"query-pci\",\"id\":7"));
	say("{\"id\": 7, \"return\": []}\n");
	while (w.panic)
		assert_true(sd_event_run(w.set.event, UINT64_MAX) >= 0);
	vm_monitor(&w.s);
	assert_non_null(strstr(heard(), "\"query-pci\",\"id\":8"));
	/* It may have been too much for one of the two. */
	close(w.peer);
	assert_null(strstr(greet(), "query-pci"));
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_has_not_run_is_ended),
		cmocka_unit_test(one_that_has_run_is_shut_down),
		cmocka_unit_test(one_that_was_found_is_shut_down),
		cmocka_unit_test(one_is_asked_where_it_panics),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
