// SPDX-License-Identifier: GPL-2.0
#include "vm.h"

#include <errno.h>
#include <linux/vigil.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "mainpid.h"
#include "probes.h"
#include "pvpanic.h"
#include "qmp.h"
#include "service.h"
#include "services.h"
#include "watch.h"

#define NS_PER_S	1000000000ULL
#define ANSWER_TIMEOUT	(5 * NS_PER_S)
#define SOON_US		20000ULL	/* between tries to connect, while it starts */
#define LATER_US	1000000ULL	/* afterwards */
#define UNMAPPED_US	1000000ULL	/* between looks for an address, until there is one */
#define STATUS_LEN	32

struct vm {
	struct service *s;
	struct qmp *qmp;
	sd_event_source *retry;
	sd_event_source *look;	/* for pvpanic-pci, again */
	bool looking;		/* an answer is awaited */
	bool blind;		/* looking has ended a connection */
	uint64_t panic;		/* address, as pvpanic_find() says */
	bool ready;
	bool ran;		/* its guest did, at some time; if not known, it may have */
	bool lonely;		/* that there is no connection has been logged */
	char status[STATUS_LEN];	/* "running", "paused": the newest */
	char last_words[STATUS_LEN];
};

static const char *name_of(const struct vm *vm)
{
	return vm->s->cfg->name;
}

/* A word that QEMU says; whatever else it may be, it goes into no log as it is. */
static void take_word(char *out, size_t room, struct json_object *o, const char *key)
{
	struct json_object *v;
	const char *text = "";

	if (json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &v) &&
	    json_object_is_type(v, json_type_string))
		text = json_object_get_string(v);
	for (; *text && room > 1; text++, room--)
		*out++ = *text > ' ' && *text <= '~' ? *text : '?';
	*out = 0;
}

/* Status of the guest, from an answer or an event. The service may be stopping afterwards. */
static void take_status(struct vm *vm, const char *status)
{
	struct service *s = vm->s;
	bool runs = !strcmp(status, "running");

	if (strcmp(status, vm->status) && vm->status[0])
		log_note("%s: its guest is %s, was %s", name_of(vm), status, vm->status);
	snprintf(vm->status, sizeof(vm->status), "%s", status);
	vm->ran |= runs;
	if (!strcmp(status, "guest-panicked") || !strcmp(status, "internal-error"))
		watch_report(s, VIGIL_WATCH_STATE_DYING, VIGIL_WATCH_CAUSE_GUEST_CRASH);
	else if (!runs && s->watch.state == VIGIL_WATCH_STATE_ALIVE)
		watch_report(s, VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
	else if (runs && s->watch.state == VIGIL_WATCH_STATE_STOPPED)
		watch_report(s, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
	if (runs && s->state == SERVICE_STARTING) {
		log_note("%s: its guest runs, %llu ms after its claim", s->cfg->name,
			 ms(now_ns() - s->claim_since));
		service_runs(s);
	}
}

static void on_status(void *data, struct json_object *result, int rc, const char *why)
{
	struct vm *vm = data;
	struct service *s = vm->s;
	char status[STATUS_LEN];

	if (!rc) {
		take_word(status, sizeof(status), result, "status");
		take_status(vm, status);
	}
	if (s->state != SERVICE_RUNNING)
		return;
	/* A connection that ends is no sign of ill health: its process is watched. */
	if (rc == -ETIMEDOUT && s->cfg->on_hang == CONFIG_RESTART) {
		snprintf(s->reason, sizeof(s->reason), "its emulator has given no answer");
		s->hung = true;
		service_fail(s, false);
		return;
	}
	if (rc)
		log_warn("%s: QMP: query-status: %s", s->cfg->name, why);
	service_runs(s);
}

static int on_look(sd_event_source *source, uint64_t usec, void *data);

static void on_pci(void *data, struct json_object *result, int rc, const char *why)
{
	struct vm *vm = data;
	uint64_t found = rc ? PVPANIC_NONE : pvpanic_find(result);

	vm->looking = false;
	/* The answer may be more than can be taken. */
	vm->blind |= rc == -ENOTCONN;
	if (rc)
		return;
	if (found != vm->panic && found != PVPANIC_NONE)
		log_debug("%s: address of pvpanic-pci: %#llx", name_of(vm),
			  (unsigned long long)found);
	vm->panic = found;
	rc = probes_set_panic(vm->s->set->probes, vm->s->watch.id,
			      found == PVPANIC_NONE ? 0 : found);
	if (found != PVPANIC_UNMAPPED || rc == -EOPNOTSUPP)
		return;
	if (sd_event_add_time_relative(vm->s->set->event, &vm->look, CLOCK_MONOTONIC, UNMAPPED_US,
				       1000, on_look, vm) < 0)
		log_error("%s: no memory for a timer", name_of(vm));
}

/* Firmware and guest give it an address, and others later; a reset takes it away. */
static void look_for_panic(struct vm *vm)
{
	vm->look = sd_event_source_disable_unref(vm->look);
	if (!vm->looking && !vm->blind && vm->ready)
		vm->looking = !qmp_execute(vm->qmp, "query-pci", ANSWER_TIMEOUT, on_pci, vm);
}

static int on_look(sd_event_source *source, uint64_t usec, void *data)
{
	look_for_panic(data);
	return 0;
}

static void on_ready(void *data)
{
	struct vm *vm = data;

	vm->ready = true;
	vm->lonely = false;
	if (qmp_execute(vm->qmp, "query-status", ANSWER_TIMEOUT, on_status, vm))
		log_warn("%s: QMP: cannot be asked for its status", name_of(vm));
	look_for_panic(vm);
}

static void on_panicked(struct vm *vm, struct json_object *details)
{
	struct json_object *info = NULL;
	char type[STATUS_LEN];

	if (details)
		json_object_object_get_ex(details, "info", &info);
	take_word(type, sizeof(type), info, "type");
	/* By the interface of Hyper-V, or else by the pvpanic device. */
	watch_report(vm->s, VIGIL_WATCH_STATE_DYING, !strcmp(type, "hyper-v") ?
		     VIGIL_WATCH_CAUSE_GUEST_CRASH : VIGIL_WATCH_CAUSE_PVPANIC);
}

static void on_event(void *data, const char *name, struct json_object *details)
{
	struct vm *vm = data;
	char why[STATUS_LEN];

	if (!strcmp(name, "SHUTDOWN")) {
		take_word(vm->last_words, sizeof(vm->last_words), details, "reason");
		log_info("%s: its guest goes off (%s)", name_of(vm), vm->last_words);
	} else if (!strcmp(name, "RESET")) {
		take_word(why, sizeof(why), details, "reason");
		log_note("%s: its guest was reset (%s)", name_of(vm), why);
		watch_report(vm->s, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_GUEST_RESET);
		look_for_panic(vm);
	} else if (!strcmp(name, "GUEST_PANICKED")) {
		on_panicked(vm, details);
	} else if (!strcmp(name, "STOP")) {
		/* Why it has stopped is in the status only. */
		qmp_execute(vm->qmp, "query-status", ANSWER_TIMEOUT, on_status, vm);
	} else if (!strcmp(name, "RESUME")) {
		look_for_panic(vm);
		take_status(vm, "running");
	}
}

static void connect_later(struct vm *vm, uint64_t us);

static uint64_t patience(const struct vm *vm)
{
	return vm->s->state == SERVICE_STARTING ? SOON_US : LATER_US;
}

static void on_end(void *data, const char *why)
{
	struct vm *vm = data;

	if (vm->s->state == SERVICE_RUNNING)
		log_warn("%s: QMP: %s", name_of(vm), why);
	qmp_close(vm->qmp);
	vm->qmp = NULL;
	vm->ready = false;
	connect_later(vm, patience(vm));
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct vm *vm = data;
	struct qmp_listener listener = {
		.on_ready = on_ready, .on_event = on_event, .on_end = on_end, .data = vm,
	};
	int rc;

	vm->retry = sd_event_source_disable_unref(vm->retry);
	rc = qmp_open(&vm->qmp, vm->s->set->event, vm->s->cfg->qmp, &listener);
	if (!rc)
		return 0;
	if (!vm->lonely && vm->s->state != SERVICE_STARTING) {
		log_warn("%s: %s: %s; trying again", name_of(vm), vm->s->cfg->qmp, strerror(-rc));
		vm->lonely = true;
	}
	connect_later(vm, patience(vm));
	return 0;
}

static void connect_later(struct vm *vm, uint64_t us)
{
	if (sd_event_add_time_relative(vm->s->set->event, &vm->retry, CLOCK_MONOTONIC, us, 1000,
				       on_retry, vm) < 0)
		log_error("%s: no memory for a timer", name_of(vm));
}

void vm_prepare_socket(const struct service *s)
{
	mainpid_make_dir(s->set->config->name);
	unlink(s->cfg->qmp);
}

int vm_begin(struct service *s)
{
	struct vm *vm;

	vm_end(s);
	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return -ENOMEM;
	vm->s = s;
	vm->ran = s->state != SERVICE_STARTING;
	s->vm = vm;
	connect_later(vm, SOON_US);
	return 0;
}

void vm_end(struct service *s)
{
	struct vm *vm = s->vm;

	if (!vm)
		return;
	sd_event_source_disable_unref(vm->retry);
	sd_event_source_disable_unref(vm->look);
	qmp_close(vm->qmp);
	free(vm);
	s->vm = NULL;
}

static void terminate(struct service *s)
{
	if (s->process)
		process_signal(s->process, SIGTERM);
	else
		cgroup_signal(&s->main, SIGTERM);
}

static void on_off(void *data, struct json_object *result, int rc, const char *why)
{
	struct vm *vm = data;

	if (!rc || rc == -ENOTCONN)
		return;		/* it has hung up because it ends */
	log_warn("%s: QMP: %s; ending its emulator", name_of(vm), why);
	terminate(vm->s);
}

void vm_turn_off(struct service *s, bool now)
{
	const char *command = now || !s->vm || !s->vm->ran ? "quit" : "system_powerdown";

	if (s->vm && s->vm->qmp && !qmp_execute(s->vm->qmp, command, ANSWER_TIMEOUT, on_off, s->vm))
		return;
	log_warn("%s: no QMP connection: ending its emulator", s->cfg->name);
	terminate(s);
}

void vm_monitor(struct service *s)
{
	struct vm *vm = s->vm;

	if (vm)
		look_for_panic(vm);
	/* Somebody else may have the socket: that is no sign of ill health. */
	if (!vm || !vm->ready ||
	    qmp_execute(vm->qmp, "query-status", s->agent.timeout[AGENT_MONITOR], on_status, vm))
		service_runs(s);
}

const char *vm_last_words(const struct service *s)
{
	return s->vm && s->vm->last_words[0] ? s->vm->last_words : NULL;
}
