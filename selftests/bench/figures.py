# SPDX-License-Identifier: GPL-2.0
"""Numbers out of samples, and how they are printed."""

import math


def quantile(samples, q):
    """The smallest sample that at least the share q of all does not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def median(samples):
    return quantile(samples, 0.5)


def ratios(above, below):
    """Of two series measured in pairs, the ratio of each pair: what slowed both is out."""
    return [a / b for a, b in zip(above, below)]


class Report:
    """Tables as they are printed, and the same as plain data."""

    def __init__(self, say=print):
        self.say = say
        self.data = []              # one dict for each line of a table
        self._table, self._columns = None, ()

    def table(self, title, *columns):
        """columns: (heading, width); the first is for words, all others for numbers."""
        self._table, self._columns = title, columns
        self.say("\n%s" % title)
        self.say("  " + "".join(("%-*s" if not i else "%*s") % (width, heading)
                                for i, (heading, width) in enumerate(columns)))

    def line(self, name, *cells, aim=None, met=None, note="", **data):
        """cells: texts of the columns after the first. aim: what was hoped for, in words."""
        text = "  " + "".join(("%-*s" if not i else "%*s") % (width, cell) for i, ((_, width), cell)
                              in enumerate(zip(self._columns, (name,) + cells)))
        if aim:
            note = "aim %s: %s%s" % (aim, "met" if met else "MISSED", note and "; " + note)
        self.say(text + (note and "   " + note))
        self.data.append(dict(data, table=self._table, name=name,
                              **({"aim": aim, "met": bool(met)} if aim else {})))


def ms(ns):
    return "%.2f" % (ns / 1e6) if ns < 1e9 else "%.0f" % (ns / 1e6)
