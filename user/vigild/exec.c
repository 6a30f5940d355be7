// SPDX-License-Identifier: GPL-2.0
/* Class exec: commands of the administrator's own; and that of class vm. */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/words.h"

#define VM_STOP_TIMEOUT	(60ULL * 1000000000)	/* a whole system shuts down */

static char **shell_words(const char *command)
{
	char **words = NULL;

	if (strings_add(&words, strdup("/bin/sh")) || strings_add(&words, strdup("-c")) ||
	    strings_add(&words, strdup(command))) {
		strings_free(words);
		return NULL;
	}
	return words;
}

char **exec_split(const char *command)
{
	char *word = malloc(strlen(command) + 1);
	const char *in = command;
	char **words = NULL;

	if (!word)
		return NULL;
	while (in && *(in += strspn(in, " \t"))) {
		in = words_next(in, word);
		if (in && !words && strchr(word, '='))
			in = NULL;	/* sets a variable: the shell's business */
		if (in && strings_add(&words, strdup(word)))
			break;
	}
	free(word);
	if (!in) {
		strings_free(words);
		return shell_words(command);
	}
	if (*in || !words) {
		strings_free(words);
		return NULL;
	}
	return words;
}

/* Make argv[0] a path. Return: 0, -ENOENT or -ENOMEM. */
static int resolve(char **argv)
{
	static const char * const dirs[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"
	};
	char *path;

	if (strchr(argv[0], '/'))
		return access(argv[0], X_OK) ? -ENOENT : 0;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (asprintf(&path, "%s/%s", dirs[i], argv[0]) < 0)
			return -ENOMEM;
		if (!access(path, X_OK)) {
			free(argv[0]);
			argv[0] = path;
			return 0;
		}
		free(path);
	}
	return -ENOENT;
}

/* Takes @argv. */
static int take_words(struct agent *agent, enum agent_op op, char **argv)
{
	int rc;

	if (!argv)
		return -ENOMEM;
	agent->argv[op] = argv;
	rc = resolve(argv);
	if (rc == -ENOENT && !agent->broken &&
	    asprintf(&agent->broken, "%s command: %s cannot be executed on this node",
		     agent_op_name(op), argv[0]) < 0) {
		agent->broken = NULL;
		return -ENOMEM;
	}
	return rc == -ENOMEM ? rc : 0;
}

static int take_command(struct agent *agent, enum agent_op op, const char *command)
{
	return command ? take_words(agent, op, exec_split(command)) : 0;
}

/* Class vm: one command that has been split already; the rest is said by QMP (vm.c). */
int vm_prepare(struct agent *agent, const struct config_service *service)
{
	char **argv = NULL;

	agent->foreground = true;
	agent->timeout[AGENT_STOP] = VM_STOP_TIMEOUT;
	if (!service->argv.n) {
		agent->broken = strdup("a witness runs no vm");
		return agent->broken ? 0 : -ENOMEM;
	}
	for (unsigned int i = 0; i < service->argv.n; i++)
		if (strings_add(&argv, strdup(service->argv.item[i]))) {
			strings_free(argv);
			return -ENOMEM;
		}
	return take_words(agent, AGENT_START, argv);
}

int exec_prepare(struct agent *agent, const struct config_service *service)
{
	agent->foreground = service->class == CONFIG_EXEC;
	for (unsigned int i = 0; i < service->params.n; i++)
		if (strings_add(&agent->envp, strdup(service->params.item[i])))
			return -ENOMEM;
	if (take_command(agent, AGENT_START,
			 agent->foreground ? service->command : service->start) ||
	    take_command(agent, AGENT_STOP, service->stop) ||
	    take_command(agent, AGENT_MONITOR, service->monitor))
		return -ENOMEM;
	return 0;
}

/*
 * A monitor command that ran and said no means: it does not run. 124 and 125 are
 * those of timeout(1), which does not know; 126 and more the shell's: the command
 * did not run at all, or was killed.
 */
enum agent_outcome exec_outcome(enum agent_op op, int code)
{
	if (!code)
		return AGENT_OK;
	if (code == 126 || code == 127)
		return AGENT_BROKEN;
	if (op == AGENT_MONITOR && code > 0 && code < 124)
		return AGENT_NOT_RUNNING;
	return AGENT_FAILED;
}
