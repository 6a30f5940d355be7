// SPDX-License-Identifier: GPL-2.0
/* Reading of key files; what was read is wiped from every buffer. */
#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base64.h"

__attribute__((format(printf, 4, 5)))
static int refuse(char *why, size_t room, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, room, format, args);
	va_end(args);
	return error;
}

static int check_file(const char *path, int fd, char *why, size_t room)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse(why, room, -errno, "key file %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(why, room, -EINVAL, "key file %s is not a regular file", path);
	if (st.st_mode & 077)
		return refuse(why, room, -EACCES,
			      "key file %s is open to others (mode %04o): chmod 600 it", path,
			      (unsigned int)st.st_mode & 07777);
	return 0;
}

int vigil_keyfile_read(const char *path, __u8 key[VIGIL_KEY_LEN], char *why, size_t room)
{
	char text[VIGIL_BASE64_LEN(VIGIL_KEY_LEN) + 3];
	ssize_t len;
	int fd, ret;

	explicit_bzero(key, VIGIL_KEY_LEN);
	/* not blocking: the file may turn out to be a pipe */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return refuse(why, room, -errno, "key file %s: %s", path, strerror(errno));
	ret = check_file(path, fd, why, room);
	if (ret) {
		close(fd);
		return ret;
	}
	len = read(fd, text, sizeof(text));
	if (len < 0)
		ret = refuse(why, room, -errno, "key file %s: %s", path, strerror(errno));
	close(fd);
	if (ret)
		return ret;
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len != VIGIL_BASE64_LEN(VIGIL_KEY_LEN) ||
	    vigil_base64_decode(key, VIGIL_KEY_LEN, text, (size_t)len) != VIGIL_KEY_LEN) {
		explicit_bzero(key, VIGIL_KEY_LEN);
		ret = refuse(why, room, -EINVAL,
			     "key file %s does not hold one line with %d bytes in base64, as vigil genkey prints",
			     path, VIGIL_KEY_LEN);
	}
	explicit_bzero(text, sizeof(text));
	return ret;
}
