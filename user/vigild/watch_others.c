// SPDX-License-Identifier: GPL-2.0
#include "watch_others.h"

#include <errno.h>
#include <linux/vigil.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../lib/watch.h"
#include "daemon.h"
#include "log.h"
#include "probes.h"

static bool is_of_service(struct daemon *d, const struct vnl_watch *w)
{
	for (unsigned int i = 0; i < d->services.n; i++) {
		const struct service *s = d->services.list[i];

		if (s->watch.pid == (pid_t)w->pid)
			return true;
	}
	return services_find(&d->services, w->name);
}

static bool is_known(const struct watch_others *o, __u64 id)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->id[i] == id)
			return true;
	return false;
}

static bool is_there(const struct vnl_watch *list, int n, __u64 id)
{
	for (int i = 0; i < n; i++)
		if (list[i].id == id)
			return list[i].state != VIGIL_WATCH_STATE_DEAD;
	return false;
}

static void drop(struct daemon *d, size_t i)
{
	struct watch_others *o = &d->watch_others;

	probes_unbind(d->probes, o->id[i]);
	o->id[i] = o->id[--o->n];
}

static int add(struct watch_others *o, __u64 id)
{
	__u64 *ids = reallocarray(o->id, o->n + 1, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	o->id = ids;
	o->id[o->n++] = id;
	return 0;
}

static void bind_probes(struct daemon *d, const struct vnl_watch *w, int pidfd)
{
	struct probe_target target = {
		.watch = w->id, .pidfd = pidfd, .pid = (pid_t)w->pid, .kind = w->kind,
		.cgroup = w->cgroup, .progress_ms = w->progress, .blocked_ms = w->blocked,
		.hang_ms = w->hang,
	};
	int rc = probes_bind(d->probes, &target);

	/* That there are none is in the status. */
	if (rc && rc != -EOPNOTSUPP && rc != -ESRCH)
		log_warn("%s: probes cannot watch process %u: %s", w->name, w->pid, strerror(-rc));
}

/*
 * The number is that of the watched process as long as that is not dead; so it was when
 * the descriptor was opened, if the kernel says afterwards that it is not dead yet.
 */
static int show(struct daemon *d, const struct vnl_watch *w)
{
	int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)w->pid, 0), rc;
	struct vnl_watch now;

	if (pidfd < 0)
		return errno == ESRCH ? 0 : -errno;
	rc = vnl_watch_get(d->cluster.client, d->config->name, w->name, &now);
	if (!rc && now.id == w->id && now.state != VIGIL_WATCH_STATE_DEAD) {
		rc = add(&d->watch_others, w->id);
		if (!rc)
			bind_probes(d, &now, pidfd);
	}
	close(pidfd);
	return rc == -ENOENT ? 0 : rc;
}

int watch_others_find(struct daemon *d)
{
	struct watch_others *o = &d->watch_others;
	struct vnl_watch *list = NULL;
	int n = vnl_watch_list(d->cluster.client, d->config->name, &list), rc = 0;

	if (n < 0)
		return n;
	for (size_t i = o->n; i-- > 0;)
		if (!is_there(list, n, o->id[i]))
			drop(d, i);
	for (int i = 0; i < n && !rc; i++)
		if (list[i].pid && list[i].state != VIGIL_WATCH_STATE_DEAD &&
		    !is_known(o, list[i].id) && !is_of_service(d, &list[i]))
			rc = show(d, &list[i]);
	free(list);
	return rc;
}

void watch_others_hear(struct daemon *d, const struct vnl_event *event)
{
	const struct watch_others *o = &d->watch_others;

	if (event->watch.node != d->config->node[d->config->self].id ||
	    event->watch.to != VIGIL_WATCH_STATE_DEAD)
		return;
	for (size_t i = 0; i < o->n; i++) {
		if (o->id[i] == event->watch.id) {
			drop(d, i);
			return;
		}
	}
}

void watch_others_free(struct watch_others *o)
{
	free(o->id);
}
