// SPDX-License-Identifier: GPL-2.0
/*
 * loops - what the probes may slow down. Reads lines "WORD N" and answers each with
 * the nanoseconds that N turns took:
 *
 *	fork	a child is forked, exits at once and is reaped
 *	cpuid	a KVM guest leaves for KVM, which emulates an instruction
 *	pio	a KVM guest leaves for its monitor, which does nothing
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define CODE	0x1000		/* guest address */
#define MEMORY	0x4000
#define END	0x80		/* port that ends a loop; any other goes on */

extern const char guest[], guest_pio[], guest_end[];

/* Real mode; %esi counts. */
asm(".section .rodata\n"
".code16\n"
"guest:	xor %eax, %eax\n"
"	cpuid\n"
"	dec %esi\n"
"	jnz guest\n"
"	out %al, $0x80\n"
"guest_pio: out %al, $0x81\n"
"	dec %esi\n"
"	jnz guest_pio\n"
"	out %al, $0x80\n"
"guest_end:\n"
".code64\n"
".text\n");

static int vcpu = -1;
static struct kvm_run *run;

static void die(const char *what)
{
	fprintf(stderr, "loops: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int call(int fd, unsigned long request, void *argument, const char *what)
{
	int ret = ioctl(fd, request, argument);

	if (ret < 0)
		die(what);
	return ret;
}

static void *map(size_t size, int flags, int fd)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void open_guest(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;
	struct kvm_sregs sregs;
	char *memory;

	if (kvm < 0)
		die("/dev/kvm");
	vm = call(kvm, KVM_CREATE_VM, NULL, "vm");
	memory = map(MEMORY, MAP_SHARED | MAP_ANONYMOUS, -1);
	memcpy(memory + CODE, guest, guest_end - guest);
	region.userspace_addr = (uintptr_t)memory;
	call(vm, KVM_SET_USER_MEMORY_REGION, &region, "memory");
	vcpu = call(vm, KVM_CREATE_VCPU, NULL, "vcpu");
	run = map(call(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "mmap size"), MAP_SHARED, vcpu);
	call(vcpu, KVM_GET_SREGS, &sregs, "sregs");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	call(vcpu, KVM_SET_SREGS, &sregs, "sregs");
}

static __u64 loop_kvm(const char *start, unsigned long turns)
{
	struct kvm_regs regs = { .rip = CODE + (start - guest), .rsi = turns, .rflags = 2 };
	__u64 begun;

	if (vcpu < 0)
		open_guest();
	call(vcpu, KVM_SET_REGS, &regs, "regs");
	begun = now_ns();
	do {
		call(vcpu, KVM_RUN, NULL, "run");
		if (run->exit_reason != KVM_EXIT_IO) {
			fprintf(stderr, "loops: exit %u\n", run->exit_reason);
			exit(1);
		}
	} while (run->io.port != END);
	return now_ns() - begun;
}

static __u64 loop_fork(unsigned long turns)
{
	__u64 begun = now_ns();

	while (turns--) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("fork");
	}
	return now_ns() - begun;
}

/* A child on another processor costs more and varies more, by what it takes to wake that. */
static void stay(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("affinity");
}

int main(void)
{
	unsigned long turns;
	char word[16];
	__u64 ns;

	stay();
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (scanf("%15s %lu", word, &turns) == 2) {
		if (!strcmp(word, "fork"))
			ns = loop_fork(turns);
		else if (!strcmp(word, "cpuid"))
			ns = loop_kvm(guest, turns);
		else if (!strcmp(word, "pio"))
			ns = loop_kvm(guest_pio, turns);
		else
			return 1;
		printf("%llu\n", ns);
	}
	return 0;
}
