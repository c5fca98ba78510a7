"""The daemon itself: one at a time, quick to stop, careful with its store, quiet when nothing is to do."""

import json
import re
import threading
import time

import cases
import recipes
from townhost import CommandFailed, Host, Townd, eventually, fetch

PROGRAM = "/opt/town/bin/townd"


class OneDaemonTest(cases.TownCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install("web", responses={"port": "8080", "greeting": "hello"})
        cls.settled("package/default/web")

    def run_of_web(self):
        return self.host.unit("town-os-package--default-web-1.1.service", "InvocationID")["InvocationID"]

    def test_a_second_daemon_is_refused(self):
        """a second townd on the same data stops at once and names the first one's pid"""
        before = self.resources()
        second = self.host.exec(PROGRAM, "--data", "/town", "--listen", "127.0.0.1:5400", check=False, timeout=30)
        self.assertEqual(second.status, 1)
        self.assertIn(f"pid {self.townd.pid()}", second.err)
        self.assertEqual(self.resources(), before)
        self.served(8080, "hello\n")

    def test_it_stops_quickly_and_cleanly(self):
        """SIGTERM ends townd cleanly within five seconds, streams included, and services go on"""
        run = self.run_of_web()
        streams = [self.town.events("/events", timeout=60) for _ in range(3)]
        threads = [threading.Thread(target=lambda s=stream: list(s)) for stream in streams]
        for thread in threads:
            thread.start()
        begin = time.monotonic()
        self.townd.stop()
        span = time.monotonic() - begin
        print(f"     SIGTERM | stopped in {span:.2f} s with {len(streams)} open streams")
        self.assertLess(span, 5)
        self.assertEqual(self.townd.result(), "success")
        for thread in threads:
            thread.join(10)
            self.assertFalse(thread.is_alive(), "a stream is still open")
        self.served(8080, "hello\n")
        begin = time.monotonic()
        self.townd.start()
        print(f"     start | ready in {time.monotonic() - begin:.2f} s")
        type(self).town = self.townd.client()
        self.settled("package/default/web")
        self.assertEqual(self.run_of_web(), run)

    def test_it_tells_systemd_when_it_is_ready(self):
        """systemd calls townd active only once it serves"""
        self.assertEqual(self.host.unit("townd", "Type", "ActiveState"), {"Type": "notify", "ActiveState": "active"})
        self.host.exec("systemctl", "restart", "townd")
        # no waiting: when the job is done somebody answers
        self.assertEqual(fetch("GET", self.townd.url + "/status/ping").status, 200)
        type(self).town = self.townd.client()

    def test_data_that_is_no_btrfs(self):
        """--data that is no btrfs is refused with the two ways on, and nothing is made there"""
        self.host.exec("mkdir", "-p", "/var/tmp/plain")
        refused = self.host.exec(PROGRAM, "--data", "/var/tmp/plain", "--listen", "127.0.0.1:5400", check=False)
        self.assertEqual(refused.status, 1)
        for way in ("host init --image", "host init --disk"):
            self.assertIn(way, refused.err)
        self.assertEqual(self.host.exec("ls", "-A", "/var/tmp/plain").out, "")

    def test_a_port_that_is_taken(self):
        """an address that is taken is refused with a sentence"""
        with_volume = self.host.exec(PROGRAM, "--data", "/town", "--listen", "nonsense", check=False)
        self.assertEqual(with_volume.status, 2)
        self.assertIn("ADDRESS:PORT", with_volume.err)


class StoreTest(cases.TownCase):
    """Takes the store apart, so nothing else runs on this host."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install("web", responses={"port": "8080", "greeting": "hello"})
        cls.settled("package/default/web")

    def sums(self, directory="/town/town/store"):
        return self.host.sh(f"cd {directory} && find . -type f -printf '%P %s %T@\\n' | sort && find . -type f | sort | xargs sha256sum").out

    def refused_start(self):
        """Starts townd where it should not, and returns what it says."""
        cursor = self.host.sh("journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p'").out.strip()
        with self.assertRaises(CommandFailed):
            self.host.exec("systemctl", "start", "townd")
        return self.host.sh(f"journalctl -o cat --after-cursor='{cursor}' -u townd").out

    def test_a_damaged_store_is_refused_and_not_touched(self):
        """a store with a flipped byte is refused with a clear error; no file changes, no service stops"""
        # several files of each sort: what was flushed, and what only the log has
        for number in range(2):
            self.townd.restart()
            type(self).town = self.townd.client()
            self.town.post("/settings/set", {"key": "motd", "value": f"number {number} " + "x" * 1000})
        self.townd.stop()
        self.host.sh("rm -rf /var/tmp/good && cp -a /town/town/store /var/tmp/good")
        names = self.host.sh("cd /town/town/store && find . -type f -printf '%P\\n'").out.split()
        victims = [name for name in names if re.search(r"\.sst$|(^|/)MANIFEST|(^|/)CURRENT$|\.log$", name)]
        run = self.host.unit("town-os-package--default-web-1.1.service", "InvocationID")
        done = []
        for victim in victims:
            size = int(self.host.exec("stat", "-c", "%s", f"/town/town/store/{victim}").out)
            if size < 8:
                continue
            with self.subTest(victim):
                # in the middle: at the very end of a log a torn write is no damage
                self.host.sh(
                    f"cd /town/town/store && byte=$(od -An -tu1 -j{size // 2} -N1 {victim}) && "
                    f"printf \"\\\\x$(printf %02x $((byte ^ 255)))\" | dd of={victim} bs=1 seek={size // 2} conv=notrunc status=none")
                before = self.sums()
                said = self.refused_start()
                self.assertIn("townd:", said)
                self.assertTrue("damaged" in said or "store" in said, said)
                self.assertNotIn("terminate called", said)
                self.assertEqual(self.sums(), before)
                self.served(8080, "hello\n")
                done.append(f"{victim}: {said.split('townd: ', 1)[1].splitlines()[0]}")
            self.host.sh("rm -rf /town/town/store && cp -a /var/tmp/good /town/town/store; systemctl reset-failed townd")
        for victim in [name for name in names if re.search(r"(^|/)(MANIFEST.*|CURRENT)$", name)]:
            with self.subTest(f"{victim} deleted"):
                self.host.exec("rm", f"/town/town/store/{victim}")
                before = self.sums()
                said = self.refused_start()
                self.assertEqual(self.sums(), before)
                done.append(f"{victim} deleted: {said.split('townd: ', 1)[1].splitlines()[0]}")
            self.host.sh("rm -rf /town/town/store && cp -a /var/tmp/good /town/town/store; systemctl reset-failed townd")
        for line in done:
            print(f"     damaged | {line}")
        self.assertGreaterEqual(len(done), 4)
        self.townd.start()
        type(self).town = self.townd.client()
        self.settled("package/default/web")
        self.assertEqual(self.host.unit("town-os-package--default-web-1.1.service", "InvocationID"), run)
        self.assertEqual(self.town.post("/settings/get", {"key": "motd"})["value"][:8], "number 1")

    def test_a_lost_store_is_no_first_boot(self):
        """records that are gone while volumes are there: townd refuses, touches nothing, and what runs goes on"""
        self.townd.stop()
        self.host.sh("rm -rf /var/tmp/good && cp -a /town/town /var/tmp/good")
        run = self.host.unit("town-os-package--default-web-1.1.service", "InvocationID")
        losses = {
            "the directory is gone": "rm -rf /town/town/store",
            "the directory is empty": "find /town/town/store -mindepth 1 -delete",
            "all but the volumes is gone": "rm -rf /town/town",
            "all but the volumes is gone, and the directory is empty": "rm -rf /town/town; mkdir -p /town/town/store",
        }
        for what, lose in losses.items():
            with self.subTest(what):
                self.host.sh(lose)
                said = self.refused_start()
                self.assertIn("the records of this box are missing", said)
                self.assertIn("backup", said)
                self.assertFalse(self.host.exists("/town/town/store/db"))
                self.served(8080, "hello\n")
            self.host.sh("rm -rf /town/town && cp -a /var/tmp/good /town/town; systemctl reset-failed townd")
        self.townd.start()
        type(self).town = self.townd.client()
        self.settled("package/default/web")
        self.assertEqual(self.host.unit("town-os-package--default-web-1.1.service", "InvocationID"), run)

    def test_a_backup_opens_as_a_store(self):
        """a backup made while serving opens as the store it was made of"""
        before = {r["key"]: (r["spec"], r["generation"]) for r in self.resources()}
        said = self.ctl("store", "backup", "/town/backup")
        self.assertEqual(said.out, "backed up to /town/backup\n")
        self.assertEqual(self.host.exec("stat", "-c", "%a", "/town/backup").out.strip()[-2:], "00", "nobody else may read it")
        self.assertEqual(self.ctl("store", "backup", "/town/backup", check=False).status, 1)
        self.town.post("/settings/set", {"key": "motd", "value": "after the backup"})
        self.townd.stop()
        self.host.sh("rm -rf /town/town/store && mv /town/backup /town/town/store")
        self.townd.start()
        type(self).town = self.townd.client()
        self.assertEqual({r["key"]: (r["spec"], r["generation"]) for r in self.resources()}, before)
        self.settled("package/default/web")


class RebootTest(cases.TownCase):
    def test_everything_comes_back(self):
        """after a reboot all services are back with their data, and nobody is blamed for it"""
        self.townd.enable()
        self.install("web", responses={"port": "8080", "greeting": "hello"})
        self.install("notebook", responses={"port": "8081", "title": "kept"})
        self.town.post("/packages/disable", {"repo": "default", "name": "notebook"})
        self.town.post("/packages/enable", {"repo": "default", "name": "notebook"})
        self.host.write("/town/installed/default/web/1.1/html/data.txt", "kept over the reboot")
        self.host.exec("sync")
        newest = max(event["id"] for event in self.town.entries("/events/log"))
        self.host.reboot()
        begin = time.monotonic()
        self.townd.wait_ready()
        type(self).town = self.townd.client()
        self.settled("package/default/web")
        self.settled("package/default/notebook")
        self.served(8080, "kept over the reboot", "/data.txt")
        self.served(8081, "kept\n")
        print(f"     reboot | both apps serve {time.monotonic() - begin:.1f} s after the boot")
        blame = [event for event in self.town.entries("/events/log") if event["id"] > newest and event["warning"]
                 and not event["key"].startswith("repository/")]  # the git server is not enabled
        self.assertEqual(blame, [])
        self.tidy()


class SecretTest(cases.TownCase):
    WORD = "Tr0ub4dor-3-known"

    def places(self):
        """Every file of the machine that holds the word, with mode and owner; processes too."""
        return self.host.sh(
            f"grep -rlsF --binary-files=text '{self.WORD}' / --exclude-dir=proc --exclude-dir=sys"
            " --exclude-dir=repo --exclude-dir=opt | sort", check=False).out.split()

    def readable(self, path):
        """True where an account that is not root could read it."""
        return self.host.exec("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "test", "-r", path, check=False).ok

    def test_a_secret_answer_is_nowhere_else(self):
        """a secret answer is in the container, in a file for root alone and in the store, and nowhere else"""
        self.install("questions", responses={"port": "8082", "password": self.WORD})
        self.install("kv", responses={"port": "6379", "password": self.WORD})
        self.settled("package/default/questions")
        self.settled("package/default/kv")
        answered = self.host.sh(
            f"printf 'AUTH \"{self.WORD}\"\\r\\nPING\\r\\n' | timeout 5 busybox nc 127.0.0.1 6379 | head -2", check=False).out
        self.assertEqual(answered.split(), ["+OK", "+PONG"], "the store really wants that password")
        self.town.post("/repository/refresh")
        self.host.exec("journalctl", "--sync")
        # what is asked with the word itself on the command line would find itself
        self.host.write("/root/word", self.WORD, mode="0600")
        self.assertEqual(self.host.sh("journalctl -o export --no-pager | grep -aFf /root/word || true").out, "")
        self.assertEqual(self.host.sh("grep -Ff /root/word /run/systemd/system/town-os-* || true").out, "")
        self.assertEqual(self.host.sh("ps -eww -o pid,args | grep -Ff /root/word || true").out, "")
        for unit in ("questions", "kv"):
            shown = self.host.exec("systemctl", "show", f"town-os-package--default-{unit}-1.0.service").out
            self.assertNotIn(self.WORD, shown)
        for path in ("/resources", "/activity", "/events/log", "/packages", "/systemd/units"):
            self.assertNotIn(self.WORD, json.dumps(self.town.entries(path)), path)
        self.assertNotIn(self.WORD, json.dumps(self.resources()))
        self.assertNotIn(self.WORD, json.dumps(self.town.post("/audit/log", {"limit": 200})))
        self.assertNotIn(self.WORD, self.ctl("describe", "package/default/kv").out)
        places = [path for path in self.places() if path != "/root/word"]
        print(f"     secret | in {len(places)} files: {' '.join(sorted({re.sub('[0-9a-f]{64}', '*', p) for p in places}))}")
        self.assertEqual([path for path in places if self.readable(path)], [])
        for path in places:
            allowed = ("/run/town-os/environment/", "/town/town/", "/var/lib/containers/", "/run/containers/", "/run/runc/", "/run/crun/")
            self.assertTrue(path.startswith(allowed), path)
        modes = self.host.sh("stat -c '%a %U' /run/town-os/environment /run/town-os/environment/* /town/town").out
        self.assertEqual(set(modes.splitlines()), {"700 root", "600 root"})

    def test_another_account_does_not_get_it(self):
        """an account that is no admin sees the answer masked"""
        if not self.resource("package/default/questions"):
            self.install("questions", responses={"port": "8082", "password": self.WORD})
        self.town.create_account("guest", "a-guest-password")
        guest = self.townd.anonymous().login("guest", "a-guest-password")
        which = {"repo": "default", "name": "questions", "version": "1.0"}
        self.assertEqual(self.town.post("/packages/responses", which)["password"], self.WORD)
        for answer in (guest.post("/packages/responses", which), guest.post("/packages/installed/info", which)):
            self.assertNotIn(self.WORD, json.dumps(answer))


class CountTest(cases.TownCase):
    """What is not to be done is not done: processes and reloads are counted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.publish("apps", {f"app{n}": {"1.0": recipes.app(volumes={"data": "10mb"}), "2.0": recipes.app(
            volumes={"data": "20mb"})} for n in range(5)})
        cls.host.sh("mv /usr/bin/podman /usr/bin/podman.real")
        cls.host.write("/usr/bin/podman", (
            '#!/bin/bash\necho "$PPID $*" >> /var/log/podman-calls\nexec -a podman /usr/bin/podman.real "$@"\n'
        ), mode="0755")

    def calls(self):
        return self.host.sh("cat /var/log/podman-calls 2>/dev/null || true").out.splitlines()

    def reloads(self):
        self.host.exec("journalctl", "--sync")
        return int(self.host.sh("journalctl -o cat _PID=1 | grep -c '^Reloading' || true").out)

    def together(self, requests):
        """All at once; each waits for its end."""
        failures = []

        def one(path, body):
            try:
                self.townd_client().post(path, body, timeout=180)
            except Exception as error:  # told below, in the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=one, args=request) for request in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def townd_client(self):
        return self.townd.client()

    def test_a_five_at_once(self):
        """five apps installed, upgraded and uninstalled at once need at most a few reloads of systemd"""
        begin, before = time.monotonic(), self.reloads()
        which = [{"repo": "apps", "name": f"app{n}"} for n in range(5)]
        self.together([("/packages/install", {**app, "version": "1.0"}) for app in which])
        installed, after_install = time.monotonic(), self.reloads()
        self.together([("/packages/install", {**app, "version": "2.0"}) for app in which])
        upgraded, after_upgrade = time.monotonic(), self.reloads()
        self.together([("/packages/uninstall", {**app, "version": "2.0", "purge_volumes": True}) for app in which])
        removed, after_removal = time.monotonic(), self.reloads()
        print(f"     five at once | installed in {installed - begin:.1f} s with {after_install - before} reloads,"
              f" upgraded in {upgraded - installed:.1f} s with {after_upgrade - after_install},"
              f" removed in {removed - upgraded:.1f} s with {after_removal - after_upgrade}")
        self.tidy()
        self.assertLessEqual(after_install - before, 3)
        self.assertLessEqual(after_upgrade - after_install, 3)
        self.assertLessEqual(after_removal - after_upgrade, 3)

    def test_b_nothing_to_do_starts_nothing(self):
        """a whole look at everything that finds nothing to do starts no podman and reloads nothing"""
        for n in range(3):
            self.install(f"app{n}", repo="apps", version="1.0")
            self.settled(f"package/apps/app{n}")
        self.town.post("/storage/create", {"name": "clock", "quota": 50 << 20})
        self.settled("volume/user/clock")

        def looked():
            """Returns when a resync has been: nothing else notices a changed quota."""
            self.host.exec("btrfs", "qgroup", "limit", "7M", "/town/user/clock")
            eventually(lambda: f" {50 << 20} " in self.host.exec(
                "btrfs", "qgroup", "show", "-re", "--raw", "/town/user/clock").out, 70, "a resync has been")

        looked()
        calls, reloads, activity = self.calls(), self.reloads(), self.town.entries("/activity")
        begin = time.monotonic()
        looked()
        print(f"     nothing to do | {len(self.calls()) - len(calls)} podman processes,"
              f" {self.reloads() - reloads} reloads in {time.monotonic() - begin:.0f} s with a whole resync")
        self.assertEqual(self.calls(), calls)
        self.assertEqual(self.reloads(), reloads)
        self.assertEqual(self.town.entries("/activity"), activity)
        self.townd.restart()
        type(self).town = self.townd.client()
        self.host.exec("btrfs", "qgroup", "limit", "7M", "/town/user/clock")
        for n in range(3):
            self.settled(f"package/apps/app{n}")
        looked()
        self.assertEqual(self.calls(), calls, "a restart of townd finds all as it was")
        self.assertEqual(self.reloads(), reloads)
