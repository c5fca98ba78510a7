#!/usr/bin/env python3
"""Runs the integration tests: run.py [--filter REGEX] [--counts FILE] [--list]

One line per test with its name, result and seconds. --counts gets "PASSED FAILED".
Exit status 0 only if tests ran and all of them passed. There is no skipping: a
skipped test and an expected failure count as failed.
"""

import argparse
import pathlib
import re
import signal
import sys
import time
import unittest

# A test that hangs fails; the ones behind it still run.
SECONDS_PER_TEST = 300


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


class Printer(unittest.TestResult):
    """Prints every result as it comes and keeps two numbers."""

    def __init__(self):
        super().__init__()
        self.passed = self.failed = 0
        self._started = 0.0
        self._bad = False

    @staticmethod
    def _name(test):
        sentence = test.shortDescription() if hasattr(test, "shortDescription") else None
        return f"{test.id()}: {sentence}" if sentence else test.id()

    def _line(self, word, test):
        print(f"{word:<4} {time.monotonic() - self._started:6.1f} s  {self._name(test)}", flush=True)

    def _fail(self, test, text):
        if not self._started:
            self._started = time.monotonic()  # a class that could not be set up
        self._line("FAIL", test)
        print(text.rstrip())
        try:
            report = getattr(type(test), "failure_report", str)()
        except Exception as error:  # the report is a help, never a reason to stop
            report = f"no report: {error}"
        if report:
            print(report.rstrip())
        sys.stdout.flush()
        if not self._bad:
            self.failed += 1
        self._bad = True

    def startTest(self, test):
        super().startTest(test)
        self._started, self._bad = time.monotonic(), False
        signal.alarm(SECONDS_PER_TEST)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)
        # what follows, a class being set up or torn down, has a time of its own
        self._started, self._bad = 0.0, False

    def addSuccess(self, test):
        self.passed += 1
        self._line("ok", test)

    def addError(self, test, err):
        self._fail(test, self._exc_info_to_string(err, test))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        if err is not None:
            print(f"     in {subtest}")
            self._fail(test, self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        self._fail(test, f"skipped, which is not allowed: {reason}")

    def addExpectedFailure(self, test, err):
        self._fail(test, "an expected failure, which is not allowed")

    def addUnexpectedSuccess(self, test):
        self._fail(test, "an unexpected success")


class TooSlow(BaseException):
    """Not an Exception, so that no test mistakes it for a failure to be retried."""


def too_slow(_signal, _frame):
    raise TooSlow(f"longer than {SECONDS_PER_TEST} s")


def terminated(_signal, _frame):
    # the one exception that unittest lets through
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filter", default="", help="only tests whose id matches")
    parser.add_argument("--counts", help="file that gets the two numbers")
    parser.add_argument("--list", action="store_true", help="names only")
    options = parser.parse_args()

    here = pathlib.Path(__file__).resolve().parent
    found = unittest.TestLoader().discover(str(here), pattern="test_*.py", top_level_dir=str(here))
    wanted = [test for test in flatten(found) if re.search(options.filter, test.id())]
    if options.list:
        print("\n".join(test.id() for test in wanted))
        return 0

    signal.signal(signal.SIGALRM, too_slow)
    signal.signal(signal.SIGTERM, terminated)
    signal.signal(signal.SIGHUP, terminated)
    printer = Printer()
    try:
        unittest.TestSuite(wanted).run(printer)
    except KeyboardInterrupt:
        printer.failed += 1
        print("interrupted")
    if options.counts:
        pathlib.Path(options.counts).write_text(f"{printer.passed} {printer.failed}\n")
    return 0 if printer.passed and not printer.failed else 1


if __name__ == "__main__":
    sys.exit(main())
