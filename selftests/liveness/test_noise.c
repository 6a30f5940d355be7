// SPDX-License-Identifier: GPL-2.0
/* Many processes come and go that are nobody's business: nothing is told of them, and
 * nothing that is to be told is lost among them. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"

const struct probe_family *const probe_families[] = { &probe_process, NULL };

#define WATCHED		24
#define MAKERS		2
#define SHORT_LIVES	10000
#define BOMB		"/sys/fs/cgroup/live-bomb"

static unsigned int *lives;	/* begun and ended, by all makers */
static pid_t watched[WATCHED];

static const char *name_of(int i)
{
	static char name[16];

	snprintf(name, sizeof(name), "watched%d", i);
	return name;
}

static void watch_all(void)
{
	live_begin();
	live_load();
	for (int i = 0; i < WATCHED; i++) {
		watched[i] = live_child(live_idle, NULL);
		live_watch(name_of(i), watched[i]);
	}
}

/* None of them has said a word; now each is killed, and says that. */
static void kill_all(void)
{
	live_quiet(name_of(0));
	for (int i = 0; i < WATCHED; i++)
		kill(watched[i], SIGKILL);
	for (int i = 0; i < WATCHED; i++) {
		live_wait_death(name_of(i), VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
		live_reap(watched[i]);
	}
	for (int i = 0; i < WATCHED; i++)
		live_quiet(name_of(i));
	live_unload(false);
}

static void make_lives(void *arg)
{
	live_ready();
	for (;;) {
		pid_t pid = live_brief(0);

		if (pid > 0) {
			waitpid(pid, NULL, 0);
			__atomic_fetch_add(lives, 1, __ATOMIC_RELAXED);
		}
	}
}

static bool enough_lives(void *arg)
{
	return __atomic_load_n(lives, __ATOMIC_RELAXED) >= *(unsigned int *)arg;
}

/* Half of them die amid the noise, the others after it. */
static void short_lives(void)
{
	unsigned int half = SHORT_LIVES / 2, all = SHORT_LIVES;
	unsigned long long began;
	pid_t makers[MAKERS];

	lives = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(lives != MAP_FAILED, "mmap: %s", strerror(errno));
	watch_all();
	began = boottime();
	for (int i = 0; i < MAKERS; i++)
		makers[i] = live_child(make_lives, NULL);
	live_until(enough_lives, &half, "half of the processes");
	for (int i = 0; i < WATCHED; i += 2)
		kill(watched[i], SIGTERM);
	live_until(enough_lives, &all, "all of the processes");
	test_note("%u processes a second", (unsigned int)(*lives * 1000000000ULL /
							  (boottime() - began)));
	for (int i = 0; i < WATCHED; i += 2) {
		live_wait_death(name_of(i), VIGIL_WATCH_CAUSE_SIGNAL, SIGTERM);
		live_reap(watched[i]);
		watched[i] = live_child(live_idle, NULL);
		live_watch(name_of(i), watched[i]);
	}
	for (int i = 0; i < MAKERS; i++) {
		kill(makers[i], SIGKILL);
		live_reap(makers[i]);
	}
	kill_all();
}

static void explode(void *arg)
{
	live_write(BOMB "/cgroup.procs", "0");
	live_ready();
	for (;;)
		fork();
}

static bool bomb_is_full(void *arg)
{
	char text[256] = "";
	unsigned int times = 0;
	FILE *f = fopen(BOMB "/pids.events", "r");

	CHECK(f && fgets(text, sizeof(text), f), "pids.events: %s", strerror(errno));
	fclose(f);
	return sscanf(text, "max %u", &times) == 1 && times > 1000;
}

static bool bomb_is_empty(void *arg)
{
	return !rmdir(BOMB);
}

/* One that forks for ever, and all of its offspring, within a control group. */
static void fork_bomb(void)
{
	pid_t pid;

	watch_all();
	live_write("/sys/fs/cgroup/cgroup.subtree_control", "+pids");
	CHECK(!mkdir(BOMB, 0755), "mkdir: %s", strerror(errno));
	live_write(BOMB "/pids.max", "100");
	pid = live_child(explode, NULL);
	live_watch("bomb", pid);
	live_until(bomb_is_full, NULL, "the bomb has no room left");
	live_quiet("bomb");
	live_write(BOMB "/cgroup.kill", "1");
	live_wait_death("bomb", VIGIL_WATCH_CAUSE_SIGNAL, SIGKILL);
	live_reap(pid);
	live_until(bomb_is_empty, NULL, "the bomb is gone");
	kill_all();
}

static const struct test tests[] = {
	{ "short lives", short_lives },
	{ "fork bomb", fork_bomb },
	{ 0 }
};

int main(int argc, char **argv)
{
	return harness_main(argc, argv, tests);
}
