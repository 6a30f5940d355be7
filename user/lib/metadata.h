/* SPDX-License-Identifier: GPL-2.0 */
/* What agents, of resources and of fencing devices, tell about themselves in XML. */
#ifndef _VIGIL_METADATA_H
#define _VIGIL_METADATA_H

#include <stdbool.h>
#include <stddef.h>

#define METADATA_MAX	(256 * 1024)	/* bytes that are read of it */

/**
 * metadata_attribute - the value of an attribute within a tag
 * @tag: begins with its '<'
 * @len: up to its '>'
 * @name: of the attribute
 * @value_len: result
 *
 * In either kind of quotes, as XML has it; entities stay as they are.
 * Return: the value, not terminated, or NULL.
 */
const char *metadata_attribute(const char *tag, size_t len, const char *name, size_t *value_len);

/* Is there a <@tag name="@name">? A dash and an underscore in names are the same. */
bool metadata_names(const char *xml, const char *tag, const char *name);

/**
 * metadata_ask - run a fence agent once, to its end, for what it tells about itself
 * @path: of the agent
 * @why: reason if there is nothing
 * @room: bytes there
 *
 * Waits for it, 20 s at most. Return: text to be freed, or NULL.
 */
char *metadata_ask(const char *path, char *why, size_t room);

#endif
