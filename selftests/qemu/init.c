// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of a guest: mounts, modules, name and addresses, then the agent.
 *
 * The kernel command line says who this guest is: rig.name=<host name> and
 * rig.id=<n>, which makes link k carry 10.0.<k>.<n>/24 and fd00:0:0:<k>::<n>/64.
 * All in one static program: each process less is some 20 ms less to boot.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define MODULE_LIST	"/etc/boot-modules"
#define LINKS_MAX	4

static const struct {
	const char *type, *where, *options;
} mounts[] = {
	{ "proc", "/proc", NULL },
	{ "sysfs", "/sys", NULL },
	{ "devtmpfs", "/dev", "mode=0755" },
	{ "devpts", "/dev/pts", "mode=0620,ptmxmode=0666" },
	{ "tmpfs", "/dev/shm", NULL },
	{ "tmpfs", "/run", "mode=0755" },
	{ "tmpfs", "/tmp", NULL },
	{ "cgroup2", "/sys/fs/cgroup", NULL },
	{ "debugfs", "/sys/kernel/debug", NULL },
	{ "tracefs", "/sys/kernel/tracing", NULL },
	{ "bpf", "/sys/fs/bpf", NULL },
};

static void complain(const char *what, const char *which)
{
	fprintf(stderr, "init: %s %s: %s\n", what, which, strerror(errno));
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		complain("write", path);
	close(fd);
}

/* Kernels without debugfs, BPF or tracefs are fine; the rest must be there. */
static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type,
			  MS_NOSUID, mounts[i].options) < 0 &&
		    errno != EBUSY && errno != ENODEV && errno != ENOENT)
			complain("mount", mounts[i].where);
	}
}

/* The kernel found no /dev/console in the initramfs when it started us. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
		complain("module", path);
	if (fd >= 0)
		close(fd);
}

static void load_modules(void)
{
	FILE *list = fopen(MODULE_LIST, "re");
	char path[512];

	while (list && fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = 0;
		load_module(path);
	}
	if (list)
		fclose(list);
}

/* The value of a word "<key>=<value>" of the kernel command line, or NULL. */
static char *option(const char *key)
{
	static char line[4096];
	size_t len = strlen(key);
	char *word, *save = NULL;
	FILE *f = fopen("/proc/cmdline", "re");

	if (!f || !fgets(line, sizeof(line), f))
		line[0] = 0;
	if (f)
		fclose(f);
	for (word = strtok_r(line, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (!strncmp(word, key, len) && word[len] == '=')
			return word + len + 1;
	return NULL;
}

static int link_index(const char *name)
{
	struct ifreq req;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	memset(&req, 0, sizeof(req));
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	err = ioctl(fd, SIOCGIFINDEX, &req);
	close(fd);
	return err ? -1 : req.ifr_ifindex;
}

static void link_address_v4(int fd, struct ifreq *req, unsigned long cmd, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&req->ifr_addr;

	memset(in, 0, sizeof(*in));
	in->sin_family = AF_INET;
	inet_pton(AF_INET, text, &in->sin_addr);
	if (ioctl(fd, cmd, req) < 0)
		complain("address", text);
}

static void link_up(const char *name, unsigned int number, unsigned int id)
{
	struct in6_ifreq six = { .ifr6_prefixlen = 64 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req;
	char text[64];

	memset(&req, 0, sizeof(req));
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	/* Addresses are ours alone: none is looked for on the link before use. */
	snprintf(text, sizeof(text), "/proc/sys/net/ipv6/conf/%s/accept_dad", name);
	write_file(text, "0");
	if (id) {
		snprintf(text, sizeof(text), "10.0.%u.%u", number, id & 255);
		link_address_v4(fd, &req, SIOCSIFADDR, text);
		link_address_v4(fd, &req, SIOCSIFNETMASK, "255.255.255.0");
		/* Not every address-taking program computes it by itself. */
		snprintf(text, sizeof(text), "10.0.%u.255", number);
		link_address_v4(fd, &req, SIOCSIFBRDADDR, text);
	}
	req.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &req) < 0)
		complain("link", name);
	close(fd);

	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (id && fd >= 0) {
		snprintf(text, sizeof(text), "fd00:0:0:%x::%x", number, id);
		inet_pton(AF_INET6, text, &six.ifr6_addr);
		six.ifr6_ifindex = link_index(name);
		if (ioctl(fd, SIOCSIFADDR, &six) < 0)
			complain("address", text);
	}
	if (fd >= 0)
		close(fd);
}

static void set_up_links(void)
{
	const char *text = option("rig.id");
	unsigned int id = text ? strtoul(text, NULL, 10) : 0;
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	for (unsigned int i = 0; i < LINKS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "eth%u", i);
		if (link_index(name) > 0)
			link_up(name, i, id);
	}
}

int main(void)
{
	const char *name;

	mkdir("/dev", 0755);
	mount_all();
	open_console();
	load_modules();
	name = option("rig.name");
	if (name && sethostname(name, strlen(name)) < 0)
		complain("name", name);
	set_up_links();
	write_file("/proc/sys/kernel/printk", "8");
	setenv("PATH", "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LC_ALL", "C", 1);
	agent_main();
}
