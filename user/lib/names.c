// SPDX-License-Identifier: GPL-2.0
/* Words for numbers, text for addresses. */

#include "names.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vigil.h>
#include <vigil/limits.h>

#define WORD(words, number) \
	((number) < sizeof(words) / sizeof((words)[0]) ? (words)[number] : "?")

const char *vnl_cluster_state_name(__u32 state)
{
	static const char *const words[] = {
		[VIGIL_CLUSTER_STATE_CONFIGURED] = "configured",
		[VIGIL_CLUSTER_STATE_RUNNING] = "running",
		[VIGIL_CLUSTER_STATE_LEFT] = "left",
	};

	return WORD(words, state);
}

const char *vnl_node_state_name(__u32 state)
{
	static const char *const words[] = {
		[VIGIL_NODE_STATE_UNMET] = "unmet",
		[VIGIL_NODE_STATE_UP] = "up",
		[VIGIL_NODE_STATE_DOWN] = "down",
		[VIGIL_NODE_STATE_EXPIRED] = "expired",
		[VIGIL_NODE_STATE_LEFT] = "left",
	};

	return WORD(words, state);
}

const char *vnl_claim_state_name(__u32 state)
{
	static const char *const words[] = {
		[VIGIL_CLAIM_STATE_NONE] = "none",
		[VIGIL_CLAIM_STATE_WANTED] = "wanted",
		[VIGIL_CLAIM_STATE_HELD] = "held",
		[VIGIL_CLAIM_STATE_LOST] = "lost",
		[VIGIL_CLAIM_STATE_RELEASING] = "releasing",
	};

	return WORD(words, state);
}

const char *vnl_refusal_name(__u32 refusal)
{
	static const char *const words[] = {
		[VIGIL_REFUSAL_NONE] = "none",
		[VIGIL_REFUSAL_TIMING] = "timing",
		[VIGIL_REFUSAL_VOTERS] = "voters",
		[VIGIL_REFUSAL_GENERATION] = "generation",
	};

	return WORD(words, refusal);
}

static const char *const fence_actions[] = {
	[VIGIL_FENCE_RESET] = "reset",
	[VIGIL_FENCE_PANIC] = "panic",
	[VIGIL_FENCE_POWEROFF] = "poweroff",
	[VIGIL_FENCE_NOTIFY] = "notify",
};

const char *vnl_fence_action_name(__u32 action)
{
	return WORD(fence_actions, action);
}

int vnl_fence_action_parse(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(fence_actions) / sizeof(fence_actions[0]); i++) {
		if (!strcmp(word, fence_actions[i]))
			return (int)i;
	}
	return -EINVAL;
}

const char *vnl_fence_step_name(__u32 step)
{
	static const char *const words[] = {
		[VIGIL_FENCE_STEP_ARMED] = "armed",
		[VIGIL_FENCE_STEP_AVERTED] = "averted",
		[VIGIL_FENCE_STEP_TAKEN] = "taken",
	};

	return WORD(words, step);
}

const char *vnl_watchdog_state_name(__u32 state)
{
	static const char *const words[] = {
		[VIGIL_WATCHDOG_STATE_PETTED] = "petted",
		[VIGIL_WATCHDOG_STATE_WITHHELD] = "withheld",
		[VIGIL_WATCHDOG_STATE_DOOMED] = "doomed",
	};

	return WORD(words, state);
}

const char *vnl_watch_kind_name(__u32 kind)
{
	static const char *const words[] = {
		[VIGIL_WATCH_KIND_PROCESS] = "process",
		[VIGIL_WATCH_KIND_VM] = "vm",
	};

	return WORD(words, kind);
}

const char *vnl_watch_state_name(__u32 state)
{
	static const char *const words[] = {
		[VIGIL_WATCH_STATE_ALIVE] = "alive",
		[VIGIL_WATCH_STATE_DYING] = "dying",
		[VIGIL_WATCH_STATE_DEAD] = "dead",
		[VIGIL_WATCH_STATE_STOPPED] = "stopped",
		[VIGIL_WATCH_STATE_HUNG] = "hung",
	};

	return WORD(words, state);
}

/* Of each cause its word in the spec, and what it says to people. */
static const struct {
	const char *name;
	const char *sentence;
} causes[] = {
	[VIGIL_WATCH_CAUSE_NONE] = { "none", "" },
	[VIGIL_WATCH_CAUSE_EXIT] = { "exit", "exited with code" },
	[VIGIL_WATCH_CAUSE_SIGNAL] = { "signal", "signal" },
	[VIGIL_WATCH_CAUSE_OOM] = { "oom", "killed by OOM" },
	[VIGIL_WATCH_CAUSE_THREAD] = { "thread", "a thread ended with code" },
	[VIGIL_WATCH_CAUSE_STOP] = { "stop", "stopped by signal" },
	[VIGIL_WATCH_CAUSE_CONTINUE] = { "continue", "continued" },
	[VIGIL_WATCH_CAUSE_BLOCKED] = { "blocked", "a thread is stuck in the kernel" },
	[VIGIL_WATCH_CAUSE_NO_PROGRESS] = { "no-progress", "does not come on" },
	[VIGIL_WATCH_CAUSE_PROGRESS] = { "progress", "came on again" },
	[VIGIL_WATCH_CAUSE_TRIPLE_FAULT] = { "triple-fault", "triple fault" },
	[VIGIL_WATCH_CAUSE_GUEST_CRASH] = { "guest-crash", "guest crashed" },
	[VIGIL_WATCH_CAUSE_PVPANIC] = { "pvpanic", "guest panicked (pvpanic)" },
	[VIGIL_WATCH_CAUSE_VCPU] = { "vcpu", "a virtual processor does not run" },
	[VIGIL_WATCH_CAUSE_GUEST_HANG] = { "guest-hang", "guest hangs" },
	[VIGIL_WATCH_CAUSE_GUEST_RESET] = { "guest-reset", "guest was reset" },
	[VIGIL_WATCH_CAUSE_REPORT] = { "report", "reported by userspace" },
	[VIGIL_WATCH_CAUSE_GONE] = { "gone", "found to be gone" },
};

const char *vnl_watch_cause_name(__u32 cause)
{
	return cause < sizeof(causes) / sizeof(causes[0]) ? causes[cause].name : "?";
}

/* A task can call itself anything. */
static void printable(char *out, const char *text, size_t room)
{
	size_t i;

	for (i = 0; text[i] && i + 1 < room; i++)
		out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	out[i] = '\0';
}

static bool has_sender(__u32 cause)
{
	return cause == VIGIL_WATCH_CAUSE_SIGNAL || cause == VIGIL_WATCH_CAUSE_STOP;
}

static bool has_code(__u32 cause)
{
	return has_sender(cause) || cause == VIGIL_WATCH_CAUSE_EXIT ||
	       cause == VIGIL_WATCH_CAUSE_THREAD;
}

void vnl_watch_why(char *out, size_t room, __u32 cause, __s32 code, __u32 by_pid,
		   const char *by_comm)
{
	char comm[VIGIL_COMM_LEN + 1];
	int n;

	if (cause >= sizeof(causes) / sizeof(causes[0])) {
		snprintf(out, room, "cause %u", cause);
		return;
	}
	if (!has_code(cause)) {
		snprintf(out, room, "%s", causes[cause].sentence);
		return;
	}
	if (cause == VIGIL_WATCH_CAUSE_STOP && !code) {
		snprintf(out, room, "guest paused by its monitor");
		return;
	}
	n = snprintf(out, room, "%s %d", causes[cause].sentence, code);
	if (!has_sender(cause) || !by_pid || n < 0 || (size_t)n >= room)
		return;
	printable(comm, by_comm, sizeof(comm));
	snprintf(out + n, room - (size_t)n, " by pid %u%s%s", by_pid, comm[0] ? " " : "", comm);
}

bool vnl_name_valid(const char *name)
{
	size_t len = strlen(name), i;

	if (len < 1 || len > VIGIL_NAME_LEN || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (i = 0; i < len; i++) {
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return false;
	}
	return true;
}

static void format_v6(char *out, size_t room, const struct sockaddr_in6 *in6)
{
	char host[INET6_ADDRSTRLEN], device[IF_NAMESIZE];

	inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
	if (!in6->sin6_scope_id)
		snprintf(out, room, "%s", host);
	else if (if_indextoname(in6->sin6_scope_id, device))
		snprintf(out, room, "%s%%%s", host, device);
	else
		snprintf(out, room, "%s%%%u", host, in6->sin6_scope_id);
}

void vnl_addr_format(char *out, size_t room, const union vnl_addr *addr)
{
	char host[INET_ADDRSTRLEN];

	if (addr->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &addr->in.sin_addr, host, sizeof(host));
		snprintf(out, room, "%s", host);
	} else if (addr->sa.sa_family == AF_INET6) {
		format_v6(out, room, &addr->in6);
	} else {
		snprintf(out, room, "-");
	}
}

__attribute__((format(printf, 3, 4)))
static int refuse(char *why, size_t room, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (why)
		vsnprintf(why, room, format, args);
	va_end(args);
	return -EINVAL;
}

/* @scope: what stands behind the %, or NULL. */
static int parse_v6(const char *text, const char *host, const char *scope,
		    struct sockaddr_in6 *in6, char *why, size_t room)
{
	bool local;

	if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		return refuse(why, room, "'%s' is neither an IPv4 nor an IPv6 address", text);
	in6->sin6_family = AF_INET6;
	local = IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
	if (local && !scope)
		return refuse(why, room, "link-local address '%s' needs %%interface", text);
	if (!local && scope)
		return refuse(why, room, "'%s' is not link-local: no %%interface", text);
	if (!scope)
		return 0;
	in6->sin6_scope_id = if_nametoindex(scope);
	if (!in6->sin6_scope_id)
		return refuse(why, room, "no interface '%s' for address '%s'", scope, text);
	return 0;
}

int vnl_addr_parse(const char *text, union vnl_addr *addr, char *why, size_t room)
{
	char host[VNL_ADDR_LEN], *scope;

	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, text, &addr->in.sin_addr) == 1) {
		addr->in.sin_family = AF_INET;
		return 0;
	}
	if (strlen(text) >= sizeof(host))
		return refuse(why, room, "an address is not that long");
	memcpy(host, text, strlen(text) + 1);
	scope = strchr(host, '%');
	if (scope)
		*scope++ = '\0';
	return parse_v6(text, host, scope, &addr->in6, why, room);
}
