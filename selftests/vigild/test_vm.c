// SPDX-License-Identifier: GPL-2.0
/* The command line of a vm: from run or a template, with what is added and what is refused. */
#include "scratch.h"

#include <stdio.h>

#define THREE	"cluster basket { key-file = \"KEY\" }\n" \
		"node alpha { id = 1 address = {\"10.0.0.1\"} }\n" \
		"node beta { id = 2 address = {\"10.0.0.2\"} }\n" \
		"node gamma { id = 3 address = {\"10.0.0.3\"} witness = true }\n"
#define QMP	"/run/vigil/basket/web.qmp"

static void expect(const struct config *c, const char * const *words, size_t n)
{
	const struct config_list *argv = &c->service[0].argv;

	for (size_t i = 0; i < n && i < argv->n; i++)
		assert_string_equal(argv->item[i], words[i]);
	assert_int_equal(argv->n, n);
	assert_null(argv->item[n]);
}

static void adds_what_it_relies_on(void **state)
{
	static const char * const words[] = {
		"qemu-system-x86_64", "-m", "512M", "-append", "root=/dev/vda quiet",
		"-name", "guest=web", "-no-user-config", "-display", "none",
		"-qmp", ("unix:" QMP ",server=on,wait=off"),
	};
	struct config *c = scratch_good(THREE
		"service web { run = \"vm:qemu-system-x86_64 -m 512M -append 'root=/dev/vda quiet'\" }",
		"alpha");

	assert_int_equal(c->service[0].class, CONFIG_VM);
	assert_string_equal(c->service[0].qmp, QMP);
	expect(c, words, sizeof(words) / sizeof(words[0]));
	config_free(c);
}

static void adds_nothing_twice(void **state)
{
	static const char * const words[] = {
		"qemu-system-x86_64", "--name", "mine", "-nographic", "-no-user-config",
		"-qmp", ("unix:" QMP ",server=on"),
	};
	struct config *c = scratch_good(THREE
		"service web { run = \"vm:--name mine -nographic -no-user-config -qmp unix:" QMP
		",server=on\" }", "alpha");

	expect(c, words, sizeof(words) / sizeof(words[0]));
	config_free(c);
}

static void replaces_parameters(void **state)
{
	static const char * const words[] = {
		"/opt/qemu", "-m", "512M", "-name", "guest=web", "-snapshot",
		"-append", "root=/dev/vda size=512M $HOME '", "-smbios", "type=1,serial=a b",
		"-chardev", ("socket,id=q,server=on,wait=off,path=" QMP),
		"-no-user-config", "-display", "none",
	};
	struct config *c;

	scratch_write("vm.args",
		      "# a machine\n"
		      "\n"
		      "/opt/qemu\n"
		      "-m ${memory}\n"
		      "\t-name\tguest=${name}   \n"
		      "-snapshot\r\n"
		      "-append root=/dev/vda size=${memory} $HOME '\n"
		      "  # and its number\n"
		      "-smbios type=1,serial=${serial}\n"
		      "-chardev socket,id=q,server=on,wait=off,path=${qmp}", 0644);
	c = scratch_good(THREE "service web { run = \"vm:@VMARGS\"\n"
			 "params = {\"memory=512M\", \"serial=a b\"} }", "alpha");
	expect(c, words, sizeof(words) / sizeof(words[0]));
	config_free(c);
}

static void a_value_is_not_an_option(void **state)
{
	struct config *c;

	scratch_write("vm.args", "-append -daemonize\n-serial ${x}\n", 0644);
	c = scratch_good(THREE "service web { run = \"vm:@VMARGS\" params = {'x=${name}'} }",
			 "alpha");
	assert_string_equal(c->service[0].argv.item[2], "-daemonize");
	assert_string_equal(c->service[0].argv.item[4], "${name}");
	config_free(c);
	c = scratch_good(THREE "service web { run = \"vm:-append -S -append -vnc\" }", "alpha");
	assert_string_equal(c->service[0].argv.item[2], "-S");
	/* So it has no display yet. */
	assert_string_equal(c->service[0].argv.item[c->service[0].argv.n - 4], "-display");
	config_free(c);
}

static void a_witness_needs_no_template(void **state)
{
	config_free(scratch_good(THREE "service web { run = \"vm:@/nonexistent/args\" }", "gamma"));
}

struct refusal {
	const char *args;	/* of the template; NULL: there is none */
	const char *service;
	bool in_template;	/* where the line is counted */
	int line;
	const char *word;	/* that the reason must contain */
};

static const struct refusal refusals[] = {
	{ NULL, "run = \"vm:qemu -daemonize\"", false, 6, "-daemonize" },
	{ NULL, "run = \"vm:qemu --daemonize\"", false, 6, "foreground" },
	{ NULL, "run = \"vm:qemu -m 1G -S\"", false, 6, "-S" },
	{ NULL, "run = \"vm:qemu -incoming defer\"", false, 6, "-incoming" },
	{ NULL, "run = \"vm:qemu -preconfig\"", false, 6, "-preconfig" },
	{ NULL, "run = \"vm:qemu -no-shutdown\"", false, 6, "-no-shutdown" },
	{ NULL, "run = \"vm:qemu -action panic=none,shutdown=pause\"", false, 6, "shutdown=pause" },
	{ NULL, "run = \"vm:qemu | tee\"", false, 6, "shell" },
	{ NULL, "run = 'vm:qemu -append \"x'", false, 6, "shell" },
	{ NULL, "run = \"vm:\"", false, 6, "vm:COMMAND" },
	{ NULL, "run = \"vm:  \"", false, 6, "vm:COMMAND" },
	{ NULL, "run = \"vm:@web.args\"", false, 6, "whole path" },
	{ NULL, "run = \"vm:@/nonexistent/args\"", false, 6, "No such file" },
	{ NULL, "run = \"vm:@/tmp\"", true, 0, "directory" },
	{ NULL, "run = \"vm:qemu\"\nstop = \"x\"", false, 7, "QMP" },
	{ NULL, "run = \"vm:qemu\"\nparams = {\"a=b\"}", false, 7, "vm:@FILE" },
	{ "-m 1G\n-daemonize\n", "run = \"vm:@VMARGS\"", true, 2, "-daemonize" },
	{ "-m 1G\n\n# x\n${how}\n", "run = \"vm:@VMARGS\" params = {\"how=-daemonize\"}", true, 4,
	  "not an option" },
	{ "-${how}\n", "run = \"vm:@VMARGS\" params = {\"how=daemonize\"}", true, 1,
	  "-daemonize" },
	{ "-action ${how}\n", "run = \"vm:@VMARGS\" params = {\"how=shutdown=pause\"}", true, 1,
	  "shutdown=pause" },
	{ "-m ${size}\n", "run = \"vm:@VMARGS\"", true, 1, "'${size}'" },
	{ "-m 1G\n-smp ${cpus\n", "run = \"vm:@VMARGS\" params = {\"cpus=2\"}", true, 2,
	  "no parameter" },
	{ "-m ${}\n", "run = \"vm:@VMARGS\"", true, 1, "no parameter" },
	{ "-m ${mem}\n", "run = \"vm:@VMARGS\" params = {\"memory=1G\"}", true, 1, "'${mem}'" },
	{ "-m 1G\n", "run = \"vm:@VMARGS\"\nparams = {\"memory=1G\"}", false, 7, "memory=1G" },
	{ "qemu\nqemu\n", "run = \"vm:@VMARGS\"", true, 2, "not an option" },
	{ "# nothing\n", "run = \"vm:@VMARGS\"", false, 6, "no option" },
};

static void refuses_with_line_and_reason(void **state)
{
	char text[2048], prefix[160];

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		struct config_error err;
		struct config *c;

		if (r->args)
			scratch_write("vm.args", r->args, 0644);
		snprintf(text, sizeof(text), THREE "service web {\n%s\n}\n", r->service);
		c = scratch_config(text, "alpha", &err);
		if (c)
			fail_msg("%zu: accepted: %s", i, r->service);
		if (!strstr(err.text, r->word))
			fail_msg("%zu: '%s' does not contain '%s'", i, err.text, r->word);
		snprintf(prefix, sizeof(prefix), "%s:%d: ",
			 scratch_path(r->in_template ? "vm.args" : "vigil.conf"), r->line);
		if (r->line && (err.line != r->line || strncmp(err.text, prefix, strlen(prefix))))
			fail_msg("%zu: '%s' is not about line %d", i, err.text, r->line);
	}
}

static void refuses_what_is_too_long(void **state)
{
	static char line[6000];
	struct config_error err;

	memset(line, 'a', sizeof(line) - 1);
	line[0] = '-';
	scratch_write("vm.args", line, 0644);
	assert_null(scratch_config(THREE "service web { run = \"vm:@VMARGS\" }", "alpha", &err));
	assert_non_null(strstr(err.text, "longer than"));
	for (int i = 0; i < 1100; i++)
		memcpy(line + 3 * i, "-a\n", 4);
	scratch_write("vm.args", line, 0644);
	assert_null(scratch_config(THREE "service web { run = \"vm:@VMARGS\" }", "alpha", &err));
	assert_non_null(strstr(err.text, "more than"));
}

static void refuses_names_no_socket_can_have(void **state)
{
	struct config_error err;

	assert_null(scratch_config(THREE "service \"a,b\" { run = \"vm:qemu\" }", "alpha", &err));
	assert_non_null(strstr(err.text, "comma"));
	assert_null(scratch_config("cluster a123456789b123456789c123456789d123456789 {\n"
		"key-file = \"KEY\" }\nnode alpha { id = 1 address = {\"10.0.0.1\"} }\n"
		"service e123456789f123456789g123456789h123456789i123456789j123456789 { run = \"vm:qemu\" }\n",
		"alpha", &err));
	assert_non_null(strstr(err.text, "too long"));
	assert_int_equal(err.line, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_what_it_relies_on),
		cmocka_unit_test(adds_nothing_twice),
		cmocka_unit_test(replaces_parameters),
		cmocka_unit_test(a_value_is_not_an_option),
		cmocka_unit_test(a_witness_needs_no_template),
		cmocka_unit_test(refuses_with_line_and_reason),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(refuses_names_no_socket_can_have),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
