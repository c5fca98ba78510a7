#!/usr/bin/env python3
"""Runs the integration tests: run.py [--filter REGEX] [--counts FILE] [--list] [--jobs N]

One line per test with its name, result and seconds. --counts gets "PASSED FAILED".
Each class has a host of its own and mostly waits for it, so N of them run at a time,
each in a process of its own, the slow ones first.
Exit status 0 only if tests ran and all of them passed. There is no skipping: a
skipped test and an expected failure count as failed.
"""

import argparse
import concurrent.futures
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
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


def class_of(test):
    return f"{type(test).__module__}.{type(test).__name__}"


class Jobs:
    """The classes of the wanted tests, each run by a process of this very program."""

    def __init__(self, options):
        self.options = options
        self.running = set()
        self.over = False

    def run(self, wanted):
        """(passed, failed) of all."""
        slow = {class_of(test): getattr(type(test), "SLOW", False) for test in wanted}
        names = sorted(slow, key=lambda name: not slow[name])
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            futures = [pool.submit(self.one, name) for name in names]
            try:
                done = [future.result() for future in concurrent.futures.as_completed(futures)]
            except KeyboardInterrupt:
                self.over = True
                for process in list(self.running):
                    process.terminate()
                raise
        return sum(passed for passed, _ in done), sum(failed for _, failed in done)

    def one(self, name):
        if self.over:
            return 0, 0
        with tempfile.NamedTemporaryFile("r") as counts:
            process = subprocess.Popen(
                [sys.executable, __file__, "--jobs", "1", "--filter", self.options.filter,
                 "--class", name, "--counts", counts.name],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.running.add(process)
            # as a block, or the lines of several would be mixed
            print(process.communicate()[0].rstrip(), flush=True)
            self.running.remove(process)
            passed, failed = (int(word) for word in (counts.read() or "0 1").split())
        # one that fails without having said what
        return passed, failed or int(process.returncode != 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filter", default="", help="only tests whose id matches")
    parser.add_argument("--counts", help="file that gets the two numbers")
    parser.add_argument("--list", action="store_true", help="names only")
    parser.add_argument("--jobs", type=int, default=2, help="classes at a time")
    parser.add_argument("--class", dest="only", help="only tests of this class")
    options = parser.parse_args()

    here = pathlib.Path(__file__).resolve().parent
    found = unittest.TestLoader().discover(str(here), pattern="test_*.py", top_level_dir=str(here))
    wanted = [test for test in flatten(found)
              if re.search(options.filter, test.id()) and options.only in (None, class_of(test))]
    if options.list:
        print("\n".join(test.id() for test in wanted))
        return 0

    signal.signal(signal.SIGALRM, too_slow)
    signal.signal(signal.SIGTERM, terminated)
    signal.signal(signal.SIGHUP, terminated)
    printer = Printer()
    try:
        if options.jobs > 1:
            printer.passed, printer.failed = Jobs(options).run(wanted)
        else:
            unittest.TestSuite(wanted).run(printer)
    except KeyboardInterrupt:
        printer.failed += 1
        print("interrupted")
    if options.counts:
        pathlib.Path(options.counts).write_text(f"{printer.passed} {printer.failed}\n")
    return 0 if printer.passed and not printer.failed else 1


if __name__ == "__main__":
    sys.exit(main())
