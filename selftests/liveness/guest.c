// SPDX-License-Identifier: GPL-2.0
#include "guest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void guest_tests_begin(void)
{
	shell("modprobe kvm_amd");
	live_begin();
	live_load();
}

void guest_tests_end(void)
{
	live_unload(false);
}

/* In the child: becomes a tinyvm. */
static void become_guest(void *arg)
{
	struct guest *g = arg;
	char words[64], program[] = "tinyvm", *word[8] = { program }, *save = NULL;
	int n = 1;

	snprintf(words, sizeof(words), "%s", g->words);
	for (char *w = strtok_r(words, " ", &save); w && n < 7; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	dup2(g->orders, STDIN_FILENO);
	dup2(g->answers, STDOUT_FILENO);
	live_ready();
	execv("./tinyvm", word);
	_exit(127);
}

void guest_make(struct guest *g, const char *name, const char *words)
{
	int orders[2], answers[2];

	CHECK(!pipe2(orders, 0) && !pipe2(answers, 0), "pipe: %s", strerror(errno));
	*g = (struct guest){
		.name = name, .orders = orders[0], .answers = answers[1], .words = words,
	};
	g->pid = live_child(become_guest, g);
	close(orders[0]);
	close(answers[1]);
	g->orders = orders[1];
	g->answers = answers[0];
}

void guest_order(struct guest *g, const char *what)
{
	CHECK(dprintf(g->orders, "%s\n", what) > 0, "%s: %s", g->words, strerror(errno));
}

void guest_go(struct guest *g)
{
	char answer[16];

	guest_order(g, "go");
	CHECK(read(g->answers, answer, sizeof(answer)) > 0, "%s does not run", g->words);
}

void guest_watch(struct guest *g)
{
	struct vnl_watch_config config = {
		.name = g->name, .pid = (__u32)g->pid, .kind = VIGIL_WATCH_KIND_VM,
		.hang = HANG_MS,
	};

	g->watch = live_watch_as(&config);
}

void guest_bind(const struct guest *g)
{
	struct probe_target target = {
		.watch = g->watch, .pid = g->pid, .kind = VIGIL_WATCH_KIND_VM,
		.hang_ms = HANG_MS,
	};

	target.pidfd = (int)syscall(SYS_pidfd_open, g->pid, 0);
	CHECK_EQ(probes_bind(live_probes(), &target), 0);
	close(target.pidfd);
}

void guest_run(struct guest *g, const char *name, const char *words)
{
	guest_make(g, name, words);
	guest_watch(g);
	guest_go(g);
}

void guest_end(struct guest *g)
{
	kill(g->pid, SIGKILL);
	live_wait_death(g->name, VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(g->pid);
	close(g->orders);
	close(g->answers);
}

void guest_remove(struct guest *g)
{
	int rc = vnl_watch_del(live_client(), LIVE_CLUSTER, g->name);

	CHECK(!rc, "watch-del: %s", vnl_error(live_client()));
	kill(g->pid, SIGKILL);
	live_reap(g->pid);
	close(g->orders);
	close(g->answers);
}

void guest_wait_hung(const struct guest *g, unsigned long long since)
{
	const struct live_event *e;
	unsigned long long ms;

	e = live_wait(g->name, VIGIL_WATCH_STATE_HUNG, VIGIL_WATCH_CAUSE_GUEST_HANG);
	CHECK(e->time > since, "%s: hung before it could be", g->words);
	ms = (e->time - since) / 1000000;
	test_note("%s: hung after %llu ms of %u", g->words, ms, HANG_MS);
	CHECK(ms >= HANG_MS, "%s: hung too early", g->words);
}

void guest_wait_out_hang(void)
{
	unsigned long long since = boottime();
	struct guest g;

	guest_run(&g, "control", "loop");
	guest_wait_hung(&g, since);
	guest_end(&g);
}
