// SPDX-License-Identifier: GPL-2.0
/*
 * Petting a hardware watchdog. See watchdog.h.
 *
 * The device is known by its open file only. To pet it is an ioctl without an
 * argument; all else that the driver offers wants memory of a process, and is done by
 * the daemon before it hands the file over.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/watchdog.h>
#include <linux/workqueue.h>
#include <uapi/linux/vigil.h>

#include "cluster.h"
#include "compat/netlink.h"
#include "trace.h"
#include "watchdog.h"

/**
 * struct vigil_watchdog - a device that is petted
 * @list: in the list of all of them
 * @c: on whose behalf; lives longer
 * @file: the open device; the reference is ours
 * @petter: the thread that pets
 * @closing: closes it at the end
 * @device: name of the device
 * @identity: what the driver calls it
 * @timeout: ns
 * @petted: when it was petted last, CLOCK_BOOTTIME, ns; from here on the thread writes
 * @withheld: pets left out
 * @state: VIGIL_WATCHDOG_STATE_*
 * @error: of the last attempt to pet
 */
struct vigil_watchdog {
	struct list_head list;
	struct vigil_cluster *c;
	struct file *file;
	struct task_struct *petter;
	struct work_struct closing;
	char device[32];
	char identity[33];
	u64 timeout;
	u64 petted;
	u64 withheld;
	u32 state;
	int error;
};

/* Protects the list and the pointers of the clusters; taken inside a namespace's mutex. */
static DEFINE_MUTEX(watchdogs_lock);
static LIST_HEAD(watchdogs);

static int pet(struct vigil_watchdog *w)
{
	long err = w->file->f_op->unlocked_ioctl(w->file, WDIOC_KEEPALIVE, 0);

	if (!err)
		WRITE_ONCE(w->petted, ktime_get_boottime_ns());
	WRITE_ONCE(w->error, (int)err);
	return (int)err;
}

/* Does the core get its steps? Who holds the lock for ever gets no further than this. */
static bool steps_are_late(struct vigil_cluster *c, u64 now)
{
	u64 due = VIGIL_NEVER;

	spin_lock_bh(&c->lock);
	if (c->core && c->state == VIGIL_CLUSTER_STATE_RUNNING && !c->stopping)
		due = vigil_next_deadline(c->core);
	spin_unlock_bh(&c->lock);
	return due != VIGIL_NEVER && now > due && now - due > c->cfg.timing.detect;
}

static u32 judge(struct vigil_watchdog *w)
{
	u64 now = ktime_get_boottime_ns();

	if (w->state == VIGIL_WATCHDOG_STATE_DOOMED || vigil_fence_failed(&w->c->fence, now))
		return VIGIL_WATCHDOG_STATE_DOOMED;
	return steps_are_late(w->c, now) ? VIGIL_WATCHDOG_STATE_WITHHELD :
					   VIGIL_WATCHDOG_STATE_PETTED;
}

static int petter(void *data)
{
	struct vigil_watchdog *w = data;
	ktime_t pause = ns_to_ktime(w->timeout / VIGIL_WATCHDOG_PETS);

	while (!kthread_should_stop()) {
		u32 state = judge(w);

		if (state != w->state)
			trace_vigil_watchdog(w->c->cfg.name, w->device, state);
		WRITE_ONCE(w->state, state);
		if (state == VIGIL_WATCHDOG_STATE_PETTED)
			pet(w);
		else
			WRITE_ONCE(w->withheld, w->withheld + 1);
		set_current_state(TASK_IDLE);
		if (!kthread_should_stop())
			schedule_hrtimeout(&pause, HRTIMER_MODE_REL);
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

/*
 * The device behind an open file, if the watchdog core has made it: then the
 * character device is a child of one of class "watchdog". It lives as long as the
 * file is open.
 */
static struct device *device_of(const struct file *file)
{
	const struct inode *inode = file_inode(file);
	struct kobject *parent;
	struct device *dev;

	if (!S_ISCHR(inode->i_mode) || !inode->i_cdev || !file->f_op->unlocked_ioctl)
		return NULL;
	parent = inode->i_cdev->kobj.parent;
	/* A device at all? They are of one type, and the root of the platform bus is one. */
	if (!parent || get_ktype(parent) != get_ktype(&platform_bus.kobj))
		return NULL;
	dev = kobj_to_dev(parent);
	return dev->class && !strcmp(dev->class->name, "watchdog") ? dev : NULL;
}

static int check_timeout(const struct vigil_cluster *c, u64 timeout, struct netlink_ext_ack *extack)
{
	const struct vigil_timing *t = &c->cfg.timing;

	/* A standstill that ends before the leases do must not end in a reset. */
	if (timeout - timeout / VIGIL_WATCHDOG_PETS > t->lease + t->fence)
		return 0;
	NL_SET_ERR_MSG(extack, "three quarters of the time-out must be longer than lease and fence");
	return -ERANGE;
}

/* The driver cannot go away meanwhile. */
static int check_driver(struct vigil_watchdog *w, const struct watchdog_device *wdd,
			struct netlink_ext_ack *extack)
{
	if (!wdd) {
		NL_SET_ERR_MSG(extack, "the watchdog has no driver any more");
		return -ENODEV;
	}
	if (test_bit(WDOG_NO_WAY_OUT, &wdd->status)) {
		NL_SET_ERR_MSG(extack, "nowayout is set: this watchdog could never be stopped");
		return -EOPNOTSUPP;
	}
	if (!(wdd->info->options & WDIOF_MAGICCLOSE)) {
		NL_SET_ERR_MSG(extack, "this watchdog has no magic close: any close would stop it");
		return -EOPNOTSUPP;
	}
	if (!(wdd->info->options & WDIOF_KEEPALIVEPING)) {
		NL_SET_ERR_MSG(extack, "this watchdog cannot be petted by ioctl");
		return -EOPNOTSUPP;
	}
	w->timeout = (u64)wdd->timeout * NSEC_PER_SEC;
	snprintf(w->identity, sizeof(w->identity), "%.32s", wdd->info->identity);
	return check_timeout(w->c, w->timeout, extack);
}

static int check_file(struct vigil_watchdog *w, struct netlink_ext_ack *extack)
{
	struct device *dev = device_of(w->file);
	struct device *parent;
	int err;

	if (!dev) {
		NL_SET_ERR_MSG(extack, "that file is no watchdog: it must be /dev/watchdog0, or another with a number");
		return -ENOTTY;
	}
	strscpy(w->device, dev_name(dev), sizeof(w->device));
	/*
	 * Open, it pins the driver's module. What is left is that the driver is
	 * unbound, which takes the lock of the hardware's device.
	 */
	parent = dev->parent;
	if (parent)
		device_lock(parent);
	err = check_driver(w, !parent || parent->driver ? dev_get_drvdata(dev) : NULL, extack);
	if (parent)
		device_unlock(parent);
	return err;
}

/* @watchdogs_lock held. */
static int check_cluster(struct vigil_cluster *c, const struct file *file,
			 struct netlink_ext_ack *extack)
{
	const struct vigil_watchdog *other;
	bool running;

	spin_lock_bh(&c->lock);
	running = c->state == VIGIL_CLUSTER_STATE_RUNNING && !c->stopping;
	spin_unlock_bh(&c->lock);
	if (!running) {
		NL_SET_ERR_MSG(extack, "the cluster is not running");
		return -ENOTCONN;
	}
	if (c->watchdog) {
		NL_SET_ERR_MSG(extack, "the cluster has a watchdog already, until it is left");
		return -EBUSY;
	}
	list_for_each_entry(other, &watchdogs, list) {
		if (other->file != file)
			continue;
		NL_SET_ERR_MSG(extack, "another cluster has this watchdog");
		return -EBUSY;
	}
	return 0;
}

/* @watchdogs_lock held. */
static int begin(struct vigil_watchdog *w, struct netlink_ext_ack *extack)
{
	int err = pet(w);

	if (err) {
		NL_SET_ERR_MSG(extack, "the driver does not let itself be petted");
		return err;
	}
	w->petter = kthread_create(petter, w, "vigil/%s", w->device);
	if (IS_ERR(w->petter)) {
		NL_SET_ERR_MSG(extack, "no thread to pet it");
		return PTR_ERR(w->petter);
	}
	/* A hog of ordinary priority is no reason for a reset. */
	sched_set_fifo(w->petter);
	w->c->watchdog = w;
	list_add_tail(&w->list, &watchdogs);
	wake_up_process(w->petter);
	return 0;
}

int vigil_watchdog_take(struct vigil_cluster *c, unsigned int fd, struct netlink_ext_ack *extack)
{
	struct vigil_watchdog *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int err;

	if (!w)
		return -ENOMEM;
	w->c = c;
	w->state = VIGIL_WATCHDOG_STATE_PETTED;
	w->file = fget(fd);
	if (!w->file) {
		NL_SET_ERR_MSG(extack, "no such file descriptor");
		kfree(w);
		return -EBADF;
	}
	err = check_file(w, extack);
	mutex_lock(&watchdogs_lock);
	if (!err)
		err = check_cluster(c, w->file, extack);
	if (!err)
		err = begin(w, extack);
	mutex_unlock(&watchdogs_lock);
	if (err) {
		fput(w->file);
		kfree(w);
	}
	return err;
}

/* Of whoever ends the cluster, the end of a file waits for its return to userspace. */
static void close_file(struct work_struct *work)
{
	__fput_sync(container_of(work, struct vigil_watchdog, closing)->file);
}

void vigil_watchdog_end(struct vigil_cluster *c, bool stop)
{
	struct vigil_watchdog *w;

	mutex_lock(&watchdogs_lock);
	w = c->watchdog;
	c->watchdog = NULL;
	if (w)
		list_del(&w->list);
	mutex_unlock(&watchdogs_lock);
	if (!w)
		return;
	kthread_stop(w->petter);
	/* Kept open for ever it goes on counting, and the driver's module stays. */
	if (stop) {
		INIT_WORK(&w->closing, close_file);
		schedule_work(&w->closing);
		flush_work(&w->closing);
	}
	kfree(w);
}

bool vigil_watchdog_status(struct vigil_cluster *c, struct vigil_watchdog_status *st)
{
	const struct vigil_watchdog *w;

	memset(st, 0, sizeof(*st));
	mutex_lock(&watchdogs_lock);
	w = c->watchdog;
	if (w) {
		memcpy(st->device, w->device, sizeof(st->device));
		memcpy(st->identity, w->identity, sizeof(st->identity));
		st->timeout = w->timeout;
		st->pet_age = ktime_get_boottime_ns() - READ_ONCE(w->petted);
		st->withheld = READ_ONCE(w->withheld);
		st->state = READ_ONCE(w->state);
		st->error = READ_ONCE(w->error);
	}
	mutex_unlock(&watchdogs_lock);
	return w;
}
