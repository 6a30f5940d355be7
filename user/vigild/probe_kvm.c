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

/* That one is run for each process, not hooked in. */
static int prepare(struct bpf_object *object)
{
	struct bpf_program *find = bpf_object__find_program_by_name(object, FIND);

	if (!find)
		return -ENOENT;
	bpf_program__set_autoattach(find, false);
	return 0;
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
	.module = "kvm",
	.timers = "guests",
	.kind = VIGIL_WATCH_KIND_VM,
	.bind = bind_guest,
	.unbind = unbind_guest,
};
