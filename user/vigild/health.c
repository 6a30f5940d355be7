// SPDX-License-Identifier: GPL-2.0
#include "health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SLOT_NS	(60000000000ULL / HEALTH_SLOTS)

/* Slots that the time has left behind count no more. */
static void pass_time(struct health_meter *m, uint64_t now)
{
	uint64_t slot = now / SLOT_NS;

	if (slot >= m->slot + HEALTH_SLOTS)
		memset(m->per_slot, 0, sizeof(m->per_slot));
	else
		for (uint64_t s = m->slot + 1; s <= slot; s++)
			m->per_slot[s % HEALTH_SLOTS] = 0;
	if (slot > m->slot)
		m->slot = slot;
}

uint64_t health_meter_read(struct health_meter *m, const struct health_count *count, uint64_t now)
{
	uint64_t grown = count->n < m->count.n ? count->n : count->n - m->count.n;

	pass_time(m, now);
	if (!m->begun)
		grown = 0;
	m->begun = true;
	m->count = *count;
	m->per_slot[m->slot % HEALTH_SLOTS] += grown;
	return grown;
}

uint64_t health_meter_per_minute(const struct health_meter *m, uint64_t now)
{
	struct health_meter then = *m;
	uint64_t sum = 0;

	pass_time(&then, now);
	for (int i = 0; i < HEALTH_SLOTS; i++)
		sum += then.per_slot[i];
	return sum;
}

static uint32_t clipped(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : n;
}

static bool is_grave(int kind, int severity)
{
	return severity == HEALTH_FATAL ||
	       (severity == HEALTH_UNCORRECTED && kind != HEALTH_PCIE);
}

void health_judge(struct health *h,
		  const struct health_meter meter[HEALTH_KINDS][HEALTH_SEVERITIES],
		  unsigned int thrashing, uint64_t now)
{
	h->suspect = thrashing >= HEALTH_THRASHING;
	for (int k = 0; k < HEALTH_KINDS; k++)
		for (int s = 0; s < HEALTH_SEVERITIES; s++) {
			const struct health_meter *m = &meter[k][s];
			struct health_errors *e = &h->errors[k][s];

			e->n = clipped(m->count.n);
			e->per_minute = clipped(health_meter_per_minute(m, now));
			if (is_grave(k, s))
				h->suspect |= e->n && now < m->count.last + HEALTH_REMEMBERED;
			else if (s == HEALTH_CORRECTED)
				h->suspect |= e->per_minute >= HEALTH_MANY;
		}
}

const char *health_kind_name(enum health_kind kind)
{
	static const char * const names[] = { "machine-check", "memory", "pcie", "page" };

	return (unsigned int)kind < HEALTH_KINDS ? names[kind] : "unknown";
}

const char *health_severity_name(enum health_severity severity)
{
	static const char * const names[] = { "corrected", "uncorrected", "fatal" };

	return (unsigned int)severity < HEALTH_SEVERITIES ? names[severity] : "unknown";
}

const char *health_resource_name(enum health_resource resource)
{
	static const char * const names[] = { "cpu", "memory", "io" };

	return (unsigned int)resource < HEALTH_RESOURCES ? names[resource] : "unknown";
}

/* An error in words that an "s" makes many. */
static const char *words(unsigned int kind, unsigned int severity)
{
	static const char * const names[HEALTH_KINDS][HEALTH_SEVERITIES] = {
		[HEALTH_MACHINE_CHECK] = { "corrected machine check",
					   "uncorrected machine check", "fatal machine check" },
		[HEALTH_MEMORY] = { "corrected memory error", "uncorrected memory error",
				    "fatal memory error" },
		[HEALTH_PCIE] = { "corrected PCIe error", "uncorrected PCIe error",
				  "fatal PCIe error" },
		[HEALTH_PAGE] = { "repaired memory page", "bad memory page",
				  "uncontained bad memory page" },
	};

	return kind < HEALTH_KINDS && severity < HEALTH_SEVERITIES ? names[kind][severity] :
								     "unknown error";
}

/* One more part of a list; what does not fit is cut off. */
static void __attribute__((format(printf, 2, 3))) append(char *text, const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	if (len)
		len += snprintf(text + len, HEALTH_TEXT - len, ", ");
	va_start(args, format);
	if (len < HEALTH_TEXT)
		vsnprintf(text + len, HEALTH_TEXT - len, format, args);
	va_end(args);
}

static void append_errors(char *text, int kind, int severity, const struct health_errors *e)
{
	char rate[24] = "";

	if (!e->n)
		return;
	if (e->per_minute)
		snprintf(rate, sizeof(rate), " (%u/min)", e->per_minute);
	append(text, "%u %s%s%s", e->n, words(kind, severity), e->n == 1 ? "" : "s", rate);
}

static const uint8_t worth_telling[HEALTH_RESOURCES] = {
	[HEALTH_CPU] = 50,
	[HEALTH_RAM] = 10,
	[HEALTH_IO] = 30,
};

const char *health_text(const struct health *h, char text[HEALTH_TEXT])
{
	text[0] = 0;
	for (int severity = HEALTH_SEVERITIES - 1; severity >= 0; severity--)
		for (int kind = 0; kind < HEALTH_KINDS; kind++)
			append_errors(text, kind, severity, &h->errors[kind][severity]);
	for (int r = 0; r < HEALTH_RESOURCES; r++)
		if (h->pressure[r] >= worth_telling[r])
			append(text, "%s pressure %u %%", health_resource_name(r), h->pressure[r]);
	if (h->suspect && !text[0])
		append(text, "work stands still for memory");
	return text;
}

const char *health_note_text(const struct health_note *note, char text[HEALTH_TEXT])
{
	text[0] = 0;
	append(text, "%s", words(note->kind, note->severity));
	if (note->kind == HEALTH_MACHINE_CHECK)
		append(text, "cpu %u bank %u", note->cpu, note->bank);
	else if (note->kind == HEALTH_PAGE)
		append(text, "page frame 0x%llx", (unsigned long long)note->pfn);
	else if (note->name[0])
		append(text, "%.*s", HEALTH_NAME_LEN, note->name);
	return text;
}
