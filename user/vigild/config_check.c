// SPDX-License-Identifier: GPL-2.0
/* What the options of a configuration say together: is it one that can work? */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/keyfile.h"

int config_find_node(const struct config *config, const char *name)
{
	for (unsigned int i = 0; i < config->n_nodes; i++)
		if (!strcmp(config->node[i].name, name))
			return i;
	return -1;
}

int config_find_id(const struct config *config, uint16_t id)
{
	for (unsigned int i = 0; i < config->n_nodes; i++)
		if (config->node[i].id == id)
			return i;
	return -1;
}

int config_find_service(const struct config *config, const char *name)
{
	for (unsigned int i = 0; i < config->n_services; i++)
		if (!strcmp(config->service[i].name, name))
			return i;
	return -1;
}

const char *config_class_name(enum config_class class)
{
	static const char * const names[] = {
		[CONFIG_EXEC] = "exec", [CONFIG_EXEC_COMMANDS] = "exec", [CONFIG_OCF] = "ocf",
		[CONFIG_VM] = "vm",
	};

	return (unsigned int)class < sizeof(names) / sizeof(names[0]) ? names[class] : "unknown";
}

bool config_starts_after(const struct config *config, unsigned int service, unsigned int with)
{
	const struct config_service *s = &config->service[service];

	for (unsigned int i = 0; i < s->with_names.n; i++)
		if (s->with[i] == with || config_starts_after(config, s->with[i], with))
			return true;
	return false;
}

static int by_id(const void *a, const void *b)
{
	const struct config_node *x = a, *y = b;

	return (int)x->id - (int)y->id;
}

bool config_same_address(const union config_address *a, const union config_address *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return !memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr));
}

static int check_addresses(const struct config *config, unsigned int node, struct config_error *err)
{
	const struct config_node *n = &config->node[node];

	for (unsigned int i = 0; i < n->n_addresses; i++) {
		for (unsigned int j = 0; j < i; j++)
			if (config_same_address(&n->address[i], &n->address[j])) {
				config_refuse(err, config->path, n->address_line,
					      "node %s: addresses %u and %u are the same",
					      n->name, j + 1, i + 1);
				return -1;
			}
		for (unsigned int k = 0; k < node * VIGIL_MAX_LINKS; k++) {
			const struct config_node *o = &config->node[k / VIGIL_MAX_LINKS];
			unsigned int link = k % VIGIL_MAX_LINKS;

			if (link < o->n_addresses &&
			    config_same_address(&n->address[i], &o->address[link])) {
				config_refuse(err, config->path, n->address_line,
					      "nodes %s and %s have the same address", o->name,
					      n->name);
				return -1;
			}
			if (link == i && link < o->n_addresses &&
			    o->address[i].sa.sa_family != n->address[i].sa.sa_family) {
				config_refuse(err, config->path, n->address_line,
					      "link %u has an IPv4 address at one of %s and %s and an IPv6 address at the other",
					      i + 1, o->name, n->name);
				return -1;
			}
		}
	}
	return 0;
}

static int check_nodes(struct config *config, struct config_error *err)
{
	qsort(config->node, config->n_nodes, sizeof(*config->node), by_id);
	for (unsigned int i = 0; i < config->n_nodes; i++) {
		const struct config_node *n = &config->node[i];

		if (i && n->id == n[-1].id) {
			const struct config_node *late = n->line > n[-1].line ? n : n - 1;

			config_refuse(err, config->path, late->line,
				      "nodes %s and %s have the same id %u", n[-1].name, n->name,
				      n->id);
			return -1;
		}
		if (check_addresses(config, i, err))
			return -1;
		config->n_voters += n->voter;
	}
	if (config->n_voters % 2 && config->n_voters <= VIGIL_MAX_VOTERS)
		return 0;
	if (config->n_voters > VIGIL_MAX_VOTERS)
		config_refuse(err, config->path, config->line,
			      "%u nodes vote; at most %d may, give the others voter = false",
			      config->n_voters, VIGIL_MAX_VOTERS);
	else
		config_refuse(err, config->path, config->line,
			      "%u nodes vote; an odd number must, so that a majority is more than half: add a witness, or give one voter = false",
			      config->n_voters);
	return -1;
}

static int check_self(struct config *config, const char *self, struct config_error *err)
{
	char host[256];
	int i;

	if (!self) {
		if (gethostname(host, sizeof(host)))
			host[0] = 0;
		host[sizeof(host) - 1] = 0;
		host[strcspn(host, ".")] = 0;
		self = host;
	}
	i = config_find_node(config, self);
	if (i < 0) {
		config_refuse(err, config->path, config->line,
			      "this host is '%s', and there is no node of that name; add it, or set self in the cluster section",
			      self);
		return -1;
	}
	config->self = i;
	return 0;
}

static int check_keys(struct config *config, struct config_error *err)
{
	const char *path[VIGIL_KEY_SLOTS] = { config->key_file, config->key_file_next };
	char why[256];

	for (int i = 0; i < VIGIL_KEY_SLOTS; i++) {
		if (!path[i])
			continue;
		if (vigil_keyfile_read(path[i], config->key[i], why, sizeof(why))) {
			config_refuse(err, config->path, config->key_line[i], "%s", why);
			return -1;
		}
		config->key_set[i] = true;
	}
	return 0;
}

static int resolve_nodes(struct config *config, struct config_service *s, struct config_error *err)
{
	s->nodes = calloc(s->node_names.n + 1, sizeof(*s->nodes));
	if (!s->nodes)
		return -1;
	for (unsigned int i = 0; i < s->node_names.n; i++) {
		int n = config_find_node(config, s->node_names.item[i]);

		if (n < 0) {
			config_refuse(err, config->path, s->nodes_line,
				      "service %s: nodes names '%s', which is no node", s->name,
				      s->node_names.item[i]);
			return -1;
		}
		if (config->node[n].witness) {
			config_refuse(err, config->path, s->nodes_line,
				      "service %s: nodes names '%s', a witness, which runs no services",
				      s->name, s->node_names.item[i]);
			return -1;
		}
		s->nodes[i] = n;
	}
	return 0;
}

static int resolve_with(struct config *config, struct config_service *s, struct config_error *err)
{
	s->with = calloc(s->with_names.n + 1, sizeof(*s->with));
	if (!s->with)
		return -1;
	for (unsigned int i = 0; i < s->with_names.n; i++) {
		int n = config_find_service(config, s->with_names.item[i]);

		if (n < 0 || &config->service[n] == s) {
			config_refuse(err, config->path, s->with_line,
				      "service %s: with names '%s', which is %s", s->name,
				      s->with_names.item[i], n < 0 ? "no service" : "itself");
			return -1;
		}
		s->with[i] = n;
	}
	return 0;
}

/* Chains of `with` end: else depths would grow beyond the number of services. */
static int check_cycles(struct config *config, struct config_error *err)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < config->n_services; i++) {
			struct config_service *s = &config->service[i];

			for (unsigned int j = 0; j < s->with_names.n; j++) {
				unsigned int depth = config->service[s->with[j]].depth + 1;

				if (depth <= s->depth)
					continue;
				if (depth >= config->n_services) {
					config_refuse(err, config->path, s->with_line,
						      "service %s: with leads back to itself by way of '%s'",
						      s->name, s->with_names.item[j]);
					return -1;
				}
				s->depth = depth;
				changed = true;
			}
		}
	}
	return 0;
}

/* The services of each group, side by side. */
static int list_groups(struct config *config)
{
	unsigned int n = 0;

	config->member = calloc(config->n_services + 1, sizeof(*config->member));
	config->group_at = calloc(config->n_groups + 1, sizeof(*config->group_at));
	if (!config->member || !config->group_at)
		return -1;
	for (unsigned int i = 0; i < config->n_services; i++)
		config->group_at[config->service[i].group + 1]++;
	for (unsigned int g = 0; g < config->n_groups; g++)
		config->group_at[g + 1] += config->group_at[g];
	for (unsigned int g = 0; g < config->n_groups; g++)
		for (unsigned int i = 0; n < config->group_at[g + 1]; i++)
			if (config->service[i].group == g)
				config->member[n++] = i;
	return 0;
}

/* Services that `with` joins, in whatever direction, are one group. */
static int make_groups(struct config *config)
{
	bool changed = true;

	for (unsigned int i = 0; i < config->n_services; i++)
		config->service[i].group = i;
	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < config->n_services; i++) {
			struct config_service *s = &config->service[i];

			for (unsigned int j = 0; j < s->with_names.n; j++) {
				struct config_service *w = &config->service[s->with[j]];

				if (w->group == s->group)
					continue;
				if (w->group < s->group)
					s->group = w->group;
				else
					w->group = s->group;
				changed = true;
			}
		}
	}
	/* Number them 0, 1, ...: a group was named after its first service. */
	for (unsigned int i = 0; i < config->n_services; i++) {
		struct config_service *s = &config->service[i];

		s->group = s->group == i ? config->n_groups++ : config->service[s->group].group;
	}
	return list_groups(config);
}

static int check_services(struct config *config, struct config_error *err)
{
	for (unsigned int i = 0; i < config->n_services; i++) {
		struct config_service *s = &config->service[i];

		if (resolve_nodes(config, s, err) || resolve_with(config, s, err) ||
		    (s->class == CONFIG_VM && config_vm(config, s, err)))
			return -1;
	}
	return check_cycles(config, err) ?: make_groups(config);
}

int config_check(struct config *config, const char *self, struct config_error *err)
{
	if (check_nodes(config, err) || check_self(config, self, err) || check_keys(config, err) ||
	    config_levels(config, err))
		return -1;
	return check_services(config, err) ?: config_check_gates(config, err);
}

static void free_service(struct config_service *s)
{
	free(s->command);
	free(s->template);
	config_free_list(&s->argv);
	free(s->qmp);
	free(s->start);
	free(s->stop);
	free(s->monitor);
	free(s->provider);
	free(s->type);
	config_free_list(&s->params);
	config_free_list(&s->with_names);
	config_free_list(&s->node_names);
	free(s->with);
	free(s->nodes);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (unsigned int i = 0; i < config->n_services; i++)
		free_service(&config->service[i]);
	config_free_fence(config);
	free(config->service);
	free(config->member);
	free(config->group_at);
	free(config->node);
	free(config->key_file);
	free(config->key_file_next);
	free(config->path);
	free(config->watchdog);
	explicit_bzero(config->key, sizeof(config->key));
	free(config);
}
