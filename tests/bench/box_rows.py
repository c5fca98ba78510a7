"""Rows 2, 4, 11 and 12: townd on a machine in memory, and RocksDB and the disk beside it."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from measure import Others, compare, count, limit, mebibytes, per_second, shown
from townclient import Town

# what a world made by bench_make_world lets in; and a key, so that a token outlives a start
ACCOUNT = ("bench", "correct-horse-battery")
KEY = "a key of a benchmark, for nothing else"


class Programs:
    """The built programs, and a scratch directory on the disk that is measured."""

    def __init__(self, directory, scratch):
        self.directory, self.scratch = pathlib.Path(directory), pathlib.Path(scratch)

    def path(self, name):
        return str(self.directory / name)

    def json(self, name, *argv, input=None):
        done = subprocess.run(
            [self.path(name), *map(str, argv)], capture_output=True, text=True, input=input, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def directory_for(self, what):
        made = tempfile.mkdtemp(prefix=f"bench-{what}-", dir=self.scratch)
        try:
            yield pathlib.Path(made)
        finally:
            shutil.rmtree(made)


class Daemon:
    """townd --simulate on a data directory; leaves nothing running."""

    def __init__(self, programs, data, *args):
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [programs.path("townd"), "--data", str(data), "--simulate", "--listen", "127.0.0.1:0",
             "--log-level", "error", *args],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "TOWN_OS_SIGNING_KEY": KEY},
        )
        address = self.process.stdout.readline().split()[-1]
        self.port = int(address.rsplit(":", 1)[1])
        self.town = Town(f"http://127.0.0.1:{self.port}")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait(60)
        self.process.stdout.close()

    def status(self, name):
        """A number of /proc/PID/status: VmRSS and RssAnon in bytes, Threads as such."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        number = int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1])
        return number * 1024 if name != "Threads" else number

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wake_ups(self):
        """Voluntary switches of all threads: how often one of them slept and was woken."""
        return sum(
            int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", task.read_text(encoding="ascii"), re.MULTILINE)[1])
            for task in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/status")
        )

    def settled(self, services, timeout=900):
        """Waits until that many units run and nothing has happened for three seconds."""
        deadline = time.monotonic() + timeout
        while self.town.get("/status/ping")["units"]["active"] < services:
            if time.monotonic() > deadline:
                raise AssertionError(f"not {services} units within {timeout} s")
            time.sleep(0.5)
        before = -1.0
        while self.cpu() - before > 0.05:
            before = self.cpu()
            time.sleep(3)


def compile_packages(programs, pairs):
    lines = []
    for packages in (1_000, 10_000):
        result = programs.json("bench_compile_packages", packages, pairs if packages == 1_000 else 3)

        def taken(side):
            return [(pair["ours"]["cpu"], pair[side]["cpu"]) for pair in result["pairs"]]

        rate = packages / statistics.median(ours for ours, _ in taken("libyaml"))
        what = f"compile {packages:,} packages of {result['bytes']} bytes, processor"
        lines.append(compare("1", f"{what}, over libyaml's documents", taken("libyaml"), 1.5))
        lines.append(compare("1", "  over yaml-cpp's bare events", taken("yaml_cpp"), 0, shown=True))
        lines.append(shown("1", "  packages a second, one thread", per_second(rate)))
        lines.append(shown("1", "  peak memory of the program, texts included", mebibytes(result["peak"])))
    return lines


def noop_pass(programs, pairs):
    lines, medians = [], {}
    for services in (1_000, 10_000):
        with programs.directory_for("pass") as directory:
            result = programs.json("bench_noop_pass", directory, services, pairs)
        taken = [(pair["ours"]["cpu"], pair["theirs"]["cpu"]) for pair in result["pairs"]]
        medians[services] = statistics.median(ours for ours, _ in taken)
        what = f"no-op pass, {services:,} services ({result['rows']:,} rows), processor"
        lines.append(compare("2", what, taken, 4))
        lines.append(count("2", f"  changes planned at {services:,}", result["changes"], 0))
        lines.append(count("2", "  driver calls that change something", result["driver_changes"], 0))
        lines.append(count("2", "  synced writes", result["syncs"], 0))
    lines.append(limit("2", "a service at 10,000 over one at 1,000",
                       medians[10_000] / medians[1_000] / 10, 1.3, lambda value: f"{value:.2f}"))
    return lines


def durable_intent(programs, pairs, rate_seconds):
    with programs.directory_for("intent") as data:
        programs.json("bench_make_world", data, 0)
        with Daemon(programs, data) as daemon:
            daemon.town.login(*ACCOUNT)
            store = data / "town" / "store"
            arguments = ("127.0.0.1", daemon.port, store, pairs, rate_seconds)
            others = Others(daemon.cpu)
            result = programs.json("bench_intents", *arguments, input=daemon.town.token + "\n")
            share = others.share()
            syncs = syncs_of_one(daemon, 100)
    single = result["single"]
    # the p99 of each of seven stretches: one p99 of all would have no spread to judge by
    part = len(single) // 7
    stretches = [single[i * part:(i + 1) * part] for i in range(7)]

    def at(share):
        return [
            tuple(sorted(pair[side] for pair in stretch)[int(len(stretch) * share)] for side in (0, 1))
            for stretch in stretches
        ]

    lines = [
        compare("4", "durable intent, POST to 2xx, p50, wall", at(0.5), 2, others=share),
        compare("4", "durable intent, POST to 2xx, p99, wall", at(0.99), 3, others=share),
        compare("4", "16 clients, intents a second", result["rates"], 2, per_second, at_least=True, others=share),
    ]
    if syncs is None:
        lines.append(shown("4", "  synced writes an intent", "not counted: no strace"))
    else:
        lines.append(count("4", "  synced writes an intent, its audit row included", syncs, 1, at_most=True))
    return lines


def syncs_of_one(daemon, requests):
    """fdatasync and fsync of townd per intent, counted by strace; None where there is none."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    with tempfile.NamedTemporaryFile("r") as log:
        tracer = subprocess.Popen(
            [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", log.name, "-p", str(daemon.process.pid)],
            stderr=subprocess.PIPE,
        )
        tracing = f"/proc/{daemon.process.pid}/status"
        while "TracerPid:\t0\n" in pathlib.Path(tracing).read_text(encoding="ascii"):
            if tracer.poll() is not None:
                return None
            time.sleep(0.05)
        for number in range(requests):
            daemon.town.post("/settings/set", {"key": "bench.strace", "value": str(number)})
        tracer.terminate()
        tracer.wait()
        tracer.stderr.close()
        return len(re.findall(r"\bf(?:data)?sync\(", log.read())) / requests


def first_answer(programs, data, token, services):
    """Seconds from exec to a correct answer about what is installed."""
    with Daemon(programs, data) as daemon:
        daemon.town.token = token
        total = daemon.town.get("/packages/installed", limit=1)["total_count"]
        took = time.monotonic() - daemon.began
    if total != services:
        raise AssertionError(f"{total} packages instead of {services}")
    return took


def cold_start(programs, pairs):
    services = 1_667  # times six is 10,000 resources
    taken = []
    with programs.directory_for("start") as directory:
        world = directory / "world"
        made = programs.json("bench_make_world", world, services, "settled")
        with Daemon(programs, world) as daemon:
            token = daemon.town.login(*ACCOUNT).token
        others = Others()
        for number in range(pairs):
            theirs, ours = directory / f"theirs{number}", directory / f"ours{number}"
            shutil.copytree(world, theirs)
            shutil.copytree(world, ours)
            began = time.monotonic()
            done = subprocess.run([programs.path("bench_load"), str(theirs / "town" / "store")],
                                  capture_output=True, text=True, check=True)
            load = time.monotonic() - began
            if int(done.stdout) < made["resources"]:
                raise AssertionError("RocksDB did not load all rows")
            taken.append((first_answer(programs, ours, token, services), load))
            shutil.rmtree(theirs)
            shutil.rmtree(ours)
    what = f"cold start, {made['resources']:,} resources, exec to the first correct answer, wall"
    return [compare("11", what, taken, 4, others=others.share())]


def memory(programs, idle_seconds):
    lines, empty = [], 0
    for services in (0, 1_000, 10_000):
        with programs.directory_for("memory") as data:
            made = programs.json("bench_make_world", data, services)
            # what was read to make it is no part of what is measured
            with Daemon(programs, data) as daemon:
                daemon.town.login(*ACCOUNT)
                daemon.settled(services)
                resident = daemon.status("VmRSS")
                if services == 0:
                    empty = resident
                    lines.append(limit("12", "resident memory, empty", empty, 30 * 2**20, mebibytes))
                    lines.append(shown("12", "  of which not shared with files", mebibytes(daemon.status("RssAnon"))))
                    lines.append(shown("12", "  threads", str(daemon.status("Threads"))))
                    continue
                added, documents = resident - empty, made["document_bytes"]
                lines.append(limit("12", f"memory added by {services:,} services (the machine in memory included)",
                                   added, 4 * documents, mebibytes))
                lines.append(shown("12", f"  over the {mebibytes(documents)} of their documents",
                                   f"{added / documents:.1f} ×"))
                if services == 1_000:
                    lines += idle(daemon, idle_seconds)
    return lines


def idle(daemon, idle_seconds):
    cpu, wakes, began = daemon.cpu(), daemon.wake_ups(), time.monotonic()
    time.sleep(idle_seconds)
    took = time.monotonic() - began
    share = (daemon.cpu() - cpu) / took
    what = f"processor of {took / 60:.0f} idle minutes at 1,000 services"
    return [
        limit("12", what, share, 0.0005, lambda value: f"{value:.3%}"),
        shown("12", "  wake-ups a second", f"{(daemon.wake_ups() - wakes) / took:.1f}"),
    ]
