/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options out of libconfuse's sections, and complaints about them with their
 * line. For config.c, config_fence.c, config_guard.c and config_service.c only; one file is
 * read at a time.
 *
 * All return 0, or -1 with the reason kept: no reason means no memory. An option
 * that is not given leaves its result as it is.
 */
#ifndef _VIGILD_CONFIG_READ_H
#define _VIGILD_CONFIG_READ_H

#include <confuse.h>

#include "config.h"

void read_begin(const char *path, struct config_error *err);
void read_end(void);

/* Before @root is parsed: remember the lines of these options of @section. */
void read_note(cfg_t *root, const char *section, const cfg_opt_t *options);

/* Line of an option, or of the section's end if it is not given. */
int read_line(cfg_t *section, const char *option);

/* Always -1. @option: that it is about, or NULL: the section. */
int read_refuse(cfg_t *section, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

int read_duration(cfg_t *section, const char *option, uint64_t *ns);
int read_text(cfg_t *section, const char *option, char **out);
int read_list(cfg_t *section, const char *option, struct config_list *out);
/* "3 per 60s", at most @max */
int read_rate(cfg_t *section, const char *option, unsigned int max, unsigned int *n,
	      uint64_t *window);
/* An IPv4 or IPv6 address, or false. */
bool read_address(const char *text, union config_address *out);
int read_name(cfg_t *section, char out[VIGIL_NAME_LEN + 1]);

/* config_guard.c: of the cluster section, after its timing. */
int read_guards(cfg_t *section, struct config *config);

/* "name=value", each of them; or -1. @who: for the reason: "service web" */
int read_check_params(cfg_t *section, const char *option, const char *who,
		      const struct config_list *params);

/* config_fence.c */
extern cfg_opt_t device_options[];
int read_device(cfg_t *section, struct config_device *device);
int read_fence(cfg_t *section, struct config_node *node);

/* config_service.c */
extern cfg_opt_t service_options[];
int read_service(cfg_t *section, struct config_service *s);

/* config_gate.c */
int read_gate(cfg_t *section, struct config_service *s);

#endif
