"""Uninstalling ends an app and keeps its data, until a person says otherwise."""

import cases
from townhost import eventually

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
