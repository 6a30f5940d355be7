// SPDX-License-Identifier: GPL-2.0
/* What of a service passes only while its claim is held: gate, gate-address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_read.h"

/* A name that the kernel takes for an interface. */
static bool is_interface(const char *name)
{
	size_t n = strlen(name);

	return n && n < IFNAMSIZ && strcmp(name, ".") && strcmp(name, "..") &&
	       !strpbrk(name, "/: \t\n\v\f\r");
}

static int add_interface(cfg_t *section, struct config_service *s, const char *name)
{
	for (unsigned int i = 0; i < s->n_gate_interfaces; i++)
		if (!strcmp(s->gate_interface[i], name))
			return 0;
	if (s->n_gate_interfaces == CONFIG_GATE_INTERFACES)
		return read_refuse(section, "gate-address",
				   "service %s: gate-address has more than %d interfaces", s->name,
				   CONFIG_GATE_INTERFACES);
	snprintf(s->gate_interface[s->n_gate_interfaces++], IFNAMSIZ, "%s", name);
	return 0;
}

/* "ADDRESS" or "ADDRESS@INTERFACE" */
static int add_address(cfg_t *section, struct config_service *s, const char *text)
{
	union config_address *address = &s->gate_address[s->n_gate_addresses];
	char only[64];
	const char *at = strchr(text, '@');

	if (s->n_gate_addresses == CONFIG_GATE_ADDRESSES)
		return read_refuse(section, "gate-address",
				   "service %s: gate-address has more than %d addresses", s->name,
				   CONFIG_GATE_ADDRESSES);
	snprintf(only, sizeof(only), "%.*s", at ? (int)(at - text) : (int)strlen(text), text);
	if (!read_address(only, address))
		return read_refuse(section, "gate-address",
				   "service %s: gate-address '%s' is not an IPv4 or IPv6 address, with or without @INTERFACE",
				   s->name, text);
	if (at && !is_interface(at + 1))
		return read_refuse(section, "gate-address",
				   "service %s: gate-address '%s': '%s' is no name of an interface",
				   s->name, text, at + 1);
	s->n_gate_addresses++;
	return at ? add_interface(section, s, at + 1) : 0;
}

int read_gate(cfg_t *section, struct config_service *s)
{
	s->gate = cfg_getbool(section, "gate");
	s->gate_line = read_line(section, "gate-address");
	for (unsigned int i = 0; i < cfg_size(section, "gate-address"); i++)
		if (add_address(section, s, cfg_getnstr(section, "gate-address", i)))
			return -1;
	return 0;
}

static bool has_address(const struct config_service *s, unsigned int n,
			const union config_address *address)
{
	for (unsigned int i = 0; i < n; i++)
		if (config_same_address(&s->gate_address[i], address))
			return true;
	return false;
}

/* An address that two claims stood for would be shut by either. */
int config_check_gates(const struct config *config, struct config_error *err)
{
	for (unsigned int i = 0; i < config->n_services; i++) {
		const struct config_service *s = &config->service[i];

		for (unsigned int a = 0; a < s->n_gate_addresses; a++) {
			bool twice = has_address(s, a, &s->gate_address[a]);
			const struct config_service *other = s;

			for (unsigned int j = 0; j < i && !twice; j++) {
				other = &config->service[j];
				twice = has_address(other, other->n_gate_addresses,
						    &s->gate_address[a]);
			}
			if (!twice)
				continue;
			config_refuse(err, config->path, s->gate_line,
				      "service %s: address %u of gate-address is one of service %s already",
				      s->name, a + 1, other->name);
			return -1;
		}
	}
	return 0;
}
