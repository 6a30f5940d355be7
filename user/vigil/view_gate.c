// SPDX-License-Identifier: GPL-2.0
/* The gate of a claim, as it is shown: what it watches, open or shut. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "record.h"
#include "view.h"

static const struct vnl_gate *find(const struct view *view, const char *claim)
{
	for (int i = 0; i < view->n_gates; i++)
		if (!strcmp(view->gates[i].claim, claim))
			return &view->gates[i];
	return NULL;
}

static const char *text_of(const union vnl_addr *addr, char out[INET6_ADDRSTRLEN])
{
	const void *from = addr->sa.sa_family == AF_INET ? (const void *)&addr->in.sin_addr :
							   (const void *)&addr->in6.sin6_addr;

	return inet_ntop(addr->sa.sa_family, from, out, INET6_ADDRSTRLEN) ? out : "?";
}

void view_print_gate(const struct view *view, const char *claim)
{
	const struct vnl_gate *gate = find(view, claim);
	char text[INET6_ADDRSTRLEN];
	unsigned int i;

	if (!gate)
		return;
	printf("gate     %s for", gate->left ? "open" : "shut");
	if (gate->cgroup)
		printf(" its processes");
	for (i = 0; i < gate->n_addresses; i++)
		printf("%s%s", i || gate->cgroup ? ", " : " ", text_of(&gate->addresses[i], text));
	for (i = 0; i < gate->n_interfaces; i++)
		printf("%s%s", i ? ", " : " at ", gate->interfaces[i]);
	printf("; held back %llu packets\n", (unsigned long long)gate->dropped);
}

static struct json_object *addresses(const struct vnl_gate *gate)
{
	struct json_object *list = record_new_list();
	char text[INET6_ADDRSTRLEN];

	for (unsigned int i = 0; i < gate->n_addresses; i++)
		record_append(list, record_string(text_of(&gate->addresses[i], text)));
	return list;
}

static struct json_object *interfaces(const struct vnl_gate *gate)
{
	struct json_object *list = record_new_list();

	for (unsigned int i = 0; i < gate->n_interfaces; i++)
		record_append(list, record_string(gate->interfaces[i]));
	return list;
}

struct json_object *view_gate_json(const struct view *view, const char *claim)
{
	const struct vnl_gate *gate = find(view, claim);
	struct json_object *object;

	if (!gate)
		return NULL;
	object = record_new();
	record_bool(object, "open", gate->left);
	record_bool(object, "processes", gate->cgroup);
	record_put(object, "addresses", addresses(gate));
	record_put(object, "interfaces", interfaces(gate));
	record_number(object, "dropped", gate->dropped);
	return object;
}
