"""Quotas are felt where it counts, inside the container, and change while it runs."""

import cases
from townhost import eventually

NAME = "town-os-package--default-notebook-1.0"
NOTES = "installed/default/notebook/1.0/notes"


class QuotaTest(cases.TownCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install("notebook", responses={"port": "8081", "space": "20mb"})
        cls.settled("package/default/notebook")
        cls.town.post("/storage/create", {"name": "photos", "quota": 100 << 20})

    def setUp(self):
        self.set_quota(20 << 20)

    def tearDown(self):
        self.inside("rm", "-f", "/notes/x", "/notes/y", "/log/x")

    def inside(self, *argv, check=True):
        return self.host.exec("podman", "exec", NAME, *argv, check=check)

    def fill(self, path, megabytes):
        """Writes that much inside the container; the command's result."""
        return self.inside("dd", "if=/dev/zero", f"of={path}", "bs=1M", f"count={megabytes}", "conv=fsync", check=False)

    def set_quota(self, size):
        self.town.post("/storage/modify", {"name": NOTES, "filesystem": {"name": NOTES, "quota": size}})

    def container(self):
        return self.host.exec("podman", "inspect", "-f", "{{.Id}} {{.State.StartedAt}}", NAME).out

    def test_a_full_volume_stops_its_app_alone(self):
        """writing past the quota fails with "Disk quota exceeded", and no other volume feels it"""
        full = self.fill("/notes/x", 40)
        self.assertFalse(full.ok)
        self.assertIn("Disk quota exceeded", full.err)
        self.assertTrue(self.fill("/log/x", 5).ok)
        self.host.sh("dd if=/dev/zero of=/town/user/photos/x bs=1M count=50 && rm /town/user/photos/x")
        self.inside("rm", "/notes/x")
        self.assertTrue(self.fill("/notes/y", 5).ok, "there is room again after deleting")

    def test_a_quota_changes_while_the_app_runs(self):
        """a changed quota holds at once, and nothing is restarted for it"""
        before = self.container()
        self.assertFalse(self.fill("/notes/x", 40).ok)
        self.set_quota(60 << 20)
        raised = self.fill("/notes/x", 40)
        self.assertTrue(raised.ok, raised.err)
        self.set_quota(45 << 20)
        self.assertFalse(self.fill("/notes/y", 20).ok)
        self.assertEqual(self.container(), before)
        volume = self.resource(f"volume/{NOTES}")
        self.assertEqual(volume["spec"]["quota"], 45 << 20)
        self.assertIn("QuotaChanged", [event["reason"] for event in volume["events"]])
        stored = self.town.post("/storage", {"search": "notes"})["entries"]
        self.assertEqual([entry["quota"] for entry in stored], [45 << 20])

    def test_a_quota_smaller_than_the_data(self):
        """a quota below what is stored harms nothing: it is said, with the ways out, until it fits"""
        self.assertTrue(self.fill("/notes/x", 15).ok)
        sums = self.inside("sha256sum", "/notes/x").out
        self.host.exec("btrfs", "filesystem", "sync", "/town")
        before = self.container()
        self.set_quota(5 << 20)

        def told():
            volume = self.resource(f"volume/{NOTES}")
            (said,) = [c for c in volume["status"]["conditions"] if c["type"] == "Degraded"]
            self.assertEqual(said["reason"], "OverQuota")
            return said["message"]

        message = eventually(told, 65, "it is over its quota")
        for word in ("15", "5 MB", "nothing more can be written", "quota is raised"):
            self.assertIn(word, message)
        self.assertIn("Disk quota exceeded", self.fill("/notes/y", 1).err)
        self.assertEqual(self.inside("sha256sum", "/notes/x").out, sums)
        self.assertEqual(self.resource("package/default/notebook")["word"], "Degraded")
        self.assertEqual(self.container(), before)
        self.set_quota(30 << 20)
        self.settled(f"volume/{NOTES}", timeout=65)
        self.settled("package/default/notebook")

    def test_a_volume_over_its_quota_is_renamed_and_freed_of_it(self):
        """a volume over its quota can be renamed, limited anew and freed of its quota, also in one go"""

        def modify(name, new_name, quota):
            self.town.post("/storage/modify", {"name": name, "filesystem": {"name": new_name, "quota": quota}})

        def write(name, megabytes):
            return self.host.sh(f"dd if=/dev/zero of=/town/user/{name} bs=1M count={megabytes} conv=fsync", check=False)

        self.addCleanup(lambda: self.host.sh("rm -f /town/user/photos/?"))
        self.assertTrue(write("photos/x", 30).ok)
        self.host.exec("btrfs", "filesystem", "sync", "/town")
        modify("photos", "photos", 10 << 20)
        self.assertIn("Disk quota exceeded", write("photos/y", 1).err)
        modify("photos", "pictures", 0)
        self.settled("volume/user/pictures")
        self.assertTrue(write("pictures/y", 5).ok)
        modify("pictures", "pictures", 20 << 20)
        modify("pictures", "photos", 15 << 20)
        self.assertIn("Disk quota exceeded", write("photos/z", 1).err)
        modify("photos", "photos", 100 << 20)
        self.settled("volume/user/photos", timeout=65)
        self.assertTrue(write("photos/z", 1).ok)
