// SPDX-License-Identifier: GPL-2.0
/*
 * A watchdog in the hands of the module. Softdog is told to do nothing when it bites;
 * the emulated i6300esb, which would, gets a time-out that outlives the guest.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "one.h"

#define SOFT	"watchdog0"
#define HARD	"watchdog1"
#define S	1000000000ULL

static void is_state(const char *device, const char *want)
{
	char path[64], state[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/watchdog/%s/state", device);
	f = fopen(path, "re");
	CHECK(f && fscanf(f, "%15s", state) == 1, "%s: %s", path, strerror(errno));
	fclose(f);
	CHECK(!strcmp(state, want), "%s is %s, not %s", device, state, want);
}

/* As the daemon does it: closing stops it from now on. */
static int open_device(const char *device, int timeout)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", device);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0, "%s: %s", path, strerror(errno));
	CHECK(write(fd, "V", 1) == 1, "magic close: %s", strerror(errno));
	CHECK(!ioctl(fd, WDIOC_SETTIMEOUT, &timeout), "time-out: %s", strerror(errno));
	return fd;
}

static void make(const char *name, unsigned int port, __u64 detect_ms)
{
	static const __u8 key[VIGIL_KEY_LEN] = { 1 };
	struct vnl_node_config node = { .id = 1, .name = "n1", .voter = true, .n_addresses = 1 };

	node.addresses[0].in.sin_family = AF_INET;
	node.addresses[0].in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_EQ(new_cluster(name, 1, port, detect_ms), 0);
	CHECK_EQ(vnl_node_new(client, name, &node), 0);
	CHECK_EQ(vnl_key_set(client, name, 0, key, true), 0);
}

static void start(const char *name, unsigned int port, __u64 detect_ms)
{
	make(name, port, detect_ms);
	CHECK_EQ(vnl_cluster_start(client, name), 0);
}

static struct vnl_watchdog look(void)
{
	struct vnl_cluster c;

	CHECK_EQ(vnl_cluster_get(client, "c", &c), 0);
	return c.watchdog;
}

static void refusals(void)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC), pipes[2];

	one_connect();
	make("c", 0, 2000);
	REFUSED(raw(VIGIL_CMD_WATCHDOG_SET, 0, VIGIL_A_WATCHDOG_CLUSTER, "c", 2), -EINVAL,
		"descriptor of the device is missing");
	REFUSED(vnl_watchdog_set(client, "x", null), -ENOENT, "no cluster");
	REFUSED(vnl_watchdog_set(client, "c", 999), -EBADF, "no such file descriptor");
	REFUSED(vnl_watchdog_set(client, "c", null), -ENOTTY, "is no watchdog");
	CHECK(!pipe2(pipes, O_CLOEXEC), "pipe: %s", strerror(errno));
	REFUSED(vnl_watchdog_set(client, "c", pipes[0]), -ENOTTY, "is no watchdog");
	/* Its old name has a device of another kind behind it. */
	fd = open_device("watchdog", 60);
	REFUSED(vnl_watchdog_set(client, "c", fd), -ENOTTY, "/dev/watchdog0");
	close(fd);
	fd = open_device(SOFT, 60);
	REFUSED(vnl_watchdog_set(client, "c", fd), -ENOTCONN, "not running");
	CHECK_EQ(vnl_cluster_start(client, "c"), 0);
	close(fd);
	/* Lease and fence: 5 s; a quarter may pass since the last pet. */
	fd = open_device(SOFT, 6);
	REFUSED(vnl_watchdog_set(client, "c", fd), -ERANGE, "three quarters");
	close(fd);
	CHECK(!look().device[0], "there is one after all");
	is_state(SOFT, "inactive");
}

/* The daemon's descriptor is closed; the kernel goes on by itself. */
static void petted(void)
{
	struct vnl_watchdog w;
	int pets = 0, i;
	__u64 last = 0;
	int fd;

	one_connect();
	start("c", 0, 200);
	fd = open_device(SOFT, 2);
	CHECK_EQ(vnl_watchdog_set(client, "c", fd), 0);
	close(fd);
	for (i = 0; i < 1000 && pets < 6; i++) {
		w = look();
		pets += w.pet_age < last;
		last = w.pet_age;
		usleep(10000);
	}
	CHECK(pets == 6, "petted only %d times", pets);
	CHECK(!strcmp(w.device, SOFT), "device %s", w.device);
	CHECK(!strcmp(w.identity, "Software Watchdog"), "identity %s", w.identity);
	CHECK_EQ(w.timeout, 2 * S);
	CHECK_EQ(w.state, VIGIL_WATCHDOG_STATE_PETTED);
	CHECK_EQ(w.error, 0);
	is_state(SOFT, "active");
	CHECK(open("/dev/" SOFT, O_WRONLY) < 0 && errno == EBUSY, "it can be opened again");
	CHECK_EQ(vnl_cluster_leave(client, "c"), 0);
	is_state(SOFT, "inactive");
	CHECK(!look().device[0], "the cluster still has it");
}

static void one_each(void)
{
	int fd, hard;

	one_connect();
	start("c", 0, 200);
	start("d", 5000, 200);
	fd = open_device(SOFT, 60);
	CHECK_EQ(vnl_watchdog_set(client, "c", fd), 0);
	REFUSED(vnl_watchdog_set(client, "d", fd), -EBUSY, "another cluster");
	hard = open_device(HARD, 1000);
	REFUSED(vnl_watchdog_set(client, "c", hard), -EBUSY, "already");
	CHECK_EQ(vnl_watchdog_set(client, "d", hard), 0);
	close(fd);
	close(hard);
	CHECK_EQ(vnl_cluster_del(client, "c"), 0);
	is_state(SOFT, "inactive");
	is_state(HARD, "active");
	/* That of "d" ends with its namespace; see the next test. */
}

static void wait_state(const char *device, const char *want)
{
	shell("for i in $(seq 200); do grep -q '^%s$' /sys/class/watchdog/%s/state && exit 0; "
	      "sleep 0.05; done; exit 1", want, device);
}

static void ends_with_its_namespace(void)
{
	wait_state(HARD, "inactive");
}

/* Nobody has stopped what may be running: it goes on counting, for ever. */
static void holds_and_dies(void)
{
	struct vnl_claim claim = { .state = VIGIL_CLAIM_STATE_NONE };
	int fd, i;

	one_connect();
	start("c", 0, 200);
	fd = open_device(HARD, 1000);
	CHECK_EQ(vnl_watchdog_set(client, "c", fd), 0);
	CHECK_EQ(vnl_claim_new(client, "c", "web", 0), 0);
	for (i = 0; i < 500 && claim.state != VIGIL_CLAIM_STATE_HELD; i++) {
		CHECK_EQ(vnl_claim_get(client, "c", "web", &claim), 0);
		usleep(10000);
	}
	CHECK_EQ(claim.state, VIGIL_CLAIM_STATE_HELD);
	REFUSED(vnl_cluster_leave(client, "c"), -EBUSY, "claims");
	is_state(HARD, "active");
	CHECK(look().device[0], "let go although something is held");
}

static void goes_on_counting(void)
{
	shell("for i in $(seq 200); do pgrep -x vigil/" HARD " >/dev/null || exit 0; "
	      "sleep 0.05; done; exit 1");
	is_state(HARD, "active");
}

static void nowayout(void)
{
	int fd;

	one_connect();
	start("c", 0, 200);
	shell("rmmod softdog && modprobe softdog soft_noboot=1 nowayout=1");
	fd = open_device(SOFT, 1000);
	REFUSED(vnl_watchdog_set(client, "c", fd), -EOPNOTSUPP, "nowayout");
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		{ "watchdog: what is refused", refusals },
		{ "watchdog: petted until the cluster is left, then stopped", petted },
		{ "watchdog: one device for one cluster", one_each },
		{ "watchdog: stopped when its namespace ends", ends_with_its_namespace },
		{ "watchdog: not let go while a claim is held", holds_and_dies },
		{ "watchdog: never stopped if a claim was held at the end", goes_on_counting },
		{ "watchdog: one that cannot be stopped", nowayout },
		{ }
	};

	if (system("modprobe softdog soft_noboot=1 && modprobe i6300esb") ||
	    access("/sys/class/watchdog/" HARD "/state", R_OK)) {
		printf("1..0 # SKIP needs softdog, i6300esb and CONFIG_WATCHDOG_SYSFS\n");
		return 4;
	}
	return harness_main(argc, argv, tests);
}
