/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What runs in a guest of the test rig besides the tests: init brings the
 * machine up, the agent then does what the host asks over a virtio-serial port.
 *
 * Both directions carry frames: type, magic, job number, length, payload. The host
 * chooses job numbers; agent.py is the other end of this protocol. After a reset the
 * stream may start in the middle of an old frame: the magic tells where one begins.
 */
#ifndef QEMU_AGENT_H
#define QEMU_AGENT_H

#include <stddef.h>
#include <stdint.h>

#define AGENT_PORT	"org.vigil.agent"
#define AGENT_MAGIC	"vgl"
#define AGENT_FRAME_MAX	(64U << 20)

struct agent_frame {
	uint8_t type;
	uint8_t magic[3];
	uint32_t job;
	uint32_t len;
};

/* host to guest */
#define FRAME_RUN	'R'	/* a shell command; answered by O, E, one X */
#define FRAME_KILL	'K'	/* signal number in text, for the job's processes */
#define FRAME_PUT	'P'	/* path, NUL, octal mode, NUL, content; answered by X */
#define FRAME_CLOCK	'C'	/* answered by C */
/* guest to host */
#define FRAME_HELLO	'H'	/* boot id, a blank, CLOCK_BOOTTIME in ns */
#define FRAME_OUT	'O'	/* standard output of a job */
#define FRAME_ERR	'E'	/* standard error of a job */
#define FRAME_EXIT	'X'	/* exit code, or minus the signal that ended the job */

/* channel.c: frames over the port. Output never blocks; it queues. */
int channel_open(void);
void channel_send(uint8_t type, uint32_t job, const void *data, size_t len);
int channel_flush(void);
int channel_pending(void);
size_t channel_queued(void);
/* Next whole frame, its payload ended by a NUL that is not counted; NULL: none yet. */
char *channel_receive(struct agent_frame *frame);

/* job.c: commands that run for the host. */
void job_run(uint32_t job, const char *command);
void job_kill(uint32_t job, int signal);
void job_reap(void);
/* Fills in what to poll for, and reads from what has become readable. */
struct pollfd;
int job_poll(struct pollfd *fds, int room);
void job_read(const struct pollfd *fds, int count);

/* agent.c: never returns. */
void agent_main(void) __attribute__((noreturn));

#endif
