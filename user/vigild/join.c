// SPDX-License-Identifier: GPL-2.0
#include "join.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vigil.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/control.h"
#include "../lib/info.h"
#include "../lib/names.h"
#include "log.h"

_Static_assert((int)CONFIG_FENCE_RESET == VIGIL_FENCE_RESET &&
	       (int)CONFIG_FENCE_PANIC == VIGIL_FENCE_PANIC &&
	       (int)CONFIG_FENCE_POWEROFF == VIGIL_FENCE_POWEROFF &&
	       (int)CONFIG_FENCE_NOTIFY == VIGIL_FENCE_NOTIFY, "one numbering of fence actions");

static int kernel_said(struct vnl_client *client, int rc, const char *what, char *why, size_t room)
{
	if (rc)
		snprintf(why, room, "%s: %s", what, vnl_error(client));
	return rc;
}

static void take_address(union vnl_addr *out, const union config_address *in)
{
	memset(out, 0, sizeof(*out));
	if (in->sa.sa_family == AF_INET)
		out->in = in->in;
	else
		out->in6 = in->in6;
}

static bool same_address(const union vnl_addr *a, const union vnl_addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return !memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) &&
	       a->in6.sin6_scope_id == b->in6.sin6_scope_id;
}

static int add_node(struct vnl_client *client, const struct config *config,
		    const struct config_node *node, char *why, size_t room)
{
	struct vnl_node_config n = {
		.id = node->id,
		.voter = node->voter,
		.name = node->name,
		.n_addresses = node->n_addresses,
	};

	for (unsigned int i = 0; i < node->n_addresses; i++)
		take_address(&n.addresses[i], &node->address[i]);
	return kernel_said(client, vnl_node_new(client, config->name, &n), node->name, why, room);
}

static int set_keys(struct vnl_client *client, const struct config *config, char *why, size_t room)
{
	for (int slot = 0; slot < VIGIL_KEY_SLOTS; slot++) {
		int rc;

		if (!config->key_set[slot])
			continue;
		rc = vnl_key_set(client, config->name, slot, config->key[slot],
				 slot == (config->use_next_key ? 1 : 0));
		if (rc)
			return kernel_said(client, rc, slot ? "key-file-next" : "key-file", why,
					   room);
	}
	return 0;
}

/* Turned by hand elsewhere; what the file says counts again from now on. */
static int adjust(const struct config *config, const char *entry, const char *option,
		  const char *value, char *why, size_t room)
{
	char path[64 + VIGIL_NAME_LEN], now[32] = "";
	int fd, rc = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/vigil/%s/%s", config->name, entry);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, now, sizeof(now) - 1) < 0)
			now[0] = 0;
		close(fd);
	}
	now[strcspn(now, "\n")] = 0;
	if (!strcmp(now, value))
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0) {
		rc = -errno;
		snprintf(why, room, "%s = %s: %s: %s", option, value, path, strerror(-rc));
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

/* How long this daemon may be silent, and dead. */
static int adjust_guard(const struct config *config, char *why, size_t room)
{
	char stale[16], grace[16];

	snprintf(stale, sizeof(stale), "%u", config->daemon_stale_ms);
	snprintf(grace, sizeof(grace), "%u", config->daemon_grace_ms);
	return adjust(config, "daemon_stale_ms", "daemon-stale", stale, why, room) ?:
	       adjust(config, "daemon_grace_ms", "daemon-grace", grace, why, room);
}

static int make(struct vnl_client *client, const struct config *config, char *why, size_t room)
{
	struct vnl_cluster_config c = {
		.name = config->name,
		.self = config->node[config->self].id,
		.port = config->port,
		.generation = config->generation,
		.fence_action = config->fence,
		.timing = config->timing,
	};
	int rc = kernel_said(client, vnl_cluster_new(client, &c), config->name, why, room);

	if (rc)
		return rc;
	for (unsigned int i = 0; i < config->n_nodes && !rc; i++)
		rc = add_node(client, config, &config->node[i], why, room);
	if (!rc)
		rc = set_keys(client, config, why, room);
	if (!rc)
		rc = adjust_guard(config, why, room);
	if (!rc)
		rc = kernel_said(client, vnl_cluster_start(client, config->name), "start", why,
				 room);
	if (rc)
		vnl_cluster_del(client, config->name);	/* no half-made cluster stays */
	else
		log_note("cluster %s: joined as node %u (%s)", config->name, c.self,
			 config->node[config->self].name);
	return rc;
}

int join_cluster(struct vnl_client *client, const struct config *config, char *why, size_t room)
{
	struct vnl_cluster now;
	int rc = vnl_cluster_get(client, config->name, &now);

	if (rc == -ENOENT)
		return make(client, config, why, room);
	if (rc)
		return kernel_said(client, rc, config->name, why, room);
	if (now.state != VIGIL_CLUSTER_STATE_RUNNING) {
		rc = kernel_said(client, vnl_cluster_del(client, config->name), config->name, why,
				 room);
		return rc ?: make(client, config, why, room);
	}
	rc = join_compare(client, config, why, room);
	if (!rc)
		rc = join_adjust(client, config, why, room);
	if (!rc)
		log_note("cluster %s: runs already, adopted", config->name);
	return rc;
}

__attribute__((format(printf, 3, 4)))
static int differs(char *why, size_t room, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	snprintf(why, room, "the running cluster has %s: that cannot be changed while it runs; 'vigil leave' first, then restart vigild",
		 text);
	return -EBUSY;
}

static int compare_cluster(const struct config *config, const struct vnl_cluster *now, char *why,
			   size_t room)
{
	uint16_t self = config->node[config->self].id;

	if (now->self != self)
		return differs(why, room, "node id %u for this node, not %u", now->self, self);
	if (now->port != config->port)
		return differs(why, room, "port %u, not %u", now->port, config->port);
	if (now->generation != config->generation)
		return differs(why, room, "generation %u, not %u", now->generation,
			       config->generation);
	if (memcmp(&now->timing, &config->timing, sizeof(now->timing)))
		return differs(why, room, "detect = %llu ms, not %llu ms", ms(now->timing.detect),
			       ms(config->timing.detect));
	return 0;
}

static bool same_node(const struct vnl_node *now, const struct config_node *node)
{
	if (now->voter != node->voter || now->n_links != node->n_addresses)
		return false;
	for (unsigned int i = 0; i < node->n_addresses; i++) {
		union vnl_addr a;

		take_address(&a, &node->address[i]);
		if (!same_address(&a, &now->links[i].remote))
			return false;
	}
	return true;
}

/* The list of the kernel's nodes; they come by ascending id, as ours do. */
static int compare_nodes(const struct config *config, const struct vnl_node *list, int n,
			 char *why, size_t room)
{
	unsigned int voters = 0;

	for (int i = 0; i < n; i++) {
		int at = config_find_id(config, list[i].id);
		const struct config_node *node = at < 0 ? NULL : &config->node[at];

		voters += list[i].voter;
		if (node ? same_node(&list[i], node) : !list[i].voter)
			continue;
		if (node && !list[i].voter && !node->voter && at != (int)config->self)
			continue;	/* taken out and put in anew */
		return differs(why, room, "node %u (%s) with other addresses or another vote",
			       list[i].id, list[i].name);
	}
	if (voters != config->n_voters)
		return differs(why, room, "%u voters, not %u", voters, config->n_voters);
	return 0;
}

int join_compare(struct vnl_client *client, const struct config *config, char *why, size_t room)
{
	struct vnl_node *list = NULL;
	struct vnl_cluster now;
	int rc = vnl_cluster_get(client, config->name, &now), n;

	if (rc)
		return kernel_said(client, rc, config->name, why, room);
	rc = compare_cluster(config, &now, why, room);
	if (rc)
		return rc;
	n = vnl_node_list(client, config->name, &list);
	rc = n < 0 ? kernel_said(client, n, config->name, why, room) :
		     compare_nodes(config, list, n, why, room);
	free(list);
	return rc;
}

static int adjust_nodes(struct vnl_client *client, const struct config *config, char *why,
			size_t room)
{
	struct vnl_node *list = NULL;
	int n = vnl_node_list(client, config->name, &list), rc = n < 0 ? n : 0;
	bool *there = calloc(config->n_nodes, sizeof(*there));

	if (!there)
		rc = -ENOMEM;
	for (int i = 0; !rc && i < n; i++) {
		int at = config_find_id(config, list[i].id);

		if (at >= 0)
			there[at] = same_node(&list[i], &config->node[at]);
		if (at < 0 || !there[at]) {
			log_note("node %s: taken out of the running cluster", list[i].name);
			rc = kernel_said(client, vnl_node_del(client, config->name, list[i].id),
					 list[i].name, why, room);
		}
	}
	for (unsigned int i = 0; !rc && i < config->n_nodes; i++)
		if (!there[i]) {
			rc = add_node(client, config, &config->node[i], why, room);
			if (!rc)
				log_note("node %s: added to the running cluster",
					 config->node[i].name);
		}
	free(there);
	free(list);
	return rc;
}

int join_adjust(struct vnl_client *client, const struct config *config, char *why, size_t room)
{
	struct vnl_cluster now;
	int rc = vnl_cluster_get(client, config->name, &now);

	if (rc)
		return kernel_said(client, rc, config->name, why, room);
	rc = set_keys(client, config, why, room);
	if (!rc && !config->key_set[1] && now.key_slots & 2)
		rc = kernel_said(client, vnl_key_del(client, config->name, 1), "key-file-next",
				 why, room);
	if (!rc)
		rc = adjust(config, "fence_action", "fence", config_fence_name(config->fence), why,
			    room) ?: adjust_guard(config, why, room);
	return rc ?: adjust_nodes(client, config, why, room);
}
