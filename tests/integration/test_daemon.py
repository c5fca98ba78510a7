"""The daemon itself: one at a time, quick to stop, careful with its store, quiet when nothing is to do."""

import http.client
import json
import re
import threading
import time

import cases
import recipes
from townhost import ApiError, CommandFailed, eventually, fetch

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

    def test_a_post_without_a_body(self):
        """a POST with neither a length nor chunks has no body, and is answered at once"""
        for path in ("/account/authenticate", "/storage/create"):
            with self.subTest(path):
                connection = http.client.HTTPConnection(self.townd.url.split("//")[1], timeout=10)
                self.addCleanup(connection.close)
                begin = time.monotonic()
                connection.putrequest("POST", path)
                connection.putheader("Authorization", f"Bearer {self.town.token}")
                connection.endheaders()
                self.assertEqual(connection.getresponse().status, 400)
                self.assertLess(time.monotonic() - begin, 2)

    def test_data_that_is_no_btrfs(self):
        """--data that is no btrfs is refused with the two ways on, and nothing is made there"""
        self.host.exec("mkdir", "-p", "/var/tmp/plain")
        refused = self.host.exec(PROGRAM, "--data", "/var/tmp/plain", "--listen", "127.0.0.1:5400", check=False)
        self.assertEqual(refused.status, 1)
        for way in ("host init --image", "host init --disk"):
            self.assertIn(way, refused.err)
        self.assertEqual(self.host.exec("ls", "-A", "/var/tmp/plain").out, "")

    def test_a_listen_address_that_is_none(self):
        """an address that is none is a wrong usage, said in a sentence"""
        refused = self.host.exec(PROGRAM, "--data", "/town", "--listen", "nonsense", check=False)
        self.assertEqual(refused.status, 2)
        self.assertIn("ADDRESS:PORT", refused.err)

    def test_one_machine_is_not_shared(self):
        """a daemon for other data on the same machine is refused: it would take what runs for left-overs"""
        run = self.run_of_web()
        self.host.exec("mkdir", "-p", "/town/else")
        refused = self.host.exec(PROGRAM, "--data", "/town/else", "--listen", "127.0.0.1:5400", check=False)
        self.assertEqual(refused.status, 1)
        self.assertIn("already looks after this machine", refused.err)
        self.host.exec("rm", "-r", "/town/else")
        self.assertEqual(self.run_of_web(), run)

    def test_a_port_that_is_taken(self):
        """a port that another program has is refused with a sentence, and what runs goes on"""
        run = self.run_of_web()
        self.host.exec("mkdir", "-p", "/town/other")
        refused = self.host.exec(PROGRAM, "--data", "/town/other", "--simulate", "--listen",
                                 f"0.0.0.0:{self.townd.port}", check=False)
        self.assertEqual(refused.status, 1)
        self.assertIn(f"cannot listen on 0.0.0.0:{self.townd.port}", refused.err)
        self.host.exec("rm", "-r", "/town/other")
        self.assertEqual(self.run_of_web(), run)


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
    REPOSITORY_WORD = "xyzzy-of-the-repository"

    def places(self, word=WORD):
        """Every file of the machine that holds the word."""
        self.host.write("/root/word", word, mode="0600")
        found = self.host.sh(
            "grep -rlsF --binary-files=text -f /root/word / --exclude-dir=proc --exclude-dir=sys"
            " --exclude-dir=repo --exclude-dir=opt | sort", check=False).out.split()
        return [path for path in found if path != "/root/word"]

    def not_said(self, word):
        """No process, no line of the journal and no list of the API has it."""
        # what is asked with the word itself on the command line would find itself
        self.host.write("/root/word", word, mode="0600")
        self.host.exec("journalctl", "--sync")
        self.assertEqual(self.host.sh("journalctl -o export --no-pager | grep -aFf /root/word || true").out, "")
        self.assertEqual(self.host.sh("ps -eww -o pid,args | grep -Ff /root/word || true").out, "")
        for path in ("/resources", "/activity", "/events/log", "/packages", "/repository", "/systemd/units"):
            self.assertNotIn(word, json.dumps(self.town.entries(path)), path)
        self.assertNotIn(word, json.dumps(self.resources()))
        self.assertNotIn(word, json.dumps(self.town.post("/audit/log", {"limit": 200})))

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
        self.not_said(self.WORD)
        for unit in ("questions", "kv"):
            shown = self.host.exec("systemctl", "show", f"town-os-package--default-{unit}-1.0.service").out
            self.assertNotIn(self.WORD, shown)
        self.assertNotIn(self.WORD, self.ctl("describe", "package/default/kv").out)
        places = self.places()
        print(f"     secret | in {len(places)} files: {' '.join(sorted({re.sub('[0-9a-f]{64}', '*', p) for p in places}))}")
        self.assertEqual([path for path in places if self.readable(path)], [])
        for path in places:
            allowed = ("/run/town-os/environment/", "/town/town/", "/var/lib/containers/", "/run/containers/", "/run/runc/", "/run/crun/")
            self.assertTrue(path.startswith(allowed), path)
        modes = self.host.sh("stat -c '%a %U' /run/town-os/environment /run/town-os/environment/* /town/town").out
        self.assertEqual(set(modes.splitlines()), {"700 root", "600 root"})

    def test_the_password_of_a_repository(self):
        """the password of a repository is in the store alone, and the admin's password is nowhere at all"""
        self.host.exec("htpasswd", "-i", "/etc/git.htpasswd", "robot", input=self.REPOSITORY_WORD)
        self.host.sh("mkdir -p /var/tmp/private/packages/mine")
        self.host.write("/var/tmp/private/packages/mine/1.0.yaml", recipes.app())
        self.host.exec("git-publish", "/var/tmp/private", "private")
        self.town.post("/repository/add", {
            "name": "private", "url": "http://127.0.0.1:8800/git/private.git",
            "username": "robot", "password": self.REPOSITORY_WORD})
        self.town.post("/repository/refresh")
        self.install("mine", repo="private")
        self.host.exec("systemctl", "stop", "git-http")
        with self.assertRaises(ApiError) as caught:
            self.town.post("/repository/refresh")
        self.host.exec("systemctl", "start", "git-http")
        self.assertNotIn(self.REPOSITORY_WORD, str(caught.exception))
        for word in (self.REPOSITORY_WORD, cases.PASSWORD):
            self.not_said(word)
        self.assertEqual([p for p in self.places(self.REPOSITORY_WORD) if not p.startswith("/town/town/store/")], [])
        self.assertEqual(self.places(cases.PASSWORD), [])

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

    SLOW = True

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
        self.assertGreater(before, 0, "the tests' own reloads are counted too")
        self.assertLessEqual(after_install - before, 3)
        self.assertLessEqual(after_upgrade - after_install, 3)
        self.assertLessEqual(after_removal - after_upgrade, 3)

    def test_b_five_edited_at_once(self):
        """five unit files edited at once are put right with one reload of systemd for all that one look saw"""
        names = [f"app{n}" for n in range(5)]
        self.together([("/packages/install", {"repo": "apps", "name": name, "version": "1.0"}) for name in names])
        for name in names:
            self.settled(f"package/apps/{name}")
        files = " ".join(f"/run/systemd/system/town-os-package--apps-{name}-1.0.service" for name in names)
        sums = self.host.sh(f"sha256sum {files}").out
        before = self.reloads()
        self.host.sh(f"for file in {files}; do echo 'Nice=19' >> $file; done")
        eventually(lambda: self.host.sh(f"sha256sum {files}").out == sums, 20, "the files are as they were")
        eventually(lambda: not [f for f in files.split() if self.host.unit(
            f.rsplit("/", 1)[1], "NeedDaemonReload")["NeedDaemonReload"] != "no"], 20, "systemd has read them")
        count = self.reloads() - before
        print(f"     five edited at once | {count} reloads")
        self.assertGreater(count, 0)
        # five edits may fall into two looks
        self.assertLessEqual(count, 2)

    def test_c_nothing_to_do_starts_nothing(self):
        """a whole look at everything that finds nothing to do starts no podman and reloads nothing"""
        for n in range(3):
            self.install(f"app{n}", repo="apps", version="1.0")
            self.settled(f"package/apps/app{n}")
        self.town.post("/storage/create", {"name": "clock", "quota": 50 << 20})
        self.settled("volume/user/clock")

        def seen():
            """A whole look has been: only that one notices a quota that was changed by hand."""
            return f" {50 << 20} " in self.host.exec("btrfs", "qgroup", "show", "-re", "--raw", "/town/user/clock").out

        calls, activity = self.calls(), self.town.entries("/activity")
        self.assertTrue(calls, "podman's calls are not counted")
        self.townd.stop()
        self.host.exec("btrfs", "qgroup", "limit", "7M", "/town/user/clock")
        self.townd.start()  # which reloads systemd itself
        reloads = self.reloads()
        type(self).town = self.townd.client()
        eventually(seen, 20, "the first look of a new townd has been")
        self.host.exec("btrfs", "qgroup", "limit", "7M", "/town/user/clock")
        begin = time.monotonic()
        eventually(seen, 70, "a resync has been")
        for n in range(3):
            self.settled(f"package/apps/app{n}")
        print(f"     nothing to do | {len(self.calls()) - len(calls)} podman processes, {self.reloads() - reloads}"
              f" reloads in a start of townd and a whole resync {time.monotonic() - begin:.0f} s later")
        self.assertEqual(self.calls(), calls)
        self.assertEqual(self.reloads(), reloads)
        self.assertEqual(self.town.entries("/activity"), activity)

    def test_d_an_intent_is_one_synced_write(self):
        """an intent and the record of who asked for it are one synced write of the store"""
        trace = self.host.exec_bg(
            "strace", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", "/var/tmp/syncs", "-p", self.townd.pid())
        self.addCleanup(lambda: trace.communicate(timeout=10))
        self.addCleanup(lambda: self.host.exec("pkill", "strace", check=False))
        eventually(lambda: "attached" in trace.stderr.readline(), 10, "strace is attached")
        for number in range(5):
            self.town.post("/settings/set", {"key": "motd", "value": f"number {number}"})
        syncs = [line for line in self.host.read("/var/tmp/syncs").splitlines() if "/town/town/store/" in line]
        print(f"     five intents | {len(syncs)} synced writes of the store")
        self.assertEqual(len(syncs), 5, syncs)
