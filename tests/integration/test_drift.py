"""Whatever is changed behind townd's back is noticed, said, and put right."""

import time

import cases
from townhost import eventually

WEB = "town-os-package--default-web-1.1"
UNIT = f"{WEB}.service"
FILE = f"/run/systemd/system/{UNIT}"
HTML = "installed/default/web/1.1/html"
NETWORK = "town-os-net--default-web-1.1"

# For a signal to arrive and be acted upon on a machine that is busy with other tests, or a whole resync.
SIGNAL, RESYNC = 10.0, 65.0


class DriftTest(cases.TownCase):
    SLOW = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install("web", responses={"port": "8080", "greeting": "as it should be"})
        for name in ("photos", "films"):
            cls.town.post("/storage/create", {"name": name, "quota": 50 << 20})

    def setUp(self):
        for key in ("package/default/web", "volume/user/photos", "volume/user/films"):
            self.settled(key)
        self.served(8080, "as it should be\n")

    def newest_event(self):
        return max((event["id"] for event in self.town.entries("/events/log")), default=0)

    def drift(self, what, key, break_it, reasons, right, limit, since=None):
        """Breaks something and measures how long it is until an event names it, and until it is right."""
        newest, begin = since or (self.newest_event(), time.monotonic())
        break_it()

        def noticed():
            return [event for event in self.events(key) if event["id"] > newest and event["reason"] in reasons]

        event = eventually(noticed, limit + 30, f"{what}: an event with one of {reasons}")[0]
        seen = time.monotonic() - begin

        def repaired():
            right()
            self.assertEqual(self.resource("package/default/web")["word"], "Ready")
            return self.host.get(8080, timeout=5).text == "as it should be\n"

        eventually(repaired, 60, f"{what}: repaired")
        mended = time.monotonic() - begin
        print(f"     drift | {what:<34} | noticed {seen:5.1f} s | well again {mended:5.1f} s | {event['message']}")
        self.assertTrue(event["warning"], event)
        self.assertLess(seen, limit, f"{what} was noticed too late")

    def active(self):
        self.assertEqual(self.host.unit(UNIT, "ActiveState")["ActiveState"], "active")

    def test_container_killed_by_podman(self):
        """a container that podman kills is up again, and the crash is told"""
        self.drift("container killed with podman", "unit/default/web",
                   lambda: self.host.exec("podman", "kill", "-s", "KILL", WEB),
                   {"Restarted", "Crashed", "StoppedBehindOurBack"}, self.active, SIGNAL)

    def test_process_killed(self):
        """a container whose process is killed is up again, and the crash is told"""
        pid = self.host.exec("podman", "inspect", "-f", "{{.State.Pid}}", WEB).out.strip()
        self.drift("process of the container killed", "unit/default/web",
                   lambda: self.host.exec("kill", "-KILL", pid),
                   {"Restarted", "Crashed"}, self.active, SIGNAL)

    def test_unit_stopped(self):
        """a unit that somebody stops is started again"""
        self.drift("unit stopped with systemctl", "unit/default/web",
                   lambda: self.host.exec("systemctl", "stop", UNIT),
                   {"StoppedBehindOurBack"}, self.active, SIGNAL)

    def test_unit_file_edited(self):
        """an edited unit file is written again"""
        before = self.host.read(FILE)
        self.drift("unit file edited", "unit/default/web",
                   lambda: self.host.sh(f"echo 'Nice=19' >> {FILE}"),
                   {"UnitFileEdited"}, lambda: self.assertEqual(self.host.read(FILE), before), SIGNAL)
        eventually(lambda: self.host.unit(UNIT, "NeedDaemonReload")["NeedDaemonReload"] == "no", 20,
                   "systemd has read the file again")

    def test_unit_file_deleted(self):
        """a deleted unit file is written again"""
        before = self.host.read(FILE)
        self.drift("unit file deleted", "unit/default/web",
                   lambda: self.host.exec("rm", FILE),
                   {"UnitFileDeleted"}, lambda: self.assertEqual(self.host.read(FILE), before), SIGNAL)

    def test_network_removed(self):
        """a removed network is made again, and the container that went with it is back"""
        self.drift("network removed with its container", "network/default/web/1.1",
                   lambda: self.host.exec("podman", "network", "rm", "-f", NETWORK),
                   {"NetworkRemoved"},
                   lambda: self.host.exec("podman", "network", "exists", NETWORK), SIGNAL)
        self.active()

    def test_volumes_changed(self):
        """a quota that was changed by hand is set back, and a renamed volume is moved back with its data"""
        # btrfs tells nobody: the next resync finds both, so both wait for the same one
        self.host.write("/town/user/photos/one.jpg", "kept")

        def limit():
            return self.host.exec("btrfs", "qgroup", "show", "-re", "--raw", "/town/user/films").out

        def rename_and_limit():
            self.host.exec("mv", "/town/user/photos", "/town/user/elsewhere")
            self.host.exec("btrfs", "qgroup", "limit", "7M", "/town/user/films")

        self.assertIn(f" {50 << 20} ", limit())
        since = self.newest_event(), time.monotonic()
        self.drift("volume renamed with mv", "volume/user/photos", rename_and_limit,
                   {"RenamedAway"},
                   lambda: self.assertEqual(self.host.read("/town/user/photos/one.jpg"), "kept"), RESYNC)
        self.assertFalse(self.host.exists("/town/user/elsewhere"))
        self.drift("quota changed with btrfs", "volume/user/films", lambda: None,
                   {"QuotaDrifted"}, lambda: self.assertIn(f" {50 << 20} ", limit()), RESYNC, since)

    def test_volumes_exchanged(self):
        """volumes that somebody gave each other's names get their own back, with their data"""
        self.host.write("/town/user/photos/whose", "photos")
        self.host.write("/town/user/films/whose", "films")

        def exchange():
            self.host.sh("cd /town/user && mv photos t && mv films photos && mv t films")

        def right():
            for name in ("photos", "films"):
                self.assertEqual(self.host.read(f"/town/user/{name}/whose"), name)

        newest, begin = self.newest_event(), time.monotonic()
        exchange()

        def told():
            return [event for name in ("photos", "films") for event in self.events(f"volume/user/{name}")
                    if event["id"] > newest and event["reason"] == "NamesExchanged"]

        event = eventually(told, RESYNC, "an event says that names were exchanged")[0]
        print(f"     drift | names of volumes exchanged         | noticed {time.monotonic() - begin:5.1f} s"
              f" | {event['message']}")
        eventually(lambda: right() is None, 30, "both have their names again")
        self.assertEqual(sorted(self.host.sh("ls /town/user").out.split()), ["films", "photos"])

    def test_volume_replaced_by_a_directory(self):
        """no container is put on a plain directory that took a volume's place, and the volume comes back"""
        newest = self.newest_event()
        self.host.exec("mv", f"/town/{HTML}", "/town/user/away")
        self.host.exec("mkdir", f"/town/{HTML}")
        self.host.write(f"/town/{HTML}/index.html", "not the volume")
        self.host.exec("podman", "kill", "-s", "KILL", WEB)
        eventually(lambda: "plain directory" in self.host.exec(
            "journalctl", "-u", UNIT, "--no-pager", "-o", "cat").out, 20,
            "the unit says why it does not start")
        self.assertEqual(self.host.exec("podman", "ps", "-q", "--filter", f"name={WEB}").out.strip(), "")
        blocked = eventually(lambda: [event for event in self.events(f"volume/{HTML}")
                                      if event["id"] > newest and event["reason"] == "PathTaken"],
                             RESYNC, "an event says what lies in the volume's place")[0]
        self.assertTrue(blocked["warning"], blocked)
        self.assertEqual(self.host.read(f"/town/{HTML}/index.html"), "not the volume")
        self.host.exec("mv", f"/town/{HTML}", "/root/somebody-elses")
        self.settled("package/default/web", timeout=90)
        self.served(8080, "as it should be\n")
        self.active()

    def test_z_nothing_is_left_behind(self):
        """after all of this the machine holds what is wanted and nothing else"""
        self.tidy()
