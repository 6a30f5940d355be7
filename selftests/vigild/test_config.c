// SPDX-License-Identifier: GPL-2.0
/* What the configuration file may say, and what is said about one that is wrong. */
#include "scratch.h"

#include <stdio.h>

#define CLUSTER	"cluster basket { key-file = \"KEY\" }\n"
#define ALPHA	"node alpha { id = 1 address = {\"10.0.0.1\", \"10.0.1.1\"} }\n"
#define BETA	"node beta { id = 2 address = {\"10.0.0.2\", \"10.0.1.2\"} }\n"
#define GAMMA	"node gamma { id = 3 address = {\"10.0.0.3\"} witness = true }\n"
#define THREE	CLUSTER ALPHA BETA GAMMA

static void accepts_the_whole(void **state)
{
	struct config *c = scratch_good(
		"cluster basket { key-file = \"KEY\" detect = 400ms port = 5000 fence = panic\n"
		"  generation = 7 }\n" GAMMA BETA ALPHA
		"node delta { id = 9 address = {\"10.0.0.9\"} voter = false }\n"
		"service ip { run = \"ocf:heartbeat:IPaddr2\" params = {\"ip=10.0.0.100\"} }\n"
		"service web { run = \"exec:nginx -g 'daemon off;'\" with = {\"ip\"}\n"
		"  nodes = {\"beta\", \"alpha\"} restart = \"5 per 2min\" stop-timeout = 3s }\n"
		"service lone { run = \"exec\" start = \"a\" stop = \"b\" monitor = \"c\" }\n",
		"beta");

	assert_string_equal(c->name, "basket");
	assert_int_equal(c->timing.detect, 400000000);
	assert_int_equal(c->port, 5000);
	assert_int_equal(c->fence, CONFIG_FENCE_PANIC);
	assert_int_equal(c->generation, 7);
	assert_true(c->key_set[0] && !c->key_set[1]);
	assert_int_equal(c->key[0][31], 31);
	assert_int_equal(c->n_nodes, 4);
	assert_int_equal(c->n_voters, 3);
	assert_int_equal(c->self, 1);
	assert_int_equal(c->node[3].id, 9);
	assert_true(c->node[2].witness && !c->node[3].voter);
	assert_int_equal(c->node[0].n_addresses, 2);
	assert_int_equal(c->n_groups, 2);
	assert_int_equal(c->service[0].group, c->service[1].group);
	assert_int_equal(c->service[1].with[0], 0);
	assert_int_equal(c->service[1].nodes[0], 1);
	assert_int_equal(c->service[1].restarts, 5);
	assert_int_equal(c->service[1].restart_window, 120000000000);
	assert_int_equal(c->service[1].stop_timeout, 3000000000);
	assert_int_equal(c->service[2].class, CONFIG_EXEC_COMMANDS);
	config_free(c);
}

#define GUARDED(options) "cluster basket { key-file = \"KEY\"\n" options " }\n" ALPHA BETA GAMMA

static void guards_by_default_and_on_demand(void **state)
{
	struct config *c = scratch_good(THREE, "alpha");

	assert_null(c->watchdog);
	assert_int_equal(c->daemon_stale_ms, 10000);
	assert_int_equal(c->daemon_grace_ms, 0);
	config_free(c);
	c = scratch_good(GUARDED("watchdog = \"/dev/watchdog1\" daemon-grace = 30s"), "alpha");
	assert_string_equal(c->watchdog, "/dev/watchdog1");
	assert_int_equal(c->watchdog_timeout, 10000000000);
	assert_false(c->watchdog_soft);
	assert_int_equal(c->daemon_grace_ms, 30000);
	config_free(c);
	/* Lease and fence are 75 s then. */
	c = scratch_good(GUARDED("detect = 30s watchdog = \"/dev/watchdog0\" watchdog-soft = true"
				 " daemon-grace = keep daemon-stale = 3s"), "alpha");
	assert_int_equal(c->watchdog_timeout, 101000000000);
	assert_true(c->watchdog_soft);
	assert_int_equal(c->daemon_grace_ms, 0);
	assert_int_equal(c->daemon_stale_ms, 3000);
	config_free(c);
}

static void gates_what_is_asked_for(void **state)
{
	struct config *c = scratch_good(THREE
		"service a { run = \"exec:x\" gate = true }\n"
		"service b { run = \"exec:x\" gate-address = {\"10.9.0.1@eth0\", \"fd77::1@eth0\",\n"
		"  \"10.9.0.2@eth1\", \"10.9.0.3\"} }\n", "alpha");

	assert_true(c->service[0].gate && !c->service[0].n_gate_addresses);
	assert_false(c->service[1].gate);
	assert_int_equal(c->service[1].n_gate_addresses, 4);
	assert_int_equal(c->service[1].gate_address[1].sa.sa_family, AF_INET6);
	assert_int_equal(c->service[1].n_gate_interfaces, 2);
	assert_string_equal(c->service[1].gate_interface[1], "eth1");
	config_free(c);
}

static void watches_by_default_and_on_demand(void **state)
{
	struct config *c = scratch_good(THREE
		"service a { run = \"exec:x\" }\n"
		"service b { run = \"exec:x\" on-hang = report progress = 500ms blocked = 1min }\n"
		"service c { run = \"vm:x\" }\n"
		"service d { run = \"vm:x\" on-panic = report hang = off progress = off }\n",
		"alpha");

	assert_int_equal(c->service[0].on_hang, CONFIG_RESTART);
	assert_int_equal(c->service[0].progress, 0);
	assert_int_equal(c->service[0].blocked, 0);
	assert_int_equal(c->service[0].hang, 0);
	assert_int_equal(c->service[1].on_hang, CONFIG_REPORT);
	assert_int_equal(c->service[1].progress, 500000000);
	assert_int_equal(c->service[1].blocked, 60000000000);
	assert_int_equal(c->service[2].on_panic, CONFIG_RESTART);
	assert_int_equal(c->service[2].hang, 10000000000);
	assert_int_equal(c->service[3].on_panic, CONFIG_REPORT);
	assert_int_equal(c->service[3].hang, 0);
	config_free(c);
}

static void groups_join_both_ways(void **state)
{
	struct config *c = scratch_good(THREE
		"service a { run = \"exec:x\" with = {\"d\"} }\n"
		"service b { run = \"exec:x\" }\n"
		"service c { run = \"exec:x\" with = {\"b\"} }\n"
		"service d { run = \"exec:x\" }\n"
		"service e { run = \"exec:x\" with = {\"a\", \"c\"} }\n", "alpha");

	assert_int_equal(c->n_groups, 1);
	assert_int_equal(c->group_at[1], 5);
	assert_true(config_starts_after(c, 4, 3));
	assert_true(config_starts_after(c, 4, 1));
	assert_false(config_starts_after(c, 3, 0));
	assert_int_equal(c->service[4].depth, 2);
	config_free(c);
}

struct refusal {
	const char *text;
	int line;
	const char *word;	/* that the reason must contain */
};

static const struct refusal refusals[] = {
	{ THREE "service w { rum = \"exec:x\" }\n", 5, "rum" },
	{ THREE "sevrice w { }\n", 5, "sevrice" },
	{ THREE "service w { run = \"exec:x\" run = \"exec:y\" }\n", 5, "twice" },
	{ THREE "service w {\n run = \"exec:x\"\n with = {\"v\"}\n}\n", 7, "'v'" },
	{ THREE "service w { run = \"exec:x\" with = {\"w\"} }\n", 5, "itself" },
	{ THREE "service w { run = \"exec:x\"\nnodes = {\"omega\"} }\n", 6, "omega" },
	{ THREE "service w { run = \"exec:x\" nodes = {\"gamma\"} }\n", 5, "witness" },
	{ THREE "service a { run = \"exec:x\" with = {\"c\"} }\n"
		"service b { run = \"exec:x\" with = {\"a\"} }\n"
		"service c { run = \"exec:x\" with = {\"b\"} }\n", 0, "back to itself" },
	{ THREE "service w { run = \"exec:x\" }\nservice w { run = \"exec:x\" }\n", 6, "w" },
	{ THREE "service w { run = \"lxc:x\" }\n", 5, "ocf:PROVIDER:TYPE" },
	{ THREE "service w { run = \"ocf:../x:y\" }\n", 5, "ocf:PROVIDER:TYPE" },
	{ THREE "service w { run = \"exec\" start = \"x\" }\n", 5, "needs start, stop" },
	{ THREE "service w { run = \"ocf:heartbeat:x\" stop = \"x\" }\n", 5, "agent" },
	{ THREE "service w { run = \"exec:x\" restart = \"3 in 60s\" }\n", 5, "3 in 60s" },
	{ THREE "service w { run = \"exec:x\" restart = \"-3 per 60s\" }\n", 5, "-3" },
	{ THREE "service w { run = \"exec:x\" start-timeout = 10 }\n", 5, "start-timeout" },
	{ THREE "service w { run = \"exec:x\" params = {\"a b=c\"} }\n", 5, "a b=c" },
	{ THREE "service w { run = \"exec:x\"\non-hang = ignore }\n", 6, "'ignore'" },
	{ THREE "service w { run = \"vm:x\"\non-panic = reboot }\n", 6, "'reboot'" },
	{ THREE "service w { run = \"exec:x\"\non-panic = report }\n", 6, "class vm" },
	{ THREE "service w { run = \"exec:x\"\nhang = 5s }\n", 6, "class vm" },
	{ THREE "service w { run = \"exec:x\"\ngate-address = {\"web@eth0\"} }\n", 6, "'web@eth0'" },
	{ THREE "service w { run = \"exec:x\"\ngate-address = {\"10.9.0.1@\"} }\n", 6,
	  "no name of an interface" },
	{ THREE "service w { run = \"exec:x\"\ngate-address = {\"10.9.0.1@a:b\"} }\n", 6, "'a:b'" },
	{ THREE "service v { run = \"exec:x\" gate-address = {\"10.9.0.1@a\"} }\n"
	  "service w { run = \"exec:x\"\ngate-address = {\"10.9.0.1@b\"} }\n", 7,
	  "of service v already" },
	{ THREE "service w { run = \"exec:x\"\ngate-address = {\"::1\", \"::1\"} }\n", 6,
	  "address 2" },
	{ THREE "service w { run = \"exec:x\"\nprogress = 5ms }\n", 6, "'5ms'" },
	{ THREE "service w { run = \"exec:x\"\nprogress = 100us }\n", 6, "'100us'" },
	{ THREE "service w { run = \"exec:x\"\nblocked = 2h }\n", 6, "'2h'" },
	{ THREE "service w { run = \"exec:x\"\nblocked = never }\n", 6, "never" },
	{ THREE "service w { run = \"vm:x\"\nhang = 20.5ms }\n", 6, "'20.5ms'" },
	{ THREE "service w { }\n", 5, "run is missing" },
	{ THREE "service @w { run = \"exec:x\" }\n", 5, "'@w'" },
	{ THREE "service \"w v\" { run = \"exec:x\" }\n", 5, "w v" },
	{ CLUSTER ALPHA "node beta {\nid = 1 address = {\"10.0.0.2\"} }\n" GAMMA, 4, "same id 1" },
	{ THREE ALPHA, 5, "alpha" },
	{ CLUSTER ALPHA "node beta { id = 2\naddress = {\"10.0.0.1\"} }\n" GAMMA, 4,
	  "same address" },
	{ CLUSTER ALPHA "node beta { id = 2 address = {\"10.0.0.2\", \"10.0.0.2\"} }\n" GAMMA, 3,
	  "the same" },
	{ CLUSTER ALPHA "node beta { id = 2 address = {\"fd00::2\"} }\n" GAMMA, 3, "IPv6" },
	{ CLUSTER ALPHA "node beta { id = 2 address = {\"10.0.0.300\"} }\n" GAMMA, 3,
	  "10.0.0.300" },
	{ CLUSTER ALPHA "node beta { id = 2 }\n" GAMMA, 3, "1 to 4 addresses" },
	{ CLUSTER ALPHA "node beta { id = 1025 address = {\"10.0.0.2\"} }\n" GAMMA, 3, "1025" },
	{ CLUSTER ALPHA "node beta { address = {\"10.0.0.2\"} }\n" GAMMA, 3, "id is missing" },
	{ CLUSTER ALPHA "node beta { id = two address = {\"10.0.0.2\"} }\n" GAMMA, 3, "integer" },
	{ CLUSTER ALPHA BETA, 1, "2 nodes vote" },
	{ CLUSTER BETA, 1, "alpha" },
	{ CLUSTER ALPHA "node beta { id = 2 address = {\"10.0.0.2\"} voter = false\n"
	  "witness = true }\n", 3, "useless" },
	{ ALPHA BETA GAMMA, 0, "one cluster" },
	{ GUARDED("watchdog = \"/dev/watchdog\""), 2, "is not /dev/watchdog0" },
	{ GUARDED("watchdog = \"watchdog0\""), 2, "'watchdog0' is not" },
	{ GUARDED("watchdog-timeout = 10s"), 2, "need watchdog" },
	{ GUARDED("watchdog-soft = true"), 2, "need watchdog" },
	{ GUARDED("watchdog = \"/dev/watchdog0\"\nwatchdog-timeout = 1500ms"), 3, "whole seconds" },
	{ GUARDED("watchdog = \"/dev/watchdog0\"\nwatchdog-timeout = 6s\ndetect = 2s"), 3,
	  "at least 7s" },
	{ GUARDED("daemon-stale = 2s"), 2, "at least 3s" },
	{ GUARDED("daemon-grace = 10us"), 2, "at least 1ms" },
	{ GUARDED("daemon-grace = never"), 2, "daemon-grace" },
	{ "cluster basket { }\n" ALPHA, 1, "key-file is missing" },
	{ "cluster basket { key-file = \"/nonexistent/key\" }\n" ALPHA, 1, "/nonexistent/key" },
	{ "cluster basket { key-file = \"KEY\"\ndetect = 1ms }\n" ALPHA, 2, "20 ms" },
	{ "cluster basket { key-file = \"KEY\"\ndetect = soon }\n" ALPHA, 2, "soon" },
	{ "cluster basket { key-file = \"KEY\"\n\nfence = shout }\n" ALPHA, 3, "shout" },
	{ "cluster basket { key-file = \"KEY\" port = 70000 }\n" ALPHA, 1, "70000" },
	{ "cluster basket { key-file = \"KEY\" use-next-key = true }\n" ALPHA, 1,
	  "key-file-next" },
	{ "cluster basket { key-file = \"KEY\" self = zeta }\n" ALPHA, 1, "zeta" },
	{ "cluster basket { key-file = \"KEY\"\n" ALPHA, 0, "" },
};

static void refuses_with_line_and_reason(void **state)
{
	char prefix[160];

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		struct config_error err;
		const char *self = strstr(r->text, "self =") ? NULL : "alpha";
		struct config *c = scratch_config(r->text, self, &err);

		if (c)
			fail_msg("%zu: accepted: %s", i, r->text);
		if (!strstr(err.text, r->word))
			fail_msg("%zu: '%s' does not contain '%s'", i, err.text, r->word);
		snprintf(prefix, sizeof(prefix), "%s:%d: ", scratch_path("vigil.conf"), r->line);
		if (r->line && (err.line != r->line || strncmp(err.text, prefix, strlen(prefix))))
			fail_msg("%zu: '%s' is not about line %d", i, err.text, r->line);
	}
}

static void refuses_a_key_others_can_read(void **state)
{
	struct config_error err;
	char text[256];

	scratch_write("open-key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", 0640);
	snprintf(text, sizeof(text), "cluster basket {\nkey-file = \"%s\" }\n" ALPHA,
		 scratch_path("open-key"));
	assert_null(scratch_config(text, "alpha", &err));
	assert_int_equal(err.line, 2);
	assert_non_null(strstr(err.text, "open-key"));
	assert_null(strstr(err.text, "AAEC"));
}

static void knows_itself_by_the_file(void **state)
{
	struct config *c = scratch_good(
		"cluster basket { key-file = \"KEY\" self = beta }\n" ALPHA BETA GAMMA, NULL);

	assert_string_equal(c->node[c->self].name, "beta");
	config_free(c);
}

static void names_a_missing_file(void **state)
{
	struct config_error err;

	assert_null(config_load("/nonexistent/vigil.conf", NULL, &err));
	assert_string_equal(err.text, "/nonexistent/vigil.conf: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_the_whole),
		cmocka_unit_test(guards_by_default_and_on_demand),
		cmocka_unit_test(gates_what_is_asked_for),
		cmocka_unit_test(watches_by_default_and_on_demand),
		cmocka_unit_test(groups_join_both_ways),
		cmocka_unit_test(refuses_with_line_and_reason),
		cmocka_unit_test(refuses_a_key_others_can_read),
		cmocka_unit_test(knows_itself_by_the_file),
		cmocka_unit_test(names_a_missing_file),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
