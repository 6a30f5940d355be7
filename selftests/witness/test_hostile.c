// SPDX-License-Identifier: GPL-2.0
/*
 * A witness (beta) with its real socket, an honest node (alpha) and somebody
 * between them who sees all that alpha says, and says what he likes from
 * alpha's address. The clock stands still but where a test moves it.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"
#include "witness.h"

#define PATIENCE_MS	20000	/* for what must come */

static char dir[] = "/tmp/vigil-witness.XXXXXX";
static struct witness alpha, beta;
static sd_event *event;
static int between;		/* socket at beta's address, where alpha sends to */
static int forger;		/* and one at alpha's */
static u16 beta_port;
static u64 now;

/* Instead of that of log.c: see the Makefile. */
uint64_t __wrap_now_ns(void);
uint64_t __wrap_now_ns(void)
{
	return now;
}

/* What alpha has said last, by enum vigil_wire_type. */
static struct {
	u8 data[VIGIL_WIRE_MAX_PACKET];
	size_t len;
} said[VIGIL_WIRE_DATA + 1];

static int bind_to(const char *address, u16 *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(in);

	in.sin_addr.s_addr = inet_addr(address);
	assert_true(fd >= 0);
	assert_return_code(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_return_code(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static void write_file(const char *name, mode_t mode, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_return_code(chmod(path, mode), 0);
}

static struct config *load(const char *self, u16 port)
{
	char path[256], text[1024];
	struct config_error err;
	struct config *config;

	snprintf(text, sizeof(text),
		 "cluster basket { key-file = \"%s/key\" detect = 60s port = %u }\n"
		 "node alpha { id = 1 address = {\"127.0.0.1\"} witness = true }\n"
		 "node beta { id = 2 address = {\"127.0.0.2\"} witness = true }\n"
		 "node gamma { id = 3 address = {\"127.0.0.3\"} }\n", dir, port);
	write_file("vigil.conf", 0644, text);
	snprintf(path, sizeof(path), "%s/vigil.conf", dir);
	config = config_load(path, self, &err);
	if (!config)
		fail_msg("%s", err.text);
	return config;
}

static void say(const char *from, const void *data, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(beta_port) };
	u16 port;
	int fd = from ? bind_to(from, &port) : forger;

	to.sin_addr.s_addr = inet_addr("127.0.0.2");
	assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
	if (from)
		close(fd);
}

/* Everything that has been sent is taken; what alpha says is noted, then passed on. */
static void run(void)
{
	struct pollfd p = { .fd = between, .events = POLLIN };
	u8 data[VIGIL_WIRE_MAX_PACKET];
	bool busy = true;

	while (busy) {
		busy = sd_event_run(event, 0) > 0;
		while (poll(&p, 1, 0) == 1) {
			ssize_t len = recv(between, data, sizeof(data), 0);
			unsigned int type = data[2];

			assert_true(len > 2 && type <= VIGIL_WIRE_DATA);
			memcpy(said[type].data, data, (size_t)len);
			said[type].len = (size_t)len;
			say(NULL, data, (size_t)len);
			busy = true;
		}
	}
}

static struct vigil_node_info seen(void)
{
	struct vigil_node_info info;

	vigil_core_node_info(beta.core, (u16)vigil_core_node_index(beta.core, 1), &info);
	return info;
}

static u64 dropped(void)
{
	u64 sum = 0;

	for (int i = 0; i < WITNESS_DROPS; i++)
		sum += beta.drops[i];
	return sum;
}

/* Datagrams of this process to this process, but they may pass through a softirq of its own. */
static void wait_for(const u64 *counter, u64 value)
{
	for (int i = 0; *counter < value && i < PATIENCE_MS; i++) {
		run();
		if (*counter < value)
			poll(NULL, 0, 1);
	}
	assert_true(*counter >= value);
}

static void wait_dropped(u64 value)
{
	for (int i = 0; dropped() < value && i < PATIENCE_MS; i++) {
		run();
		if (dropped() < value)
			poll(NULL, 0, 1);
	}
	assert_int_equal(dropped(), value);
}

/* Alpha is the one that it was, and what it says is heard. */
static void nothing_has_changed(const struct vigil_node_info *before)
{
	struct vigil_event ev = { .type = VIGIL_EV_MSG, .node = 2, .packet = (const u8 *)"x",
				  .len = 1 };
	struct vigil_node_info info = seen();
	u64 rx = beta.rx;

	assert_int_equal(info.state, VIGIL_NODE_UP);
	assert_true(info.incarnation == before->incarnation);
	assert_int_equal(witness_step(&alpha, &ev), 0);
	wait_for(&beta.rx, rx + 1);
}

static int set_up(void **state)
{
	struct timespec ts;
	u16 port, alpha_port;
	int fd;

	memset(said, 0, sizeof(said));
	/* So far ahead that no timer fires by itself. */
	clock_gettime(CLOCK_BOOTTIME, &ts);
	now = (u64)(ts.tv_sec + 86400) * 1000 * VIGIL_NS_PER_MS;
	sd_event_new(&event);
	forger = bind_to("127.0.0.1", &port);
	between = bind_to("127.0.0.2", &port);
	/* Whatever is free now; both then send to the socket between them. */
	fd = bind_to("0.0.0.0", &beta_port);
	close(fd);
	assert_int_equal(witness_open(&beta, load("beta", beta_port), event), 0);
	fd = bind_to("0.0.0.0", &alpha_port);
	close(fd);
	beta.config->port = alpha_port;
	assert_int_equal(witness_open(&alpha, load("alpha", alpha_port), event), 0);
	alpha.config->port = port;
	/* Their first words went where nobody listens. */
	for (int i = 0; seen().state != VIGIL_NODE_UP && i < PATIENCE_MS; i++) {
		struct vigil_event hello = { .type = VIGIL_EV_TICK };

		now += 100 * VIGIL_NS_PER_MS;
		witness_step(&alpha, &hello);
		run();
	}
	assert_int_equal(seen().state, VIGIL_NODE_UP);
	run();
	return 0;
}

static int tear_down(void **state)
{
	witness_close(&alpha);
	witness_close(&beta);
	close(between);
	close(forger);
	sd_event_unref(event);
	return 0;
}

/* Nothing, every length up to a header and beyond the longest packet. */
static void lengths(void **state)
{
	static const u8 data[VIGIL_WIRE_MAX_PACKET + 200] = { VIGIL_WIRE_MAGIC,
							      VIGIL_WIRE_VERSION,
							      VIGIL_WIRE_DATA };
	struct vigil_node_info before = seen();
	u64 drops = dropped(), malformed = beta.drops[WITNESS_DROP_MALFORMED];
	unsigned int n = 0;

	for (size_t len = 0; len <= sizeof(data); len++) {
		if (len >= sizeof(struct vigil_wire_header) && len <= VIGIL_WIRE_MAX_PACKET)
			continue;
		say(NULL, data, len);
		wait_dropped(drops + ++n);
	}
	assert_int_equal(beta.drops[WITNESS_DROP_MALFORMED], malformed + n);
	nothing_has_changed(&before);
}

/* What alpha says, from another address, and by others from alpha's. */
static void strangers(void **state)
{
	u64 drops = dropped(), unknown = beta.drops[WITNESS_DROP_UNKNOWN];
	struct vigil_node_info before = seen();
	struct vigil_wire_header *h = (struct vigil_wire_header *)said[VIGIL_WIRE_DATA].data;
	size_t len = said[VIGIL_WIRE_DATA].len;
	unsigned int n = 2;

	say("127.0.0.3", h, len);
	say("127.0.0.9", h, len);
	for (unsigned int src = 0; src < 65536; src += 127) {
		if (src == 1)
			continue;
		h->src = htons((u16)src);
		say(NULL, h, len);
		if (++n % 64 == 0)
			wait_dropped(drops + n);
	}
	wait_dropped(drops + n);
	assert_int_equal(beta.drops[WITNESS_DROP_UNKNOWN], unknown + n);
	nothing_has_changed(&before);
}

/* A true packet with every bit flipped once: not one is taken. */
static void flip(unsigned int type)
{
	u8 *data = said[type].data;
	size_t len = said[type].len;
	u64 rx = beta.rx, drops = dropped();

	assert_true(len > sizeof(struct vigil_wire_header));
	for (size_t bit = 0; bit < len * 8; bit++) {
		data[bit / 8] ^= (u8)(1 << bit % 8);
		say(NULL, data, len);
		data[bit / 8] ^= (u8)(1 << bit % 8);
		if (bit % 64 == 63)
			wait_dropped(drops + bit + 1);
	}
	wait_dropped(drops + len * 8);
	assert_true(beta.rx == rx);
	assert_true(beta.drops[WITNESS_DROP_AUTH] > 100);
	assert_true(beta.drops[WITNESS_DROP_MALFORMED] > 0);
	assert_true(beta.drops[WITNESS_DROP_UNKNOWN] > 0);
}

static void flipped_data(void **state)
{
	struct vigil_node_info before = seen();

	flip(VIGIL_WIRE_DATA);
	assert_true(beta.drops[WITNESS_DROP_NOSESSION] > 0);
	nothing_has_changed(&before);
}

static void flipped_hello(void **state)
{
	struct vigil_node_info before = seen();

	flip(VIGIL_WIRE_HELLO);
	assert_true(beta.drops[WITNESS_DROP_FLOOD] > 0);
	nothing_has_changed(&before);
}

/* Authentic, and known: data changes nothing, a handshake ends no session. */
static void replayed(void **state)
{
	struct vigil_node_info before = seen();
	u64 replays = beta.drops[WITNESS_DROP_REPLAY];
	u64 rx = beta.rx;

	for (int i = 0; i < 50; i++)
		say(NULL, said[VIGIL_WIRE_DATA].data, said[VIGIL_WIRE_DATA].len);
	wait_for(&beta.drops[WITNESS_DROP_REPLAY], replays + 50);
	rx = beta.rx;
	for (int i = 0; i < 50; i++)
		say(NULL, said[VIGIL_WIRE_HELLO].data, said[VIGIL_WIRE_HELLO].len);
	wait_for(&beta.rx, rx + 50);
	nothing_has_changed(&before);
}

/* Random bytes behind a true beginning; the seed is fixed. */
static void noise(void **state)
{
	struct vigil_node_info before = seen();
	u64 rx = beta.rx, drops = dropped();
	u8 data[1400];

	srandom(20240607);
	for (unsigned int i = 0; i < 3000; i++) {
		unsigned int type = i % 2 ? VIGIL_WIRE_DATA : VIGIL_WIRE_HELLO;
		size_t len = (size_t)random() % sizeof(data);

		for (size_t b = 0; b < len; b++)
			data[b] = (u8)random();
		memcpy(data, said[type].data, len < sizeof(struct vigil_wire_header) ?
		       len : sizeof(struct vigil_wire_header));
		say(NULL, data, len);
		if (i % 64 == 63)
			wait_dropped(drops + i + 1);
	}
	wait_dropped(drops + 3000);
	assert_true(beta.rx == rx);
	nothing_has_changed(&before);
}

static int make_dir(void **state)
{
	log_begin(false);
	if (!mkdtemp(dir))
		return -1;
	write_file("key", 0600, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
	return 0;
}

static int remove_dir(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/key", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/vigil.conf", dir);
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lengths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(strangers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(flipped_data, set_up, tear_down),
		cmocka_unit_test_setup_teardown(flipped_hello, set_up, tear_down),
		cmocka_unit_test_setup_teardown(replayed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(noise, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
