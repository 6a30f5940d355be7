// SPDX-License-Identifier: GPL-2.0
#include "gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/gate.h"
#include "log.h"
#include "service.h"
#include "services.h"

_Static_assert(CONFIG_GATE_ADDRESSES == VNL_GATE_ADDRESSES &&
	       CONFIG_GATE_INTERFACES == VNL_GATE_INTERFACES, "one limit for all");

static struct cluster *cluster_of(const struct service *s)
{
	return s->set->cluster;
}

static bool is_wanted(const struct config_service *cfg)
{
	return cfg->gate || cfg->n_gate_addresses;
}

static void take_address(union vnl_addr *out, const union config_address *in)
{
	memset(out, 0, sizeof(*out));
	if (in->sa.sa_family == AF_INET)
		out->in = in->in;
	else
		out->in6 = in->in6;
}

static void describe(const struct service *s, struct vnl_gate *gate)
{
	const struct config_service *cfg = s->cfg;

	memset(gate, 0, sizeof(*gate));
	snprintf(gate->claim, sizeof(gate->claim), "%s", cfg->name);
	gate->cgroup = cfg->gate ? cgroup_id(&s->main) : 0;
	for (unsigned int i = 0; i < cfg->n_gate_addresses; i++)
		take_address(&gate->addresses[gate->n_addresses++], &cfg->gate_address[i]);
	for (unsigned int i = 0; i < cfg->n_gate_interfaces; i++)
		memcpy(gate->interfaces[gate->n_interfaces++], cfg->gate_interface[i], IFNAMSIZ);
}

void gate_remove(struct service *s)
{
	struct cluster *c = cluster_of(s);

	vnl_gate_del(c->client, c->config->name, s->cfg->name);
}

void gate_set(struct service *s)
{
	struct cluster *c = cluster_of(s);
	struct vnl_gate gate;
	int rc = 0;

	if (!is_wanted(s->cfg)) {
		gate_remove(s);
		return;
	}
	describe(s, &gate);
	if (s->cfg->gate && !gate.cgroup)
		rc = -EIO;
	else
		rc = vnl_gate_set(c->client, c->config->name, &gate);
	if (!rc)
		return;
	log_error("%s: no gate: %s", s->cfg->name, vnl_error(c->client));
	free(s->agent.broken);
	if (asprintf(&s->agent.broken, "its gate cannot be set on this node: %s",
		     gate.cgroup || !s->cfg->gate ? vnl_error(c->client) :
		     "the control group has no number") < 0)
		s->agent.broken = NULL;
}

void gate_remove_all(struct cluster *c)
{
	struct vnl_gate *gates;
	int n = vnl_gate_list(c->client, c->config->name, &gates);

	for (int i = 0; i < n; i++)
		vnl_gate_del(c->client, c->config->name, gates[i].claim);
	if (n >= 0)
		free(gates);
}
