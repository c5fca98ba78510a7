"""A volume of one app in another."""

import json

import cases
import recipes
from townhost import ApiError

PHOTOS = {
    "image": "busybox:latest",
    "command": ["sh", "-c", f"echo \"from $VERSION\" >> /pictures/index.html; {recipes.WAIT}"],
    "volumes": {"pictures": {"mountpoint": "/pictures", "exported": True}, "diary": {"mountpoint": "/diary"}},
}
VIEWER = {
    "image": "busybox:latest",
    "command": ["sh", "-c", f"mkdir -p /pics; httpd -p 80 -h /pics; {recipes.WAIT}"],
    "network": {"external": {"8096": "80"}},
    "questions": {"from": {"query": "Whose pictures?", "type": "shared_volume"}},
    "attach": {"pics": {"volume": "@from@", "path": "/pics", "readonly": True}},
}
CONTAINER = "town-os-package--shared-viewer-1.0"


class AttachTest(cases.TownCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.publish("shared", {
            "photos": {version: json.dumps({**PHOTOS, "environment": {"VERSION": version}})
                       for version in ("1.0", "2.0")},
            "viewer": {"1.0": json.dumps(VIEWER)},
        })

    def test_a_volume_is_shared_through_its_owners_life(self):
        """another app's exported volume is served read only, through upgrade, uninstall and reinstall"""
        for wrong in ("shared/photos/pictures", "nonsense"):
            with self.assertRaises(ApiError):
                self.install("viewer", repo="shared", responses={"from": wrong})
        self.install("photos", repo="shared", version="1.0")
        with self.assertRaisesRegex(ApiError, "attach.pics.volume"):
            self.install("viewer", repo="shared", responses={"from": "shared/photos/diary"})
        self.install("viewer", repo="shared", responses={"from": "shared/photos/pictures"})
        self.settled("package/shared/viewer")
        self.served(8096, "from 1.0\n", path="/index.html")
        self.assertFalse(self.host.exec("podman", "exec", CONTAINER, "touch", "/pics/x", check=False).ok)
        self.install("photos", repo="shared", version="2.0")
        self.settled("package/shared/photos")
        self.settled("package/shared/viewer")
        self.served(8096, "from 1.0\nfrom 2.0\n", path="/index.html")
        self.uninstall("photos", repo="shared")
        self.gone("package/shared/photos")
        self.settled("package/shared/viewer")
        self.tidy()
        self.assertEqual(self.host.exec("podman", "exec", CONTAINER, "ls", "/pics").out, "")
        self.install("photos", repo="shared", version="2.0", reuse_volumes=True)
        self.settled("package/shared/viewer")
        self.served(8096, "from 1.0\nfrom 2.0\nfrom 2.0\n", path="/index.html")
        self.uninstall("viewer", repo="shared")
        self.uninstall("photos", repo="shared", purge_volumes=True)
        self.gone("package/shared/photos")
        self.tidy()
