"""A disposable machine for integration tests, and townd on it.

    host = Host().up()            # boots; Host is also a context manager
    host.services()               # image registry and git server
    townd = Townd(host).start()   # a systemd unit in there
    town = townd.client()         # signed in as the first admin

Only the standard library is used. Nothing in here sleeps for a fixed time in the
hope that something has happened by then: eventually() polls with a deadline.
"""

import atexit
import itertools
import json
import os
import pathlib
import shlex
import subprocess
import time

from townclient import ApiError, Response, Town, fetch

__all__ = [
    "CHECKOUT", "ApiError", "CommandFailed", "Host", "Response", "Result", "Town", "Townd", "eventually", "fetch",
]

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = CHECKOUT / "tests" / "host"
STATE = pathlib.Path(os.environ.get("TOWN_HOST_DIR", "/var/tmp/town-testhost"))


class CommandFailed(Exception):
    """A command ended with a status other than 0."""

    def __init__(self, argv, result):
        super().__init__(f"{shlex.join(argv)}: status {result.status}\n{result.out}{result.err}")
        self.result = result


class Result:
    """What a command left: status, out, err."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def ok(self):
        return self.status == 0


def eventually(check, timeout=30.0, what=None, interval=0.1):
    """Calls check until it returns something true, and returns that.

    A failed assertion, command or connection inside check means "not yet". After
    timeout seconds the last of them becomes the test's failure.
    """
    deadline = time.monotonic() + timeout
    while True:
        last = None
        try:
            value = check()
            if value:
                return value
            last = f"last value: {value!r}"
        except (AssertionError, CommandFailed, ApiError, OSError, LookupError, ValueError,
                subprocess.TimeoutExpired) as error:
            last = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline:
            name = what or getattr(check, "__name__", "condition")
            raise AssertionError(f"{name}: not within {timeout:g} s; {last}")
        time.sleep(interval)


class Host:
    """One test host. Whatever happens to this process, `down --stale` finds it."""

    _numbers = itertools.count()

    def __init__(self, name=None, size="4G", volumes=None, bin=None):
        """size: of the btrfs at /town; volumes: {path: size} of further ones;
        bin: directory with the programs, default $TOWN_BIN_DIR."""
        number = next(self._numbers)
        self.name = name or f"t{os.getpid()}{chr(ord('a') + number % 26)}"
        self.size = size
        self.volumes = volumes or {}
        self.bin = bin or os.environ.get("TOWN_BIN_DIR")
        self.ip = self.outside = None

    def __enter__(self):
        return self.up()

    def __exit__(self, *exc):
        self.down()

    def up(self):
        atexit.register(self.down)  # for a run that is interrupted
        argv = [str(SCRIPTS / "up"), self.name, "--size", self.size, "--owner", str(os.getpid())]
        if self.bin:
            argv += ["--bin", self.bin]
        for path, size in self.volumes.items():
            argv += ["--volume", f"{path}={size}"]
        info = dict(line.split("=", 1) for line in self._script(argv).splitlines())
        self.ip, self.outside = info["ADDR"], info["OUTSIDE"]
        return self

    def down(self, keep=bool(os.environ.get("TOWN_HOST_KEEP"))):
        """Removes the host; with TOWN_HOST_KEEP=1 it stays, to be looked at."""
        atexit.unregister(self.down)
        if keep:
            print(f"kept: {SCRIPTS}/exec {self.name} bash; {SCRIPTS}/down {self.name}")
            (STATE / "hosts" / self.name / "owner").unlink(missing_ok=True)
            return
        self._script([str(SCRIPTS / "down"), self.name], env={**os.environ, "FAST": "1"})

    def services(self):
        """The registry behind docker.io and quay.io, and the git server."""
        self._script([str(SCRIPTS / "services"), self.name], timeout=300)
        return self

    @staticmethod
    def _script(argv, env=None, timeout=120):
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, timeout=timeout
        )
        if done.returncode != 0:
            raise CommandFailed(argv, Result(done.returncode, done.stdout, done.stderr))
        return done.stdout

    # --- commands

    def exec(self, *argv, check=True, input=None, timeout=120):
        """Runs a command inside as root and returns its Result (text)."""
        argv = [str(arg) for arg in argv]
        stdin = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
        done = subprocess.run(
            [str(SCRIPTS / "exec"), self.name, *argv],
            capture_output=True, text=True, errors="replace", timeout=timeout, **stdin,
        )
        result = Result(done.returncode, done.stdout, done.stderr)
        if check and not result.ok:
            raise CommandFailed(argv, result)
        return result

    def sh(self, script, check=True, input=None, timeout=120):
        """The same with a line of bash."""
        return self.exec("bash", "-c", script, check=check, input=input, timeout=timeout)

    def exec_bg(self, *argv):
        """Starts a command inside and returns its Popen, with pipes, in text mode."""
        return subprocess.Popen(
            [str(SCRIPTS / "exec"), self.name, *[str(arg) for arg in argv]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def reboot(self, timeout=90):
        """An orderly reboot; returns when the new boot has finished."""
        before = self._pid1_start()
        self.exec("systemctl", "reboot", check=False)

        def booted():
            # what is asked of a systemd that is just going never gets an answer: ask again
            state = self.exec("systemctl", "is-system-running", check=False, timeout=5).out.strip()
            return self._pid1_start() != before and state in ("running", "degraded")

        eventually(booted, timeout, "the host is up again")

    def _pid1_start(self):
        # not the boot id: that one is the kernel's, and the kernel goes on running
        return self.exec("cat", "/proc/1/stat", timeout=5).out.rsplit(")", 1)[1].split()[19]

    # --- files

    def read(self, path):
        return self.exec("cat", path).out

    def write(self, path, text, mode="0644"):
        self.exec("install", "-D", "-m", mode, "/dev/stdin", path, input=text)

    def exists(self, path):
        return self.exec("test", "-e", path, check=False).ok

    def put(self, source, target):
        """Copies a directory of the machine to a directory inside, which is emptied first."""
        pack = subprocess.Popen(
            ["tar", "-C", str(source), "--owner=0", "--group=0", "-c", "."], stdout=subprocess.PIPE
        )
        script = 'rm -rf "$1" && mkdir -p "$1" && tar -C "$1" -x'
        unpack = subprocess.run(
            [str(SCRIPTS / "exec"), self.name, "sh", "-c", script, "put", target], stdin=pack.stdout
        )
        if pack.wait() or unpack.returncode:
            raise OSError(f"cannot copy {source} to {target}")

    # --- network

    def url(self, port, path="/"):
        return f"http://{self.ip}:{port}{path}"

    def get(self, port, path="/", timeout=10):
        """GET from outside, as a neighbour on the LAN; any status is an answer."""
        return fetch("GET", self.url(port, path), timeout=timeout)

    def git_publish(self, directory, name):
        """A new commit with the contents of a directory; returns its id. The box
        finds it at http://127.0.0.1:8800/open/NAME.git."""
        staging = f"/var/tmp/publish/{name}"
        self.put(directory, staging)
        return self.exec("git-publish", staging, name).out.strip()

    # --- systemd and its journal

    def unit(self, name, *properties):
        """Properties of a unit as a dict."""
        argv = ["systemctl", "show", name] + [f"--property={p}" for p in properties]
        return dict(line.split("=", 1) for line in self.exec(*argv).out.splitlines() if "=" in line)

    def journal(self, unit, lines=60):
        """The last lines of a unit's journal, as text."""
        return self.exec(
            "journalctl", "--no-pager", "-o", "short-precise", "-u", unit, "-n", lines, check=False
        ).out

    def journal_entries(self, *matches):
        """Journal entries as dicts; matches as journalctl takes them (FIELD=value)."""
        out = self.exec("journalctl", "--no-pager", "-o", "json", *matches).out
        return [json.loads(line) for line in out.splitlines()]


class Townd:
    """townd as a systemd unit of a host."""

    def __init__(self, host, data="/town", args=(), env=None, unit="townd", port=5309):
        self.host, self.data, self.unit_name, self.port = host, data, unit, port
        self.args = [str(arg) for arg in args]
        self.env = env or {}
        self.url = host.url(port, "")

    def install(self):
        """Writes the unit; start() does it as well."""
        argv = ["/opt/town/bin/townd", "--data", self.data]
        if self.port != 5309:
            argv += ["--listen", f"0.0.0.0:{self.port}"]
        lines = ["[Unit]", "Description=Town OS", "[Service]", "Type=notify"]
        lines += [f'Environment="{key}={value}"' for key, value in self.env.items()]
        lines += [f"ExecStart={shlex.join(argv + self.args)}", "TimeoutStartSec=90", "TimeoutStopSec=30"]
        lines += ["[Install]", "WantedBy=multi-user.target", ""]
        self.host.write(f"/etc/systemd/system/{self.unit_name}.service", "\n".join(lines))
        self.host.exec("systemctl", "daemon-reload")
        return self

    def enable(self):
        """Lets it start at every boot of the host."""
        self.host.exec("systemctl", "enable", "--quiet", self.unit_name)
        return self

    def start(self):
        """Returns when townd has said that it is ready and answers."""
        self.install()
        return self._systemctl("start")

    def restart(self):
        return self._systemctl("restart")

    def _systemctl(self, verb):
        try:
            self.host.exec("systemctl", verb, self.unit_name)
        except CommandFailed as error:
            raise AssertionError(f"townd does not {verb}: {error}\n{self.journal()}") from error
        return self.wait_ready()

    def wait_ready(self, timeout=30):
        """Any answer counts, also a 401: somebody is serving."""
        eventually(lambda: fetch("GET", self.url + "/account/me", timeout=5), timeout, "townd answers")
        return self

    def stop(self):
        """SIGTERM, and waits for the end; the way it ended is in result()."""
        self.host.exec("systemctl", "stop", self.unit_name)
        return self

    def kill(self):
        """kill -9 of the process alone; returns when it is gone."""
        pid = self.pid()
        self.host.exec("kill", "-KILL", str(pid))
        eventually(lambda: not self.running(), 10, "townd is dead")
        return self

    def pid(self):
        return int(self.host.unit(self.unit_name, "MainPID")["MainPID"])

    def running(self):
        return self.host.unit(self.unit_name, "ActiveState")["ActiveState"] == "active"

    def result(self):
        """systemd's word for the last end: success, exit-code, signal, timeout, ..."""
        return self.host.unit(self.unit_name, "Result")["Result"]

    def journal(self, lines=60):
        return self.host.journal(self.unit_name, lines)

    def anonymous(self):
        """A client without an account."""
        return Town(self.url)

    def client(self, username="admin", password="correct-horse-battery"):
        """A client signed in as the admin, who is created when the box has nobody yet."""
        return Town(self.url).bootstrap(username, password)

    def townctl(self, *args, check=True, input=None, timeout=120):
        """Runs townctl inside the host."""
        return self.host.exec("/opt/town/bin/townctl", *args, check=check, input=input, timeout=timeout)
