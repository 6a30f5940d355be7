/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The health of a machine as facts: counted hardware errors, and pressure (how much
 * of the time work stands still for want of processor, memory or I/O). Nothing here
 * reads a clock or a file.
 *
 * A node is suspect, which is told to people and ranks it last for services that
 * have to be placed anew, if
 *   - an uncorrected machine check, memory error or bad page, or a fatal PCIe error,
 *     was counted within the last HEALTH_REMEMBERED, or
 *   - HEALTH_MANY corrected errors of one kind were counted within a minute, or
 *   - for HEALTH_THRASHING percent of the last minute all work stood still for memory.
 * Uncorrected PCIe errors are not enough: devices report requests that they do not
 * know as such.
 */
#ifndef _VIGILD_HEALTH_H
#define _VIGILD_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/health.h>

#define HEALTH_REMEMBERED	(24 * 3600 * 1000000000ULL)	/* ns */
#define HEALTH_MANY		10
#define HEALTH_THRASHING	20

enum health_resource {
	HEALTH_CPU,
	HEALTH_RAM,
	HEALTH_IO,
	HEALTH_RESOURCES
};

/* Errors of one kind and severity; both numbers stop at their greatest value. */
struct health_errors {
	uint32_t n;		/* since the probes were first loaded */
	uint32_t per_minute;	/* of these, within the last minute */
};

/**
 * struct health - what a node tells about itself
 * @errors: what was counted
 * @pressure: percent of the last 10 s in which some work stood still
 * @suspect: see above
 */
struct health {
	struct health_errors errors[HEALTH_KINDS][HEALTH_SEVERITIES];
	uint8_t pressure[HEALTH_RESOURCES];
	bool suspect;
};

#define HEALTH_SLOTS	12	/* that make up a minute */

/**
 * struct health_meter - a counter with its last minute
 * @begun: it was read before
 * @count: as it was read last
 * @slot: number of the newest slot: time / length of a slot
 * @per_slot: growth by slot, at number modulo HEALTH_SLOTS
 */
struct health_meter {
	bool begun;
	struct health_count count;
	uint64_t slot;
	uint64_t per_slot[HEALTH_SLOTS];
};

/**
 * health_meter_read - take in a reading
 * @m: all zero before the first one, whose number counts as old
 * @count: the counter; smaller than before: it has begun anew
 * @now: CLOCK_BOOTTIME in ns, never less than before
 *
 * Return: how much it has grown.
 */
uint64_t health_meter_read(struct health_meter *m, const struct health_count *count, uint64_t now);

/* Growth within the last minute, to within a slot. */
uint64_t health_meter_per_minute(const struct health_meter *m, uint64_t now);

/**
 * health_judge - make the facts out of readings
 * @h: result, but @pressure, which is left alone
 * @meter: the counters
 * @thrashing: percent of the last minute in which all work stood still for memory
 * @now: ns
 */
void health_judge(struct health *h,
		  const struct health_meter meter[HEALTH_KINDS][HEALTH_SEVERITIES],
		  unsigned int thrashing, uint64_t now);

#define HEALTH_TEXT	768	/* bytes, enough for all of it */

/*
 * "2 corrected memory errors (1/min), memory pressure 12 %"; "" if there is nothing to tell.
 * Pressure is told from 10 % on for memory, 30 % for I/O and 50 % for processors: those are
 * there to be used.
 */
const char *health_text(const struct health *h, char text[HEALTH_TEXT]);

/* "corrected memory error, DIMM_A1": a note as a line. */
const char *health_note_text(const struct health_note *note, char text[HEALTH_TEXT]);

/* Words of JSON and of the log. */
const char *health_kind_name(enum health_kind kind);
const char *health_severity_name(enum health_severity severity);
const char *health_resource_name(enum health_resource resource);

#endif
