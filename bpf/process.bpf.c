// SPDX-License-Identifier: GPL-2.0
/*
 * How processes end: dying as early as the kernel knows it, dead when files and
 * locks are closed. And their stops, their threads. Which hook was chosen for what,
 * and why, is in Documentation/liveness.rst.
 *
 * Every program begins with the question whether the process is watched at all,
 * so that all others pay one look into the task's own storage.
 */
#include "report.h"

char _license[] SEC("license") = "GPL";

#define BIT(sig)	(1ULL << (sig))

/* Their default action is a core dump, which may take long. */
#define CORE_SIGNALS	(BIT(SIGQUIT) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) | \
			 BIT(SIGFPE) | BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGSYS) | \
			 BIT(SIGXCPU) | BIT(SIGXFSZ))

#define SEC_NS		1000000000ULL
/* The end of a thread is told so often and no more: some programs end thousands a second. */
#define THREAD_NS	(SEC_NS / 10)

/* Tell about the end with what is known of its cause. */
static __always_inline void tell_end(struct vigil_probe_watch *w, __u32 state)
{
	struct vigil_watch_report r = report_about(w, state, w->cause);

	r.code = w->code;
	if (w->cause == VIGIL_WATCH_CAUSE_SIGNAL && w->sender.sig == (__u32)w->code) {
		r.by_pid = w->sender.pid;
		__builtin_memcpy(r.by_comm, w->sender.comm, sizeof(r.by_comm));
	}
	report_send(&r);
}

static __always_inline void tell_dying(struct vigil_probe_watch *w, __u32 cause, int code)
{
	if (__sync_lock_test_and_set(&w->dying, 1))
		return;
	w->cause = cause;
	w->code = code;
	tell_end(w, VIGIL_WATCH_STATE_DYING);
}

/* @status is what wait() would say. */
static __always_inline void tell_dying_of(struct vigil_probe_watch *w,
					  const struct signal_struct *s)
{
	int status = s->group_exit_code;
	int sig = status & 0x7f;

	if (sig == SIGKILL && s->oom_mm)
		tell_dying(w, VIGIL_WATCH_CAUSE_OOM, sig);
	else if (sig)
		tell_dying(w, VIGIL_WATCH_CAUSE_SIGNAL, sig);
	else
		tell_dying(w, VIGIL_WATCH_CAUSE_EXIT, status >> 8 & 0xff);
}

/* Remember who sends @sig. Under the lock of the process's signals. */
static __always_inline void note_sender(struct vigil_probe_watch *w, int sig, unsigned long info)
{
	struct vigil_probe_sender *sender = &w->sender;
	int code = SI_USER;

	sender->sig = (__u32)sig;
	sender->pid = 0;
	__builtin_memset(sender->comm, 0, sizeof(sender->comm));
	if (info == SEND_SIG_PRIV)
		return;
	if (info != SEND_SIG_NOINFO)
		bpf_probe_read_kernel(&code, sizeof(code),
				      &((struct kernel_siginfo *)info)->si_code);
	/* A timer's signal, say, comes while anything may be running. */
	if (code != SI_USER && code != SI_TKILL && code != SI_QUEUE)
		return;
	sender->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(sender->comm, sizeof(sender->comm));
}

/*
 * A signal was queued. If it is a deadly one, the kernel has decided that already:
 * this is the earliest moment, in the context of whoever sends it.
 */
SEC("tp_btf/signal_generate")
int BPF_PROG(signal_generate, int sig, unsigned long info, struct task_struct *task, int group,
	     int result)
{
	struct vigil_probe_watch *w = watch_of(task);
	struct signal_struct *s;

	if (!w || w->dying)
		return 0;
	/* SIGCONT has done its work even if it is ignored. */
	if (result != TRACE_SIGNAL_DELIVERED && result != TRACE_SIGNAL_LOSE_INFO && sig != SIGCONT)
		return 0;
	note_sender(w, sig, info);
	s = task->signal;
	if (!(s->flags & SIGNAL_GROUP_EXIT))
		return 0;
	/* The kernel itself kills: whether for want of memory is known in a moment. */
	if (sig == SIGKILL && info == SEND_SIG_PRIV)
		return 0;
	tell_dying_of(w, s);
	return 0;
}

/* A signal is about to do what it does: dump core, and so end the process. */
SEC("tp_btf/signal_deliver")
int BPF_PROG(signal_deliver, int sig, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct task_struct *task;
	struct vigil_probe_watch *w;

	if (sig < 1 || sig > 31 || !(CORE_SIGNALS & BIT(sig)) || action->sa.sa_handler)
		return 0;
	task = bpf_get_current_task_btf();
	w = watch_of(task);
	if (w && !(task->signal->flags & SIGNAL_UNKILLABLE))
		tell_dying(w, VIGIL_WATCH_CAUSE_SIGNAL, sig);
	return 0;
}

/* The memory killer has chosen; its SIGKILL was sent just before. */
SEC("tp_btf/mark_victim")
int BPF_PROG(mark_victim, struct task_struct *task)
{
	struct vigil_probe_watch *w = watch_of(task);

	if (w && (task->signal->flags & SIGNAL_GROUP_EXIT))
		tell_dying_of(w, task->signal);
	return 0;
}

/* A thread begins to end, its memory not yet: with it the process, if that is decided. */
SEC("fentry/exit_signals")
int BPF_PROG(exit_signals, struct task_struct *task)
{
	struct vigil_probe_watch *w = watch_of(task);

	if (w && !w->dying && (task->signal->flags & SIGNAL_GROUP_EXIT))
		tell_dying_of(w, task->signal);
	return 0;
}

/* A thread has ended. That of others that remain, or that make way for exec, is news. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit, struct task_struct *task)
{
	struct vigil_probe_watch *w = watch_of(task);
	struct vigil_watch_report r;

	if (!w || (task->signal->flags & SIGNAL_GROUP_EXIT) || task->signal->group_exec_task)
		return 0;
	r = report_about(w, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_THREAD);
	if (w->thread_time && r.time - w->thread_time < THREAD_NS)
		return 0;
	w->thread_time = r.time;
	r.code = task->exit_code >> 8 & 0xff;
	r.tid = task->pid;
	report_send(&r);
	return 0;
}

/*
 * The parent is told. Of a leader without other threads that is the end: all of them
 * have closed their files and done the work that was left for their exit.
 */
SEC("fentry/do_notify_parent")
int BPF_PROG(do_notify_parent, struct task_struct *task)
{
	struct vigil_probe_watch *w = watch_of(task);

	if (!w || task->pid != task->tgid || task->signal->nr_threads != 1)
		return 0;
	if (__sync_lock_test_and_set(&w->dead, 1))
		return 0;
	tell_dying_of(w, task->signal);
	/* Dying was told by the victim before the killer had said why. */
	if (w->cause == VIGIL_WATCH_CAUSE_SIGNAL && w->code == SIGKILL && !w->sender.pid &&
	    task->signal->oom_mm)
		w->cause = VIGIL_WATCH_CAUSE_OOM;
	tell_end(w, VIGIL_WATCH_STATE_DEAD);
	return 0;
}

/* All threads have stopped, or one is running again. */
SEC("fentry/do_notify_parent_cldstop")
int BPF_PROG(do_notify_parent_cldstop, struct task_struct *task, bool for_ptracer, int why)
{
	struct vigil_probe_watch *w = watch_of(task);
	struct vigil_watch_report r;

	if (!w || for_ptracer)
		return 0;
	if (why == CLD_STOPPED && (task->signal->flags & SIGNAL_STOP_STOPPED)) {
		r = report_about(w, VIGIL_WATCH_STATE_STOPPED, VIGIL_WATCH_CAUSE_STOP);
		r.code = task->signal->group_exit_code & 0x7f;
	} else if (why == CLD_CONTINUED) {
		r = report_about(w, VIGIL_WATCH_STATE_ALIVE, VIGIL_WATCH_CAUSE_CONTINUE);
		r.code = SIGCONT;
	} else {
		return 0;
	}
	if (w->sender.sig == (__u32)r.code) {
		r.by_pid = w->sender.pid;
		__builtin_memcpy(r.by_comm, w->sender.comm, sizeof(r.by_comm));
	}
	report_send(&r);
	return 0;
}

/*
 * The thread that calls exec becomes the leader, and the old leader's storage goes
 * with it: take along what is known. Should exec fail now, the process is dying.
 */
SEC("fentry/begin_new_exec")
int BPF_PROG(begin_new_exec)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vigil_probe_watch *w;

	if (task->pid == task->tgid)
		return 0;
	w = watch_of(task);
	if (w)
		bpf_task_storage_get(&watches, task, w, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return 0;
}
