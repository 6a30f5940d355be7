/* SPDX-License-Identifier: GPL-2.0 */
/* Names and sizes that bpf/kvm.bpf.c and its loader share. */
#ifndef _VIGIL_PROBE_KVM_H
#define _VIGIL_PROBE_KVM_H

#define VIGIL_GUESTS_MAX	1024	/* guests sampled at a time */
#define VIGIL_VCPUS_MAX		1024	/* virtual processors of one guest */

#endif
