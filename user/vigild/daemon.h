/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the daemon, and how they find each other. */
#ifndef _VIGILD_DAEMON_H
#define _VIGILD_DAEMON_H

#include <systemd/sd-event.h>

#include "cluster.h"
#include "control.h"
#include "facts.h"
#include "leader.h"
#include "leave.h"
#include "report.h"
#include "services.h"
#include "stonith.h"
#include "vitals.h"
#include "watch_others.h"
#include "watchdog.h"

#define LEADER_CLAIM	"@leader"

struct daemon {
	sd_event *event;
	char *config_path;
	struct config_ref *owner;
	struct config *config;
	struct cluster cluster;
	struct cluster_listener listener;
	struct services services;
	struct facts facts;
	struct leader leader;
	struct report report;
	struct leave leave;
	struct stonith stonith;
	struct control control;
	struct probes *probes;	/* NULL: not opened */
	struct vitals vitals;
	struct watch_others watch_others;
	struct watchdog watchdog;
	sd_event_source *tick;
	unsigned int ticks;
	uint64_t begun;		/* ns */
};

/* Read the file again. 0, or -1 and the old configuration stays; the reason is in @why. */
int daemon_reload(struct daemon *d, char *why, size_t room);

#endif
