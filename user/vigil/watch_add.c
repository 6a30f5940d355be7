// SPDX-License-Identifier: GPL-2.0
/* vigil watch add: watch a process or a virtual machine, with deadlines. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/vigil.h>

#include "../lib/watch.h"
#include "command.h"
#include "daemon.h"
#include "kernel.h"

#define DEADLINE_MAX_MS	(60 * 60 * 1000)	/* the kernel's own bound */
#define PID_MAX		(1 << 22)		/* no kernel has more */

static const struct cli_option options[] = {
	{ "pid", 'p', "N", "the process" },
	{ "vm", 'm', NULL, "it is the monitor of a KVM guest: watch the guest too" },
	{ "progress", 0, "TIME", "hung if no thread of it ran for so long" },
	{ "blocked", 0, "TIME", "hung if a thread sleeps uninterruptibly for so long" },
	{ "hang", 0, "TIME", "hung if the guest shows no sign of life for so long" },
	{ NULL, 0, NULL, NULL }
};

static bool deadline(const struct cli *cli, const char *option, __u32 *ms)
{
	unsigned long long value = 0;

	if (cli_given(cli, option) && !cli_milliseconds(cli, option, DEADLINE_MAX_MS, &value))
		return false;
	*ms = (__u32)value;
	return true;
}

static bool settings(const struct cli *cli, struct vnl_watch_config *config,
		     unsigned long long *pid)
{
	if (!cli_given(cli, "pid")) {
		usage_error(cli, "--pid is missing");
		return false;
	}
	if (!cli_number(cli, "pid", 1, PID_MAX, pid) ||
	    !deadline(cli, "progress", &config->progress) ||
	    !deadline(cli, "blocked", &config->blocked) ||
	    !deadline(cli, "hang", &config->hang))
		return false;
	if (cli_given(cli, "vm"))
		config->kind = VIGIL_WATCH_KIND_VM;
	if (config->hang && config->kind != VIGIL_WATCH_KIND_VM) {
		usage_error(cli, "--hang is for a guest: give --vm too");
		return false;
	}
	return true;
}

/* Holds on to the process: from here on its number cannot come to mean another one. */
static int open_process(const struct cli *cli, pid_t pid, int *fd)
{
	*fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (*fd >= 0)
		return CLI_OK;
	if (errno == ESRCH) {
		complain("%s: there is no process %d", cli->path, pid);
		return CLI_ABSENT;
	}
	if (errno == EINVAL || errno == ENOENT)
		return usage_error(cli, "--pid: %d is a thread, not a process", pid);
	complain("%s: process %d: %m", cli->path, pid);
	return CLI_FAILED;
}

static int add_run(struct cli *cli, int argc, char **argv)
{
	struct vnl_watch_config config = {
		.name = argv[0], .kind = VIGIL_WATCH_KIND_PROCESS, .pidfd = -1,
	};
	unsigned long long pid = 0;
	struct vnl_cluster cluster;
	struct vnl_client *client;
	int ret;

	if (!cli_name_ok(cli, "watch", argv[0]) || !settings(cli, &config, &pid))
		return CLI_USAGE;
	ret = kernel_enter(cli, NULL, &client, &cluster);
	if (ret)
		return ret;
	ret = open_process(cli, (pid_t)pid, &config.pidfd);
	if (ret) {
		vnl_close(client);
		return ret;
	}
	ret = kernel_finish(cli, client, vnl_watch_add(client, cluster.name, &config, NULL),
			    argv[0]);
	close(config.pidfd);
	return ret ? ret : daemon_tell(cli, cluster.name, "watches");
}

const struct command watch_add_command = {
	.name = "add",
	.arguments = "NAME --pid N [--vm] [--progress TIME] [--blocked TIME] [--hang TIME]",
	.summary = "watch a process, or a virtual machine by the process that runs it",
	.details = "\nThe kernel keeps the deadlines, also while vigild does not run. A watch of that name\n"
		   "whose process is dead is replaced; one that is not is in the way.",
	.options = options,
	.min = 1,
	.max = 1,
	.run = add_run,
};
