/* SPDX-License-Identifier: GPL-2.0 */
/* The process that a pidfd stands for: the kernel exports no function for it. */
#ifndef _VIGIL_COMPAT_PIDFD_H
#define _VIGIL_COMPAT_PIDFD_H

#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/pid.h>
#include <linux/string.h>
#include <linux/version.h>

/* Return: the pid of an open file, valid as long as the file is, or NULL: no pidfd. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
static inline struct pid *vigil_pidfd_pid(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return inode->i_sb->s_magic == PID_FS_MAGIC ? inode->i_private : NULL;
}
#else	/* dies with 6.8 */
/* Files of anonymous inodes are all the kernel's own, and so are their names. */
static inline struct pid *vigil_pidfd_pid(const struct file *file)
{
	if (file_inode(file)->i_sb->s_magic != ANON_INODE_FS_MAGIC ||
	    strcmp(file->f_path.dentry->d_name.name, "[pidfd]"))
		return NULL;
	return file->private_data;
}
#endif

#endif
