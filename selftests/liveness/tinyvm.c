// SPDX-License-Identifier: GPL-2.0
/*
 * tinyvm <what>... - a guest of a few bytes, one virtual processor for each word.
 *
 * For tests of what is seen of a guest from outside. The processors start in flat
 * 32-bit mode, without firmware; each one sets up what its word needs and goes on for
 * ever. Orders come on standard input: "go" (start), "stop" and "cont" (the processors
 * leave the guest, and go on), "reset" (as after a reset button; the guest then halts),
 * "wake" (what "wait" waits for).
 * "running" on standard output says that "go" was done.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CPUS_MAX	4
#define MEMORY		(256u << 20)
#define CODE		0x10000u	/* guest addresses */
#define GDT		0x1000u
#define IDT		0x2000u
#define STACK		0x9000u		/* top; each processor has 4 KiB */
#define ROM		0xfffff000u
#define VECTOR		0xec		/* of the local timer, as on Linux */
#define PIC_VECTOR	0x20
#define SLOW_PORT	0x506
#define WAKE		0x600u	/* guest address */

/*
 * What runs in the guest. Local APIC registers: 0xf0 enables, 0x3e0 divides, 0x320 is
 * the timer's vector, here with the periodic bit, 0x380 its start value: 100 Hz.
 */
extern const char guest[], guest_end[], eoi[], quiet_irq[];
extern const char g_idle[], g_sleep[], g_busy[], g_ticks[], g_spin[], g_hang[], g_loop[],
	g_unpack[], g_triple[], g_pvpanic[], g_loaded[], g_poll[], g_halted[], g_device[], g_wait[],
	g_mmio_panic[], g_mmio[], g_crash[], g_ask[];

asm(".section .rodata\n"
".code32\n"
".macro lapic_timer\n"
"	movl $0x1ff, 0xfee000f0\n"
"	movl $0xb, 0xfee003e0\n"
"	movl $0x200ec, 0xfee00320\n"
"	movl $10000000, 0xfee00380\n"
".endm\n"
"guest:\n"
"eoi:	movl $0, 0xfee000b0\n"
"quiet_irq: iret\n"
/* Halts, and a timer wakes it: an idle system. */
"g_idle: lapic_timer\n"
"	sti\n"
"1:	hlt\n"
"	jmp 1b\n"
/* Halts, and nothing will wake it. */
"g_sleep: sti\n"
"1:	hlt\n"
"	jmp 1b\n"
/* Never halts; its ticks are accepted and acknowledged. */
"g_busy: lapic_timer\n"
"	sti\n"
"1:	jmp 1b\n"
/* The same by a PIC in automatic mode: accepting is the only sign, no device is touched. */
"g_ticks: mov $0x11, %al\n"
"	out %al, $0x20\n"
"	mov $0x20, %al\n"
"	out %al, $0x21\n"
"	mov $0x04, %al\n"
"	out %al, $0x21\n"
"	mov $0x03, %al\n"
"	out %al, $0x21\n"
"	mov $0xfe, %al\n"
"	out %al, $0x21\n"
"	mov $0x34, %al\n"
"	out %al, $0x43\n"
"	mov $0x9c, %al\n"
"	out %al, $0x40\n"
"	mov $0x2e, %al\n"
"	out %al, $0x40\n"
"	sti\n"
"1:	jmp 1b\n"
/* Computes without any timer, interrupts on: like a processor kept free of ticks. */
"g_spin: sti\n"
"1:	jmp 1b\n"
/* A timer is running, and its interrupt is not let in. */
"g_hang: lapic_timer\n"
"	cli\n"
"1:	jmp 1b\n"
/* Stuck before anything was set up. */
"g_loop: cli\n"
"1:	jmp 1b\n"
/* As firmware or a kernel that unpacks itself: nothing but new memory, some pages a second. */
"g_unpack: cli\n"
"	mov $0x100000, %edi\n"
"2:	movl %edi, (%edi)\n"
"	add $0x1000, %edi\n"
"	mov $20000000, %ecx\n"
"1:	dec %ecx\n"
"	jnz 1b\n"
"	cmp $0x10000000, %edi\n"
"	jb 2b\n"
"1:	jmp 1b\n"
/* A table of no gates: there is nothing at this address. */
"g_triple: lidt 0x500\n"
"	int3\n"
"g_pvpanic: mov $1, %al\n"
"	jmp 2f\n"
"g_loaded: mov $2, %al\n"
"2:	mov $0x505, %dx\n"
"	out %al, %dx\n"
"	jmp g_idle\n"
/* pvpanic-pci, if the probe was told that it is there. */
"g_mmio_panic: movb $1, 0xfe000000\n"
"	jmp g_idle\n"
/* All that is no panic even there: a crash kernel, a wide write, a read, the byte after. */
"g_mmio:	movb $2, 0xfe000000\n"
"	movl $1, 0xfe000000\n"
"	mov 0xfe000000, %al\n"
"	movb $1, 0xfe000001\n"
"	jmp g_idle\n"
/* Interrupts off, a device is asked again and again. */
"g_poll: cli\n"
"1:	in $0x61, %al\n"
"	jmp 1b\n"
/* Halted for ever: interrupts are off and a timer runs. */
"g_halted: lapic_timer\n"
"	cli\n"
"1:	hlt\n"
"	jmp 1b\n"
/* Uses a device whose emulation does not come to an end. */
"g_device: mov $0x506, %dx\n"
"	out %al, %dx\n"
"	jmp g_idle\n"
/* Tells Hyper-V that it has crashed. */
"g_crash: mov $0x40000105, %ecx\n"
"	xor %eax, %eax\n"
"	mov $0x80000000, %edx\n"
"	wrmsr\n"
"	jmp g_idle\n"
/* Asks the monitor, again and again. */
"g_ask:	out %al, $0x80\n"
"	jmp g_ask\n"
/* Hangs until the monitor writes to its memory. */
"g_wait: cli\n"
"1:	cmpb $0, 0x600\n"
"	je 1b\n"
"	jmp g_idle\n"
"guest_end:\n"
".code64\n"
".text\n");

static const struct {
	const char *name, *start;
} words[] = {
	{ "idle", g_idle }, { "sleep", g_sleep }, { "busy", g_busy }, { "ticks", g_ticks },
	{ "spin", g_spin }, { "hang", g_hang }, { "loop", g_loop }, { "unpack", g_unpack },
	{ "triple", g_triple }, { "pvpanic", g_pvpanic }, { "loaded", g_loaded },
	{ "poll", g_poll }, { "halted", g_halted }, { "device", g_device }, { "wait", g_wait },
	{ "mmio-panic", g_mmio_panic }, { "mmio", g_mmio }, { "crash", g_crash },
	{ "ask", g_ask },
};

struct cpu {
	pthread_t thread;
	int fd;
	struct kvm_run *run;
	uint32_t start;
	bool reset;		/* registers are to be set anew */
};

static struct cpu cpus[CPUS_MAX];
static int ncpus;
static volatile uint8_t *wake;
static bool stopped;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void die(const char *what)
{
	fprintf(stderr, "tinyvm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int call(int fd, unsigned long request, void *argument, const char *what)
{
	int ret = ioctl(fd, request, argument);

	if (ret < 0)
		die(what);
	return ret;
}

static void add_memory(int vm, int slot, uint64_t at, void *memory, size_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .guest_phys_addr = at, .memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	call(vm, KVM_SET_USER_MEMORY_REGION, &region, "memory");
}

static void *pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, size, MADV_NOHUGEPAGE))
		die("mmap");
	return p;
}

static uint64_t gate(const char *handler)
{
	uint64_t at = CODE + (handler - guest);

	return (at & 0xffff) | 0x08 << 16 | 0x8e00ULL << 32 | (at >> 16) << 48;
}

static void fill_memory(int vm)
{
	uint8_t *ram = pages(MEMORY), *rom = pages(4096);
	uint64_t *gdt = (uint64_t *)(ram + GDT), *idt = (uint64_t *)(ram + IDT);

	wake = ram + WAKE;
	memcpy(ram + CODE, guest, guest_end - guest);
	gdt[1] = 0x00cf9b000000ffff;	/* flat code and data */
	gdt[2] = 0x00cf93000000ffff;
	idt[VECTOR] = gate(eoi);
	idt[PIC_VECTOR] = gate(quiet_irq);
	memcpy(rom + 0xff0, "\xf4\xeb\xfd", 3);		/* hlt; jmp back to it */
	add_memory(vm, 0, 0, ram, MEMORY);
	add_memory(vm, 1, ROM, rom, 4096);
}

/* As a processor is after its reset: at the last 16 bytes below 4 GiB, in real mode. */
static void set_reset(struct cpu *cpu)
{
	struct kvm_regs regs = { .rip = 0xfff0, .rflags = 2 };
	struct kvm_sregs sregs;
	struct kvm_vcpu_events events;
	struct kvm_segment flat = { .limit = 0xffff, .type = 3, .present = 1, .s = 1 };

	call(cpu->fd, KVM_GET_SREGS, &sregs, "sregs");
	sregs.ds = sregs.es = sregs.ss = sregs.fs = sregs.gs = flat;
	flat.type = 11;
	flat.selector = 0xf000;
	flat.base = 0xffff0000;
	sregs.cs = flat;
	sregs.cr0 = 0x60000010;
	call(cpu->fd, KVM_GET_VCPU_EVENTS, &events, "events");
	memset(&events, 0, sizeof(events));
	call(cpu->fd, KVM_SET_VCPU_EVENTS, &events, "events");
	call(cpu->fd, KVM_SET_SREGS, &sregs, "sregs");
	call(cpu->fd, KVM_SET_REGS, &regs, "regs");
}

static void set_start(struct cpu *cpu, uint32_t stack)
{
	struct kvm_regs regs = { .rip = cpu->start, .rsp = stack, .rflags = 2 };
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_sregs sregs;
	struct kvm_segment flat = {
		.limit = 0xffffffff, .selector = 0x10, .type = 3, .present = 1, .db = 1, .s = 1,
		.g = 1,
	};

	call(cpu->fd, KVM_GET_SREGS, &sregs, "sregs");
	sregs.ds = sregs.es = sregs.ss = sregs.fs = sregs.gs = flat;
	flat.type = 11;
	flat.selector = 0x08;
	sregs.cs = flat;
	sregs.cr0 |= 1;
	sregs.gdt.base = GDT;
	sregs.gdt.limit = 23;
	sregs.idt.base = IDT;
	sregs.idt.limit = 0x7ff;
	call(cpu->fd, KVM_SET_SREGS, &sregs, "sregs");
	call(cpu->fd, KVM_SET_REGS, &regs, "regs");
	call(cpu->fd, KVM_SET_MP_STATE, &runnable, "mp state");
}

/* Sleeps while the guest is stopped, or until a reset: what a shut down processor waits for. */
static void park(struct cpu *cpu, bool until_reset)
{
	pthread_mutex_lock(&lock);
	while (stopped || (until_reset && !cpu->reset))
		pthread_cond_wait(&changed, &lock);
	cpu->run->immediate_exit = 0;
	if (cpu->reset)
		set_reset(cpu);
	cpu->reset = false;
	pthread_mutex_unlock(&lock);
}

static void *run(void *argument)
{
	struct cpu *cpu = argument;

	for (;;) {
		if (ioctl(cpu->fd, KVM_RUN, 0) < 0) {
			if (errno != EINTR)
				die("run");
			park(cpu, false);
		} else if (cpu->run->exit_reason == KVM_EXIT_SHUTDOWN) {
			park(cpu, true);
		} else if (cpu->run->exit_reason == KVM_EXIT_IO) {
			if (cpu->run->io.port == SLOW_PORT)
				park(cpu, true);
		} else if (cpu->run->exit_reason != KVM_EXIT_MMIO &&
			   cpu->run->exit_reason != KVM_EXIT_SYSTEM_EVENT) {
			fprintf(stderr, "tinyvm: exit %u\n", cpu->run->exit_reason);
			exit(1);
		}
	}
	return NULL;
}

/*
 * What KVM itself can do; without it the local timer knows no periodic mode. With the other
 * signature it has the registers of Hyper-V.
 */
static void set_features(int kvm, int cpu, bool hyperv)
{
	const unsigned int n = 128;
	struct kvm_cpuid2 *features = calloc(1, sizeof(*features) + n * sizeof(*features->entries));

	if (!features)
		die("cpuid");
	features->nent = n;
	call(kvm, KVM_GET_SUPPORTED_CPUID, features, "cpuid");
	for (unsigned int i = 0; i < features->nent && hyperv; i++)
		if (features->entries[i].function == 0x40000001)
			memcpy(&features->entries[i].eax, "Hv#1", 4);
	call(cpu, KVM_SET_CPUID2, features, "cpuid");
	free(features);
}

static void add_cpu(int kvm, int vm, const char *word)
{
	struct cpu *cpu = &cpus[ncpus];
	int size = call(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "mmap size");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].name, word))
			cpu->start = CODE + (words[i].start - guest);
	if (!cpu->start || ncpus == CPUS_MAX) {
		fprintf(stderr, "tinyvm: %s: %s\n", word, cpu->start ? "too many" : "unknown");
		exit(2);
	}
	cpu->fd = call(vm, KVM_CREATE_VCPU, (void *)(uintptr_t)ncpus, "vcpu");
	cpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu->fd, 0);
	if (cpu->run == MAP_FAILED)
		die("mmap");
	set_features(kvm, cpu->fd, !strcmp(word, "crash"));
	set_start(cpu, STACK + 0x1000 * ncpus++);
}

/* Sent to the processors' threads to get them out of the guest. */
static void kick(int signal)
{
	(void)signal;
	for (int i = 0; i < ncpus; i++)
		if (pthread_equal(pthread_self(), cpus[i].thread))
			cpus[i].run->immediate_exit = 1;
}

static void order(const char *line)
{
	pthread_mutex_lock(&lock);
	stopped = !strcmp(line, "stop\n");
	*wake |= !strcmp(line, "wake\n");
	for (int i = 0; i < ncpus && !strcmp(line, "reset\n"); i++)
		cpus[i].reset = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < ncpus; i++)
		pthread_kill(cpus[i].thread, SIGUSR1);
}

static void start(void)
{
	for (int i = 0; i < ncpus; i++)
		if (pthread_create(&cpus[i].thread, NULL, run, &cpus[i]))
			die("thread");
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = kick };
	struct kvm_pit_config pit = { 0 };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;
	char line[32];

	if (kvm < 0)
		die("/dev/kvm");
	vm = call(kvm, KVM_CREATE_VM, NULL, "vm");
	call(vm, KVM_SET_TSS_ADDR, (void *)0xfffbd000UL, "tss");
	call(vm, KVM_CREATE_IRQCHIP, NULL, "irqchip");
	call(vm, KVM_CREATE_PIT2, &pit, "pit");
	fill_memory(vm);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 1; i < argc; i++)
		add_cpu(kvm, vm, argv[i]);
	if (!ncpus)
		return 2;
	if (!fgets(line, sizeof(line), stdin))
		return 2;
	start();
	puts("running");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		order(line);
	for (;;)
		pause();
}
