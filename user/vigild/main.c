// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon.h"
#include "fence_check.h"
#include "log.h"
#include "probes.h"

#define TICK_US		1000000
#define REPORT_TICKS	2	/* between two complete reports */

static void on_node(void *data, unsigned int node, uint32_t from, uint32_t to)
{
	struct daemon *d = data;

	stonith_on_node(d, node, from, to);
	if (to == VIGIL_NODE_STATE_EXPIRED || to == VIGIL_NODE_STATE_LEFT) {
		facts_forget(&d->facts, node);
	} else if (to == VIGIL_NODE_STATE_UP) {
		/* It may be new, have missed something, or have heard a deputy. */
		report_all(d);
		d->leader.send = true;
	}
	leader_kick(d);
}

static void on_daemon(void *data, unsigned int node, bool alive)
{
	struct daemon *d = data;

	log_note("node %s: its daemon is %s", d->config->node[node].name,
		 alive ? "alive" : "gone; its services stay where they are");
	if (!alive) {
		d->facts.node[node].ready = false;
		d->facts.health[node].known = false;
	}
	leader_kick(d);
}

static void on_claim(void *data, const char *name, uint32_t from, uint32_t to, uint64_t time)
{
	struct daemon *d = data;

	if (!strcmp(name, LEADER_CLAIM)) {
		leader_on_claim(d, to);
		return;
	}
	services_on_claim(&d->services, name, from, to, time);
	leave_continue(d);
}

static void on_watch(void *data, const struct vnl_event *event)
{
	struct daemon *d = data;

	watch_hear(&d->services, event);
	watch_others_hear(d, event);
}

static void on_lost(void *data)
{
	struct daemon *d = data;
	uint32_t state;

	services_refresh(&d->services);
	if (!cluster_claim_ask(&d->cluster, LEADER_CLAIM, &state))
		leader_on_claim(d, state);
}

struct reading {
	struct daemon *daemon;
	unsigned int node;
	struct message_head head;
};

static bool on_head(void *data, const struct message_head *head)
{
	struct reading *r = data;

	r->head = *head;
	if (head->type == MESSAGE_ORDER)
		return leader_on_order(r->daemon, r->node, head);
	if (head->type == MESSAGE_ASK)
		report_all(r->daemon);
	else if (head->type == MESSAGE_ARM)
		stonith_hear_arm(r->daemon, r->node, &head->arm);
	else if (head->type == MESSAGE_FENCE)
		stonith_hear_record(r->daemon, r->node, &head->fence);
	else
		report_on_head(r->daemon, r->node, head);
	return head->type == MESSAGE_STATE;
}

static void on_item(void *data, const struct message_head *head, const struct message_item *item)
{
	struct reading *r = data;

	if (head->type == MESSAGE_ORDER)
		leader_on_order_item(r->daemon, item);
	else
		report_on_item(r->daemon, r->node, head, item);
}

static void on_message(void *data, unsigned int node, const char *text, size_t len)
{
	struct reading r = { .daemon = data, .node = node };

	if (node == r.daemon->config->self)
		return;
	if (message_read(text, len, on_head, on_item, &r)) {
		log_warn("node %s: %zu bytes that are no message of ours",
			 r.daemon->config->node[node].name, len);
		return;
	}
	if (r.head.type == MESSAGE_STATE)
		report_on_end(r.daemon, node, &r.head);
}

static const struct cluster_listener hearing = {
	.on_node = on_node,
	.on_daemon = on_daemon,
	.on_claim = on_claim,
	.on_watch = on_watch,
	.on_message = on_message,
	.on_lost = on_lost,
};

/* By ring buffer; programs that can call the module do not ask us. */
static void on_report(void *data, const struct vigil_watch_report *r)
{
	struct daemon *d = data;
	int rc = cluster_watch_report(&d->cluster, r);

	/* A watch may have been deleted since. */
	if (rc && rc != -ENOENT)
		log_warn("report of a probe: %s", cluster_error(&d->cluster));
}

static void on_service(void *data, const struct service *s)
{
	report_change(data, s);
}

static struct config *load(const char *path, struct config_error *err)
{
	struct config *config = config_load(path, NULL, err);

	if (config && !fence_read_secrets(config, err))
		return config;
	config_free(config);
	return NULL;
}

int daemon_reload(struct daemon *d, char *why, size_t room)
{
	struct config_error err;
	struct config *config = load(d->config_path, &err);
	struct config_ref *ref = config ? config_ref_new(config) : NULL;

	if (!ref) {
		snprintf(why, room, "%s", config ? "no memory" : err.text);
		config_free(config);
		goto refused;
	}
	if (strcmp(config->name, d->config->name)) {
		snprintf(why, room, "%s:%d: the cluster's name cannot change while vigild runs",
			 d->config_path, config->line);
		goto refused;
	}
	if (cluster_reload(&d->cluster, config)) {
		snprintf(why, room, "%s: %s", d->config_path, cluster_error(&d->cluster));
		goto refused;
	}
	/* From here on only lack of memory is in the way. */
	if (d->leader.from >= 0)
		d->leader.from = config_find_id(config, d->config->node[d->leader.from].id);
	d->leader.deputy = -1;
	d->config = config;
	if (facts_rebuild(&d->facts, config) || report_init(d) ||
	    services_reload(&d->services, ref)) {
		log_error("no memory to take over the configuration: ending, to be restarted");
		exit(EXIT_FAILURE);
	}
	config_ref_put(d->owner);
	d->owner = ref;
	watchdog_begin(d);
	fencing_check_devices(d);
	leader_kick(d);
	report_all(d);
	return 0;
refused:
	log_error("reload: %s; the old configuration stays", why);
	config_ref_put(ref);
	return -1;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *si, void *data)
{
	char why[CLUSTER_ERROR_LEN + 64];

	sd_notify(0, "RELOADING=1");
	daemon_reload(data, why, sizeof(why));
	sd_notify(0, "READY=1");
	return 0;
}

/* Services and claims stay as they are; the next daemon finds them. */
static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *si, void *data)
{
	log_note("ending; services and claims stay as they are");
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct daemon *d = data;

	sd_event_source_set_time(source, usec + TICK_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	if (d->leave.left)
		return 0;
	if (cluster_ping(&d->cluster))
		log_warn("ping: %s", cluster_error(&d->cluster));
	vitals_read(d);
	watchdog_tick(d);
	if (++d->ticks % REPORT_TICKS == 0)
		report_all(d);
	leader_claim(d);
	stonith_tick(d);
	services_kick(&d->services);
	return 0;
}

static int add_signals(struct daemon *d)
{
	sigset_t set;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	rc = sd_event_add_signal(d->event, NULL, SIGHUP, on_hangup, d);
	if (rc >= 0)
		rc = sd_event_add_signal(d->event, NULL, SIGINT, on_terminate, d);
	return rc < 0 ? rc : sd_event_add_signal(d->event, NULL, SIGTERM, on_terminate, d);
}

static int failed(const char *what, int rc)
{
	log_error("%s: %s", what, strerror(-rc));
	return rc;
}

static int start(struct daemon *d)
{
	int rc;

	d->begun = now_ns();
	rc = sd_event_default(&d->event);
	if (rc >= 0)
		rc = log_queue(d->event);
	if (rc >= 0)
		rc = add_signals(d);
	if (rc >= 0)
		rc = sd_event_set_watchdog(d->event, true);
	if (rc >= 0)
		rc = sd_event_add_time_relative(d->event, &d->tick, CLOCK_MONOTONIC, TICK_US, 1000,
						on_tick, d);
	if (rc < 0)
		return failed("event loop", rc);
	rc = facts_init(&d->facts, d->config) ?: report_init(d) ?: leader_init(d) ?:
	     stonith_init(d);
	if (rc)
		return failed("start", rc);
	rc = services_init(&d->services, d->event, &d->cluster, d->owner, on_service, d);
	if (rc)
		return failed("services", rc);
	d->listener = hearing;
	d->listener.data = d;
	rc = cluster_open(&d->cluster, d->config, d->event, &d->listener);
	if (rc) {
		log_error("cluster %s: %s", d->config->name, cluster_error(&d->cluster));
		return rc;
	}
	/* Now this is the only daemon of the cluster: the socket's name is free for it. */
	rc = control_init(d);
	if (rc)
		return rc;
	stonith_begin(d);
	rc = probes_open(&d->probes, d->event, d->config->name, on_report, d) ?: vitals_open(d);
	if (rc)
		return failed("probes", rc);
	d->services.probes = d->probes;
	watchdog_begin(d);
	/* A late page fault would be a late failover. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		log_warn("cannot lock memory: %s", strerror(errno));
	services_begin(&d->services);
	if (watch_others_find(d))
		log_warn("watches: %s", cluster_error(&d->cluster));
	probes_settle(d->probes);
	leader_on_claim(d, cluster_claim_state(&d->cluster, LEADER_CLAIM));
	sd_notifyf(0, "READY=1\nSTATUS=cluster %s, node %s", d->config->name,
		   d->config->node[d->config->self].name);
	return 0;
}

static void finish(struct daemon *d)
{
	control_free(d);
	stonith_free(d);
	services_free(&d->services);
	vitals_close(d);
	probes_close(d->probes, !d->leave.left);
	watch_others_free(&d->watch_others);
	cluster_close(&d->cluster);
	leave_free(d);
	leader_free(d);
	report_free(d);
	facts_free(&d->facts);
	config_ref_put(d->owner);
	sd_event_source_disable_unref(d->tick);
	log_unqueue();
	sd_event_unref(d->event);
	free(d->config_path);
}

static int usage(FILE *out, int rc)
{
	fprintf(out, "usage: vigild [-c FILE] [-t] [-d]\n"
		"  -c FILE  configuration, instead of " CONFIG_PATH "\n"
		"  -t       check it, say what is wrong, and end\n"
		"  -d       log every step\n"
		"  -h       this text\n");
	return rc;
}

int main(int argc, char **argv)
{
	struct daemon d = { 0 };
	const char *path = CONFIG_PATH;
	bool check = false, debug = false;
	struct config_error err;
	int opt, rc;

	while ((opt = getopt(argc, argv, "c:tdh")) != -1) {
		if (opt == 'c')
			path = optarg;
		else if (opt == 't')
			check = true;
		else if (opt == 'd')
			debug = true;
		else
			return usage(opt == 'h' ? stdout : stderr, opt == 'h' ? 0 : 2);
	}
	if (optind < argc)
		return usage(stderr, 2);
	/* Descriptors 0 to 2 exist, whoever started us. */
	while ((rc = open("/dev/null", O_RDWR)) >= 0 && rc <= STDERR_FILENO)
		;
	close(rc);
	log_begin(debug);
	process_prepare();
	d.config = load(path, &err);
	if (d.config && check && fence_check_agents(d.config, &err)) {
		config_free(d.config);
		d.config = NULL;
	}
	if (!d.config) {
		if (check)
			fprintf(stderr, "%s\n", err.text);
		else
			log_error("%s", err.text);
		return EXIT_FAILURE;
	}
	d.owner = config_ref_new(d.config);
	d.config_path = strdup(path);
	rc = !d.owner || !d.config_path ? -ENOMEM : check ? 0 : start(&d);
	if (!check && !rc)
		rc = sd_event_loop(d.event);
	finish(&d);
	return rc < 0 ? EXIT_FAILURE : rc;
}
