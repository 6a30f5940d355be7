// SPDX-License-Identifier: GPL-2.0
/* What guards this node against a wedged kernel and a dead daemon. */
#include "config_read.h"

#include <string.h>

#define NS_PER_MS	1000000ULL
#define NS_PER_S	(1000 * NS_PER_MS)
#define DEFAULT_TIMEOUT	(10 * NS_PER_S)
#define MAX_TIMEOUT	(65535 * NS_PER_S)	/* in whole seconds, and no driver takes more */
#define MIN_STALE	(3 * NS_PER_S)		/* pings come every second */

/* The kernel pets four times in a time-out; one pet may come as late as leases endure. */
static uint64_t shortest_timeout(const struct vigil_timing *t)
{
	return (t->lease + t->fence) / 3 * 4 / NS_PER_S * NS_PER_S + NS_PER_S;
}

static int check_timeout(cfg_t *section, const struct config *config)
{
	uint64_t timeout = config->watchdog_timeout, least = shortest_timeout(&config->timing);

	if (timeout % NS_PER_S || timeout > MAX_TIMEOUT)
		return read_refuse(section, "watchdog-timeout",
				   "watchdog-timeout: must be whole seconds, at most %llu",
				   MAX_TIMEOUT / NS_PER_S);
	if (timeout < least)
		return read_refuse(section, "watchdog-timeout",
				   "watchdog-timeout: with this detect it must be at least %llus, or the watchdog would reset a machine whose leases are still good",
				   (unsigned long long)(least / NS_PER_S));
	return 0;
}

static int read_watchdog(cfg_t *section, struct config *config)
{
	uint64_t least = shortest_timeout(&config->timing);

	if (read_text(section, "watchdog", &config->watchdog))
		return -1;
	config->watchdog_line = read_line(section, "watchdog");
	config->watchdog_soft = cfg_getbool(section, "watchdog-soft");
	if (!config->watchdog) {
		if (!cfg_getstr(section, "watchdog-timeout") && !config->watchdog_soft)
			return 0;
		return read_refuse(section, config->watchdog_soft ? "watchdog-soft" : "watchdog-timeout",
				   "watchdog-timeout and watchdog-soft need watchdog");
	}
	if (strncmp(config->watchdog, "/dev/", 5) || !strcmp(config->watchdog, "/dev/watchdog"))
		return read_refuse(section, "watchdog",
				   "watchdog: '%s' is not /dev/watchdog0 or another one with a number",
				   config->watchdog);
	config->watchdog_timeout = least > DEFAULT_TIMEOUT ? least : DEFAULT_TIMEOUT;
	return read_duration(section, "watchdog-timeout", &config->watchdog_timeout) ?:
	       check_timeout(section, config);
}

static int read_ms(cfg_t *section, const char *option, uint32_t *ms)
{
	uint64_t ns = *ms * NS_PER_MS;

	if (read_duration(section, option, &ns))
		return -1;
	if (ns < NS_PER_MS)
		return read_refuse(section, option, "%s: must be at least 1ms", option);
	*ms = ns / NS_PER_MS;
	return 0;
}

static int read_daemon(cfg_t *section, struct config *config)
{
	const char *grace = cfg_getstr(section, "daemon-grace");

	config->daemon_stale_ms = CONFIG_DAEMON_STALE_MS;
	if (read_ms(section, "daemon-stale", &config->daemon_stale_ms))
		return -1;
	if (config->daemon_stale_ms < MIN_STALE / NS_PER_MS)
		return read_refuse(section, "daemon-stale",
				   "daemon-stale: must be at least 3s, as the daemon gives a sign every second");
	if (!grace || !strcmp(grace, "keep"))
		return 0;
	config->daemon_grace_ms = 1;
	return read_ms(section, "daemon-grace", &config->daemon_grace_ms);
}

int read_guards(cfg_t *section, struct config *config)
{
	return read_watchdog(section, config) ?: read_daemon(section, config);
}
