// SPDX-License-Identifier: GPL-2.0
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static char path[128];

const char *scratch_path(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

void scratch_write(const char *name, const char *text, int mode)
{
	int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

int scratch_setup(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/vigild-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	scratch_write("key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", 0600);
	return 0;
}

int scratch_teardown(void **state)
{
	DIR *files = opendir(dir);
	struct dirent *file;

	while (files && (file = readdir(files)))
		unlinkat(dirfd(files), file->d_name, 0);
	closedir(files);
	return rmdir(dir);
}

struct config *scratch_config(const char *text, const char *self, struct config_error *err)
{
	static const struct {
		const char *word, *file;
	} files[] = {
		{ "KEY", "key" }, { "VMARGS", "vm.args" }, { "AGENT", "agent" },
		{ "SECRET", "secret" },
	};
	char whole[8192] = "";
	size_t len = 0, i;

	while (*text && len < sizeof(whole) - 1) {
		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
			if (!strncmp(text, files[i].word, strlen(files[i].word)))
				break;
		if (i == sizeof(files) / sizeof(files[0])) {
			whole[len++] = *text++;
			continue;
		}
		len += snprintf(whole + len, sizeof(whole) - len, "%s",
				scratch_path(files[i].file));
		text += strlen(files[i].word);
	}
	scratch_write("vigil.conf", whole, 0644);
	return config_load(scratch_path("vigil.conf"), self, err);
}

struct config *scratch_good(const char *text, const char *self)
{
	struct config_error err;
	struct config *config = scratch_config(text, self, &err);

	if (!config)
		fail_msg("refused: %s", err.text);
	return config;
}
