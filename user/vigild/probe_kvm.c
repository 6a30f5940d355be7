// SPDX-License-Identifier: GPL-2.0
/* bpf/kvm.bpf.c: guests that tell of their end, and guests that hang. */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/vigil.h>

#include "kvm.skel.h"
#include "probe_family.h"
#include "probes.h"

#define FIND	"find_vcpus"

/* KVM's two ways of running a guest, and who sees triple faults there. */
static const struct {
	const char *module;
	const char *program;
} vendors[] = {
	{ "/sys/module/kvm_amd", "shutdown_amd" },
	{ "/sys/module/kvm_intel", "shutdown_intel" },
};

#define VENDORS	(sizeof(vendors) / sizeof(vendors[0]))

/* Without one of these there are no guests. */
static bool wanted(void)
{
	for (size_t i = 0; i < VENDORS; i++)
		if (!access(vendors[i].module, F_OK))
			return true;
	return false;
}

static int prepare(struct bpf_object *object)
{
	struct bpf_program *prog;

	for (size_t i = 0; i < VENDORS; i++) {
		prog = bpf_object__find_program_by_name(object, vendors[i].program);
		if (!prog)
			return -ENOENT;
		if (access(vendors[i].module, F_OK))
			bpf_program__set_autoload(prog, false);
	}
	prog = bpf_object__find_program_by_name(object, FIND);
	if (!prog)
		return -ENOENT;
	/* It is run for each process, not hooked in. */
	bpf_program__set_autoattach(prog, false);
	return 0;
}

/*
 * Guests that went while nothing was attached could not be taken out. What is left of them
 * must not be taken for one that came since.
 */
static void begin(const struct probe_set *set)
{
	static const char *const maps[] = { "guests", "vcpus", "members", "panics" };
	__u64 key[2];

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		int fd = bpf_map__fd(bpf_object__find_map_by_name(set->object, maps[i]));

		while (!bpf_map_get_next_key(fd, NULL, key) && !bpf_map_delete_elem(fd, key))
			;
	}
}

/* Let the program go through the open files of one process. */
static int bind_guest(const struct probe_set *set, const struct probe_target *t)
{
	union bpf_iter_link_info info = { .task.pid = (__u32)t->pid };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct bpf_program *find = bpf_object__find_program_by_name(set->object, FIND);
	struct bpf_link *link = bpf_program__attach_iter(find, &opts);
	int rc = libbpf_get_error(link), fd;
	struct bpf_map *panics = bpf_object__find_map_by_name(set->object, "panics");
	const __u64 nowhere = 0;
	char none;

	/* What is known of a guest that is bound already stays. */
	bpf_map_update_elem(bpf_map__fd(panics), &t->watch, &nowhere, BPF_NOEXIST);
	if (rc)
		return rc;
	fd = bpf_iter_create(bpf_link__fd(link));
	rc = fd < 0 ? fd : 0;
	/* It prints nothing: one read is all. */
	if (!rc && read(fd, &none, 1) < 0)
		rc = -errno;
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return rc;
}

/* With it goes its timer; what is known of its processors goes with these. */
static void unbind_guest(const struct probe_set *set, __u64 watch)
{
	struct bpf_map *guests = bpf_object__find_map_by_name(set->object, "guests");
	struct bpf_map *panics = bpf_object__find_map_by_name(set->object, "panics");

	bpf_map_delete_elem(bpf_map__fd(guests), &watch);
	bpf_map_delete_elem(bpf_map__fd(panics), &watch);
}

int probes_set_panic(const struct probes *p, __u64 watch, __u64 address)
{
	struct bpf_map *panics = probes_map(p, probe_kvm.name, "panics");

	if (!panics)
		return -EOPNOTSUPP;
	return bpf_map_update_elem(bpf_map__fd(panics), &watch, &address, BPF_EXIST);
}

const struct probe_family probe_kvm = {
	.name = "kvm",
	.kfunc = kvm_kfunc__elf_bytes,
	.ring = kvm_ring__elf_bytes,
	.prepare = prepare,
	.wanted = wanted,
	.timers = "guests",
	.while_bound = true,
	.begin = begin,
	.kind = VIGIL_WATCH_KIND_VM,
	.bind = bind_guest,
	.unbind = unbind_guest,
};
