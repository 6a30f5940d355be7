// SPDX-License-Identifier: GPL-2.0
/* vigil key: which cluster keys the kernel has; never what they are. */
#include <stdio.h>
#include <string.h>

#include "../lib/keyfile.h"
#include "command.h"
#include "kernel.h"

static const struct cli_option set_options[] = {
	{ "slot", 's', "N", "0 or 1" },
	{ "active", 'a', NULL, "use it for own handshakes from now on" },
	{ NULL, 0, NULL, NULL }
};

/* Sends key-set; @key may be NULL: only make the slot active. */
static int send_key(struct cli *cli, __u8 slot, const __u8 *key, bool active)
{
	struct vnl_cluster cluster;
	struct vnl_client *client;
	int ret = kernel_enter(cli, NULL, &client, &cluster);

	if (ret)
		return ret;
	return kernel_finish(cli, client, vnl_key_set(client, cluster.name, slot, key, active),
			     NULL);
}

static int set_run(struct cli *cli, int argc, char **argv)
{
	bool active = cli_given(cli, "active") || !cli_given(cli, "slot");
	unsigned long long slot = 0;
	__u8 key[VIGIL_KEY_LEN];
	char why[512];
	int error, ret;

	if (cli_given(cli, "slot") && !cli_number(cli, "slot", 0, VIGIL_KEY_SLOTS - 1, &slot))
		return CLI_USAGE;
	error = vigil_keyfile_read(argv[0], key, why, sizeof(why));
	if (error) {
		complain("%s: %s", cli->path, why);
		return CLI_USAGE;
	}
	ret = send_key(cli, (__u8)slot, key, active);
	explicit_bzero(key, sizeof(key));
	return ret;
}

static int slot_of(const struct cli *cli, const char *word)
{
	if (word[0] >= '0' && word[0] < '0' + VIGIL_KEY_SLOTS && !word[1])
		return word[0] - '0';
	usage_error(cli, "'%s' is no key slot: 0 or 1", word);
	return -1;
}

static int use_run(struct cli *cli, int argc, char **argv)
{
	int slot = slot_of(cli, argv[0]);

	return slot < 0 ? CLI_USAGE : send_key(cli, (__u8)slot, NULL, true);
}

static int del_run(struct cli *cli, int argc, char **argv)
{
	int ret, slot = slot_of(cli, argv[0]);
	struct vnl_cluster cluster;
	struct vnl_client *client;

	if (slot < 0)
		return CLI_USAGE;
	ret = kernel_enter(cli, NULL, &client, &cluster);
	if (ret)
		return ret;
	return kernel_finish(cli, client, vnl_key_del(client, cluster.name, (__u8)slot), NULL);
}

static const struct command set_command = {
	.name = "set",
	.arguments = "FILE [--slot N] [--active]",
	.summary = "give the kernel the key in FILE",
	.details = "\nFILE holds 32 bytes in base64, as genkey makes them, and must not be open to others.\n"
		   "A node accepts the keys in both slots and uses the active one for its own\n"
		   "handshakes. Without --slot it is slot 0, and active. To change the key of a running\n"
		   "cluster, step by step on every node: set the new one into the free slot, \"key use\"\n"
		   "that slot, \"key del\" the old one.",
	.options = set_options,
	.min = 1,
	.max = 1,
	.run = set_run,
};

static const struct command use_command = {
	.name = "use",
	.arguments = "SLOT",
	.summary = "use the key in SLOT for own handshakes",
	.min = 1,
	.max = 1,
	.run = use_run,
};

static const struct command del_command = {
	.name = "del",
	.arguments = "SLOT",
	.summary = "forget the key in SLOT",
	.min = 1,
	.max = 1,
	.run = del_run,
};

static const struct command *const verbs[] = {
	&set_command, &use_command, &del_command, NULL
};

const struct command key_command = {
	.name = "key",
	.summary = "set, use and forget cluster keys",
	.verbs = verbs,
};
