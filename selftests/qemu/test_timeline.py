#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The safety checker must see what it is there for: planted overlaps, and clocks too bad
to tell. A checker that never fails proves nothing."""

import unittest

import clock
import timeline
from timeline import Event, SafetyError, check_single_owner, owners_max, tenures

MS = 1_000_000


def claim(at, node, old, new, error=1, name="web"):
    return Event(at * MS - error * MS, at * MS + error * MS, node, "vigil_claim",
                 {"claim": name, "from": old, "to": new}, "")


def machine(at, node, kind):
    return Event(at * MS, at * MS, node, kind, {}, kind)


def fence(at, node, action):
    return Event(at * MS, at * MS, node, "vigil_fence", {"action": action}, "")


class SingleOwner(unittest.TestCase):
    def good(self, *events, **kwargs):
        return check_single_owner(timeline.merge(events), **kwargs)

    def bad(self, *events, **kwargs):
        with self.assertRaises(SafetyError) as caught:
            check_single_owner(timeline.merge(events), **kwargs)
        return str(caught.exception)

    def test_handover(self):
        self.assertEqual(2, self.good(claim(100, "alpha", "wanted", "held"),
                                      claim(200, "alpha", "held", "releasing"),
                                      claim(210, "beta", "wanted", "held")))

    def test_planted_overlap(self):
        self.assertIn("two owners of web", self.bad(
            claim(100, "alpha", "wanted", "held"), claim(200, "beta", "wanted", "held"),
            claim(220, "alpha", "held", "releasing")))

    def test_never_released(self):
        self.bad(claim(100, "alpha", "wanted", "held"), claim(200, "beta", "wanted", "held"),
                 machine(300, "gamma", "hello"))

    def test_losing_a_hold_is_not_stopping(self):
        self.bad(claim(100, "alpha", "wanted", "held"), claim(150, "alpha", "held", "lost"),
                 claim(200, "beta", "wanted", "held"), claim(300, "alpha", "lost", "none"))

    def test_notify_is_no_fence(self):
        self.bad(claim(100, "alpha", "wanted", "held"), fence(150, "alpha", "notify"),
                 claim(200, "beta", "wanted", "held"), machine(300, "alpha", "hello"))

    def test_fence_ends_it(self):
        self.good(claim(100, "alpha", "wanted", "held"), fence(150, "alpha", "reset"),
                  claim(200, "beta", "wanted", "held"))

    def test_lost_last_words_count_until_death(self):
        events = [claim(100, "alpha", "wanted", "held"), claim(200, "beta", "wanted", "held")]
        self.good(*events, machine(150, "alpha", "reset"))
        self.bad(*events, machine(250, "alpha", "reset"))

    def test_overlap_within_the_error(self):
        self.good(claim(100, "alpha", "wanted", "held"),
                  claim(201, "alpha", "held", "none"), claim(200, "beta", "wanted", "held"))

    def test_error_too_large_to_tell(self):
        self.assertIn("no verdict", self.bad(
            claim(100, "alpha", "wanted", "held", error=30),
            claim(200, "alpha", "held", "none")))

    def test_different_claims(self):
        self.good(claim(100, "alpha", "wanted", "held"),
                  claim(110, "beta", "wanted", "held", name="db"), machine(200, "beta", "off"))

    def test_three_owners_in_turn_and_at_once(self):
        turns = [claim(100, "alpha", "wanted", "held"), claim(150, "alpha", "held", "none"),
                 claim(200, "beta", "wanted", "held"), claim(250, "beta", "held", "none"),
                 claim(300, "gamma", "wanted", "held"), claim(350, "gamma", "held", "none")]
        self.assertEqual(3, self.good(*turns))
        self.assertEqual(1, owners_max(timeline.merge(turns), "web"))
        turns[1] = claim(320, "alpha", "held", "none")
        turns[3] = claim(340, "beta", "held", "none")
        self.bad(*turns)
        self.assertEqual(3, owners_max(timeline.merge(turns), "web"))

    def test_stalled_owner(self):
        events = [claim(100, "alpha", "wanted", "held"), machine(150, "alpha", "stall"),
                  claim(700, "beta", "wanted", "held"), machine(900, "alpha", "unstall"),
                  fence(905, "alpha", "reset"), machine(950, "beta", "hello")]
        self.assertEqual([False, False, True],
                         [t.woken for t in tenures(timeline.merge(events))])
        self.good(*events, woken_limit=10 * MS)
        self.bad(*events)
        self.bad(*events[:4], fence(950, "alpha", "reset"), machine(1000, "beta", "hello"),
                 woken_limit=10 * MS)

    def test_death_while_asleep(self):
        self.good(claim(100, "alpha", "wanted", "held"), machine(150, "alpha", "stall"),
                  machine(160, "alpha", "off"), claim(700, "beta", "wanted", "held"),
                  machine(800, "alpha", "unstall"), machine(900, "beta", "hello"))

    def test_still_held_by_itself(self):
        self.good(claim(100, "alpha", "wanted", "held"), claim(150, "alpha", "held", "lost"),
                  claim(160, "alpha", "lost", "held"), claim(200, "alpha", "held", "none"),
                  claim(210, "beta", "wanted", "held"))


class Trace(unittest.TestCase):
    def test_line(self):
        when, kind, values, _ = timeline.parse_trace(
            "          vigild-123     [001] d.h1.    12.345678: vigil_claim: "
            "cluster=basket claim=web from=wanted to=held k=3")
        self.assertEqual(12_345_678_000, when)
        self.assertEqual("vigil_claim", kind)
        self.assertEqual("held", values["to"])

    def test_idle_task_and_noise(self):
        self.assertIsNotNone(timeline.parse_trace(
            "          <idle>-0       [000] ..s2.     7.000001: vigil_beat_rx: node=2"))
        self.assertIsNone(timeline.parse_trace("CPU:1 [LOST 12 EVENTS]"))


class Clock(unittest.TestCase):
    def sampled(self, times, offset=1000 * MS, rtt=2 * MS):
        clock_map = clock.ClockMap()
        for at in times:
            clock_map.sample(at * MS, at * MS + offset - rtt // 2, at * MS + offset + rtt // 2)
        return clock_map

    def test_bounds_hold_the_truth(self):
        clock_map = self.sampled(range(0, 1000, 100))
        low, high = clock_map.bounds(550 * MS)
        self.assertTrue(low <= 1550 * MS <= high)
        self.assertLess(high - low, 3 * MS)

    def test_far_from_any_sample_means_less_certain(self):
        clock_map = self.sampled([0])
        near, far = clock_map.bounds(10 * MS), clock_map.bounds(60_000 * MS)
        self.assertLess(near[1] - near[0], far[1] - far[0])
        self.assertGreater(far[1] - far[0], 2 * 60_000 * MS * clock.DRIFT)

    def test_stopped_clock(self):
        """Guest time 0..500 is host 1000..1500; stopped until 4500; then 500.. is 4500.."""
        clock_map = self.sampled(range(0, 500, 100))
        clock_map.stopped(1500 * MS, 4500 * MS)
        for at in range(600, 1000, 100):
            clock_map.sample(at * MS, (at + 3999) * MS, (at + 4001) * MS)
        self.assertLess(clock_map.bounds(300 * MS)[1], 1400 * MS)
        self.assertGreater(clock_map.bounds(550 * MS)[0], 4500 * MS - 1)
        self.assertLess(clock_map.bounds(550 * MS)[1], 4600 * MS)
        low, high = clock_map.bounds(500 * MS)
        self.assertTrue(low <= 1500 * MS and high >= 4500 * MS)


if __name__ == "__main__":
    unittest.main()
