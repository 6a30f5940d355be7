// SPDX-License-Identifier: GPL-2.0
#include "words.h"

#include <stddef.h>
#include <string.h>

const char *words_next(const char *in, char *out)
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
