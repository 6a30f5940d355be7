# SPDX-License-Identifier: GPL-2.0
"""TAP on standard output, a line at a time."""

import sys
import traceback


class Tap:
    def __init__(self, plan):
        self.number = self.failed = 0
        self.say("TAP version 13\n1..%d" % plan)

    def say(self, text):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def comment(self, text):
        self.say("\n".join("# " + line for line in str(text).splitlines()))

    def result(self, good, name, note="", skip=None):
        self.number += 1
        self.failed += not good
        self.say("%s %d - %s%s" % ("ok" if good else "not ok", self.number, name,
                                   " # SKIP " + skip if skip else note and " # " + note))

    def step(self, name, function, *arguments):
        """One test: it fails by an exception. What it returns is its note."""
        try:
            note = function(*arguments)
        except Exception as error:  # pylint: disable=broad-except
            self.result(False, name)
            self.comment("".join(traceback.format_exception(error)))
            return False
        self.result(True, name, str(note) if note else "")
        return True
