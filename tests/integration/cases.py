"""What integration tests inherit from: one host per class, thrown away afterwards.

A test is a method whose docstring is the sentence it proves.
"""

import pathlib
import tempfile
import unittest
import urllib.parse

import machine
from townhost import ApiError, Host, Townd, eventually

EXAMPLES = "http://127.0.0.1:8800/open/default.git"
PASSWORD = "correct-horse-battery"


class HostCase(unittest.TestCase):
    """self.host is up, with the registry and the git server."""

    SIZE = "4G"  # of the btrfs at /town
    VOLUMES = {}  # further ones: {path: size}
    SERVICES = True
    SLOW = False  # a minute or more: begins before the others

    host = None

    @classmethod
    def setUpClass(cls):
        cls.host = Host(size=cls.SIZE, volumes=cls.VOLUMES)
        # also runs when a setUpClass fails half-way
        cls.addClassCleanup(cls.host.down)
        cls.host.up()
        if cls.SERVICES:
            cls.host.services()

    @classmethod
    def failure_report(cls):
        """Printed by the runner under a failed test."""
        return ""


class TownCase(HostCase):
    """In addition self.townd runs, and self.town is signed in as its admin."""

    ARGS = ()  # of townd
    ENV = {}
    BOOTSTRAP = True  # False: nobody has an account yet, and self.town is nobody
    REPOSITORIES = {"default": EXAMPLES}  # declared before the first test

    townd = town = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the repository that a first boot declares by itself is out of reach here
        env = {"TOWN_OS_DEFAULT_REPOSITORY": "", **cls.ENV}
        cls.townd = Townd(cls.host, args=cls.ARGS, env=env).start()
        cls.town = cls.townd.client() if cls.BOOTSTRAP else cls.townd.anonymous()
        if cls.BOOTSTRAP:
            for name, url in cls.REPOSITORIES.items():
                cls.town.post("/repository/add", {"name": name, "url": url})

    @classmethod
    def failure_report(cls):
        return f"--- journal of townd\n{cls.townd.journal(60)}" if cls.townd else ""

    # --- asking

    @classmethod
    def ctl(cls, *args, check=True, timeout=120):
        """townctl inside the host, logged in as the admin."""
        if not cls.host.exists("/root/.config/town/login.json"):
            cls.townd.townctl("login", "--username", "admin", "--password-file", "-", input=PASSWORD)
        return cls.townd.townctl(*args, check=check, timeout=timeout)

    @classmethod
    def install(cls, name, repo="default", version="latest", timeout=120, **more):
        """Installs and waits; `responses` and the rest as the API takes them."""
        body = {"repo": repo, "name": name, "version": version, **more}
        return cls.town.post("/packages/install", body, timeout=timeout)

    @classmethod
    def uninstall(cls, name, repo="default", timeout=120, **more):
        """Uninstalls whichever version is installed, and waits."""
        version = cls.resource(f"package/{repo}/{name}")["spec"]["version"]
        body = {"repo": repo, "name": name, "version": version, **more}
        return cls.town.post("/packages/uninstall", body, timeout=timeout)

    @classmethod
    def publish(cls, repository, packages):
        """Makes {name: {version: yaml}} a repository that the box has read."""
        with tempfile.TemporaryDirectory() as directory:
            for name, versions in packages.items():
                folder = pathlib.Path(directory) / "packages" / name
                folder.mkdir(parents=True)
                for version, text in versions.items():
                    (folder / f"{version}.yaml").write_text(text, encoding="utf-8")
            cls.host.git_publish(directory, repository)
        url = f"http://127.0.0.1:8800/open/{repository}.git"
        if any(entry["name"] == repository for entry in cls.town.entries("/repository")):
            cls.town.post("/repository/refresh")
        else:
            cls.town.post("/repository/add", {"name": repository, "url": url})

    # --- looking

    @classmethod
    def resource(cls, key):
        """All that is known of it, or None."""
        try:
            return cls.town.get("/resources/" + urllib.parse.quote(key))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    @classmethod
    def resources(cls):
        """Every resource there is, in full."""
        whole = [cls.resource(entry["key"]) for entry in cls.town.entries("/resources")]
        return [resource for resource in whole if resource]

    @classmethod
    def events(cls, key):
        """What happened to it, newest first."""
        return cls.town.entries("/events/log", key=key)

    @classmethod
    def revision(cls):
        return cls.town.post("/plan", {})["revision"]

    @classmethod
    def settled(cls, key, word="Ready", timeout=60):
        """Waits until it says that word of itself, and returns it."""

        def check():
            now = cls.resource(key)
            assert now and now["word"] == word, now and (now["word"], now["reason"], now["message"])
            return now

        return eventually(check, timeout, f"{key} is {word}")

    @classmethod
    def gone(cls, key, timeout=60):
        eventually(lambda: cls.resource(key) is None, timeout, f"{key} is gone")

    @classmethod
    def served(cls, port, text, path="/", timeout=20):
        """Waits until that is the page at a port: an app is up a little before it listens."""

        def check():
            page = cls.host.get(port, path, timeout=5).text
            assert page == text, page
            return True

        eventually(check, timeout, f"port {port} serves {text!r}")

    @classmethod
    def tidy(cls, timeout=60):
        """Waits until the machine holds what the graph says, and nothing else."""

        def check():
            wrong = machine.difference(cls.host, cls.resources())
            assert not wrong, wrong
            return True

        eventually(check, timeout, "the machine holds what is wanted and nothing else", interval=0.5)
