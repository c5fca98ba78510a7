"""Pairs, medians, verdicts and the table. A measure is a list of (ours, theirs) taken in turns."""

import dataclasses
import os
import resource
import statistics
import time

MET, MISSED, NOISE = "met", "MISSED", "not judged: noise"
COLUMNS = ("row", "measure", "ours", "theirs", "ratio (spread)", "target", "verdict")


def load_average():
    return os.getloadavg()[0]


def quiet():
    """Before a measurement: nobody wants much of the processors."""
    return load_average() < os.cpu_count() / 2


class Others:
    """How much of the machine was used by others meanwhile: wall time means little where that is
    much. `own` are the processor seconds of what is ours beside this process and, unless they are
    in there, the children that have ended."""

    MOST = 0.15

    def __init__(self, own=lambda: 0.0, children=True):
        self._own = own
        self._whose = [resource.RUSAGE_SELF] + ([resource.RUSAGE_CHILDREN] if children else [])
        self._began, self._busy, self._ours = time.monotonic(), self._busy_now(), self._ours_now()

    def share(self):
        busy = self._busy_now() - self._busy - (self._ours_now() - self._ours)
        return max(0.0, busy / (time.monotonic() - self._began) / os.cpu_count())

    @staticmethod
    def _busy_now():
        with open("/proc/stat", encoding="ascii") as file:
            user, nice, system, _idle, _wait, irq, soft, steal = map(int, file.readline().split()[1:9])
        return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")

    def _ours_now(self):
        usages = [resource.getrusage(who) for who in self._whose]
        return self._own() + sum(usage.ru_utime + usage.ru_stime for usage in usages)


def seconds(value):
    if value >= 1:
        return f"{value:.2f} s"
    if value >= 1e-3:
        return f"{value * 1e3:.2f} ms"
    return f"{value * 1e6:.1f} µs"


def mebibytes(value):
    return f"{value / 2**20:.1f} MiB"


def per_second(value):
    return f"{value:,.0f}/s"


def quantile(values, share):
    """Between the two nearest values; of few values the outer quartiles are nearly the extremes."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


@dataclasses.dataclass
class Line:
    """One line of the table."""

    row: str
    what: str
    ours: str
    theirs: str = ""
    ratio: str = ""
    target: str = ""
    verdict: str = ""

    def cells(self):
        return (self.row, self.what, self.ours, self.theirs, self.ratio, self.target, self.verdict)


def compare(row, what, pairs, target, unit=seconds, at_least=False, shown=False, others=0.0):
    """A line from pairs. `target` bounds ours / theirs from above (or below). No verdict where the
    middle half of the pairs' own ratios lies on both sides of it, nor where `others`, of a figure
    in wall time, used much of the machine. `shown`: a figure without a target of its own."""
    ratios = [ours / theirs for ours, theirs in pairs]
    middle = statistics.median(ratios)
    few = len(ratios) < 7
    low = min(ratios) if few else quantile(ratios, 0.25)
    high = max(ratios) if few else quantile(ratios, 0.75)
    line = Line(
        row, what,
        unit(statistics.median(ours for ours, _ in pairs)),
        unit(statistics.median(theirs for _, theirs in pairs)),
        f"{middle:.3g} ({low:.3g} to {high:.3g}, n={len(pairs)})",
    )
    if shown:
        line.verdict = "shown"
        return line
    line.target = f"{'≥' if at_least else '≤'} {target:g}"
    good = (low >= target, high >= target) if at_least else (low <= target, high <= target)
    if others > Others.MOST:
        line.verdict = f"not judged: {others:.0%} used by others"
    else:
        line.verdict = NOISE if good[0] != good[1] else (MET if good[0] else MISSED)
    return line


def count(row, what, value, expected, at_most=False):
    """A number that no noise can touch."""
    good = value <= expected if at_most else value == expected
    return Line(row, what, f"{value:g}", "", "", f"{'≤' if at_most else '='} {expected:g}", MET if good else MISSED)


def limit(row, what, value, most, unit):
    """A figure against a fixed bound."""
    return Line(row, what, unit(value), "", "", f"≤ {unit(most)}", MET if value <= most else MISSED)


def shown(row, what, ours, theirs=""):
    return Line(row, what, ours, theirs, "", "", "shown")


def table(lines):
    """As a table of Markdown."""
    rows = [COLUMNS, *(line.cells() for line in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    text = []
    for number, row in enumerate(rows):
        text.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            text.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)
