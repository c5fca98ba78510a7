"""Rows 3 and 5 to 8: townd in the test host, and podman alone beside it."""

import contextlib
import json
import re
import shlex
import shutil
import statistics
import time

from measure import Others, compare, count, seconds, shown
from townhost import Host, Townd

IMAGE = "docker.io/library/busybox:latest"
SERVICES = 30
FIRST_PORT, FIRST_BARE_PORT = 9100, 9300
# Ends at once when it is asked to, so that no side waits ten seconds for a kill.
PACKAGE = """image: busybox:latest
description: A small web server
environment: {GREETING: "@greeting@"}
command:
  - sh
  - -c
  - trap 'exit 0' TERM; mkdir -p /www; echo "$GREETING" > /www/index.html; httpd -p 80 -h /www; sleep 2147483647 & wait
network:
  external: {"@port@": "80"}
volumes:
  data: {mountpoint: /data, quota: 10mb}
questions:
  port: {query: "On which port?", type: port}
  greeting: {query: "What shall it say?", default: hello}
"""


class Runner:
    """bench_runner inside the host: one request, one answer, both in a line of JSON."""

    # Both sides leave work behind (a status to write, a conmon to settle); it is theirs to pay.
    SETTLE = 0.5

    def __init__(self, host):
        self.process = host.exec_bg("/opt/town/bin/bench_runner")

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()

    def ask(self, **request):
        self.process.stdin.write(json.dumps({"settle": self.SETTLE, **request}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{request}: {answer['error']}")
        return answer

    def run(self, *argv, input="", serve=()):
        answer = self.ask(run=[str(word) for word in argv], stdin=input, serve=list(serve))
        if answer["status"] != 0:
            raise RuntimeError(f"{shlex.join(map(str, argv))}: {answer['out']}")
        return answer

    def post(self, token, path, body, serve=()):
        answer = self.ask(post=path, body=body, token=token, serve=list(serve))
        if answer["status"] != 200 or '"error"' in answer["out"]:
            raise RuntimeError(f"POST {path}: {answer['status']}: {answer['out']}")
        return answer


class Box:
    """A host with townd, its runner, and the arguments that a container of ours is run with."""

    def __init__(self, programs):
        self.host = Host(name="bench", size="6G", bin=str(programs.directory)).up()
        self.host.services()
        self.host.sh(f"podman pull -q {IMAGE}")
        self.host.write("/var/tmp/pkg/packages/tiny/1.0.yaml", PACKAGE)
        self.host.exec("git-publish", "/var/tmp/pkg", "bench")
        self.townd = Townd(self.host, env={"TOWN_OS_DEFAULT_REPOSITORY": ""}, args=["--log-level", "warn"]).start()
        self.town = self.townd.client()
        self.town.post("/repository/add", {"name": "bench", "url": "http://127.0.0.1:8800/open/bench.git"})
        self.runner = Runner(self.host)

    def close(self):
        self.runner.close()
        self.host.down()

    def cpu(self):
        """Processor seconds of everything in the host."""
        text = self.host.read("/sys/fs/cgroup/cpu.stat")
        return int(re.search(r"^usage_usec (\d+)", text, re.MULTILINE)[1]) * 1e-6

    # --- ours

    def install(self, number, greeting="hello", serve=True):
        body = {
            "repo": "bench", "name": "tiny", "version": "1.0", "instance": f"n{number:02}",
            "responses": {"port": str(FIRST_PORT + number), "greeting": greeting},
        }
        ports = [FIRST_PORT + number] if serve else []
        return self.runner.post(self.town.token, "/packages/install", body, ports)

    def apply(self, numbers):
        packages = [
            {"name": "tiny", "repo": "bench", "version": "1.0", "instance": f"n{number:02}",
             "responses": {"port": str(FIRST_PORT + number), "greeting": "hello"}}
            for number in numbers
        ]
        ports = [FIRST_PORT + number for number in numbers]
        return self.runner.post(self.town.token, "/apply", {"packages": packages}, ports)

    def uninstall(self, number):
        return self.runner.post(self.town.token, "/packages/uninstall", self.removal(number))

    @staticmethod
    def removal(number):
        return {"repo": "bench", "name": f"tiny-n{number:02}", "version": "1.0", "purge_volumes": True}

    def uninstall_all(self, numbers):
        """Asks for all at once; until the last is gone."""
        posts = [{"post": "/packages/uninstall", "body": self.removal(number)} for number in numbers]
        done = self.runner.ask(posts=posts, token=self.town.token)
        for answer in done["answers"]:
            if answer["status"] != 200 or '"done":true' not in answer["out"]:
                raise RuntimeError(answer["out"])
        return done

    # --- podman alone

    def arguments(self):
        """What townd runs podman with, out of the unit file of an installed service."""
        unit = self.host.sh("cat /run/systemd/system/town-os-package--bench-tiny-n00-*.service").out
        words = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1])
        return [word.replace("$$", "$").replace("%%", "%") for word in words]

    def bare(self, arguments, number):
        """The same arguments under another name and port."""
        words = list(arguments)
        words[words.index("--name") + 1] = f"bare{number:02}"
        words[words.index("--publish") + 1] = f"{FIRST_BARE_PORT + number}:80/tcp"
        words[words.index("--network") + 1] = f"barenet{number:02}"
        words[words.index("--network-alias") + 1] = f"bare{number:02}"
        words[words.index("--sdnotify=conmon")] = "--sdnotify=ignore"  # nobody would hear it
        words[words.index("--env-file") + 1] = "/var/tmp/bare.env"
        words[words.index("--volume") + 1] = f"/town/bare{number:02}:/data:rw,z"
        for at, word in enumerate(words):
            if word == "--annotation":  # theirs must not look like ours: we would remove it
                words[at + 1] = "bare." + words[at + 1].removeprefix("town.")
        return words

    def prepare_bare(self, numbers):
        """Networks, directories and settings are there before: their clock only sees `podman run`."""
        self.host.write("/var/tmp/bare.env", "GREETING=hello\n")
        self.host.sh("".join(
            f"mkdir -p /town/bare{number:02}; podman network exists barenet{number:02} ||"
            f" podman network create barenet{number:02} >/dev/null;" for number in numbers
        ))

    def containers(self):
        """Container ids by name, of those that run."""
        listed = self.host.exec("podman", "ps", "--format", "{{.Names}} {{.ID}}").out
        return dict(line.split() for line in listed.splitlines())

    def check(self, ours, bare=0):
        running = self.containers()
        found = (sum(name.startswith("town-os-") for name in running), sum(name.startswith("bare") for name in running))
        if found != (ours, bare):
            raise AssertionError(f"running: {found}, not {(ours, bare)}")
        return running

    def reloads(self):
        return len(re.findall(r"Reloading\.", self.host.exec("journalctl", "--no-pager", "-o", "cat", "_PID=1").out))


@contextlib.contextmanager
def box(programs):
    made = Box(programs)
    try:
        yield made
    finally:
        made.close()


def both(row, what, pairs, others, wall_target, cpu_target=None):
    """Two lines: processor seconds of the whole host first, and the wall."""
    cpu = [(ours["cpu"], theirs["cpu"]) for ours, theirs in pairs]
    wall = [(ours["wall"], theirs["wall"]) for ours, theirs in pairs]
    return [
        compare(row, what + ", processor", cpu, cpu_target or wall_target),
        compare(row, what + ", wall", wall, wall_target, others=others),
    ]


def install_one(host_box, pairs):
    host_box.install(0)
    arguments = host_box.arguments()
    host_box.prepare_bare(range(1))
    host_box.uninstall(0)
    taken, network, reloads = [], [], host_box.reloads()
    others = Others(host_box.cpu, children=False)
    for _ in range(pairs):
        bare = host_box.bare(arguments, 0)
        theirs = host_box.runner.run(*bare, serve=[FIRST_BARE_PORT])
        host_box.check(0, 1)
        host_box.host.sh("podman rm -f bare00")
        ours = host_box.install(0)
        host_box.check(1)
        host_box.uninstall(0)
        taken.append((ours, theirs))
        # What an app of its own network needs besides, whoever makes it.
        made = host_box.runner.run("podman", "network", "create", "extra")
        host_box.host.sh("podman network rm extra")
        network.append((ours, {side: theirs[side] + made[side] for side in ("cpu", "wall")}))
    share = others.share()
    reloads = (host_box.reloads() - reloads) / pairs
    lines = both("5", "install one, call to serving, over podman run", taken, share, 1.10, 1.05)
    lines += [
        compare("5", f"  over podman network create and run, {side}",
                [(ours[side], theirs[side]) for ours, theirs in network], 1.10, shown=True)
        for side in ("cpu", "wall")
    ]
    lines.append(count("5", "  reloads of systemd, an install and its removal", reloads, 0, at_most=True))
    return lines


def noop(programs, host_box, pairs):
    """With the thirty running."""
    backup = "/town/bench-backup"
    host_box.host.sh(f"rm -rf {backup}")
    host_box.town.post("/store/backup", {"directory": backup})
    others = Others(host_box.cpu, children=False)
    done = host_box.host.exec("/opt/town/bin/bench_real_pass", "/town", backup, pairs, timeout=300)
    share = others.share()
    host_box.host.sh(f"rm -rf {backup}")
    result = json.loads(done.out)
    if result["ready"] != result["looked_at"] or result["running"] != SERVICES:
        raise AssertionError(f"not all was seen to run: {result}\n{done.err}")
    pair = result["pairs"]
    what = f"no-op pass over {SERVICES} running services, {result['looked_at']} resources"
    lines = [
        compare("3", f"{what}, {name}", [(p["ours"][side], p["theirs"][side]) for p in pair], 0.1,
                others=share if side == "wall" else 0.0)
        for side, name in (("cpu", "processor"), ("wall", "wall"))
    ]
    for name in pair[0]["parts"]:
        middle = statistics.median(p["parts"][name]["cpu"] for p in pair)
        lines.append(shown("3", f"  of which {name}, processor", seconds(middle)))
    lines.append(shown("3", "  the first pass of a process, wall", seconds(result["first"]["wall"])))
    lines.append(count("3", "  changes planned", result["changes"], 0))
    lines.append(count("3", "  processor seconds of child processes (podman)", result["child_seconds"], 0))
    lines.append(count("3", "  reloads of systemd", result["reloads"], 0))
    return lines


def many(programs, host_box, rounds, noop_pairs):
    """Rows 6, 7, 8, and 3 while the thirty run: up, change one, down; ours and podman's in turns."""
    numbers = range(SERVICES)
    host_box.install(0)
    arguments = host_box.arguments()
    host_box.uninstall(0)
    host_box.prepare_bare(numbers)
    up, change, down, reloads, lines = [], [], [], [], []
    words = [host_box.bare(arguments, number) for number in numbers]
    script = "\n".join(shlex.join(line) for line in words) + "\n"
    others = Others(host_box.cpu, children=False)
    for number in range(rounds):
        theirs_up = host_box.runner.run("xargs", "-P4", "-d", "\n", "-n", "1", "sh", "-c", 'eval "$0"', input=script,
                                        serve=[FIRST_BARE_PORT + n for n in numbers])
        host_box.check(0, SERVICES)
        again = f"podman rm -f bare07 >/dev/null && {shlex.join(words[7])}"
        theirs_change = host_box.runner.run("sh", "-c", again, serve=[FIRST_BARE_PORT + 7])
        host_box.check(0, SERVICES)
        theirs_down = host_box.runner.run("podman", "rm", "-fa")
        host_box.check(0)

        before = host_box.reloads()
        ours_up = host_box.apply(numbers)
        reloads.append(host_box.reloads() - before)
        ids = host_box.check(SERVICES)
        if number == 0:
            lines += noop(programs, host_box, noop_pairs)
        ours_change = host_box.install(7, greeting=f"round {number}")
        check_change(host_box, ids, f"round {number}")
        ours_down = host_box.uninstall_all(numbers)
        host_box.check(0)
        up.append((ours_up, theirs_up))
        change.append((ours_change, theirs_change))
        down.append((ours_down, theirs_down))
    share = others.share()
    lines += both("6", f"converge {SERVICES} from nothing, over xargs -P4 podman run", up, share, 1.10, 1.05)
    lines.append(count("6", "  reloads of systemd", max(reloads), 0, at_most=True))
    lines += both("7", f"change one of {SERVICES}, over podman rm and run", change, share, 1.10)
    lines.append(count("7", "  containers that were not asked to change and did", 0, 0))
    lines += both("8", f"remove all {SERVICES}, over podman rm -fa", down, share, 1.10)
    if shutil.which("docker-compose") is None:
        lines.append(shown("6", "docker-compose", "not installed"))
    return lines


def check_change(host_box, before, greeting):
    """One container is another one and says so; all others are the same."""
    after = host_box.check(SERVICES)
    changed = [name for name, container in after.items() if before.get(name) != container]
    said = host_box.host.get(FIRST_PORT + 7).text.strip()
    if len(changed) != 1 or "n07" not in changed[0] or said != greeting:
        raise AssertionError(f"changed: {changed}, and it says {said!r}")
