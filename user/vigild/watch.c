// SPDX-License-Identifier: GPL-2.0
#include "watch.h"

#include <errno.h>
#include <linux/vigil.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../lib/names.h"
#include "../lib/watch.h"
#include "log.h"
#include "mainpid.h"
#include "probes.h"
#include "reaction.h"
#include "service.h"
#include "services.h"
#include "vm.h"

#define NS_PER_S	1000000000ULL
#define RESET_PATIENCE	(2 * NS_PER_S)	/* QEMU resets a guest within milliseconds */

static struct vnl_client *client_of(const struct service *s)
{
	return s->set->cluster->client;
}

static const char *cluster_of(const struct service *s)
{
	return s->set->config->name;
}

static bool is_ending(__u32 state)
{
	return state == VIGIL_WATCH_STATE_DYING || state == VIGIL_WATCH_STATE_DEAD;
}

void watch_explain(struct service *s)
{
	const char *words = vm_last_words(s), *seen = s->watch.seen;
	char before[sizeof(s->reason)];

	if (!seen[0])
		return;
	/* The kernel saw a process of ours that ended with code 127. */
	if (s->process && process_error(s->process))
		s->exec_error = process_error(s->process);
	if (s->exec_error) {
		snprintf(s->reason, sizeof(s->reason), "cannot be executed: %s",
			 strerror(s->exec_error));
		return;
	}
	snprintf(before, sizeof(before), "%s", s->reason);
	if (words)
		snprintf(s->reason, sizeof(s->reason), "its guest went off (%s); %s", words, seen);
	else if (s->agent.foreground || !before[0])
		snprintf(s->reason, sizeof(s->reason), "%s", seen);
	else
		snprintf(s->reason, sizeof(s->reason), "%s; %.36s", seen, before);
}

/* The state of the watch has become this. The service may be stopping afterwards. */
static void act(struct service *s, __u32 from, __u32 to, __u32 cause, int code)
{
	bool up = s->state == SERVICE_RUNNING || s->state == SERVICE_STARTING;
	bool for_good = cause == VIGIL_WATCH_CAUSE_EXIT && code == 127;
	enum reaction what = reaction(s->cfg, from, to, cause);

	s->watch.state = to;
	if (to == VIGIL_WATCH_STATE_DEAD)
		probes_unbind_dead(s->set->probes, s->watch.id);
	/* Also later, when process.c was first: the watch knows more. */
	if (what != REACTION_NONE && s->agent.foreground && (up || s->dying || s->crashed))
		watch_explain(s);
	switch (what) {
	case REACTION_NONE:
		if (to == VIGIL_WATCH_STATE_ALIVE && s->timer_for == TIMER_AWAIT) {
			service_set_timer(s, TIMER_NONE, 0);
			service_runs(s);
		}
		break;
	case REACTION_CLEAR:
		operation_dying(s, for_good);
		break;
	case REACTION_ENDED:
		operation_ended(s, for_good);
		break;
	case REACTION_CHECK:
		operation_check(s);
		break;
	case REACTION_AWAIT_RESET:
	case REACTION_AWAIT_CONTINUE:
		watch_explain(s);
		if (s->state == SERVICE_RUNNING)
			service_set_timer(s, TIMER_AWAIT, what == REACTION_AWAIT_RESET ?
					  RESET_PATIENCE : s->cfg->progress);
		break;
	case REACTION_RESTART:
		watch_explain(s);
		operation_hung(s);
		break;
	}
}

/* Take note of a state that the kernel has told. */
static void take(struct service *s, __u32 from, __u32 to, __u32 cause, int code, __u32 by_pid,
		 const char *by_comm)
{
	char why[VNL_WHY_LEN];

	vnl_watch_why(why, sizeof(why), cause, code, by_pid, by_comm);
	if (to == VIGIL_WATCH_STATE_ALIVE)
		s->watch.seen[0] = 0;
	else
		snprintf(s->watch.seen, sizeof(s->watch.seen), "%s", why);
	act(s, from, to, cause, code);
}

void watch_forget(struct service *s)
{
	struct watch *w = &s->watch;

	w->source = sd_event_source_disable_unref(w->source);
	if (w->pidfd >= 0)
		close(w->pidfd);
	*w = (struct watch){ .pidfd = -1, .refused = w->refused, .news = w->news };
}

void watch_reset(struct service *s)
{
	if (s->watch.id)
		probes_unbind(s->set->probes, s->watch.id);
	watch_forget(s);
}

void watch_end(struct service *s)
{
	struct watch *w = &s->watch;
	int rc;

	if (!w->id)
		return;
	if (!is_ending(w->state)) {
		rc = vnl_watch_del(client_of(s), cluster_of(s), s->cfg->name);
		if (rc && rc != -ENOENT)
			log_warn("%s: cannot end its watch: %s", s->cfg->name,
				 vnl_error(client_of(s)));
	}
	watch_reset(s);
}

void watch_remove(struct service *s)
{
	vnl_watch_del(client_of(s), cluster_of(s), s->cfg->name);
	watch_reset(s);
}

static bool has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* The process that an agent has started has ended. */
static int on_end(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct service *s = data;

	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	watch_refresh(s);
	return 0;
}

/* A pidfd of the main process, process.c's or our own; -1: there is none. */
static int find_process(struct service *s, pid_t *pid)
{
	const char *pidfile = NULL;
	int fd;

	if (s->process) {
		*pid = process_pid(s->process);
		return process_pidfd(s->process);
	}
	for (unsigned int i = 0; i < s->cfg->params.n; i++)
		if (!strncmp(s->cfg->params.item[i], "pidfile=", 8))
			pidfile = s->cfg->params.item[i] + 8;
	*pid = mainpid_find(&s->main, pidfile);
	if (!*pid || *pid == s->watch.pid)
		return -1;
	fd = syscall(SYS_pidfd_open, *pid, 0);
	/* A number that was given anew meanwhile is not in the group. */
	if (fd >= 0 && cgroup_contains(&s->main, *pid) && !has_ended(fd))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static unsigned int in_ms(uint64_t ns)
{
	return ns / 1000000;
}

/* Is this watch one of the same process, with the limits that are configured now? */
static bool same(const struct vnl_watch *w, const struct vnl_watch_config *c, pid_t pid)
{
	return w->pid == (__u32)pid && w->kind == c->kind && w->progress == c->progress &&
	       w->blocked == c->blocked && w->hang == c->hang;
}

/*
 * A watch of that name is in the way. What has died is replaced, and remembered; the
 * one of an earlier daemon is taken over into @found; any other one has to go.
 */
static int replace(struct service *s, const struct vnl_watch_config *config, pid_t pid,
		   struct vnl_watch *found)
{
	int rc = vnl_watch_get(client_of(s), cluster_of(s), s->cfg->name, found);

	if (rc && rc != -ENOENT)
		return rc;
	if (!rc && found->state != VIGIL_WATCH_STATE_DEAD) {
		if (same(found, config, pid) && !has_ended(config->pidfd))
			return 0;
		vnl_watch_del(client_of(s), cluster_of(s), s->cfg->name);
	}
	memset(found, 0, sizeof(*found));
	return vnl_watch_add(client_of(s), cluster_of(s), config, &found->id);
}

static void bind_probes(struct service *s, const struct vnl_watch_config *config)
{
	struct probe_target target = {
		.watch = s->watch.id,
		.pidfd = config->pidfd,
		.pid = s->watch.pid,
		.kind = config->kind,
		.cgroup = config->cgroup,
		.progress_ms = config->progress,
		.blocked_ms = config->blocked,
		.hang_ms = config->hang,
	};
	int rc = probes_bind(s->set->probes, &target);

	/* That there are none is in the status; one that is dead is seen by its pidfd. */
	if (rc && rc != -EOPNOTSUPP && rc != -ESRCH)
		log_warn("%s: probes cannot watch process %d: %s", s->cfg->name, s->watch.pid,
			 strerror(-rc));
}

void watch_begin(struct service *s)
{
	struct vnl_watch_config config = {
		.name = s->cfg->name,
		.kind = s->agent.class == CONFIG_VM ? VIGIL_WATCH_KIND_VM :
						      VIGIL_WATCH_KIND_PROCESS,
		.cgroup = cgroup_id(&s->main),
		.progress = in_ms(s->cfg->progress),
		.blocked = in_ms(s->cfg->blocked),
		.hang = in_ms(s->cfg->hang),
	};
	struct vnl_watch found = { 0 };
	pid_t pid;
	int rc;

	config.pidfd = find_process(s, &pid);
	if (config.pidfd < 0 || pid == s->watch.pid)
		return;
	watch_reset(s);
	rc = vnl_watch_add(client_of(s), cluster_of(s), &config, &found.id);
	if (rc == -EEXIST)
		rc = replace(s, &config, pid, &found);
	if (!s->process)
		s->watch.pidfd = config.pidfd;
	if (rc) {
		watch_forget(s);
		if (rc != -ESRCH && !s->watch.refused)
			log_warn("%s: process %d cannot be watched: %s", s->cfg->name, pid,
				 vnl_error(client_of(s)));
		s->watch.refused = rc != -ESRCH;
		return;
	}
	s->watch.refused = false;
	s->watch.id = found.id;
	s->watch.pid = pid;
	if (!s->process && sd_event_add_io(s->set->event, &s->watch.source, s->watch.pidfd,
					   EPOLLIN, on_end, s) < 0)
		log_error("%s: no memory to watch process %d", s->cfg->name, pid);
	bind_probes(s, &config);
	log_debug("%s: watch %llu on process %d", s->cfg->name, (unsigned long long)found.id, pid);
	if (found.state != VIGIL_WATCH_STATE_ALIVE)
		take(s, VIGIL_WATCH_STATE_ALIVE, found.state, found.why.cause, found.why.code,
		     found.why.by_pid, found.why.by_comm);
}

void watch_recall(struct service *s)
{
	struct vnl_watch found;
	char why[VNL_WHY_LEN];

	if (vnl_watch_get(client_of(s), cluster_of(s), s->cfg->name, &found) ||
	    found.state != VIGIL_WATCH_STATE_DEAD)
		return;
	vnl_watch_why(why, sizeof(why), found.why.cause, found.why.code, found.why.by_pid,
		      found.why.by_comm);
	log_warn("%s: has died without a daemon here: %s", s->cfg->name, why);
	snprintf(s->reason, sizeof(s->reason), "%s", why);
	s->failed = true;
}

void watch_ended(struct service *s, const struct process_result *result)
{
	struct vigil_watch_report r = {
		.watch = s->watch.id, .state = VIGIL_WATCH_STATE_DEAD, .code = result->code,
		.cause = result->end == PROCESS_KILLED ? VIGIL_WATCH_CAUSE_SIGNAL :
			 result->code < 0 ? VIGIL_WATCH_CAUSE_GONE : VIGIL_WATCH_CAUSE_EXIT,
	};

	if (!s->watch.id || is_ending(s->watch.state))
		return;
	if (result->code < 0)
		r.code = 0;
	vnl_watch_report(client_of(s), cluster_of(s), NULL, &r);
}

void watch_report(struct service *s, __u32 state, __u32 cause)
{
	struct vigil_watch_report r = { .watch = s->watch.id, .state = state, .cause = cause };
	int rc = s->watch.id ? vnl_watch_report(client_of(s), cluster_of(s), NULL, &r) : 0;

	if (rc && rc != -ENOENT)
		log_warn("%s: report about its guest: %s", s->cfg->name, vnl_error(client_of(s)));
}

void watch_refresh(struct service *s)
{
	struct vnl_watch found;

	if (!s->watch.id ||
	    vnl_watch_get(client_of(s), cluster_of(s), s->cfg->name, &found) ||
	    found.id != s->watch.id || found.state == s->watch.state)
		return;
	take(s, s->watch.state, found.state, found.why.cause, found.why.code, found.why.by_pid,
	     found.why.by_comm);
}

/* What has happened may be on its way to a daemon that is late: the kernel knows. */
void watch_awaited(struct service *s)
{
	watch_refresh(s);
	if (s->state != SERVICE_RUNNING)
		return;
	if (s->watch.state == VIGIL_WATCH_STATE_ALIVE)
		service_runs(s);
	else
		operation_hung(s);
}

/* Keep it to be shown, and log it: as a warning if it is no good news, and of this node. */
static void note(struct services *set, struct service *s, const struct vnl_event *event)
{
	const struct vnl_watch_event *w = &event->watch;
	bool here = w->node == set->config->node[set->config->self].id;
	int level = w->from == w->to ? LOG_DEBUG :
		    here && w->to != VIGIL_WATCH_STATE_ALIVE ? LOG_WARNING : LOG_INFO;
	struct watch_news news = { .node = w->node, .state = w->to, .time = event->time };
	char where[VIGIL_NAME_LEN + 16] = "";

	vnl_watch_why(news.text, sizeof(news.text), w->cause, w->code, w->by_pid, w->by_comm);
	if (!here)
		snprintf(where, sizeof(where), " on node %s", w->node_name);
	log_line(level, "%s: process %u%s is %s%s%s", w->name, w->pid, where,
		 vnl_watch_state_name(w->to), news.text[0] ? ": " : "", news.text);
	if (s)
		s->watch.news = news;
}

void watch_hear(struct services *set, const struct vnl_event *event)
{
	const struct vnl_watch_event *w = &event->watch;
	struct service *s = services_find(set, w->name);

	note(set, s, event);
	if (!s || w->node != set->config->node[set->config->self].id || w->id != s->watch.id)
		return;
	if (w->from != w->to)
		take(s, w->from, w->to, w->cause, w->code, w->by_pid, w->by_comm);
}
