// SPDX-License-Identifier: GPL-2.0
/* Service classes: what is executed, and what its exit code means. */
#include "scratch.h"

#include <stdio.h>

#include "agent.h"

#define CLUSTER	"cluster c { key-file = \"KEY\" }\nnode a { id = 1 address = {\"10.0.0.1\"} }\n"
#define S	1000000000ULL

static void ocf_codes(void **state)
{
	static const struct {
		int code;
		enum agent_outcome start, stop, monitor;
	} table[] = {
		{ 0, AGENT_OK, AGENT_OK, AGENT_OK },
		{ 1, AGENT_FAILED, AGENT_FAILED, AGENT_FAILED },
		{ 2, AGENT_BROKEN, AGENT_BROKEN, AGENT_BROKEN },
		{ 3, AGENT_BROKEN, AGENT_BROKEN, AGENT_BROKEN },
		{ 4, AGENT_BROKEN, AGENT_BROKEN, AGENT_BROKEN },
		{ 5, AGENT_BROKEN, AGENT_BROKEN, AGENT_BROKEN },
		{ 6, AGENT_BROKEN, AGENT_BROKEN, AGENT_BROKEN },
		{ 7, AGENT_FAILED, AGENT_NOT_RUNNING, AGENT_NOT_RUNNING },
		{ 8, AGENT_FAILED, AGENT_FAILED, AGENT_OK },
		{ 9, AGENT_FAILED, AGENT_FAILED, AGENT_FAILED },
		{ 42, AGENT_FAILED, AGENT_FAILED, AGENT_FAILED },
		{ 190, AGENT_FAILED, AGENT_FAILED, AGENT_OK },
		{ 191, AGENT_FAILED, AGENT_FAILED, AGENT_OK },
		{ 127, AGENT_BROKEN, AGENT_BROKEN, AGENT_BROKEN },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(ocf_outcome(AGENT_START, table[i].code), table[i].start);
		assert_int_equal(ocf_outcome(AGENT_STOP, table[i].code), table[i].stop);
		assert_int_equal(ocf_outcome(AGENT_MONITOR, table[i].code), table[i].monitor);
	}
}

static void exec_codes(void **state)
{
	assert_int_equal(exec_outcome(AGENT_MONITOR, 0), AGENT_OK);
	assert_int_equal(exec_outcome(AGENT_MONITOR, 1), AGENT_NOT_RUNNING);
	assert_int_equal(exec_outcome(AGENT_MONITOR, 123), AGENT_NOT_RUNNING);
	assert_int_equal(exec_outcome(AGENT_MONITOR, 124), AGENT_FAILED);
	assert_int_equal(exec_outcome(AGENT_MONITOR, 125), AGENT_FAILED);
	assert_int_equal(exec_outcome(AGENT_MONITOR, 127), AGENT_BROKEN);
	assert_int_equal(exec_outcome(AGENT_MONITOR, -1), AGENT_FAILED);
	assert_int_equal(exec_outcome(AGENT_START, 1), AGENT_FAILED);
	assert_int_equal(exec_outcome(AGENT_STOP, 1), AGENT_FAILED);
	assert_int_equal(exec_outcome(AGENT_START, 126), AGENT_BROKEN);
}

/* Only what surely does not run may be taken for off: its claim is released then. */
static void found_by_a_monitor(void **state)
{
	static const struct {
		enum agent_outcome outcome;
		bool held, processes;
		enum agent_found found;
	} table[] = {
		{ AGENT_OK, true, false, AGENT_FOUND_RUNNING },
		{ AGENT_OK, true, true, AGENT_FOUND_RUNNING },
		{ AGENT_OK, false, false, AGENT_FOUND_DOUBTFUL },
		{ AGENT_NOT_RUNNING, true, false, AGENT_FOUND_OFF },
		{ AGENT_NOT_RUNNING, false, false, AGENT_FOUND_OFF },
		{ AGENT_NOT_RUNNING, true, true, AGENT_FOUND_DOUBTFUL },
		{ AGENT_NOT_RUNNING, false, true, AGENT_FOUND_DOUBTFUL },
		{ AGENT_FAILED, true, false, AGENT_FOUND_DOUBTFUL },
		{ AGENT_FAILED, false, false, AGENT_FOUND_DOUBTFUL },
		{ AGENT_BROKEN, false, false, AGENT_FOUND_OFF },
		{ AGENT_BROKEN, true, false, AGENT_FOUND_DOUBTFUL },
		{ AGENT_BROKEN, false, true, AGENT_FOUND_DOUBTFUL },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(agent_found(table[i].outcome, table[i].held, table[i].processes),
				 table[i].found);
}

static void expect_words(const char *command, const char *joined)
{
	char **words = exec_split(command), text[256] = "";

	assert_non_null(words);
	for (int i = 0; words[i]; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s[%s]", text[0] ? " " :
			 "", words[i]);
	strings_free(words);
	assert_string_equal(text, joined);
}

static void commands_split(void **state)
{
	expect_words("nginx -g 'daemon off;'", "[nginx] [-g] [daemon off;]");
	expect_words("  a  \"b c\"d ''  ", "[a] [b cd] []");
	expect_words("a \"it's\"", "[a] [it's]");
	expect_words("a | b", "[/bin/sh] [-c] [a | b]");
	expect_words("X=1 a", "[/bin/sh] [-c] [X=1 a]");
	expect_words("a X=1", "[a] [X=1]");
	expect_words("echo \"$HOME\"", "[/bin/sh] [-c] [echo \"$HOME\"]");
	expect_words("echo '$HOME'", "[echo] [$HOME]");
	expect_words("a 'open", "[/bin/sh] [-c] [a 'open]");
}

static const char *find_env(struct agent *agent, enum agent_op op, const char *name)
{
	char **env = agent_env(agent, op, false);
	size_t len = strlen(name);

	for (int i = 0; env[i]; i++)
		if (!strncmp(env[i], name, len) && env[i][len] == '=')
			return env[i] + len + 1;
	return NULL;
}

static void ocf_is_prepared(void **state)
{
	struct config *c = scratch_good(CLUSTER "service web { run = \"ocf:acme:Thing\"\n"
		"params = {\"ip=10.0.0.100\", \"nic=eth0\"} stop-timeout = 7s }\n", "a");
	struct agent agent;
	int found;

	setenv("OCF_ROOT", "/nonexistent/ocf", 1);
	assert_int_equal(agent_prepare(&agent, c, &c->service[0]), 0);
	assert_non_null(agent.broken);
	assert_non_null(strstr(agent.broken, "/nonexistent/ocf/resource.d/acme/Thing"));
	assert_string_equal(agent.argv[AGENT_MONITOR][0],
			    "/nonexistent/ocf/resource.d/acme/Thing");
	assert_string_equal(agent.argv[AGENT_MONITOR][1], "monitor");
	assert_null(agent.argv[AGENT_MONITOR][2]);
	assert_string_equal(find_env(&agent, AGENT_START, "OCF_RESKEY_ip"), "10.0.0.100");
	assert_string_equal(find_env(&agent, AGENT_START, "OCF_RESKEY_nic"), "eth0");
	assert_string_equal(find_env(&agent, AGENT_START, "OCF_RESOURCE_INSTANCE"), "web");
	assert_string_equal(find_env(&agent, AGENT_START, "OCF_ROOT"), "/nonexistent/ocf");
	assert_string_equal(find_env(&agent, AGENT_MONITOR, "OCF_RESKEY_CRM_meta_on_node"), "a");
	assert_string_equal(find_env(&agent, AGENT_STOP, "OCF_RESKEY_CRM_meta_timeout"), "7000");

	/* Only a probe may say that nothing runs because it cannot tell. */
	assert_string_equal(find_env(&agent, AGENT_MONITOR, "OCF_RESKEY_CRM_meta_interval"),
			    "10000");
	assert_string_equal(find_env(&agent, AGENT_STOP, "OCF_RESKEY_CRM_meta_interval"), "0");
	agent_env(&agent, AGENT_MONITOR, true);
	assert_string_equal(agent.envp[agent.timeout_slot + 1], "OCF_RESKEY_CRM_meta_interval=0");

	/* What the agent advises, unless the configuration says otherwise. */
	found = ocf_take_metadata(&agent,
		"<?xml version=\"1.0\"?><resource-agent name='Thing'><actions>\n"
		"<action timeout = \"33s\" name=\"start\"/>"
		"<action name='stop' timeout='44' />\n"
		"<action name=\"monitor\" depth=\"0\" timeout=\"1500ms\" interval=\"10s\" />"
		"<action name=\"monitor\" depth=\"10\" timeout=\"9s\" />"
		"<action name=\"promote\" timeout=\"5s\" />"
		"<action name=\"meta-data\" timeout=\"5 years\" />");
	assert_int_equal(found, 3);
	assert_int_equal(agent_set_timeouts(&agent, &c->service[0]), 0);
	assert_int_equal(agent.timeout[AGENT_START], 33 * S);
	assert_int_equal(agent.timeout[AGENT_STOP], 7 * S);
	assert_int_equal(agent.timeout[AGENT_MONITOR], 1500000000);
	assert_string_equal(find_env(&agent, AGENT_MONITOR, "OCF_RESKEY_CRM_meta_timeout"),
			    "1500");
	agent_free(&agent);
	config_free(c);
}

static void metadata_may_be_rubbish(void **state)
{
	static const char * const rubbish[] = {
		"", "<action", "<action name=\"start\"", "<action name=\"start\" timeout=\"",
		"<action name=start timeout=20s>", "<action xname=\"start\" timeout=\"20s\">",
		"<action name=\"start\" timeout=\"-1\">", "<action name=\"start\" timeout=\"s\">",
		"<action name=\"start\" timeout=\"99999999999999999999\">", "<action name= ",
	};
	struct agent agent = { 0 };

	for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++)
		assert_int_equal(ocf_take_metadata(&agent, rubbish[i]), 0);
}

static void exec_is_prepared(void **state)
{
	struct config *c = scratch_good(CLUSTER
		"service web { run = \"exec:sh -c true\" params = {\"A=b\"} }\n"
		"service lost { run = \"exec:no-such-program-here\" }\n"
		"service cmds { run = \"exec\" start = \"true a\" stop = \"true b\" monitor = \"true c\" }\n",
		"a");
	struct agent agent;

	assert_int_equal(agent_prepare(&agent, c, &c->service[0]), 0);
	assert_true(agent.foreground);
	assert_null(agent.broken);
	assert_int_equal(agent.argv[AGENT_START][0][0], '/');
	assert_null(agent.argv[AGENT_STOP]);
	assert_null(agent.argv[AGENT_MONITOR]);
	assert_string_equal(find_env(&agent, AGENT_START, "A"), "b");
	assert_string_equal(find_env(&agent, AGENT_START, "VIGIL_SERVICE"), "web");
	agent_free(&agent);

	assert_int_equal(agent_prepare(&agent, c, &c->service[1]), 0);
	assert_non_null(strstr(agent.broken, "no-such-program-here"));
	agent_free(&agent);

	assert_int_equal(agent_prepare(&agent, c, &c->service[2]), 0);
	assert_false(agent.foreground);
	assert_string_equal(agent.argv[AGENT_STOP][1], "b");
	agent_free(&agent);
	config_free(c);
}

static void vm_is_prepared(void **state)
{
	struct config *c = scratch_good(CLUSTER
		"service web { run = \"vm:sh -m 1G\" start-timeout = 7s }\n"
		"service lost { run = \"vm:no-such-emulator-here\" stop-timeout = 5s }\n", "a");
	struct agent agent;

	assert_int_equal(agent_prepare(&agent, c, &c->service[0]), 0);
	assert_true(agent.foreground);
	assert_null(agent.broken);
	assert_int_equal(agent.argv[AGENT_START][0][0], '/');
	assert_string_equal(agent.argv[AGENT_START][2], "1G");
	assert_null(agent.argv[AGENT_STOP]);
	assert_null(agent.argv[AGENT_MONITOR]);
	assert_int_equal(agent.timeout[AGENT_START], 7 * S);
	assert_int_equal(agent.timeout[AGENT_STOP], 60 * S);
	agent_free(&agent);
	assert_int_equal(agent_prepare(&agent, c, &c->service[1]), 0);
	assert_non_null(strstr(agent.broken, "no-such-emulator-here"));
	assert_int_equal(agent.timeout[AGENT_STOP], 5 * S);
	agent_free(&agent);
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ocf_codes),
		cmocka_unit_test(exec_codes),
		cmocka_unit_test(found_by_a_monitor),
		cmocka_unit_test(commands_split),
		cmocka_unit_test(ocf_is_prepared),
		cmocka_unit_test(metadata_may_be_rubbish),
		cmocka_unit_test(exec_is_prepared),
		cmocka_unit_test(vm_is_prepared),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
