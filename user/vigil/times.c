// SPDX-License-Identifier: GPL-2.0
/* Times are judged here before the kernel does it again, because here the option is known. */
#include "times.h"

static bool override(const struct cli *cli, const char *option, __u64 *ns)
{
	unsigned long long value;

	if (!cli_given(cli, option))
		return true;
	if (!cli_duration(cli, option, &value))
		return false;
	*ns = value;
	return true;
}

bool times_given(const struct cli *cli, struct vigil_timing *t)
{
	__u64 detect = VIGIL_DETECT_DEFAULT_NS;
	const char *why;

	if (!override(cli, "detect", &detect))
		return false;
	why = vigil_timing_derive(t, detect);
	if (why) {
		usage_error(cli, "--detect %s: %s", cli_value(cli, "detect"), why);
		return false;
	}
	if (!override(cli, "interval", &t->interval) || !override(cli, "lease", &t->lease) ||
	    !override(cli, "fence-time", &t->fence))
		return false;
	/* Within these bounds it cannot overflow; beyond them it is refused below. */
	if (t->lease <= 10 * VIGIL_DETECT_MAX_NS && t->fence <= t->lease)
		t->expiry = vigil_timing_min_expiry(t->lease, t->fence);
	if (!override(cli, "expiry", &t->expiry))
		return false;
	why = vigil_timing_check(t);
	if (why)
		usage_error(cli, "%s", why);
	return !why;
}
