/* SPDX-License-Identifier: GPL-2.0 */
/*
 * include/vigil: what the kernel module, the pure core, BPF programs and
 * userspace share. This file: the bounds every array and message obeys.
 */
#ifndef _VIGIL_LIMITS_H
#define _VIGIL_LIMITS_H

#define VIGIL_MAX_NODES		1024	/* node ids are 1..1024 */
#define VIGIL_MAX_VOTERS	15	/* always an odd number of them */
#define VIGIL_MAX_LINKS		4	/* addresses per node */
#define VIGIL_MAX_CLAIMS	4096	/* per cluster instance */
#define VIGIL_MAX_CLUSTERS	16	/* instances per network namespace */
#define VIGIL_NAME_LEN		63	/* bytes of a name, without the NUL */
#define VIGIL_KEY_LEN		32	/* bytes of a cluster key */
#define VIGIL_KEY_SLOTS		2	/* keys accepted side by side */
#define VIGIL_COMM_LEN		15	/* bytes of a task's name, without the NUL */
#define VIGIL_MAX_WATCHES	4096	/* per cluster instance */
#define VIGIL_MSG_LEN		1024	/* bytes of one daemon message */
#define VIGIL_NOTE_LEN		160	/* bytes of one note from kernel to kernel */
#define VIGIL_GASP_LEN		256	/* bytes of last words */
#define VIGIL_DEFAULT_PORT	4680	/* UDP */

#endif
