// SPDX-License-Identifier: GPL-2.0
/* The module: what it shows, when it can be unloaded, and that it leaves nothing. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "harness.h"
#include "module.h"
#include "one.h"

#define ROUNDS	100

static void tracepoints(void)
{
	static const char *const names[] = {
		"vigil_beat_tx", "vigil_beat_rx", "vigil_drop", "vigil_node", "vigil_lease",
		"vigil_claim", "vigil_vote", "vigil_fence", "vigil_daemon", "vigil_oversleep",
		"vigil_watch_state", "vigil_watch_deadline", "vigil_watchdog",
	};
	char path[128];
	size_t i;

	if (access("/sys/kernel/tracing/events", F_OK))
		test_skip("no tracefs");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/tracing/events/vigil/%s/format", names[i]);
		CHECK(!access(path, R_OK), "no %s", path);
	}
}

/* Return: bytes read, or -errno. */
static int read_file(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, room - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -errno : (int)n;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), rc;

	if (fd < 0)
		return -errno;
	rc = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

/* A running cluster "c" of one voter, here. */
static void run_alone(void)
{
	__u8 key[VIGIL_KEY_LEN] = { 1 };

	CHECK(!new_cluster("c", 1, 0, 100), "%s", vnl_error(client));
	CHECK(!new_node(1, "n1", true, "127.0.0.1"), "%s", vnl_error(client));
	CHECK(!vnl_key_set(client, "c", 0, key, true), "%s", vnl_error(client));
	CHECK(!vnl_cluster_start(client, "c"), "%s", vnl_error(client));
}

static void sysctls(void)
{
#define DIR "/proc/sys/net/vigil/c/"
	char text[64];

	one_connect();
	CHECK(read_file(DIR "detect_us", text, sizeof(text)) == -ENOENT, "before the cluster is");
	CHECK_EQ(new_cluster("c", 1, 0, 200), 0);
	CHECK(read_file(DIR "detect_us", text, sizeof(text)) > 0, "no detect_us");
	CHECK_EQ(atoi(text), 200000);
	CHECK(write_file(DIR "detect_us", "300000\n") < 0, "detect_us can be written");
	CHECK(read_file(DIR "fence_action", text, sizeof(text)) > 0, "no fence_action");
	CHECK(!strncmp(text, "notify", 6), "fence_action is %s", text);
	CHECK_EQ(write_file(DIR "fence_action", "nonsense\n"), -EINVAL);
	CHECK_EQ(write_file(DIR "fence_action", "panic\n"), 0);
	CHECK(read_file(DIR "fence_action", text, sizeof(text)) > 0, "no fence_action");
	CHECK(!strncmp(text, "panic", 5), "fence_action is %s", text);
	CHECK_EQ(vnl_cluster_del(client, "c"), 0);
	CHECK(read_file(DIR "detect_us", text, sizeof(text)) == -ENOENT, "after the cluster was");
#undef DIR
}

static void made_and_deleted(void)
{
	struct vnl_cluster *clusters;
	int i;

	one_connect();
	for (i = 0; i < ROUNDS; i++) {
		run_alone();
		CHECK(!vnl_claim_new(client, "c", "@role", 0), "%s", vnl_error(client));
		CHECK(!vnl_claim_release(client, "c", "@role", 0), "%s", vnl_error(client));
		CHECK(!vnl_cluster_del(client, "c"), "%s", vnl_error(client));
	}
	CHECK_EQ(vnl_cluster_list(client, &clusters), 0);
}

/* The namespace ends with its cluster running: the next test must find the port free. */
static void left_to_the_namespace(void)
{
	one_connect();
	run_alone();
}

static void on_event(const struct vnl_event *event, void *arg)
{
	bool *held = arg;

	if (event->type == VNL_EVENT_CLAIM && event->claim.to == VIGIL_CLAIM_STATE_HELD)
		*held = true;
}

static void unload_refused(void)
{
	struct vnl_events *events;
	bool held = false;
	int i;

	one_connect();
	CHECK_EQ(vnl_events_open(&events, on_event, &held), 0);
	run_alone();
	CHECK_EQ(vnl_claim_new(client, "c", "web", 0), 0);
	for (i = 0; i < 1000 && !held; i++) {
		CHECK(vnl_events_dispatch(events) >= 0, "events");
		usleep(10000);
	}
	CHECK(held, "a node that is the only voter does not hold its claim");
	CHECK_EQ(module_unload(), -EWOULDBLOCK);
	CHECK(module_loaded(), "unloaded while a claim is held");
	CHECK_EQ(vnl_claim_release(client, "c", "web", 0), 0);
}

/* With a cluster running but nothing held it goes, and comes back. */
static void unloaded_and_loaded(void)
{
	int i, rc = 0;

	for (i = 0; i < 5; i++) {
		one_connect();
		run_alone();
		vnl_close(client);
		/* Namespaces of tests before this one may still be going. */
		for (int tries = 0; tries < 500; tries++) {
			rc = module_unload();
			if (!rc)
				break;
			usleep(10000);
		}
		CHECK(!rc, "unload: %s", strerror(-rc));
		CHECK(!module_loaded(), "it is still there");
		CHECK(!module_load(), "it cannot be loaded again");
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "tracepoints are there", tracepoints },
		{ "sysctls are there and guarded", sysctls },
		{ "a cluster made and deleted a hundred times", made_and_deleted },
		{ "a cluster ends with its namespace", left_to_the_namespace },
		{ "another one takes its place", left_to_the_namespace },
		{ "unloading is refused while a claim is held", unload_refused },
		{ "unloading and loading", unloaded_and_loaded },
		{ }
	};

	return harness_main(argc, argv, tests);
}
