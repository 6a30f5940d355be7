// SPDX-License-Identifier: GPL-2.0
#include "services.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "log.h"

struct config_ref *config_ref_new(struct config *config)
{
	struct config_ref *ref = malloc(sizeof(*ref));

	if (ref)
		*ref = (struct config_ref){ config, 1 };
	return ref;
}

struct config_ref *config_ref_get(struct config_ref *ref)
{
	ref->users++;
	return ref;
}

void config_ref_put(struct config_ref *ref)
{
	if (!ref || --ref->users)
		return;
	config_free(ref->config);
	free(ref);
}

static void service_delete(struct service *s)
{
	service_close(s);
	config_ref_put(s->owner);
	free(s);
}

static struct service *service_new(struct services *set, struct config_ref *owner,
				   unsigned int index)
{
	struct service *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->set = set;
	s->index = index;
	s->cfg = &owner->config->service[index];
	s->since = now_ns();
	s->owner = config_ref_get(owner);
	if (service_open(s)) {
		service_delete(s);
		return NULL;
	}
	return s;
}

bool services_ready_for(const struct services *set, const struct service *s)
{
	const struct config_service *cfg = &set->config->service[s->index];

	if (s->retired)
		return false;
	for (unsigned int i = 0; i < cfg->with_names.n; i++)
		if (set->list[cfg->with[i]]->state != SERVICE_RUNNING)
			return false;
	return true;
}

bool services_needed(const struct services *set, const struct service *s)
{
	if (s->retired)
		return false;
	for (unsigned int i = 0; i < set->n; i++) {
		const struct config_service *cfg = &set->config->service[i];

		for (unsigned int j = 0; j < cfg->with_names.n; j++)
			if (cfg->with[j] == s->index && service_active(set->list[i]))
				return true;
	}
	return false;
}

/* A service whose options have changed takes them up while nothing of it runs. */
static void renew(struct services *set, struct service *s)
{
	struct agent agent;

	if (s->owner == set->owner || s->metadata || s->running_op ||
	    (s->state != SERVICE_OFF && s->state != SERVICE_WAITING))
		return;
	if (agent_prepare(&agent, set->config, &set->config->service[s->index])) {
		agent_free(&agent);
		return;
	}
	agent_free(&s->agent);
	s->agent = agent;
	config_ref_put(s->owner);
	s->owner = config_ref_get(set->owner);
	s->cfg = &set->config->service[s->index];
	gate_set(s);
	s->avoid_until = s->agent.broken ? UINT64_MAX : 0;
	operation_metadata(s);
}

static void bury(struct services *set)
{
	for (unsigned int i = 0; i < set->n_retired; i++) {
		struct service *s = set->retired[i];

		if (s->state != SERVICE_OFF || s->claim != VIGIL_CLAIM_STATE_NONE)
			continue;
		log_note("%s: no longer configured, gone", s->cfg->name);
		watch_remove(s);
		gate_remove(s);
		service_delete(s);
		set->retired[i--] = set->retired[--set->n_retired];
	}
}

static int on_kick(sd_event_source *source, void *data)
{
	struct services *set = data;

	for (unsigned int i = 0; i < set->n; i++) {
		renew(set, set->list[i]);
		service_reconcile(set->list[i]);
	}
	for (unsigned int i = 0; i < set->n_retired; i++)
		service_reconcile(set->retired[i]);
	bury(set);
	return 0;
}

void services_kick(struct services *set)
{
	if (set->begun)
		sd_event_source_set_enabled(set->kick, SD_EVENT_ONESHOT);
}

int services_init(struct services *set, sd_event *event, struct cluster *cluster,
		  struct config_ref *owner,
		  void (*on_change)(void *data, const struct service *s), void *data)
{
	int rc;

	*set = (struct services){
		.event = event,
		.cluster = cluster,
		.owner = config_ref_get(owner),
		.config = owner->config,
		.on_change = on_change,
		.data = data,
	};
	rc = sd_event_add_defer(event, &set->kick, on_kick, set);
	if (rc < 0)
		return rc;
	sd_event_source_set_enabled(set->kick, SD_EVENT_OFF);
	/* Starts and stops come before what is told to others. */
	sd_event_source_set_priority(set->kick, SD_EVENT_PRIORITY_IMPORTANT);
	set->list = calloc(set->config->n_services + 1, sizeof(*set->list));
	if (!set->list)
		return -ENOMEM;
	while (set->n < set->config->n_services) {
		set->list[set->n] = service_new(set, owner, set->n);
		if (!set->list[set->n])
			return -EIO;	/* the reason has been logged */
		set->n++;
	}
	return 0;
}

void services_free(struct services *set)
{
	for (unsigned int i = 0; i < set->n; i++)
		service_delete(set->list[i]);
	for (unsigned int i = 0; i < set->n_retired; i++)
		service_delete(set->retired[i]);
	free(set->list);
	free(set->retired);
	sd_event_source_disable_unref(set->kick);
	config_ref_put(set->owner);
	memset(set, 0, sizeof(*set));
}

static struct service **find(struct services *set, const char *name)
{
	for (unsigned int i = 0; i < set->n; i++)
		if (set->list[i] && !strcmp(set->list[i]->cfg->name, name))
			return &set->list[i];
	for (unsigned int i = 0; i < set->n_retired; i++)
		if (!strcmp(set->retired[i]->cfg->name, name))
			return &set->retired[i];
	return NULL;
}

struct service *services_find(struct services *set, const char *name)
{
	struct service **found = find(set, name);

	return found ? *found : NULL;
}

/* Nothing is known of how to stop it, so its claim must stay. */
static void on_foreign_claim(void *data, const char *name, uint32_t state)
{
	struct services *set = data;

	if (name[0] != '@' && !find(set, name))
		log_error("%s: claimed by this node, but not configured: if it runs, stop it, then 'vigil claim release %s'",
			  name, name);
}

void services_begin(struct services *set)
{
	cluster_each_claim(set->cluster, on_foreign_claim, set);
	for (unsigned int i = 0; i < set->n; i++) {
		struct service *s = set->list[i];

		service_begin(s, cluster_claim_state(set->cluster, s->cfg->name));
		operation_metadata(s);
	}
	set->begun = true;
	services_kick(set);
}

void services_on_claim(struct services *set, const char *name, uint32_t from, uint32_t to,
		       uint64_t time)
{
	/* What runs is not known before: an unknown service must not look like one that is off. */
	struct service **found = set->begun ? find(set, name) : NULL;

	if (found)
		service_on_claim(*found, from, to, time);
}

static void refresh(struct services *set, struct service *s)
{
	uint32_t state;

	if (cluster_claim_ask(set->cluster, s->cfg->name, &state))
		log_error("%s: cannot ask for its claim: %s", s->cfg->name,
			  cluster_error(set->cluster));
	else
		service_on_claim(s, s->claim, state, now_ns());
	watch_refresh(s);
}

void services_refresh(struct services *set)
{
	if (!set->begun)
		return;
	for (unsigned int i = 0; i < set->n; i++)
		refresh(set, set->list[i]);
	for (unsigned int i = 0; i < set->n_retired; i++)
		refresh(set, set->retired[i]);
}

/* The services of the new configuration that do not exist yet; NULL where one does. */
static struct service **new_services(struct services *set, struct config_ref *owner)
{
	unsigned int n = owner->config->n_services;
	struct config *old = set->config;
	struct service **list = calloc(n + 1, sizeof(*list));

	set->config = owner->config;	/* agents are prepared for it */
	for (unsigned int i = 0; list && i < n; i++) {
		if (find(set, owner->config->service[i].name))
			continue;
		list[i] = service_new(set, owner, i);
		if (list[i])
			continue;
		while (i-- > 0)
			if (list[i])
				service_delete(list[i]);
		free(list);
		list = NULL;
		break;
	}
	set->config = old;
	return list;
}

int services_reload(struct services *set, struct config_ref *owner)
{
	unsigned int n = owner->config->n_services, n_new = 0;
	struct service **list = new_services(set, owner);
	struct service **retired = reallocarray(set->retired, set->n_retired + set->n + 1,
						sizeof(*retired));
	bool *fresh = calloc(n + 1, sizeof(*fresh));

	if (retired)
		set->retired = retired;
	if (!list || !retired || !fresh) {
		for (unsigned int i = 0; list && i < n; i++)
			if (list[i])
				service_delete(list[i]);
		free(list);
		free(fresh);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < n; i++) {
		struct service **old = list[i] ? NULL : find(set,
							     owner->config->service[i].name);

		fresh[i] = list[i];
		n_new += fresh[i];
		if (!old)
			continue;
		list[i] = *old;
		list[i]->index = i;
		list[i]->retired = false;
		if (old >= set->list && old < set->list + set->n)
			*old = NULL;
		else
			*old = set->retired[--set->n_retired];
	}
	for (unsigned int i = 0; i < set->n; i++) {
		if (!set->list[i])
			continue;
		set->list[i]->retired = true;
		set->list[i]->want = false;
		set->retired[set->n_retired++] = set->list[i];
	}
	free(set->list);
	set->list = list;
	set->n = n;
	config_ref_put(set->owner);
	set->owner = config_ref_get(owner);
	set->config = owner->config;
	for (unsigned int i = 0; i < n; i++)
		if (fresh[i]) {
			service_begin(list[i], cluster_claim_state(set->cluster,
								   list[i]->cfg->name));
			operation_metadata(list[i]);
		}
	free(fresh);
	log_note("configuration taken over: %u services, %u of them new, %u being removed", n,
		 n_new, set->n_retired);
	services_kick(set);
	return 0;
}

bool services_gone(const struct services *set)
{
	for (unsigned int i = 0; i < set->n + set->n_retired; i++) {
		const struct service *s = i < set->n ? set->list[i] : set->retired[i - set->n];

		if (service_active(s) || s->claim != VIGIL_CLAIM_STATE_NONE)
			return false;
	}
	return true;
}
