// SPDX-License-Identifier: GPL-2.0
/*
 * victim NAME [MIB] - a program to be killed: says when it began, touches so much
 * memory, says that it is ready and waits.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

/* Small pages, as memory looks that has been in use for long. */
static int touch(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	madvise(memory, size, MADV_NOHUGEPAGE);
	return madvise(memory, size, MADV_POPULATE_WRITE);
}

int main(int argc, char **argv)
{
	__u64 begun = now_ns();
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t mib = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (fd < 0 || argc < 2 || note_send(fd, NOTE_BEGUN, argv[1], begun))
		return 1;
	if (mib && touch(mib << 20))
		return 1;
	if (note_send(fd, NOTE_READY, argv[1], now_ns()))
		return 1;
	for (;;)
		pause();
}
