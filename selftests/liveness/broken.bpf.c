// SPDX-License-Identifier: GPL-2.0
/* Programs as they look to a kernel that lacks what they hook into: one of three is good. */
#include "report.h"

char _license[] SEC("license") = "GPL";

__u64 seen;

/* No kernel has this function. */
SEC("fentry/vigil_no_such_function")
int BPF_PROG(no_hook)
{
	__sync_fetch_and_add(&seen, 1);
	return 0;
}

/* The verifier refuses to read whatever is behind a number. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(no_sense, unsigned long task)
{
	return *(volatile char *)(task & 0xff);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(good)
{
	__sync_fetch_and_add(&seen, 1);
	return 0;
}
