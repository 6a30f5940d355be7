// SPDX-License-Identifier: GPL-2.0
/* vigil genkey: a new cluster key. The only command that ever prints one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vigil/limits.h>

#include "../lib/base64.h"
#include "command.h"

#define LINE_LEN	(VIGIL_BASE64_LEN(VIGIL_KEY_LEN) + 1)	/* with its newline */

static bool random_key(__u8 key[VIGIL_KEY_LEN])
{
	/* Up to 256 bytes come whole, once the kernel has gathered randomness at boot. */
	ssize_t got;

	do {
		got = getrandom(key, VIGIL_KEY_LEN, 0);
	} while (got < 0 && errno == EINTR);
	if (got != VIGIL_KEY_LEN) {
		complain("genkey: the kernel gives no randomness: %m");
		return false;
	}
	return true;
}

static void warn_if_readable(void)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & 077))
		return;
	complain("genkey: warning: the key goes to a file that others can open (mode %04o); use \"vigil genkey FILE\", or umask 077 before",
		 (unsigned int)st.st_mode & 07777);
}

/* A new file, never an old one: a key that is in use must not be overwritten by mistake. */
static int create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		complain("genkey: %s: %m", path);
	return fd;
}

static bool write_line(int fd, const char *what, const char *line)
{
	size_t done = 0;

	while (done < LINE_LEN) {
		ssize_t n = write(fd, line + done, LINE_LEN - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			complain("genkey: %s: %m", what);
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

static int genkey_run(struct cli *cli, int argc, char **argv)
{
	const char *what = argc ? argv[0] : "standard output";
	__u8 key[VIGIL_KEY_LEN];
	char line[LINE_LEN + 1];
	int fd = STDOUT_FILENO;
	bool ok;

	if (!random_key(key))
		return CLI_FAILED;
	if (argc)
		fd = create(argv[0]);
	else
		warn_if_readable();
	if (fd < 0) {
		explicit_bzero(key, sizeof(key));
		return errno == EACCES || errno == EPERM ? CLI_DENIED : CLI_FAILED;
	}
	vigil_base64_encode(line, key, sizeof(key));
	line[LINE_LEN - 1] = '\n';
	ok = write_line(fd, what, line);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(line, sizeof(line));
	if (argc && (fsync(fd) || close(fd))) {
		complain("genkey: %s: %m", what);
		ok = false;
	}
	if (argc && !ok)
		unlink(argv[0]);
	return ok ? CLI_OK : CLI_FAILED;
}

const struct command genkey_command = {
	.name = "genkey",
	.arguments = "[FILE]",
	.summary = "make a new cluster key",
	.details = "\nPrints it, or writes it to FILE, which must not exist and is made for its owner only.\n"
		   "Every node of a cluster needs the same key. No other command ever prints one.",
	.max = 1,
	.run = genkey_run,
};
