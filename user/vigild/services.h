/* SPDX-License-Identifier: GPL-2.0 */
/* All services of this node: created from the configuration, driven as one. */
#ifndef _VIGILD_SERVICES_H
#define _VIGILD_SERVICES_H

#include "cluster.h"
#include "service.h"

struct probes;

/* A configuration that several services may still be made of after a reload. */
struct config_ref {
	struct config *config;
	unsigned int users;
};

struct config_ref *config_ref_new(struct config *config);
struct config_ref *config_ref_get(struct config_ref *ref);
void config_ref_put(struct config_ref *ref);

/**
 * struct services - the services of this node
 * @list: in the order of the configuration
 * @retired: no longer configured, being stopped
 * @on_change: the state of a service has changed
 */
struct services {
	sd_event *event;
	struct cluster *cluster;
	struct probes *probes;		/* NULL: none, as long as it has not begun */
	struct config_ref *owner;
	struct config *config;
	struct service **list;
	unsigned int n;
	struct service **retired;
	unsigned int n_retired;
	sd_event_source *kick;
	bool begun;			/* what an earlier daemon left has been looked for */
	void (*on_change)(void *data, const struct service *s);
	void *data;
};

int services_init(struct services *set, sd_event *event, struct cluster *cluster,
		  struct config_ref *owner,
		  void (*on_change)(void *data, const struct service *s), void *data);
void services_free(struct services *set);

/* Find out what runs already: it is adopted if the claim is held, else stopped. */
void services_begin(struct services *set);

/* Take over a new configuration. 0, or -ENOMEM and nothing has changed. */
int services_reload(struct services *set, struct config_ref *owner);

/* Also one that is being removed; NULL: no such service. */
struct service *services_find(struct services *set, const char *name);

/* Something has changed: look at all services again, soon. */
void services_kick(struct services *set);

void services_on_claim(struct services *set, const char *name, uint32_t from, uint32_t to,
		       uint64_t time);

/* Ask the kernel for the state of every service's claim and watch. */
void services_refresh(struct services *set);

/* True when nothing runs here and no claim of a service is left. */
bool services_gone(const struct services *set);

/* Does everything that @s starts after run here? Is anything active that starts after @s? */
bool services_ready_for(const struct services *set, const struct service *s);
bool services_needed(const struct services *set, const struct service *s);

#endif
