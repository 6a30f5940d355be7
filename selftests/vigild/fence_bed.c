// SPDX-License-Identifier: GPL-2.0
#include "fence_bed.h"

#include <stdio.h>
#include <unistd.h>

/* Modes: fail, liar (says done, does nothing), dead (never answers), slow (says on at first). */
static const char agent[] =
	"#!/bin/sh\n"
	"cd \"${0%/*}\" || exit 1\n"
	"action= nodename= plug= mode= password=\n"
	": >given\n"
	"while read -r line; do\n"
	"	echo \"$line\" >>given\n"
	"	case $line in\n"
	"	action=*) action=${line#*=} ;;\n"
	"	nodename=*) nodename=${line#*=} ;;\n"
	"	plug=*) plug=${line#*=} ;;\n"
	"	mode=*) mode=${line#*=} ;;\n"
	"	password=*) password=${line#*=} ;;\n"
	"	esac\n"
	"done\n"
	"if [ \"$action\" = metadata ]; then\n"
	"	echo '<resource-agent><parameters>'\n"
	"	for p in action plug mode password power_wait; do\n"
	"		echo \"<parameter name=\\\"$p\\\" unique=\\\"0\\\"><content/></parameter>\"\n"
	"	done\n"
	"	echo '</parameters><actions>'\n"
	"	for a in on off reboot status monitor metadata; do\n"
	"		echo \"<action name=\\\"$a\\\" />\"\n"
	"	done\n"
	"	echo '</actions></resource-agent>'\n"
	"	exit 0\n"
	"fi\n"
	"echo \"$action $nodename $plug\" >>calls\n"
	"[ -z \"$password\" ] || echo \"logging in with $password\" >&2\n"
	"case $mode in\n"
	"dead) setsid sleep 1000 & echo $! >sleeper; sleep 1000 ;;\n"
	"fail) echo 'no route to the outlet' >&2; exit 1 ;;\n"
	"esac\n"
	"case $action in\n"
	"off) [ \"$mode\" = liar ] || echo off >\"outlet-$plug\" ;;\n"
	"on) rm -f \"outlet-$plug\" ;;\n"
	"status)\n"
	"	if [ \"$mode\" = slow ] && [ ! -e seen ]; then : >seen; exit 0; fi\n"
	"	[ ! -e \"outlet-$plug\" ] || exit 2 ;;\n"
	"*) exit 1 ;;\n"
	"esac\n";

static char text[8192];

static const char *read_file(const char *name)
{
	FILE *in = fopen(scratch_path(name), "re");
	size_t n = in ? fread(text, 1, sizeof(text) - 1, in) : 0;

	if (in)
		fclose(in);
	text[n] = 0;
	return text;
}

void bed_reset(void)
{
	static const char * const files[] = { "calls", "given", "seen", "sleeper" };
	char name[32];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(scratch_path(files[i]));
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "outlet-%d", i);
		unlink(scratch_path(name));
	}
	scratch_write("agent", agent, 0700);
	scratch_write("secret", "open sesame\n", 0600);
}

const char *bed_calls(void)
{
	return read_file("calls");
}

bool bed_off(const char *plug)
{
	char name[32];

	snprintf(name, sizeof(name), "outlet-%s", plug);
	return !access(scratch_path(name), F_OK);
}

bool bed_given(const char *line)
{
	size_t n = strlen(line);

	for (const char *at = read_file("given"); *at; at += strcspn(at, "\n") + 1)
		if (!strncmp(at, line, n) && at[n] == '\n')
			return true;
	return false;
}
