# SPDX-License-Identifier: GPL-2.0
"""When was that, on the host's clock? Error bounds, not estimates.

Each sample says: the guest's CLOCK_BOOTTIME read g at some instant between host times
`sent` and `received`. Between samples the guest's clock may drift, up to DRIFT; so each
sample bounds the host time of any other guest time, and all bounds hold at once.

A guest paused with its clock stopped is out of step afterwards: pauses begin a new epoch.
"""

import bisect

# Guests use the HPET, which the emulator makes out of the host's CLOCK_MONOTONIC: nothing
# is calibrated, measured drift is below 1e-5. (The TSC would be off by up to 1e-3.)
DRIFT = 2e-4
# Samples on either side of an instant that are asked for their bounds.
NEIGHBOURS = 40


class Epoch:
    """A stretch in which the guest's clock runs on; samples are (g, sent, received)."""

    def __init__(self, begin):
        self.begin = begin          # host time; no event of this epoch is earlier
        self.end = None             # host time at which the guest's clock was stopped
        self.samples = []

    def bounds(self, g):
        """(earliest, latest) host time at which the guest's clock read g, or None."""
        if not self.samples:
            return None
        at = bisect.bisect_left(self.samples, (g,))
        low, high = None, None
        for sg, sent, received in self.samples[max(0, at - NEIGHBOURS):at + NEIGHBOURS]:
            slack = abs(g - sg) * DRIFT
            low = sent + (g - sg) - slack if low is None else max(low, sent + (g - sg) - slack)
            high = (received + (g - sg) + slack if high is None
                    else min(high, received + (g - sg) + slack))
        return int(min(low, high)), int(max(low, high))


class ClockMap:
    """The clock of one boot of one guest."""

    def __init__(self, begin=0):
        self.epochs = [Epoch(begin)]

    def sample(self, g, sent, received):
        epoch = self.epochs[-1]
        if sent >= epoch.begin:
            bisect.insort(epoch.samples, (g, sent, received))

    def stopped(self, begin, end):
        """The guest's clock stood still between these host times."""
        self.epochs[-1].end = begin
        self.epochs.append(Epoch(end))

    def bounds(self, g):
        """(earliest, latest) host time for guest time g. A clock that was stopped would put
        what came later after its end; an instant too close to tell may be on either side."""
        earliest = None
        for epoch in self.epochs:
            bounds = epoch.bounds(g)
            if bounds is None:
                continue
            low, high = max(bounds[0], epoch.begin), bounds[1]
            if epoch.end is not None and low > epoch.end:
                continue
            earliest = low if earliest is None else earliest
            if epoch.end is None or high <= epoch.end:
                return earliest, max(high, low)
        return None if earliest is None else (earliest, self.epochs[-1].begin)

    def error(self):
        """Half the width of the bounds at the newest sample, in ns."""
        samples = self.epochs[-1].samples
        if not samples:
            return None
        low, high = self.epochs[-1].bounds(samples[-1][0])
        return (high - low) // 2
