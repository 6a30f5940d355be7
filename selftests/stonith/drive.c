// SPDX-License-Identifier: GPL-2.0
/*
 * drive: fence a node of a vigil.conf as vigild does it, with no cluster around: its
 * configuration, its walk through levels and devices, its calls of agents.
 *
 *	drive CONFIG SELF NODE off|reboot|test
 *
 * Prints "step LEVEL DEVICE ACTION good|bad TEXT" for each call, "proved LEVEL" when it is, and
 * "end TEXT". Exit code 0: proved, or all of a test good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fence_check.h"
#include "fence_run.h"
#include "log.h"

struct drive {
	const struct config *config;
	sd_event *event;
};

static bool on_busy(void *data, const struct config_device *device)
{
	return false;
}

static const char *on_proceed(void *data)
{
	return NULL;
}

static void on_free(void *data)
{
}

static void on_off(void *data, unsigned int level)
{
	printf("proved %u\n", level);
}

static void on_end(void *data, const struct fence_run *run, enum fence_end end, const char *why)
{
	const struct drive *d = data;
	const struct fence_step *s;
	unsigned int n = fence_run_steps(run, &s);
	bool good = end == FENCE_PROVED || end == FENCE_TESTED;

	for (unsigned int i = 0; i < n; i++) {
		printf("step %u %s %s %s %s\n", s[i].level, d->config->device[s[i].device].name,
		       s[i].action, s[i].good ? "good" : "bad", s[i].text);
		good &= end != FENCE_TESTED || s[i].good;
	}
	printf("end %s\n", why);
	sd_event_exit(d->event, !good);
}

static int complain(const char *text)
{
	fprintf(stderr, "drive: %s\n", text);
	return 2;
}

int main(int argc, char **argv)
{
	struct cgroup cgroup = { .dir = -1, .events = -1 };
	struct config_error err = { 0 };
	struct config *config;
	struct drive d = { 0 };
	struct fence_orders orders = {
		.cgroup = &cgroup, .busy = on_busy, .proceed = on_proceed, .on_free = on_free,
		.on_off = on_off, .on_end = on_end, .data = &d,
	};
	char group[32];
	int node, rc;

	if (argc != 5)
		return complain("usage: drive CONFIG SELF NODE off|reboot|test");
	log_begin(false);
	process_prepare();
	config = config_load(argv[1], argv[2], &err);
	if (!config || fence_read_secrets(config, &err) || fence_check_agents(config, &err))
		return complain(err.text);
	node = config_find_node(config, argv[3]);
	snprintf(group, sizeof(group), "vigil/@drive-%d", getpid() % 8);
	if (node < 0 || cgroup_open(&cgroup, group) || sd_event_default(&d.event) < 0)
		return complain("no such node, or no control group");
	d.config = orders.config = config;
	orders.node = node;
	orders.off = !strcmp(argv[4], "off");
	orders.test = !strcmp(argv[4], "test");
	rc = fence_run_start(d.event, &orders) ? sd_event_loop(d.event) : 2;
	sd_event_unref(d.event);
	cgroup_kill(&cgroup);
	cgroup_close(&cgroup);
	config_free(config);
	return rc;
}
