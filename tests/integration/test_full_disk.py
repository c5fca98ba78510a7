"""A full disk is named, and can be cured through the box: what it kept back for itself is given up for that."""

import cases
from townhost import ApiError, eventually

DATA = "disk/data"
WEB = "town-os-package--default-web-1.1.service"
UNTIL_FULL = "for size in 1M 64k 4k 1k; do dd if=/dev/zero of={}.$size bs=$size; done; sync"


class FullDiskTest(cases.TownCase):
    SIZE = "256M"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as in townd.service: a townd that could not go on is followed by another
        cls.host.write("/etc/systemd/system/townd.service.d/again.conf", (
            "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=2\n"))
        cls.host.exec("systemctl", "daemon-reload")
        cls.publish("apps", {"hoard": {"1.0": (
            "image: docker.io/library/busybox:latest\ndescription: takes all it gets\n"
            "command: [sleep, infinity]\nvolumes:\n  all: {mountpoint: /all}\n")}})
        cls.install("web", responses={"port": "8080", "greeting": "still here"})
        cls.settled("package/default/web")

    def setUp(self):
        self.settled(DATA)
        eventually(lambda: self.slices() == 8, 20, "the reserve is whole")
        self.run = self.host.unit(WEB, "InvocationID")
        self.addCleanup(lambda: self.host.sh(
            "rm -rf /town/filler*; find /town/user /town/installed/apps -type f -delete; sync", check=False))

    def fill(self, path="/town/filler"):
        """Like an app that writes until it may not; then ends."""
        self.assertIn("No space left on device", self.host.sh(UNTIL_FULL.format(path), check=False).err)

    def slices(self):
        return int(self.host.sh("ls /town/town/reserve 2>/dev/null | wc -l").out)

    def log_in_anew(self):
        type(self).town = eventually(self.townd.client, 30, "somebody can log in")

    def web_goes_on(self):
        self.served(8080, "still here\n")
        self.assertEqual(self.host.unit(WEB, "InvocationID"), self.run, "web was restarted")

    def named(self, timeout=30):
        """The condition, once it says what is wrong."""
        now = self.settled(DATA, word="Degraded", timeout=timeout)
        self.assertEqual(now["reason"], "DiskFull")
        self.assertIn("the disk is full", now["message"])
        self.assertIn("townctl volume remove", now["message"])
        return now["message"]

    def healed(self):
        self.settled(DATA, timeout=40)
        eventually(lambda: self.slices() == 8, 20, "the reserve is whole again")
        self.assertNotIn("disk_error", self.town.get("/status/ping"))
        self.assertEqual(self.events(DATA)[0]["reason"], "HasRoom")
        self.settled("package/default/web")
        self.web_goes_on()
        self.tidy()

    def test_a_volume_that_fills_the_disk_is_removed(self):
        """a full disk is named, nothing new is taken on, and removing what fills it heals all, without a restart"""
        self.town.post("/storage/create", {"name": "photos"})
        self.settled("volume/user/photos")
        boot = self.town.get("/status/ping")["boot_id"]
        self.fill("/town/user/photos/film")
        message = self.named()
        print(f"     full disk | {message}")
        self.assertIn("user/photos", message)
        self.assertIn("the disk is full", self.town.get("/status/ping")["disk_error"])
        self.assertEqual(self.events(DATA)[0]["reason"], "DiskFull")
        self.assertIn("the disk is full", self.ctl("get", "disk").out)
        self.assertIn("DiskFull", self.ctl("describe", DATA).out)
        self.web_goes_on()
        for path, body in (("/storage/create", {"name": "more"}),
                           ("/packages/install", {"repo": "default", "name": "notebook", "version": "latest"})):
            with self.assertRaises(ApiError) as caught:
                self.town.post(path, body)
            self.assertEqual(caught.exception.status, 503)
            self.assertIn("the disk is full", str(caught.exception))
        self.log_in_anew()
        self.town.post("/storage/remove", {"name": "photos"})
        self.gone("volume/user/photos")
        self.healed()
        self.assertEqual(self.town.get("/status/ping")["boot_id"], boot, "townd was restarted")
        self.town.post("/storage/create", {"name": "after", "quota": 10 << 20})
        self.settled("volume/user/after")
        self.town.post("/storage/remove", {"name": "after"})

    def test_an_app_is_uninstalled_with_its_data(self):
        """on a full disk an app can be uninstalled with its data, which makes room"""
        self.install("hoard", repo="apps")
        self.settled("package/apps/hoard")
        volume = next(r["spec"]["path"] for r in self.resources() if r["key"].startswith("volume/installed/apps"))
        self.fill(f"/town/{volume}/file")
        self.named()
        self.log_in_anew()
        self.uninstall("hoard", repo="apps", purge_volumes=True)
        self.gone("package/apps/hoard")
        self.healed()

    def test_z_a_cold_boot_on_a_full_disk(self):
        """the box boots on a full disk, serves, and is cured through the API"""
        self.town.post("/storage/create", {"name": "photos"})
        self.settled("volume/user/photos")
        self.townd.enable()
        self.townd.stop()  # so that nothing is given up before
        self.fill("/town/user/photos/film")
        self.host.reboot()
        self.townd.wait_ready()
        self.log_in_anew()
        self.named()
        self.served(8080, "still here\n", timeout=60)
        self.run = self.host.unit(WEB, "InvocationID")
        self.town.post("/storage/remove", {"name": "photos"})
        self.gone("volume/user/photos")
        self.healed()

    def test_when_nothing_is_left_at_all(self):
        """where all that was kept back is eaten, too, that is said, what runs goes on, and with room it heals itself"""
        boot = self.town.get("/status/ping")["boot_id"]
        self.fill("/town/filler1")
        refusals = []
        for attempt in range(40):  # each gives up a part, which is eaten at once
            try:
                self.town.post("/settings/set", {"key": "locale", "value": f"x{attempt}"})
            except ApiError as error:
                refusals.append(str(error))
                break
            self.fill(f"/town/filler2-{attempt}")
        print(f"     nothing left | after {attempt} writes: {refusals}")
        self.assertIn("the disk is full", refusals[0])
        self.web_goes_on()
        self.assertEqual(self.resource("package/default/web")["word"], "Ready")
        self.assertIn("the disk is full", self.town.get("/status/ping")["disk_error"])
        # and a townd that must begin like this says what to do
        self.townd.stop()
        self.fill("/town/filler3")
        self.host.exec("systemctl", "start", "townd", check=False)
        eventually(lambda: "by hand" in self.townd.journal(30), 30, "it says what is to be done")
        self.web_goes_on()
        self.host.sh("rm /town/filler*; sync")
        self.townd.wait_ready()
        self.log_in_anew()
        self.healed()
        self.assertNotEqual(self.town.get("/status/ping")["boot_id"], boot)

    def test_too_many_files(self):
        """a disk that has room for data but none for more files is named and cured, too"""
        self.town.post("/storage/create", {"name": "mails"})
        self.settled("volume/user/mails")
        done = self.host.sh(
            "cd /town/user/mails; dd if=/dev/zero of=large bs=1M; rm large; sync; "
            "perl -e 'for ($i = 0; open(F, \">$i\"); $i++) { syswrite(F, \"m\" x 2000) or last; close F } print $i'; sync",
            check=False, timeout=280)
        print(f"     too many files | {done.out}")
        self.log_in_anew()
        message = eventually(self.named, 60)
        print(f"     too many files | {message}")
        self.web_goes_on()
        self.town.post("/storage/remove", {"name": "mails"})
        self.gone("volume/user/mails")
        self.healed()
