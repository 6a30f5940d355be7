// SPDX-License-Identifier: GPL-2.0
#include "stonith_bed.h"

#include <errno.h>
#include <linux/vigil.h>
#include <stdio.h>
#include <unistd.h>

#include "fence_check.h"
#include "log.h"

struct bed_kernel kernel;
struct daemon d;
struct cluster_node nodes[3];
struct fence_record told;
char answer[4096];

int cluster_node_ask(struct cluster *c, unsigned int node, struct vnl_node *out)
{
	*out = (struct vnl_node){ .id = node + 1, .state = nodes[node].state,
				  .incarnation = kernel.incarnation[node] };
	return 0;
}

unsigned int cluster_voters_heard(struct cluster *c, uint64_t time)
{
	return 1 + kernel.heard[1] + kernel.heard[2];
}

int cluster_confirm(struct cluster *c, unsigned int node, uint64_t incarnation)
{
	if (incarnation != kernel.incarnation[node])
		return -ESTALE;
	kernel.confirmed[node]++;
	kernel.confirmed_incarnation = incarnation;
	return 0;
}

int cluster_poison(struct cluster *c, unsigned int node)
{
	kernel.poisoned++;
	return 0;
}

const char *cluster_error(const struct cluster *c) { return "the kernel said no"; }

bool cluster_node_up(const struct cluster *c, unsigned int node)
{
	return !node || nodes[node].state == VIGIL_NODE_STATE_UP;
}

bool leader_acts(const struct daemon *dm) { return kernel.acts; }

void report_broadcast(struct daemon *dm, const struct message_head *head,
		      const struct message_item *item, unsigned int n)
{
	if (head->type == MESSAGE_FENCE)
		told = head->fence;
}

void control_fence_ended(struct daemon *dm, uint64_t token, struct json_object *record)
{
	snprintf(answer, sizeof(answer), "%s", json_object_to_json_string(record));
	json_object_put(record);
}

struct config_ref *config_ref_get(struct config_ref *ref)
{
	ref->users++;
	return ref;
}

void config_ref_put(struct config_ref *ref) { ref->users--; }

/* What happens */

static struct config_ref owner;

static void forget(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), RUN_DIR "/" CLUSTER "/%s", name);
	unlink(path);
}

void restart(const char *conf)
{
	struct config_error err;

	if (d.event) {
		stonith_free(&d);
		assert_int_equal(owner.users, 1);
		facts_free(&d.facts);
		config_free(d.config);
		sd_event_unref(d.event);
	}
	memset(&d, 0, sizeof(d));
	assert_true(sd_event_new(&d.event) >= 0);
	d.config = scratch_good(conf, "a");
	assert_int_equal(fence_read_secrets(d.config, &err), 0);
	d.cluster.config = d.config;
	d.cluster.node = nodes;
	owner = (struct config_ref){ d.config, 1 };
	d.owner = &owner;
	assert_int_equal(facts_init(&d.facts, d.config), 0);
	assert_int_equal(stonith_init(&d), 0);
}

void begin(const char *conf)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.acts = kernel.heard[1] = kernel.heard[2] = true;
	kernel.incarnation[1] = 20;
	kernel.incarnation[2] = 30;
	nodes[1].state = nodes[2].state = VIGIL_NODE_STATE_UP;
	memset(&told, 0, sizeof(told));
	answer[0] = 0;
	bed_reset();
	forget("@fence-history");
	forget("@disarmed");
	restart(conf);
}

void goes(unsigned int node, uint32_t to)
{
	uint32_t from = nodes[node].state;

	nodes[node].state = to;
	stonith_on_node(&d, node, from, to);
}

void settle(uint64_t us)
{
	while (sd_event_run(d.event, d.stonith.list ? UINT64_MAX : us) > 0)
		;
}

int stonith_teardown(void **state)
{
	char path[128];

	if (d.event) {
		stonith_free(&d);
		facts_free(&d.facts);
		config_free(d.config);
		sd_event_unref(d.event);
	}
	forget("@fence-history");
	forget("@disarmed");
	rmdir(RUN_DIR "/" CLUSTER);
	for (int i = 0; i < 10; i++) {
		static const char * const below[] = {
			"/@fence/b", "/@fence/c", "/@fence/b@test", "/@fence", ""
		};

		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/vigil/" CLUSTER "%s",
			 i % 2 ? "/unified" : "", below[i / 2]);
		rmdir(path);
	}
	return scratch_teardown(state);
}
