// SPDX-License-Identifier: GPL-2.0
/* The unix socket to vigild. */
#include "daemon.h"

#include <errno.h>
#include <glob.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "record.h"

#define ANSWER_MAX	(4u << 20)	/* bytes; thousands of services fit */
#define SUFFIX		".sock"
#define STATUS_SECONDS	3

/* The path of the only socket there is into @path. */
static int only_socket(const struct cli *cli, bool quiet, char *path, size_t room)
{
	char names[256] = "";
	int ret = CLI_OK;
	glob_t found;

	if (glob(DAEMON_RUN_DIR "/*" SUFFIX, 0, NULL, &found)) {
		if (!quiet)
			complain("vigild does not run here: no socket in " DAEMON_RUN_DIR);
		return CLI_ABSENT;
	}
	for (size_t i = 0; found.gl_pathc > 1 && i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%.*s", i ? ", " : "",
			 (int)(strlen(name) - strlen(SUFFIX)), name);
	}
	if (found.gl_pathc > 1)
		ret = usage_error(cli, "which cluster? Choose with --cluster: %s", names);
	else
		snprintf(path, room, "%s", found.gl_pathv[0]);
	globfree(&found);
	return ret;
}

static int explain_errno(const struct cli *cli, bool quiet, const char *path, int error)
{
	if (error == ENOENT || error == ECONNREFUSED) {
		if (quiet)
			return CLI_ABSENT;
		if (cli->cluster)
			complain("vigild does not run for cluster %s (%s: %s)", cli->cluster, path,
				 strerror(error));
		else
			complain("vigild does not run (%s: %s)", path, strerror(error));
		return CLI_ABSENT;
	}
	complain("%s: %s", path, strerror(error));
	return error == EACCES || error == EPERM ? CLI_DENIED : CLI_FAILED;
}

/* A descriptor, or -errno. */
static int connect_to(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int daemon_connect(const struct cli *cli, bool quiet, int *fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int ret = CLI_OK;

	if (cli->cluster)
		snprintf(address.sun_path, sizeof(address.sun_path), DAEMON_RUN_DIR "/%s" SUFFIX,
			 cli->cluster);
	else
		ret = only_socket(cli, quiet, address.sun_path, sizeof(address.sun_path));
	if (ret)
		return ret;
	*fd = connect_to(&address);
	return *fd < 0 ? explain_errno(cli, quiet, address.sun_path, -*fd) : CLI_OK;
}

/* Takes @request. */
static bool send_line(int fd, struct json_object *request, unsigned int seconds)
{
	const char *text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
	struct timeval limit = { .tv_sec = seconds };
	char line[1024];
	int len = snprintf(line, sizeof(line), "%s\n", text ? text : "");

	json_object_put(request);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	errno = EMSGSIZE;
	return len < (int)sizeof(line) && send(fd, line, (size_t)len, MSG_NOSIGNAL) == len;
}

/* One line, allocated; NULL with errno set (0: the daemon hung up). */
static char *read_line(int fd)
{
	size_t len = 0, room = 4096;
	char *line = malloc(room);

	while (line) {
		ssize_t n = recv(fd, line + len, room - len - 1, 0);
		char *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (!n)
				errno = 0;
			break;
		}
		line[len + (size_t)n] = '\0';
		end = memchr(line + len, '\n', (size_t)n);
		if (end) {
			*end = '\0';
			return line;
		}
		len += (size_t)n;
		if (room - len > 1)
			continue;
		if (room >= ANSWER_MAX) {
			errno = EMSGSIZE;
			break;
		}
		room *= 2;
		end = realloc(line, room);
		if (!end)
			break;
		line = end;
	}
	free(line);
	return NULL;
}

static int no_answer(const struct cli *cli, unsigned int seconds, int error)
{
	if (!error)
		complain("%s: vigild hung up before it answered", cli->path);
	else if (error == EAGAIN)
		complain("%s: vigild did not answer within %u s", cli->path, seconds);
	else
		complain("%s: no answer from vigild: %s", cli->path, strerror(error));
	return CLI_FAILED;
}

int daemon_ask(const struct cli *cli, int fd, const char *op, unsigned int seconds,
	       struct json_object **answer)
{
	struct json_object *request = json_object_new_object();

	json_object_object_add(request, "op", json_object_new_string(op));
	return daemon_request(cli, fd, request, seconds, answer);
}

int daemon_request(const struct cli *cli, int fd, struct json_object *request,
		   unsigned int seconds, struct json_object **answer)
{
	struct json_object *ok, *why = NULL;
	char *line;
	int error;

	*answer = NULL;
	line = send_line(fd, request, seconds) ? read_line(fd) : NULL;
	error = errno;
	close(fd);
	if (!line)
		return no_answer(cli, seconds, error);
	*answer = json_tokener_parse(line);
	free(line);
	if (!json_object_object_get_ex(*answer, "ok", &ok)) {
		complain("%s: vigild's answer is not understood", cli->path);
	} else if (!json_object_get_boolean(ok)) {
		json_object_object_get_ex(*answer, "error", &why);
		complain("%s: %s", cli->path, why ? json_object_get_string(why) :
			 "vigild refused without a reason");
	} else {
		return CLI_OK;
	}
	json_object_put(*answer);
	*answer = NULL;
	return CLI_FAILED;
}

/* A descriptor, or -errno. */
static int connect_quietly(const char *cluster)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), DAEMON_RUN_DIR "/%s" SUFFIX, cluster);
	return connect_to(&address);
}

struct json_object *daemon_status(const struct cli *cli, const char *cluster)
{
	struct json_object *answer = NULL;
	int fd = connect_quietly(cluster);

	if (fd >= 0)
		daemon_ask(cli, fd, "status", STATUS_SECONDS, &answer);
	return answer;
}

int daemon_tell(const struct cli *cli, const char *cluster, const char *op)
{
	struct json_object *answer;
	int fd = connect_quietly(cluster), ret;

	if (fd < 0)
		return CLI_OK;
	ret = daemon_ask(cli, fd, op, STATUS_SECONDS, &answer);
	json_object_put(answer);
	return ret;
}

int daemon_order(const struct cli *cli, int fd, const char *op, unsigned int seconds)
{
	struct json_object *answer;
	int ret = daemon_ask(cli, fd, op, seconds, &answer);

	if (ret)
		return ret;
	if (cli->json)
		record_print(answer);
	else
		record_free(answer);
	return CLI_OK;
}
