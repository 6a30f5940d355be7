// SPDX-License-Identifier: GPL-2.0
#include "vitals.h"

#include <errno.h>
#include <sys/epoll.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "daemon.h"
#include "log.h"
#include "probes.h"

#define TELL_NS	(60 * 1000000000ULL)	/* after which errors of one sort are news again */

static void read_counters(struct daemon *d, uint64_t now)
{
	struct bpf_map *map = probes_map(d->probes, "health", "counts");

	for (__u32 i = 0; map && i < HEALTH_COUNTERS; i++) {
		struct health_count count;

		if (!bpf_map_lookup_elem(bpf_map__fd(map), &i, &count))
			health_meter_read(&d->vitals.meter[i / HEALTH_SEVERITIES]
							  [i % HEALTH_SEVERITIES], &count, now);
	}
}

static void log_judgement(const struct health *h)
{
	char text[HEALTH_TEXT];

	if (h->suspect)
		log_warn("health: this node is suspect: %s", health_text(h, text));
	else
		log_note("health: this node is no longer suspect");
}

void vitals_read(struct daemon *d)
{
	struct vitals *v = &d->vitals;
	bool was = v->health.suspect;
	unsigned int thrashing;
	uint64_t now = now_ns();

	read_counters(d, now);
	pressure_read(&v->pressure, v->health.pressure, &thrashing);
	health_judge(&v->health, v->meter, thrashing, now);
	if (v->health.suspect == was)
		return;
	log_judgement(&v->health);
	report_all(d);
	leader_kick(d);
}

static int on_note(void *data, void *record, size_t size)
{
	const struct health_note *note = record;
	struct daemon *d = data;
	char text[HEALTH_TEXT];
	uint64_t *told;

	if (size < sizeof(*note) || note->kind >= HEALTH_KINDS ||
	    note->severity >= HEALTH_SEVERITIES)
		return 0;
	told = &d->vitals.told[note->kind][note->severity];
	if (*told && note->time - *told < TELL_NS)
		return 0;
	*told = note->time;
	d->vitals.news = true;
	log_warn("health: %s", health_note_text(note, text));
	return 0;
}

static int on_notes(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon *d = data;

	ring_buffer__consume(d->vitals.notes);
	vitals_read(d);
	/* Of a storm the others hear as of everything else, every other second. */
	if (d->vitals.news)
		report_all(d);
	d->vitals.news = false;
	return 0;
}

static void on_stall(void *data, enum health_resource resource)
{
	log_debug("health: work stands still for %s", health_resource_name(resource));
	vitals_read(data);
}

int vitals_open(struct daemon *d)
{
	struct vitals *v = &d->vitals;
	struct bpf_map *notes = probes_map(d->probes, "health", "notes");
	int rc = 0;

	pressure_open(&v->pressure, d->event, on_stall, d);
	if (notes) {
		v->notes = ring_buffer__new(bpf_map__fd(notes), on_note, d, NULL);
		if (!v->notes)
			return -errno;
		rc = sd_event_add_io(d->event, &v->source, ring_buffer__epoll_fd(v->notes),
				     EPOLLIN, on_notes, d);
	}
	vitals_read(d);
	return rc < 0 ? rc : 0;
}

void vitals_close(struct daemon *d)
{
	struct vitals *v = &d->vitals;

	v->source = sd_event_source_disable_unref(v->source);
	ring_buffer__free(v->notes);
	v->notes = NULL;
	pressure_close(&v->pressure);
}
