/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user/vigil: the command line tool. main.c has the list of commands and finds
 * the one that is meant; each command has a file of its own. command.c parses
 * options, table.c and json.c print, kernel.c asks the module, daemon.c asks
 * vigild. The manual page, vigil.8, lives here too.
 *
 * This file: what every command is given and how it says that it failed.
 */
#ifndef _VIGIL_CLI_H
#define _VIGIL_CLI_H

#include <stdbool.h>
#include <stddef.h>

#ifndef VIGIL_VERSION
#define VIGIL_VERSION	"0.1.0"
#endif

/* Exit codes; part of the interface, see vigil.8. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,		/* refused or failed by the kernel or the daemon */
	CLI_USAGE = 2,		/* usage or bad input */
	CLI_ABSENT = 3,		/* no module, cluster, node, claim or daemon of that name */
	CLI_DENIED = 4,		/* no permission */
	CLI_NOT_HELD = 5,	/* no quorum, or not held in time */
};

/**
 * struct cli_option - an option of a command
 * @name: long name
 * @letter: short name, or 0
 * @value: what its value is called in the help; NULL: takes none. In brackets: optional
 * @help: what it does, in a few words
 */
struct cli_option {
	const char *name;
	char letter;
	const char *value;
	const char *help;
};

#define CLI_MAX_GIVEN	32

/**
 * struct cli - one invocation
 * @json: print JSON
 * @cluster: name given by --cluster, or NULL
 * @help: --help was given
 * @version: --version was given
 * @bare: no command was named
 * @given: options of the command itself, as given
 * @value: their values; NULL where there is none
 * @n_given: number of them
 * @path: the words that chose the command: "node add"
 */
struct cli {
	bool json;
	const char *cluster;
	bool help;
	bool version;
	bool bare;
	const struct cli_option *given[CLI_MAX_GIVEN];
	const char *value[CLI_MAX_GIVEN];
	unsigned int n_given;
	char path[64];
};

/* Was option @name given? */
bool cli_given(const struct cli *cli, const char *name);
/* The last value of option @name, or NULL. */
const char *cli_value(const struct cli *cli, const char *name);

/* Prints "vigil: ..." and a newline on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with the command in front and how to get help behind; returns CLI_USAGE. */
int usage_error(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * cli_name_ok - can this be the name of a cluster, node or claim?
 * @cli: for the message
 * @what: "cluster", "node" or "claim"
 * @name: text
 *
 * Return: true, or false after a complaint.
 */
bool cli_name_ok(const struct cli *cli, const char *what, const char *name);

/**
 * cli_number - the value of an option as a number
 * @cli: invocation
 * @option: long name; must have been given
 * @min: smallest
 * @max: largest
 * @number: result
 *
 * Return: true, or false after a complaint.
 */
bool cli_number(const struct cli *cli, const char *option, unsigned long long min,
		unsigned long long max, unsigned long long *number);

/**
 * cli_duration - the value of an option as nanoseconds
 * @cli: invocation
 * @option: long name; must have been given
 * @ns: result
 *
 * Return: true, or false after a complaint.
 */
bool cli_duration(const struct cli *cli, const char *option, unsigned long long *ns);

/**
 * cli_milliseconds - the same, refused unless it is whole milliseconds
 * @cli: invocation
 * @option: long name; must have been given
 * @max: longest, in ms
 * @ms: result
 *
 * Return: true, or false after a complaint.
 */
bool cli_milliseconds(const struct cli *cli, const char *option, unsigned long long max,
		      unsigned long long *ms);

#endif
