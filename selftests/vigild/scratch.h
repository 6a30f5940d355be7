/* SPDX-License-Identifier: GPL-2.0 */
/* A directory of the test's own, with a key and a configuration in it. */
#ifndef _SELFTESTS_VIGILD_SCRATCH_H
#define _SELFTESTS_VIGILD_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* after those it needs */
#include <cmocka.h>

#include "config.h"

/* For cmocka_run_group_tests(): make the directory with the file "key"; remove it. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* A path in the directory; valid until the next call. */
const char *scratch_path(const char *name);

void scratch_write(const char *name, const char *text, int mode);

/*
 * Writes and reads a configuration; these words in @text are
 * replaced by paths: KEY, VMARGS ("vm.args"), AGENT ("agent"), SECRET ("secret").
 */
struct config *scratch_config(const char *text, const char *self, struct config_error *err);

/* The same, and it must be accepted. */
struct config *scratch_good(const char *text, const char *self);

#endif
