// SPDX-License-Identifier: GPL-2.0
/* Options by getopt_long, and the choice of a command by its name. */
#include "command.h"

#include <getopt.h>
#include <string.h>

#include "suggest.h"

#define MAX_OPTIONS	24
#define FIRST_LONG	256	/* getopt's value of option 0; above every letter */

static const struct cli_option common[] = {
	{ "json", 'j', NULL, "print JSON" },
	{ "cluster", 'c', "NAME", "the cluster that is meant, if there are several" },
	{ "help", 'h', NULL, "explain the command" },
	{ "version", 'V', NULL, "print the version" },
	{ NULL, 0, NULL, NULL }
};

/* What getopt wants to know, made from the common options and those of a command. */
struct parser {
	const struct cli_option *option[MAX_OPTIONS];
	struct option longs[MAX_OPTIONS + 1];
	char letters[3 * MAX_OPTIONS + 3];
	unsigned int n;
};

static void parser_add(struct parser *p, const struct cli_option *list)
{
	char *end = p->letters + strlen(p->letters);

	for (; list && list->name && p->n < MAX_OPTIONS; list++, p->n++) {
		int value = !list->value ? no_argument :
			    *list->value == '[' ? optional_argument : required_argument;

		p->option[p->n] = list;
		p->longs[p->n] = (struct option){ list->name, value, NULL,
						  FIRST_LONG + (int)p->n };
		if (!list->letter)
			continue;
		*end++ = list->letter;
		for (int colons = value; colons > 0; colons--)
			*end++ = ':';
		*end = '\0';
	}
}

static const struct cli_option *parser_find(const struct parser *p, int found)
{
	if (found >= FIRST_LONG)
		return p->option[found - FIRST_LONG];
	for (unsigned int i = 0; i < p->n; i++)
		if (p->option[i]->letter == found)
			return p->option[i];
	return NULL;
}

static int unknown_option(const struct cli *cli, const struct parser *p, const char *word)
{
	struct suggestion near = { NULL, 0 };
	char typed[32];
	int prefixes = 0;

	if (optopt >= FIRST_LONG)
		return usage_error(cli, "option --%s takes no value",
				   p->option[optopt - FIRST_LONG]->name);
	if (optopt)
		return usage_error(cli, "there is no option -%c", optopt);
	snprintf(typed, sizeof(typed), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (unsigned int i = 0; i < p->n; i++) {
		suggest(&near, typed, p->option[i]->name);
		prefixes += !strncmp(p->option[i]->name, typed, strlen(typed));
	}
	if (prefixes > 1)
		return usage_error(cli, "option --%s is ambiguous", typed);
	if (near.word)
		return usage_error(cli, "there is no option --%s; did you mean --%s?", typed,
				   near.word);
	return usage_error(cli, "there is no option --%s", typed);
}

static int take_option(struct cli *cli, const struct cli_option *option, char *value)
{
	if (option == &common[0]) {
		cli->json = true;
	} else if (option == &common[1]) {
		if (!cli_name_ok(cli, "cluster", value))
			return CLI_USAGE;
		cli->cluster = value;
	} else if (option == &common[2]) {
		cli->help = true;
	} else if (option == &common[3]) {
		cli->version = true;
	} else if (cli->n_given == CLI_MAX_GIVEN) {
		return usage_error(cli, "too many options");
	} else {
		cli->given[cli->n_given] = option;
		cli->value[cli->n_given++] = value;
	}
	return CLI_OK;
}

/*
 * Takes the options off @argv, whose first word is the command itself. With
 * @stop, up to the first word that is none; else all of them, wherever they are.
 * Sets optind to the first argument. Returns CLI_OK or CLI_USAGE.
 */
static int parse_options(struct cli *cli, const struct cli_option *own, bool stop, int argc,
			 char **argv)
{
	struct parser p = { .n = 0 };
	int found, ret;

	snprintf(p.letters, sizeof(p.letters), "%s", stop ? "+:" : ":");
	parser_add(&p, common);
	parser_add(&p, own);
	optind = 0;
	opterr = 0;
	while ((found = getopt_long(argc, argv, p.letters, p.longs, NULL)) != -1) {
		const struct cli_option *option;

		if (found == '?')
			return unknown_option(cli, &p, argv[optind - 1]);
		if (found == ':') {
			option = parser_find(&p, optopt);
			return usage_error(cli, "option --%s needs a value: %s", option->name,
					   option->value);
		}
		ret = take_option(cli, parser_find(&p, found), optarg);
		if (ret)
			return ret;
	}
	return CLI_OK;
}

static const struct command *find(const struct command *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp((*list)->name, name))
			return *list;
	return NULL;
}

static int unknown_command(const struct cli *cli, const struct command *const *list,
			   const char *word)
{
	struct suggestion near = { NULL, 0 };
	char group[sizeof(cli->path) + 2] = "";

	for (; *list; list++)
		suggest(&near, word, (*list)->name);
	if (*cli->path)
		snprintf(group, sizeof(group), "%s ", cli->path);
	if (near.word)
		complain("there is no command '%s%s'; did you mean 'vigil %s%s'?", group, word,
			 group, near.word);
	else
		complain("there is no command '%s%s' (see: vigil help%s%s)", group, word,
			 *cli->path ? " " : "", cli->path);
	return CLI_USAGE;
}

static void append_path(struct cli *cli, const char *word)
{
	size_t len = strlen(cli->path);

	snprintf(cli->path + len, sizeof(cli->path) - len, "%s%s", len ? " " : "", word);
}

static void print_options(const struct cli_option *list)
{
	for (; list && list->name; list++) {
		char text[64], letter[8] = "    ";

		if (list->letter)
			snprintf(letter, sizeof(letter), "-%c, ", list->letter);
		if (!list->value)
			snprintf(text, sizeof(text), "%s", list->name);
		else if (*list->value == '[')
			snprintf(text, sizeof(text), "%s[=%s", list->name, list->value + 1);
		else
			snprintf(text, sizeof(text), "%s %s", list->name, list->value);
		printf("  %s--%-20s %s\n", letter, text, list->help);
	}
}

static void print_list(const struct command *const *list)
{
	for (; *list; list++)
		printf("  %-14s %s\n", (*list)->name, (*list)->summary);
}

static int explain(const struct cli *cli, const struct command *command)
{
	if (command->verbs) {
		printf("usage: vigil %s [VERB]\n\n%s\n\nVerbs (the first one is the default):\n",
		       cli->path, command->summary);
		print_list(command->verbs);
		printf("\n\"vigil help %s VERB\" tells more.\n", cli->path);
		return CLI_OK;
	}
	printf("usage: vigil %s%s%s\n\n%s\n", cli->path, command->arguments ? " " : "",
	       command->arguments ? command->arguments : "", command->summary);
	if (command->details)
		printf("%s\n", command->details);
	printf("\nOptions:\n");
	print_options(command->options);
	print_options(common);
	return CLI_OK;
}

static int explain_all(const struct command *const *list)
{
	printf("usage: vigil [OPTION]... [COMMAND [VERB]] [ARGUMENT]...\n\n"
	       "Shows and changes what the vigil kernel module and daemon do on this node.\n\n"
	       "Commands (the first one is the default):\n");
	print_list(list);
	printf("\nOptions:\n");
	print_options(common);
	printf("\nExit codes: 0 done, 1 refused or failed, 2 bad usage or input, 3 not there,\n"
	       "4 not permitted, 5 no quorum or not held in time. See vigil(8).\n");
	return CLI_OK;
}

int command_help(const struct command *const *list, struct cli *cli, int argc, char **words)
{
	const struct command *command = NULL;

	cli->path[0] = '\0';
	for (int i = 0; i < argc; i++) {
		if (command && !command->verbs)
			return usage_error(cli, "there is nothing more to say about '%s'",
					   words[i]);
		command = find(list, words[i]);
		if (!command)
			return unknown_command(cli, list, words[i]);
		append_path(cli, words[i]);
		list = command->verbs;
	}
	return command ? explain(cli, command) : explain_all(list);
}

static int print_version(void)
{
	printf("vigil %s\n", VIGIL_VERSION);
	return CLI_OK;
}

static int run_leaf(struct cli *cli, const struct command *command, int argc, char **argv)
{
	int ret = parse_options(cli, command->options, false, argc, argv);

	if (ret)
		return ret;
	argc -= optind;
	argv += optind;
	if (cli->version)
		return print_version();
	if (cli->help)
		return explain(cli, command);
	if (argc < command->min)
		return usage_error(cli, "an argument is missing: %s", command->arguments);
	if (argc > command->max)
		return usage_error(cli, "'%s' is one argument too many", argv[command->max]);
	return command->run(cli, argc, argv);
}

/* Runs the command that @argv begins with; an empty @argv means the first of @list. */
static int choose(struct cli *cli, const struct command *const *list, int argc, char **argv)
{
	const struct command *command = *list;
	char *alone[2] = { NULL, NULL };
	char first[32];
	int ret;

	if (argc) {
		command = find(list, argv[0]);
		if (!command)
			return unknown_command(cli, list, argv[0]);
	} else {
		snprintf(first, sizeof(first), "%s", command->name);
		alone[0] = first;
		cli->bare = true;
		argv = alone;
		argc = 1;
	}
	append_path(cli, command->name);
	if (!command->verbs)
		return run_leaf(cli, command, argc, argv);
	ret = parse_options(cli, NULL, true, argc, argv);
	if (ret)
		return ret;
	if (cli->version)
		return print_version();
	if (cli->help && optind == argc)
		return explain(cli, command);
	return choose(cli, command->verbs, argc - optind, argv + optind);
}

int command_run(const struct command *const *list, int argc, char **argv)
{
	struct cli cli = { .json = false };
	int ret = parse_options(&cli, NULL, true, argc, argv);

	if (ret)
		return ret;
	if (cli.version)
		return print_version();
	if (cli.help && optind == argc)
		return explain_all(list);
	return choose(&cli, list, argc - optind, argv + optind);
}
