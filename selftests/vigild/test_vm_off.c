// SPDX-License-Identifier: GPL-2.0
/* How a guest is turned off: vm.c, with an emulator of our own at the other end. */
#include "scratch.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mainpid.h"
#include "service.h"
#include "services.h"
#include "vm.h"

static struct {
	struct config_service cfg;
	struct services set;
	struct service s;
	int listener, peer;
} w;

/* Not of interest here. */
void mainpid_make_dir(const char *cluster) { }
void service_runs(struct service *s) { }
void service_fail(struct service *s, bool here_for_good) { }
void watch_report(struct service *s, __u32 state, __u32 cause) { }

/* The next line from vigild. */
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
	while ((w.peer = accept(w.listener, NULL, NULL)) < 0)
		assert_true(sd_event_run(w.set.event, UINT64_MAX) >= 0);
	say("{\"QMP\": {}}\n");
	assert_non_null(strstr(heard(), "qmp_capabilities"));
	say("{\"return\": {}, \"id\": 1}\n");
	assert_non_null(strstr(heard(), "query-status"));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_has_not_run_is_ended),
		cmocka_unit_test(one_that_has_run_is_shut_down),
		cmocka_unit_test(one_that_was_found_is_shut_down),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
