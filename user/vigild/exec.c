// SPDX-License-Identifier: GPL-2.0
/* Class exec: commands of the administrator's own. */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One word of @in, quotes removed, into @out. Return: behind it, or NULL: ask a shell. */
static const char *next_word(const char *in, char *out)
{
	char quote = 0;

	for (; *in; in++) {
		if (quote && *in == quote) {
			quote = 0;
		} else if (quote != '\'' && strchr("$`\\", *in)) {
			return NULL;
		} else if (quote) {
			*out++ = *in;
		} else if (*in == '\'' || *in == '"') {
			quote = *in;
		} else if (*in == ' ' || *in == '\t') {
			break;
		} else if (strchr("|&;<>()*?[]{}~#!\n", *in)) {
			return NULL;
		} else {
			*out++ = *in;
		}
	}
	*out = 0;
	return quote ? NULL : in;
}

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
		in = next_word(in, word);
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

static int take_command(struct agent *agent, enum agent_op op, const char *command)
{
	char **argv;
	int rc;

	if (!command)
		return 0;
	argv = exec_split(command);
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
