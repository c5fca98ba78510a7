"""Volumes that begin with something in them, and commands after an installation."""

import json
import pathlib
import random
import tempfile
import time

import cases
import recipes
from townhost import ApiError, eventually

FILES = 3000
SITE = "/town/installed/grown/site/1.0"
BULK = "/town/installed/grown/bulk/1.0/data"


def serving(directory):
    return ["sh", "-c", f"httpd -p 80 -h {directory}; {recipes.WAIT}"]


PACKAGES = {
    "site": {
        "image": "busybox:latest",
        "command": serving("/pages"),
        "network": {"external": {"8095": "80"}},
        "questions": {"token": {"query": "Which token?", "type": "secret"}},
        "volumes": {
            "pages": {"mountpoint": "/pages", "git": "http://127.0.0.1:8800/open/pages.git"},
            "closed": {"mountpoint": "/closed", "uid": 33, "gid": 33},
            "photos": {"mountpoint": "/photos", "archive": "photos.tar.gz", "uid": 1000, "gid": 1001},
            "stock": {"mountpoint": "/stock"},
        },
        "git_sources": [{"url": "http://town:@token@@@127.0.0.1:8800/git/pages.git", "branch": "@branch@",
                         "volume": "closed"}],
        "archives": [{"image": "nginx:1.26-alpine", "directory": "/usr/share/nginx/html", "volume": "stock"}],
    },
    "bulk": {
        "image": "busybox:latest",
        "command": ["sh", "-c", recipes.WAIT],
        "volumes": {"data": {"mountpoint": "/data", "archive": "bulk.tar"}},
    },
    "tight": {
        "image": "busybox:latest",
        "command": ["sh", "-c", recipes.WAIT],
        "volumes": {"data": {"mountpoint": "/data", "quota": "1mb", "archive": "large.tar"}},
    },
    "evil": {
        "image": "busybox:latest",
        "command": ["sh", "-c", recipes.WAIT],
        "volumes": {"data": {"mountpoint": "/data", "archive": "evil.tar"}},
    },
}
PACKAGES["site"]["questions"]["branch"] = {"query": "Which branch?", "default": "master"}
ADMIN = {
    "image": "busybox:latest",
    "command": ["sh", "-c", recipes.WAIT],
    "questions": {"password": {"query": "Which password?", "type": "secret"}},
    "volumes": {"data": {"mountpoint": "/data"}},
    "post_install": ["echo \"it's @password@\" >> /data/log; echo made an admin", "exit 4", "echo $(id -u) >> /data/log"],
}


class SeedsTest(cases.TownCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with tempfile.TemporaryDirectory() as directory:
            (pathlib.Path(directory) / "index.html").write_text("from git\n", encoding="utf-8")
            cls.host.git_publish(directory, "pages")
        cls.branch = cls.host.exec("git", "-C", "/srv/git/pages.git", "symbolic-ref", "--short", "HEAD").out.strip()
        cls.publish("grown", {
            **{name: {"1.0": json.dumps(package)} for name, package in PACKAGES.items()},
            "admin": {version: json.dumps(ADMIN) for version in ("1.0", "2.0")},
        })
        cls.host.sh(
            f"cd /tmp && mkdir -p bulk && for i in $(seq {FILES}); do echo $i > bulk/$i; done"
            " && tar -C bulk -cf /town/archives/bulk.tar . && head -c 4000000 /dev/urandom > large"
            " && tar -cf /town/archives/large.tar large"
            " && ln -sf /etc evil && tar -cf /town/archives/evil.tar evil")

    def tearDown(self):
        for name in (*PACKAGES, "admin"):
            if self.resource(f"package/grown/{name}"):
                self.uninstall(name, repo="grown", purge_volumes=True)
        self.tidy()

    def file(self, path):
        return self.host.read(f"{SITE}/{path}")

    def test_each_source_fills_its_volume_before_the_app_starts(self):
        """git, a private branch, an image and an archive fill volumes, which are whole when the app runs"""
        try:
            self.install("site", repo="grown", responses={"token": "secret", "branch": self.branch}, timeout=30)
        except (ApiError, OSError):
            pass  # it waits for the archive, which is tested next
        said = self.settled("volume/installed/grown/site/1.0/photos", word="Degraded")
        self.assertEqual(said["reason"], "ArchiveMissing")
        self.assertIn("/town/archives", said["message"])
        self.assertFalse(self.host.exists(f"{SITE}/photos"))
        self.assertEqual(self.host.exec("podman", "ps", "-q").out, "")
        self.host.sh("cd /tmp && echo a > a.jpg && tar -czf /town/archives/photos.tar.gz a.jpg")
        self.settled("package/grown/site", timeout=120)
        self.served(8095, "from git\n", path="/index.html")
        self.assertEqual(self.file("closed/index.html"), "from git\n")
        self.assertNotIn("secret", self.file("closed/.git/config"))
        self.assertEqual(self.host.exec("stat", "-c", "%u:%g", f"{SITE}/closed/index.html").out.strip(), "33:33")
        self.assertEqual(self.host.exec("stat", "-c", "%u:%g", f"{SITE}/photos/a.jpg").out.strip(), "1000:1001")
        self.assertIn("nginx", self.file("stock/index.html").lower())
        self.assertNotIn("secret", json.dumps(self.resource("volume/installed/grown/site/1.0/closed")))
        self.host.sh(f"rm {SITE}/pages/index.html")
        self.townd.restart()
        type(self).town = self.townd.client()
        self.settled("package/grown/site")
        self.assertFalse(self.host.exists(f"{SITE}/pages/index.html"))
        self.tidy()

    def test_what_does_not_fit_or_leads_out_is_refused(self):
        """an archive beyond the quota, and one that leads out of the volume, leave nothing and say why"""
        for name, reason in (("tight", "QuotaExceeded"), ("evil", "ArchiveUnsafe")):
            with self.subTest(name):
                try:
                    self.install(name, repo="grown", timeout=30)
                except (ApiError, OSError):
                    pass
                said = self.settled(f"volume/installed/grown/{name}/1.0/data", word="Degraded")
                self.assertEqual(said["reason"], reason)
                self.assertFalse(self.host.exists(f"/town/installed/grown/{name}/1.0/data"))
                eventually(lambda: not self.host.sh("ls /town/town/staging").out, 10, "nothing half filled is left")

    def test_kill_9_leaves_nothing_or_the_whole(self):
        """whenever townd is killed while it fills a volume, there is nothing, or every file"""
        rng = random.Random(7)
        seen = set()
        for _ in range(6):
            self.town.post("/plan", {})
            try:
                self.install("bulk", repo="grown", timeout=rng.uniform(0.05, 0.6))
            except (ApiError, OSError):
                pass
            time.sleep(rng.uniform(0, 0.4))
            self.townd.kill()
            count = int(self.host.sh(f"ls {BULK} 2>/dev/null | wc -l").out)
            self.assertIn(count, (0, FILES))
            seen.add(count)
            self.townd.start()
            type(self).town = self.townd.client()
            self.install("bulk", repo="grown")
            self.settled("package/grown/bulk")
            self.assertEqual(int(self.host.sh(f"ls {BULK} | wc -l").out), FILES)
            self.uninstall("bulk", repo="grown", purge_volumes=True)
            self.gone("package/grown/bulk")
            self.tidy()
        self.assertEqual(self.host.sh("ls /town/town/staging").out, "")

    def test_commands_run_once_after_an_install(self):
        """post_install runs once an install, in the container; a failure is shown and stops nothing"""
        log = "/town/installed/grown/admin/1.0/data/log"
        self.install("admin", repo="grown", version="1.0", responses={"password": "pa ss%n$1"})
        said = self.settled("unit/grown/admin", word="Degraded")
        self.assertEqual(said["reason"], "AfterInstallFailed")
        self.assertIn("command 2 of 3 ended with code 4", said["message"])
        wanted = ["it's pa ss%n", "0"]
        self.assertEqual(self.host.read(log).splitlines(), wanted)
        self.host.exec("journalctl", "--sync")
        unit = "town-os-package--grown-admin-1.0.service"
        page = self.town.get("/systemd/logs/tail", unit=unit, lines=50)
        self.assertIn("made an admin", [entry["Message"] for entry in page["entries"]])
        self.townd.enable()
        self.townd.kill()
        self.host.exec("podman", "kill", "--signal", "KILL", unit.removesuffix(".service"))
        self.host.reboot()
        self.host.exec("systemctl", "start", "docker-registry", "git-http")  # for the other tests
        self.townd.wait_ready()
        type(self).town = self.townd.client()
        eventually(lambda: self.host.exec("podman", "ps", "-q").out.strip(), 60, "the app runs again")
        self.settled("unit/grown/admin", word="Degraded")
        self.tidy()
        self.assertEqual(self.host.read(log).splitlines(), wanted)
        self.install("admin", repo="grown", version="2.0")
        self.settled("unit/grown/admin", word="Degraded")
        self.assertEqual(self.host.read(log.replace("1.0", "2.0")).splitlines(), 2 * wanted)
