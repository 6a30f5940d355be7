// SPDX-License-Identifier: GPL-2.0
/* Loads and unloads the module under test. */

#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

bool module_loaded(void)
{
	return access("/sys/module/vigil/refcnt", F_OK) == 0;
}

int module_load(void)
{
	const char *file = getenv("VIGIL_KO");

	if (module_loaded())
		return 0;
	if (shell_rc("modprobe -q vigil 2>/dev/null") && !module_loaded())
		shell_rc("insmod %s", file ? file : "/lib/vigil.ko");
	return module_loaded() ? 0 : -ENOENT;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "vigil", O_NONBLOCK) ? -errno : 0;
}
