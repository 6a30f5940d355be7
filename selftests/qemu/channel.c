// SPDX-License-Identifier: GPL-2.0
/*
 * Frames over the virtio-serial port. The port is not blocking: while the host
 * does not read (its emulator may be stopped), output waits in one buffer.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

#define PORTS "/sys/class/virtio-ports"

struct buffer {
	char *data;
	size_t start, end, room;
};

static int port = -1;
static struct buffer in, out;

static void buffer_reserve(struct buffer *b, size_t more)
{
	if (b->start == b->end)
		b->start = b->end = 0;
	if (b->end + more <= b->room)
		return;
	memmove(b->data, b->data + b->start, b->end - b->start);
	b->end -= b->start;
	b->start = 0;
	if (b->end + more <= b->room)
		return;
	b->room = b->end + more + 65536;
	b->data = realloc(b->data, b->room);
	if (!b->data) {
		perror("agent: out of memory");
		abort();
	}
}

static int port_is_ours(const char *name)
{
	char path[512], text[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), PORTS "/%s/name", name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	text[strcspn(text, "\n")] = 0;
	return !strcmp(text, AGENT_PORT);
}

/* -1 while the port is not there yet: its name comes after the device. */
int channel_open(void)
{
	DIR *dir = opendir(PORTS);
	struct dirent *entry;
	char path[300];

	while (dir && port < 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !port_is_ours(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return port;
}

void channel_send(uint8_t type, uint32_t job, const void *data, size_t len)
{
	struct agent_frame frame = { .type = type, .job = job, .len = len };

	memcpy(frame.magic, AGENT_MAGIC, sizeof(frame.magic));
	buffer_reserve(&out, sizeof(frame) + len);
	memcpy(out.data + out.end, &frame, sizeof(frame));
	if (len)
		memcpy(out.data + out.end + sizeof(frame), data, len);
	out.end += sizeof(frame) + len;
}

/* Returns 1 while something is left to write. */
int channel_flush(void)
{
	while (out.start < out.end) {
		ssize_t n = write(port, out.data + out.start, out.end - out.start);

		if (n <= 0)
			return 1;
		out.start += n;
	}
	return 0;
}

int channel_pending(void)
{
	return out.start < out.end;
}

size_t channel_queued(void)
{
	return out.end - out.start;
}

static int frame_begins(struct agent_frame *frame)
{
	memcpy(frame, in.data + in.start, sizeof(*frame));
	return !memcmp(frame->magic, AGENT_MAGIC, sizeof(frame->magic)) &&
	       frame->len <= AGENT_FRAME_MAX;
}

static int frame_complete(struct agent_frame *frame)
{
	while (in.end - in.start >= sizeof(*frame)) {
		if (frame_begins(frame))
			return in.end - in.start >= sizeof(*frame) + frame->len;
		in.start++;
	}
	return 0;
}

char *channel_receive(struct agent_frame *frame)
{
	static char *payload;

	while (!frame_complete(frame)) {
		ssize_t n;

		buffer_reserve(&in, 65536);
		n = read(port, in.data + in.end, in.room - in.end);
		if (n <= 0)
			return NULL;
		in.end += n;
	}
	free(payload);
	payload = malloc(frame->len + 1);
	if (!payload)
		abort();
	memcpy(payload, in.data + in.start + sizeof(*frame), frame->len);
	payload[frame->len] = 0;
	in.start += sizeof(*frame) + frame->len;
	return payload;
}
