"""Uninstalling ends an app and keeps its data, until a person says otherwise."""

import json

import cases
import recipes
from townhost import ApiError, eventually

KEPT = "/town/uninstalled/default/notebook/1.0/notes"
HOME = "/town/installed/default/notebook/1.0/notes"
ANSWERS = {"port": "8081", "title": "Diary", "space": "32mb"}
UNIT = "town-os-package--default-notebook-1.0.service"


class UninstallTest(cases.TownCase):
    def fill(self):
        """Random data in the app's volume, written by the app itself; returns the checksums."""
        self.host.sh(
            "podman exec town-os-package--default-notebook-1.0 sh -c"
            " 'mkdir -p /notes/deep/er; head -c 5000000 /dev/urandom > /notes/deep/er/random;"
            " ln -sf random /notes/deep/er/link; chmod 640 /notes/deep/er/random; chown 33:33 /notes/deep'"
        )
        return self.sums(HOME)

    def sums(self, directory):
        """Every file with its checksum, owner, mode and time."""
        return self.host.sh(
            f"cd {directory} && find . -printf '%P %y %U:%G %m %T@ %l\\n' | sort"
            " && find . -type f | sort | xargs sha256sum"
        ).out

    def setUp(self):
        self.install("notebook", responses=ANSWERS)
        self.settled("package/default/notebook")
        self.before = self.fill()

    def tearDown(self):
        if self.resource("package/default/notebook"):
            self.uninstall("notebook", purge_volumes=True)
        self.town.post("/packages/purge-uninstalled-volumes", {"repo": "default", "name": "notebook"})
        self.town.post("/packages/clear-last-responses", {"repo": "default", "name": "notebook"})

    def test_everything_but_the_data_is_gone(self):
        """uninstall stops and removes unit, container, network and port claim"""
        container = self.host.exec("podman", "ps", "-q", "--no-trunc").out.strip()
        self.uninstall("notebook")
        self.gone("package/default/notebook")
        kinds = {resource["kind"] for resource in self.resources()}
        self.assertEqual(kinds & {"unit", "network", "port", "package"}, set())
        self.tidy()
        self.assertEqual(self.host.unit(UNIT, "LoadState")["LoadState"], "not-found")
        self.assertNotIn(container, self.host.exec("podman", "ps", "-a", "-q", "--no-trunc").out)
        self.assertRaises(OSError, self.host.get, 8081)
        self.assertFalse(self.host.exists(f"/run/town-os/environment/{UNIT}"))

    def test_the_data_is_kept_byte_for_byte(self):
        """uninstall moves the data aside and changes no byte, owner, mode or time of it"""
        self.uninstall("notebook")
        self.assertFalse(self.host.exists(HOME))
        self.assertEqual(self.sums(KEPT), self.before)
        kept = self.town.post("/packages/uninstalled-volumes", {"repo": "default", "name": "notebook"})
        self.assertEqual(kept, {"has_uninstalled_volumes": True, "uninstalled_versions": ["1.0"]})

    def test_reuse_brings_the_data_back(self):
        """an install with reuse_volumes brings data and quota back, and the app serves it"""
        self.uninstall("notebook")
        self.install("notebook", reuse_volumes=True)
        self.settled("package/default/notebook")
        self.assertEqual(self.sums(HOME), self.before)
        self.assertFalse(self.host.exists(KEPT))
        self.served(8081, "Diary\n")
        volume = self.resource("volume/installed/default/notebook/1.0/notes")
        self.assertEqual(volume["spec"]["quota"], 32 << 20)
        self.tidy()

    def test_without_reuse_it_begins_empty(self):
        """an install without reuse_volumes begins empty, and leaves the kept data where it is"""
        self.uninstall("notebook")
        self.install("notebook", responses=ANSWERS)
        self.settled("package/default/notebook")
        self.assertFalse(self.host.exists(f"{HOME}/deep"))
        self.assertEqual(self.sums(KEPT), self.before)

    def test_last_answers_are_offered(self):
        """the answers of an uninstalled app are offered, until they are cleared"""
        self.uninstall("notebook")
        which = {"repo": "default", "name": "notebook"}
        # as they were given, not what they came to
        self.assertEqual(self.town.post("/packages/last-responses", which), ANSWERS)
        self.town.post("/packages/clear-last-responses", which)
        self.assertEqual(self.town.post("/packages/last-responses", which), {})

    def test_purge_destroys_the_data(self):
        """uninstall with purge_volumes destroys the data and leaves no subvolume or quota group"""
        self.uninstall("notebook", purge_volumes=True)
        self.gone("volume/installed/default/notebook/1.0/notes")
        self.assertFalse(self.host.exists(HOME))
        self.assertFalse(self.host.exists(KEPT))
        self.tidy()
        eventually(
            lambda: "stale" not in self.host.exec("btrfs", "qgroup", "show", "/town").out,
            60, "no quota group of a destroyed volume is left", interval=1,
        )

    def test_purge_of_what_was_kept(self):
        """kept data is destroyed by a purge, and by nothing else"""
        self.uninstall("notebook")
        self.town.post("/packages/purge-uninstalled-volumes", {"repo": "default", "name": "notebook"})
        eventually(lambda: not self.host.exists(KEPT), 30, "the kept data is gone")
        self.tidy()


class ImportTest(cases.TownCase):
    """Another version, or another app beside it, may begin with a copy of kept data."""

    OLD = "/town/uninstalled/apps/diary/1.0/notes"
    NEW = "/town/installed/apps/diary/2.0"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.publish("apps", {"diary": {
            "1.0": recipes.app(volumes={"notes": "30mb"}),
            "2.0": recipes.app(volumes={"notes": "40mb", "more": "10mb"}),
            "3.0": recipes.app(volumes={"notes": "5mb"}),
        }})
        cls.install("diary", repo="apps", version="1.0")
        cls.settled("package/apps/diary")
        cls.host.sh("head -c 12000000 /dev/urandom > /town/installed/apps/diary/1.0/notes/random;"
                    " chown 33:34 /town/installed/apps/diary/1.0/notes/random; btrfs filesystem sync /town")
        cls.before = cls.sum("/town/installed/apps/diary/1.0/notes")
        cls.uninstall("diary", repo="apps")
        cls.gone("package/apps/diary")

    @classmethod
    def sum(cls, directory):
        return cls.host.sh(f"cd {directory} && stat -c '%n %u:%g %a %s %Y' random && sha256sum random").out

    def tearDown(self):
        if self.resource("package/apps/diary"):
            self.uninstall("diary", repo="apps", purge_volumes=True)
            self.gone("package/apps/diary")
        self.assertEqual(self.sum(self.OLD), self.before, "what was copied from has changed")
        self.tidy()

    def test_another_version_begins_with_a_copy(self):
        """import_from_version: the new version's volumes begin as a copy, with the quota that it asks for"""
        self.install("diary", repo="apps", version="2.0", import_from_version="1.0")
        self.settled("package/apps/diary")
        self.assertEqual(self.sum(f"{self.NEW}/notes"), self.before)
        self.assertEqual(self.host.exec("ls", "-A", f"{self.NEW}/more").out, "")
        volume = self.resource("volume/installed/apps/diary/2.0/notes")
        self.assertEqual(volume["spec"]["quota"], 40 << 20)
        self.assertIn("as a copy of uninstalled/apps/diary/1.0/notes", json.dumps(volume["events"]))
        self.host.write(f"{self.NEW}/notes/random", "another")
        self.assertEqual(self.sum(self.OLD), self.before)
        # what is there is not copied over it again
        self.townd.restart()
        type(self).town = self.townd.client()
        self.settled("package/apps/diary")
        self.assertEqual(self.host.read(f"{self.NEW}/notes/random"), "another")

    def test_a_copy_larger_than_its_quota(self):
        """a copy that holds more than the new version allows is whole, and says that it is over its quota"""
        self.install("diary", repo="apps", version="3.0", import_from_version="1.0")
        self.assertEqual(self.sum("/town/installed/apps/diary/3.0/notes"), self.before)

        def told():
            volume = self.resource("volume/installed/apps/diary/3.0/notes")
            (said,) = [c for c in volume["status"]["conditions"] if c["type"] == "Degraded"]
            self.assertEqual(said["reason"], "OverQuota")
            return True

        eventually(told, 65, "it is over its quota")

    def test_a_version_without_kept_data(self):
        """import_from_version of a version that nothing is kept of is refused, and names what there is"""
        with self.assertRaises(ApiError) as caught:
            self.install("diary", repo="apps", version="2.0", import_from_version="0.9")
        self.assertEqual(caught.exception.status, 404)
        self.assertIn("there is that of 1.0", str(caught.exception))
        self.assertIsNone(self.resource("package/apps/diary"))
