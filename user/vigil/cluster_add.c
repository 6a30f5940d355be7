// SPDX-License-Identifier: GPL-2.0
/* vigil cluster add, vigil cluster set: what a cluster is made with, what can be turned. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/vigil.h>

#include "../lib/names.h"
#include "command.h"
#include "kernel.h"
#include "times.h"

#define DELAY_MAX_MS	(24 * 60 * 60 * 1000)	/* the kernel's own bound */
#define DELAY_LEN	24

static const struct cli_option add_options[] = {
	{ "self", 's', "ID", "id of this node" },
	TIMES_OPTIONS,
	{ "port", 'p', "N", "UDP port (4680)" },
	{ "fence", 'f', "ACTION", "reset, panic, poweroff or notify (reset)" },
	{ "generation", 'g', "N", "number of the voter set (1)" },
	{ NULL, 0, NULL, NULL }
};

static bool fence_action(const struct cli *cli, __u32 *action)
{
	const char *word = cli_value(cli, "fence");
	int number;

	if (!word)
		return true;
	number = vnl_fence_action_parse(word);
	if (number < 0) {
		usage_error(cli, "--fence: '%s' is none of reset, panic, poweroff, notify", word);
		return false;
	}
	*action = (__u32)number;
	return true;
}

static bool number(const struct cli *cli, const char *option, unsigned long long min,
		   unsigned long long max, unsigned long long *value)
{
	return !cli_given(cli, option) || cli_number(cli, option, min, max, value);
}

static int add_run(struct cli *cli, int argc, char **argv)
{
	struct vnl_cluster_config config = { .name = argv[0], .fence_action = VIGIL_FENCE_RESET };
	unsigned long long self = 0, port = VIGIL_DEFAULT_PORT, generation = 1;
	struct vnl_client *client;
	int ret;

	if (!cli_name_ok(cli, "cluster", argv[0]))
		return CLI_USAGE;
	if (!times_given(cli, &config.timing) || !fence_action(cli, &config.fence_action))
		return CLI_USAGE;
	if (!number(cli, "self", 1, VIGIL_MAX_NODES, &self) ||
	    !number(cli, "port", 1, 65535, &port) ||
	    !number(cli, "generation", 0, UINT32_MAX, &generation))
		return CLI_USAGE;
	if (!self)
		return usage_error(cli, "--self is missing: the id of this node");
	config.self = (__u16)self;
	config.port = (__u16)port;
	config.generation = (__u32)generation;
	ret = kernel_open(&client);
	if (ret)
		return ret;
	return kernel_finish(cli, client, vnl_cluster_new(client, &config), argv[0]);
}

const struct command cluster_add_command = {
	.name = "add",
	.arguments = "NAME --self ID [--detect TIME] [--port N] [--fence ACTION]",
	.summary = "make a cluster; it waits for nodes, a key and its start",
	.details = "\nAll nodes must use the same times (see: vigil timing) and the same generation.\n"
		   "ACTION is what the kernel does when a claim is lost and what it covers was not\n"
		   "stopped in time; notify does nothing and is for tests only.",
	.options = add_options,
	.min = 1,
	.max = 1,
	.run = add_run,
};

static const struct cli_option set_options[] = {
	{ "fence", 'f', "ACTION", "reset, panic, poweroff or notify" },
	{ "daemon-stale", 0, "TIME", "without a sign for so long vigild counts as dead; 0s: never" },
	{ "daemon-grace", 0, "TIME", "vigild dead for so long: fence what is held; 0s: never" },
	{ NULL, 0, NULL, NULL }
};

/* Writes one of net.vigil.CLUSTER.*; an exit code. */
static int set_sysctl(const struct cli *cli, const char *cluster, const char *name,
		      const char *value)
{
	char path[128 + VIGIL_NAME_LEN];
	ssize_t len = (ssize_t)strlen(value), n = -1;
	int fd, error = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/vigil/%s/%s", cluster, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		n = write(fd, value, (size_t)len);
	if (n != len)
		error = -errno;
	if (fd >= 0)
		close(fd);
	if (error)
		complain("%s: net.vigil.%s.%s: %s", cli->path, cluster, name, strerror(-error));
	return kernel_exit(error);
}

/* The value of an option as the kernel wants it, in ms; "" if it was not given. */
static bool delay(const struct cli *cli, const char *option, char value[DELAY_LEN])
{
	unsigned long long ms;

	value[0] = '\0';
	if (!cli_given(cli, option))
		return true;
	if (!cli_milliseconds(cli, option, DELAY_MAX_MS, &ms))
		return false;
	snprintf(value, DELAY_LEN, "%llu", ms);
	return true;
}

static int set_run(struct cli *cli, int argc, char **argv)
{
	char stale[DELAY_LEN], grace[DELAY_LEN];
	struct vnl_cluster cluster;
	struct vnl_client *client;
	__u32 action;
	int ret;

	if (!cli->n_given)
		return usage_error(cli, "nothing to set: give an option");
	if (!fence_action(cli, &action) || !delay(cli, "daemon-stale", stale) ||
	    !delay(cli, "daemon-grace", grace))
		return CLI_USAGE;
	ret = kernel_enter(cli, argc ? argv[0] : NULL, &client, &cluster);
	if (ret)
		return ret;
	vnl_close(client);
	if (*stale)
		ret = set_sysctl(cli, cluster.name, "daemon_stale_ms", stale);
	if (!ret && *grace)
		ret = set_sysctl(cli, cluster.name, "daemon_grace_ms", grace);
	if (!ret && cli_given(cli, "fence"))
		ret = set_sysctl(cli, cluster.name, "fence_action", cli_value(cli, "fence"));
	return ret;
}

const struct command cluster_set_command = {
	.name = "set",
	.arguments = "[NAME] [--fence ACTION] [--daemon-stale TIME] [--daemon-grace TIME]",
	.summary = "change what can be changed while it runs",
	.details = "\nThe same as writing net.vigil.NAME.* with sysctl(8). Times are set when it is made.",
	.options = set_options,
	.max = 1,
	.run = set_run,
};
