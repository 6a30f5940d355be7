/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user/vigild: the daemon. It decides where services run and runs them; the
 * right to do so it gets from the kernel, claim by claim.
 *
 * main.c begins, config.c reads, plan.c decides (pure), leader.c gives the
 * orders, service.c carries them out through exec.c and ocf.c, process.c and
 * cgroup.c; cluster.c talks to the kernel, message.c to other daemons,
 * control.c to the command line tool.
 *
 * This file: /etc/vigil/vigil.conf in memory. config*.c depend on no other part
 * of the daemon, so that the command line tool can check a file with them.
 */
#ifndef _VIGILD_CONFIG_H
#define _VIGILD_CONFIG_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <vigil/limits.h>
#include <vigil/timing.h>

#define CONFIG_PATH	"/etc/vigil/vigil.conf"
#define RUN_DIR		"/run/vigil"

/* Numbers equal to those of the kernel's netlink interface. */
enum config_fence {
	CONFIG_FENCE_RESET,
	CONFIG_FENCE_PANIC,
	CONFIG_FENCE_POWEROFF,
	CONFIG_FENCE_NOTIFY,
};

union config_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* A list of strings with NULL behind the last one, as argv. */
struct config_list {
	char **item;
	unsigned int n;
};

/* A fencing device: something that can power machines off, and an agent that tells it to. */
struct config_device {
	char name[VIGIL_NAME_LEN + 1];
	char *agent;			/* name of a program, or its path */
	struct config_list params;	/* "name=value" */
	struct config_list secret_files;	/* "name=/path" */
	struct config_list secrets;	/* "name=value", once they have been read */
	uint64_t off_timeout;		/* ns */
	uint64_t on_timeout;
	uint64_t status_timeout;	/* of monitor, too */
	unsigned int retries;		/* after the first try of an action */
	unsigned int parallel;		/* actions at a time */
	int agent_line;
	int params_line;
	int secret_line;
};

#define CONFIG_FENCE_LEVELS	4
#define CONFIG_FENCE_LIMIT_MAX	32	/* no more are remembered */

/* A device as one node needs it. */
struct config_use {
	unsigned int device;		/* index */
	struct config_list params;	/* in addition to the device's, or instead of them */
};

/* Devices that together power a node off. */
struct config_level {
	struct config_list text;	/* as written */
	struct config_use *use;
	unsigned int n;
	int line;
};

struct config_node {
	char name[VIGIL_NAME_LEN + 1];
	uint16_t id;
	bool voter;
	bool witness;			/* votes, runs no services */
	unsigned int n_addresses;	/* position = link */
	union config_address address[VIGIL_MAX_LINKS];
	struct config_level fence[CONFIG_FENCE_LEVELS];	/* tried in this order */
	bool fence_off;			/* fencing leaves it off */
	uint64_t fence_delay;		/* ns before it is fenced */
	uint64_t fence_delay_random;	/* and up to so much more */
	int line;			/* of its id, in the file */
	int address_line;
};

enum config_class {
	CONFIG_EXEC,		/* a supervised foreground process */
	CONFIG_EXEC_COMMANDS,	/* start, stop and monitor commands; no process of its own */
	CONFIG_OCF,
	CONFIG_VM,		/* a QEMU that stays in the foreground and answers by QMP */
};

/* What is done when a service hangs, or the guest of a vm panics. */
enum config_reaction {
	CONFIG_RESTART,
	CONFIG_REPORT,
};

#define CONFIG_GATE_ADDRESSES	16
#define CONFIG_GATE_INTERFACES	4

struct config_service {
	char name[VIGIL_NAME_LEN + 1];
	enum config_class class;
	char *command;		/* EXEC: what to run; VM: the same, unless there is a template */
	char *template;		/* VM: file with the command line */
	struct config_list argv;	/* VM: the command line as it is executed */
	char *qmp;		/* VM: path of its socket */
	char *start;		/* EXEC_COMMANDS */
	char *stop;		/* EXEC*: NULL: SIGTERM */
	char *monitor;		/* EXEC*: NULL: none */
	char *provider;		/* OCF */
	char *type;
	struct config_list params;	/* "name=value" */
	struct config_list with_names;
	struct config_list node_names;
	unsigned int *with;	/* indices of services, with_names.n of them */
	unsigned int *nodes;	/* indices of nodes, in order of preference */
	unsigned int group;	/* services of one group run on one node */
	unsigned int depth;	/* length of the longest chain of `with` below */
	unsigned int restarts;	/* allowed within restart_window */
	uint64_t restart_window;	/* all times in ns */
	uint64_t start_timeout;	/* 0: from the agent's metadata, else the default */
	uint64_t stop_timeout;
	uint64_t monitor_interval;
	uint64_t monitor_timeout;
	uint64_t avoid;		/* a node that failed is not used for this long */
	enum config_reaction on_hang;
	enum config_reaction on_panic;
	uint64_t progress;	/* deadlines of the kernel; 0: none */
	uint64_t blocked;
	uint64_t hang;
	bool gate;		/* packets of its processes pass only while the claim is held */
	unsigned int n_gate_addresses;	/* and those with these addresses, */
	unsigned int n_gate_interfaces;	/* at these looked at frame by frame */
	union config_address gate_address[CONFIG_GATE_ADDRESSES];
	char gate_interface[CONFIG_GATE_INTERFACES][IFNAMSIZ];
	int line;
	int with_line;
	int nodes_line;
	int params_line;
	int gate_line;
};

struct config {
	char *path;
	char name[VIGIL_NAME_LEN + 1];
	unsigned int self;	/* index into node */
	char *key_file;
	char *key_file_next;	/* NULL: none */
	uint8_t key[VIGIL_KEY_SLOTS][VIGIL_KEY_LEN];
	bool key_set[VIGIL_KEY_SLOTS];
	bool use_next_key;	/* begin handshakes with it */
	uint16_t port;
	enum config_fence fence;
	uint32_t generation;
	struct vigil_timing timing;
	struct config_node *node;	/* by ascending id */
	unsigned int n_nodes;
	unsigned int n_voters;
	struct config_device *device;
	unsigned int n_devices;
	unsigned int fence_limit;	/* nodes fenced within fence_window */
	uint64_t fence_window;
	uint64_t fence_priority_delay;	/* before the node that seems to run more is fenced */
	bool fence_expired;		/* also when it is proved dead already */
	struct config_service *service;
	unsigned int n_services;
	unsigned int n_groups;
	unsigned int *member;		/* services ordered by group */
	unsigned int *group_at;		/* group g: member[group_at[g]] and on */
	int line;
	int key_line[VIGIL_KEY_SLOTS];
	char *watchdog;		/* path of the device; NULL: none */
	uint64_t watchdog_timeout;	/* ns, whole seconds */
	bool watchdog_soft;	/* softdog will do */
	int watchdog_line;
	uint32_t daemon_stale_ms;	/* silent for so long this daemon counts as dead */
	uint32_t daemon_grace_ms;	/* dead for so long it is fenced; 0: never */
};

#define CONFIG_DAEMON_STALE_MS	10000

#define CONFIG_DEFAULT_TIMEOUT	(20ULL * 1000000000)
#define CONFIG_DEFAULT_INTERVAL	(10ULL * 1000000000)

struct config_error {
	int line;
	char text[512];		/* "FILE:LINE: reason" */
};

/**
 * config_load - read and judge a configuration file
 * @path: file
 * @self: name of this node; NULL: as the file says, else the host's name
 * @err: why it was refused
 *
 * Return: a configuration to be freed with config_free(), or NULL.
 */
struct config *config_load(const char *path, const char *self, struct config_error *err);
void config_free(struct config *config);

bool config_same_address(const union config_address *a, const union config_address *b);
int config_find_node(const struct config *config, const char *name);	/* index or -1 */
int config_find_id(const struct config *config, uint16_t id);
int config_find_service(const struct config *config, const char *name);
int config_find_device(const struct config *config, const char *name);

/* True if @service has to run @with and, directly or not, after it. */
bool config_starts_after(const struct config *config, unsigned int service, unsigned int with);

const char *config_fence_name(enum config_fence fence);

/* Between the files config*.c. */
void config_refuse(struct config_error *err, const char *path, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Everything that needs more than one option to judge. 0, or -1 with @err set. */
int config_check(struct config *config, const char *self, struct config_error *err);
/* Find the devices that nodes name. 0, or -1 with @err set. */
int config_levels(struct config *config, struct config_error *err);
void config_free_list(struct config_list *list);
void config_free_fence(struct config *config);
/* Of config_check(): no two services have the same gate-address. */
int config_check_gates(const struct config *config, struct config_error *err);
/* Make s->argv and s->qmp of a vm. 0, or -1 with @err set. */
int config_vm(const struct config *config, struct config_service *s, struct config_error *err);
/* To be shown: "exec", "ocf", "vm". */
const char *config_class_name(enum config_class class);

#endif
