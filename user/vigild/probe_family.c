// SPDX-License-Identifier: GPL-2.0
/*
 * Loading one family. libbpf loads an object as a whole: if that fails, each program
 * is tried by itself to find those that this kernel refuses, and the others are
 * loaded without them.
 */
#include "probe_family.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "log.h"

/* The first thing libbpf complained of since it was cleared: it says most. */
static char complaint[PROBE_REASON];

__attribute__((format(printf, 2, 0)))
static int on_libbpf(enum libbpf_print_level level, const char *format, va_list ap)
{
	char text[512];
	const char *start = text;

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(text, sizeof(text), format, ap);
	text[strcspn(text, "\n")] = '\0';
	if (!strncmp(start, "libbpf: ", 8))
		start += 8;
	log_debug("probes: %s", start);
	if (level == LIBBPF_WARN && !complaint[0])
		snprintf(complaint, sizeof(complaint), "%.*s", PROBE_REASON - 1, start);
	return 0;
}

/* Why it did not work: what libbpf said, else what @rc means. */
static void give_reason(struct probe_program *p, int rc)
{
	char prefix[80];
	const char *text = complaint;
	int n = snprintf(prefix, sizeof(prefix), "prog '%s': ", p->title);

	if (!strncmp(text, prefix, (size_t)n))
		text += n;
	/* libbpf's guesses at why this process may load nothing at all. */
	if (strstr(text, "probe_loading"))
		text = "";
	snprintf(p->reason, sizeof(p->reason), "%s", text[0] ? text : strerror(-rc));
}

static int share(struct bpf_object *object, const char *name, int fd)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map && fd >= 0 ? bpf_map__reuse_fd(map, fd) : 0;
}

static int keep_shared(struct bpf_object *object, const char *name, int *fd)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	if (!map || *fd >= 0)
		return 0;
	*fd = dup(bpf_map__fd(map));
	return *fd < 0 ? -errno : 0;
}

/* Open the object; nothing of it is in the kernel yet. NULL: the reason is in complaint. */
static struct bpf_object *open_object(const struct probe_set *set,
				      const struct probe_shared *shared)
{
	const struct probe_family *f = set->family;
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = f->name);
	struct bpf_object *object;
	const void *bytes;
	size_t size;
	int rc;

	bytes = set->via_kfunc ? f->kfunc(&size) : f->ring(&size);
	object = bpf_object__open_mem(bytes, size, &opts);
	rc = libbpf_get_error(object);
	if (rc)
		goto failed;
	rc = share(object, "watches", shared->watches);
	if (!rc)
		rc = share(object, "reports", shared->reports);
	if (!rc)
		rc = share(object, "counts", shared->counts);
	if (!rc && f->prepare)
		rc = f->prepare(object);
	if (!rc)
		return object;
	bpf_object__close(object);
failed:
	if (!complaint[0])
		snprintf(complaint, sizeof(complaint), "%s", strerror(-rc));
	return NULL;
}

/* Not those that are switched off here, nor those that are run instead of attached. */
static bool listed(const struct bpf_program *prog)
{
	return bpf_program__autoload(prog) && bpf_program__autoattach(prog);
}

/* What programs there are. 0, -ENOMEM, or another -errno if the object cannot be opened. */
static int list_programs(struct probe_set *set, const struct probe_shared *shared)
{
	struct bpf_object *object = open_object(set, shared);
	struct bpf_program *prog;
	unsigned int n = 0;

	if (!object)
		return -EINVAL;
	bpf_object__for_each_program(prog, object)
		n += listed(prog);
	set->program = calloc(n + 1, sizeof(*set->program));
	if (!set->program) {
		bpf_object__close(object);
		return -ENOMEM;
	}
	bpf_object__for_each_program(prog, object) {
		struct probe_program *p = &set->program[set->n];

		if (!listed(prog))
			continue;
		snprintf(p->title, sizeof(p->title), "%s", bpf_program__name(prog));
		snprintf(p->name, sizeof(p->name), "%s: %s", set->family->name, p->title);
		set->n++;
	}
	bpf_object__close(object);
	return 0;
}

/* Load those programs that are not refused, or @only. 0 or -errno. */
static int load_programs(struct probe_set *set, const struct probe_program *only,
			 const struct probe_shared *shared, struct bpf_object **out)
{
	struct bpf_object *object;
	int rc;

	complaint[0] = '\0';
	object = open_object(set, shared);
	if (!object)
		return -EINVAL;
	for (unsigned int i = 0; i < set->n; i++) {
		struct probe_program *p = &set->program[i];

		if (p->refused || (only && p != only))
			bpf_program__set_autoload(bpf_object__find_program_by_name(object,
										   p->title),
						  false);
	}
	rc = bpf_object__load(object);
	if (rc) {
		bpf_object__close(object);
		return rc;
	}
	*out = object;
	return 0;
}

/* Return: how many programs can be loaded. */
static unsigned int try_each(struct probe_set *set, const struct probe_shared *shared)
{
	unsigned int good = 0;

	for (unsigned int i = 0; i < set->n; i++) {
		struct probe_program *p = &set->program[i];
		struct bpf_object *object;
		int rc = load_programs(set, p, shared, &object);

		if (rc) {
			give_reason(p, rc);
			p->refused = true;
		} else {
			bpf_object__close(object);
			good++;
		}
	}
	return good;
}

unsigned int probe_set_attach(struct probe_set *set)
{
	unsigned int n = 0;

	if (!set->object)
		return 0;
	if (set->family->begin)
		set->family->begin(set);
	set->attached = true;

	for (unsigned int i = 0; i < set->n; i++) {
		struct probe_program *p = &set->program[i];
		struct bpf_program *prog;
		int rc;

		if (p->refused)
			continue;
		complaint[0] = '\0';
		p->reason[0] = '\0';
		prog = bpf_object__find_program_by_name(set->object, p->title);
		p->link = bpf_program__attach(prog);
		rc = libbpf_get_error(p->link);
		if (rc) {
			p->link = NULL;
			give_reason(p, rc);
		} else {
			n++;
		}
	}
	return n;
}

void probe_set_detach(struct probe_set *set)
{
	for (unsigned int i = 0; i < set->n; i++) {
		bpf_link__destroy(set->program[i].link);
		set->program[i].link = NULL;
	}
	set->attached = false;
}

bool probe_family_wanted(const struct probe_family *family)
{
	return !family->wanted || family->wanted();
}

static int count_loaded(const struct probe_set *set)
{
	int n = 0;

	for (unsigned int i = 0; i < set->n; i++)
		n += !set->program[i].refused;
	return n;
}

int probe_set_load(struct probe_set *set, const struct probe_family *family, bool via_kfunc,
		   struct probe_shared *shared)
{
	int rc;

	libbpf_set_print(on_libbpf);
	set->family = family;
	set->via_kfunc = via_kfunc;
	if (!probe_family_wanted(family))
		return 0;
	complaint[0] = '\0';
	rc = list_programs(set, shared);
	if (rc) {
		log_warn("probes: %s: %s", family->name, complaint);
		return rc == -ENOMEM ? rc : 0;
	}
	rc = load_programs(set, NULL, shared, &set->object);
	if (rc && try_each(set, shared))
		rc = load_programs(set, NULL, shared, &set->object);
	if (rc)
		return 0;
	rc = keep_shared(set->object, "watches", &shared->watches);
	if (!rc)
		rc = keep_shared(set->object, "reports", &shared->reports);
	if (!rc)
		rc = keep_shared(set->object, "counts", &shared->counts);
	return rc ?: count_loaded(set);
}

void probe_set_complain(const struct probe_set *set)
{
	for (unsigned int i = 0, next; i < set->n; i = next) {
		const struct probe_program *prog = &set->program[i];

		for (next = i + 1; next < set->n; next++)
			if (strcmp(prog->reason, set->program[next].reason))
				break;
		if (!prog->reason[0])
			continue;
		if (next == i + 1)
			log_warn("probes: %s: %s", prog->name, prog->reason);
		else
			log_warn("probes: %s and %u more: %s", prog->name, next - i - 1,
				 prog->reason);
	}
}

void probe_set_free(struct probe_set *set)
{
	probe_set_detach(set);
	bpf_object__close(set->object);
	free(set->program);
	memset(set, 0, sizeof(*set));
}
