/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gates: what a service sends leaves this machine only while its claim is held.
 * Setting and deleting need CAP_NET_ADMIN; looking needs nothing.
 */
#ifndef _VIGIL_LIB_GATE_H
#define _VIGIL_LIB_GATE_H

#include <linux/types.h>
#include <net/if.h>

#include <vigil/limits.h>

#include "address.h"
#include "client.h"

#define VNL_GATE_ADDRESSES	16
#define VNL_GATE_INTERFACES	4

/**
 * struct vnl_gate - a gate, wanted or as it is
 * @claim: the claim that must be held
 * @cgroup: id of a control group whose sockets it watches; 0: none
 * @n_addresses: used of @addresses
 * @n_interfaces: used of @interfaces
 * @addresses: packets that have one as sender are watched
 * @interfaces: every frame there is looked at for the addresses
 * @left: ns for which packets pass if nothing renews the hold; ignored when setting
 * @dropped: packets held back; ignored when setting
 */
struct vnl_gate {
	char claim[VIGIL_NAME_LEN + 1];
	__u64 cgroup;
	unsigned int n_addresses;
	unsigned int n_interfaces;
	union vnl_addr addresses[VNL_GATE_ADDRESSES];
	char interfaces[VNL_GATE_INTERFACES][IFNAMSIZ];
	__u64 left;
	__u64 dropped;
};

/* All return 0 or -errno; vnl_error() has the sentence. */
int vnl_gate_set(struct vnl_client *client, const char *cluster, const struct vnl_gate *gate);
int vnl_gate_del(struct vnl_client *client, const char *cluster, const char *claim);
int vnl_gate_get(struct vnl_client *client, const char *cluster, const char *claim,
		 struct vnl_gate *out);

/* All of a cluster. Return: how many; *@out is for the caller to free. Or -errno. */
int vnl_gate_list(struct vnl_client *client, const char *cluster, struct vnl_gate **out);

#endif
