// SPDX-License-Identifier: GPL-2.0
/* From words to the kernel's objects, from its refusals to exit codes. */
#include "kernel.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int kernel_exit(int error)
{
	switch (error) {
	case 0:
		return CLI_OK;
	case -EPERM:
	case -EACCES:
		return CLI_DENIED;
	case -ENOENT:
	case -ENODEV:
	case -ESRCH:
		return CLI_ABSENT;
	default:
		return CLI_FAILED;
	}
}

int kernel_open(struct vnl_client **client)
{
	int error = vnl_open(client);

	if (error == -ENOENT)
		complain("the kernel module is not loaded (modprobe vigil)");
	else if (error)
		complain("cannot ask the kernel: %s", vnl_error(NULL));
	return kernel_exit(error);
}

int kernel_failed(const struct cli *cli, const struct vnl_client *client, int error,
		  const char *what)
{
	const char *why = vnl_error(client);

	/* The kernel's check of privileges comes before anything that could explain it. */
	if (error == -EPERM && !strcmp(why, strerror(EPERM)))
		why = "not permitted: needs CAP_NET_ADMIN";
	complain("%s%s%s: %s", cli->path, what ? " " : "", what ? what : "", why);
	return kernel_exit(error);
}

/* The only cluster there is. */
static int only_cluster(const struct cli *cli, struct vnl_client *client,
			struct vnl_cluster *cluster)
{
	struct vnl_cluster *list = NULL;
	char names[256] = "";
	int n = vnl_cluster_list(client, &list), ret = CLI_OK;

	if (n < 0)
		return kernel_failed(cli, client, n, NULL);
	for (int i = 0; n > 1 && i < n; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "", list[i].name);
	}
	if (!n) {
		complain("%s: there is no cluster here", cli->path);
		ret = CLI_ABSENT;
	} else if (n > 1) {
		ret = usage_error(cli, "which cluster? Choose with --cluster: %s", names);
	} else {
		*cluster = list[0];
	}
	free(list);
	return ret;
}

int kernel_cluster(const struct cli *cli, struct vnl_client *client, const char *name,
		   struct vnl_cluster *cluster)
{
	int error;

	if (!name)
		name = cli->cluster;
	if (!name)
		return only_cluster(cli, client, cluster);
	if (!cli_name_ok(cli, "cluster", name))
		return CLI_USAGE;
	error = vnl_cluster_get(client, name, cluster);
	if (error == -ENOENT) {
		complain("%s: there is no cluster '%s'", cli->path, name);
		return CLI_ABSENT;
	}
	return error ? kernel_failed(cli, client, error, name) : CLI_OK;
}

int kernel_enter(const struct cli *cli, const char *name, struct vnl_client **client,
		 struct vnl_cluster *cluster)
{
	int ret = kernel_open(client);

	if (ret)
		return ret;
	ret = kernel_cluster(cli, *client, name, cluster);
	if (ret)
		vnl_close(*client);
	return ret;
}

int kernel_finish(const struct cli *cli, struct vnl_client *client, int error, const char *what)
{
	int ret = error ? kernel_failed(cli, client, error, what) : CLI_OK;

	vnl_close(client);
	return ret;
}

int kernel_request(const struct cli *cli, const char *name,
		   int (*send)(struct vnl_client *client, const char *cluster))
{
	struct vnl_cluster cluster;
	struct vnl_client *client;
	int ret = kernel_enter(cli, name, &client, &cluster);

	return ret ? ret : kernel_finish(cli, client, send(client, cluster.name), cluster.name);
}

/* An id, or 0 if the word is none. */
static unsigned long to_id(const char *word)
{
	unsigned long id;
	char *end;

	if (!isdigit((unsigned char)*word))
		return 0;
	id = strtoul(word, &end, 10);
	return *end || id > VIGIL_MAX_NODES ? 0 : id;
}

int kernel_node(const struct cli *cli, struct vnl_client *client, const char *cluster,
		const char *word, struct vnl_node *node)
{
	unsigned long id = to_id(word);
	const struct vnl_node *found = NULL;
	struct vnl_node *list = NULL;
	int n = vnl_node_list(client, cluster, &list);

	if (n < 0)
		return kernel_failed(cli, client, n, word);
	for (int i = 0; i < n; i++) {
		if (!strcmp(list[i].name, word))
			found = &list[i];
		else if (id && list[i].id == id && !found)
			found = &list[i];
	}
	if (found)
		*node = *found;
	free(list);
	if (found)
		return CLI_OK;
	complain("%s: cluster %s has no node '%s'", cli->path, cluster, word);
	return CLI_ABSENT;
}
