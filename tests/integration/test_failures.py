"""When something is in the way: it is said in words that help, nothing half-done stays, the rest goes on."""

import contextlib
import time

import cases
import recipes
from townhost import ApiError, eventually

PRIVATE = "http://127.0.0.1:8800/git/private.git"
SERVE = "trap 'exit 0' TERM; echo up > /tmp/index.html; httpd -f -p 80 -h /tmp & wait"


class FailureCase(cases.TownCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install("web", responses={"port": "8080", "greeting": "still here"})
        cls.settled("package/default/web")
        cls.publish("apps", cls.PACKAGES)

    PACKAGES = {}

    def setUp(self):
        # whatever goes wrong in a test, the app that has nothing to do with it keeps running
        self.invocation = self.run_of("web")

    def tearDown(self):
        for identity in self.town.get("/packages/installed", limit=100)["entries"]:
            repo, name = identity.split("@")[0].split("/")
            if repo == "apps":
                self.uninstall(name, repo=repo, purge_volumes=True)
        self.tidy()
        self.served(8080, "still here\n")
        self.assertEqual(self.run_of("web"), self.invocation, "web was restarted")

    def run_of(self, name):
        return self.host.unit(f"town-os-package--default-{name}-1.1.service", "InvocationID")["InvocationID"]

    def refused(self, *args, **more):
        """The problem that an install is refused with."""
        with self.assertRaises(ApiError) as caught:
            self.install(*args, **more)
        return caught.exception

    def condition(self, key, kind="Degraded"):
        found = {c["type"]: c for c in self.resource(key)["status"]["conditions"]}
        self.assertIn(kind, found)
        return found[kind]

    def traces(self, name):
        """What there is on the machine of an app, as text."""
        return self.host.sh(
            f"ls -d /town/installed/apps/{name}/*/* /run/systemd/system/*apps-{name}-* /run/town-os/*/*apps-{name}-*"
            f" 2>/dev/null; podman ps -a --format '{{{{.Names}}}}' | grep apps-{name}-;"
            f" podman network ls --format '{{{{.Name}}}}' | grep apps-{name}-", check=False,
        ).out


class LostVolumeTest(FailureCase):
    PACKAGES = {"lost": {version: recipes.app(volumes={"data": "10mb"}, description=f"{version} of it")
                         for version in ("1.0", "1.1")}}

    def test_an_upgrade_does_not_make_up_what_was_lost(self):
        """a volume that held data and is lost is never made anew, empty, by an upgrade"""
        self.install("lost", repo="apps", version="1.0")
        self.settled("package/apps/lost")
        self.host.write("/town/installed/apps/lost/1.0/data/photo", "the only one")
        self.host.exec("btrfs", "subvolume", "delete", "/town/installed/apps/lost/1.0/data")
        with contextlib.suppress(ApiError):  # it cannot be done, which is the point
            self.install("lost", repo="apps", version="1.1")
        moved = "volume/installed/apps/lost/1.1/data"
        eventually(lambda: self.condition(moved)["reason"] == "VolumeLost", 60, "the loss is told after the upgrade")
        self.assertFalse(self.host.exists("/town/installed/apps/lost/1.1/data"))
        self.assertEqual(self.resource("package/apps/lost")["word"], "Degraded")


class PortTest(FailureCase):
    SLOW = True
    PACKAGES = {"port": {"1.0": recipes.app(SERVE, port="@port@", volumes={"data": "10mb"}, questions={
        "port": {"query": "Which port?", "type": "port"}})}}

    def listen(self, port):
        foreign = self.host.exec_bg("busybox", "httpd", "-f", "-p", str(port), "-h", "/repo")
        self.addCleanup(lambda: (self.host.sh(f"fuser -k {port}/tcp", check=False), foreign.communicate(timeout=10)))
        eventually(lambda: self.host.get(port, "/LICENSE").status == 200, 10, "the foreign program listens")

    def test_two_apps_want_one_port(self):
        """an install that wants a taken port is refused, and the holder is named"""
        error = self.refused("port", repo="apps", responses={"port": "8080"})
        self.assertEqual(error.status, 409)
        self.assertIn("8080 is already used by default/web", str(error))
        self.assertIsNone(self.resource("package/apps/port"))
        self.assertEqual(self.traces("port"), "")

    def test_a_foreign_program_has_the_port(self):
        """an install that wants the port of a foreign program is refused, and the program is named"""
        self.listen(8095)
        error = self.refused("port", repo="apps", responses={"port": "8095"})
        self.assertEqual(error.status, 409)
        self.assertIn("port 8095 is in use by", str(error))
        self.assertIn("busybox", str(error))
        self.assertEqual(self.traces("port"), "")

    def test_a_foreign_program_has_the_port_on_loopback(self):
        """who listens on 127.0.0.1 alone keeps everybody from the port, too, and is named"""
        foreign = self.host.exec_bg("busybox", "httpd", "-f", "-p", "127.0.0.1:8094", "-h", "/repo")
        self.addCleanup(lambda: (self.host.sh("fuser -k 8094/tcp", check=False), foreign.communicate(timeout=10)))
        eventually(lambda: "8094" in self.host.exec("ss", "-ltn").out, 10, "the foreign program listens")
        error = self.refused("port", repo="apps", responses={"port": "8094"})
        self.assertEqual(error.status, 409)
        self.assertIn("port 8094 is in use by busybox", str(error))
        self.assertEqual(self.traces("port"), "")

    def test_a_foreign_program_takes_the_port_of_a_stopped_app(self):
        """an app whose port was taken meanwhile says by whom, and starts when the port is free again"""
        self.install("port", repo="apps", responses={"port": "8096"})
        unit = "town-os-package--apps-port-1.0.service"
        self.town.post("/systemd/status", {"name": unit, "action": "stop"})
        self.listen(8096)
        with self.assertRaises(ApiError) as refused:
            self.town.post("/systemd/status", {"name": unit, "action": "start"})
        self.assertIn("port 8096 is in use by busybox", str(refused.exception))
        said = eventually(lambda: self.condition("port/tcp/8096"), 65, "the port is not free")
        self.assertEqual(said["reason"], "PortInUse")
        self.assertIn("busybox", said["message"])
        self.assertEqual(self.resource("package/apps/port")["word"], "Degraded")
        self.host.sh("fuser -k 8096/tcp")
        self.settled("package/apps/port", timeout=65)
        self.served(8096, "up\n")


class ImageTest(FailureCase):
    SLOW = True
    PACKAGES = {
        "unknown": {"1.0": recipes.app(image="nginx:none", volumes={"data": "10mb"}, port="8091")},
        "later": {"1.0": recipes.app(SERVE, image="docker.io/library/alpine:3.20", volumes={"data": "10mb"}, port="8092")},
        "slow": {"1.0": recipes.app(image="quay.io/slow/pull:1", volumes={"data": "10mb"})},
        "hanging": {"1.0": recipes.app(environment={"HANG": "yes"}, volumes={"data": "10mb"})},
        "good": {"1.0": recipes.app(SERVE, port="8093", volumes={"data": "10mb"})},
    }

    def wrap_podman(self, case):
        """Puts a wrapper in podman's place: case is the inside of a shell case over "$*"."""
        self.host.sh("test -e /usr/bin/podman.real || cp -a /usr/bin/podman /usr/bin/podman.real")
        script = f'#!/bin/sh\ncase "$*" in\n{case}\nesac\nexec -a podman /usr/bin/podman.real "$@"\n'
        self.host.write("/usr/bin/podman.new", script.replace("#!/bin/sh", "#!/bin/bash"), mode="0755")
        self.host.exec("mv", "/usr/bin/podman.new", "/usr/bin/podman")

        def unwrap():
            self.host.sh("cp -a /usr/bin/podman.real /usr/bin/podman.new && mv /usr/bin/podman.new /usr/bin/podman;"
                         " pkill -f hang-on-purpose", check=False)

        self.addCleanup(unwrap)
        return unwrap

    def test_an_image_that_does_not_exist(self):
        """an image that nobody has is named, with what to do, and nothing is made for it"""
        error = self.refused("unknown", repo="apps")
        self.assertIn("docker.io/library/nginx:none", str(error))
        said = self.condition("image/apps/unknown")
        self.assertEqual(said["reason"], "ImageNotFound")
        for word in ("docker.io/library/nginx:none", "Check its name and tag", "trying again in"):
            self.assertIn(word, said["message"])
        package = self.resource("package/apps/unknown")
        self.assertEqual((package["word"], package["culprit"]), ("Degraded", "image/apps/unknown"))
        self.assertEqual(self.traces("unknown"), "")
        self.install("good", repo="apps")
        self.settled("package/apps/good")

    def test_the_registry_is_down_for_a_while(self):
        """a registry that cannot be reached is said, and the app comes up by itself once it can be"""
        self.host.exec("systemctl", "stop", "docker-registry")
        self.addCleanup(lambda: self.host.exec("systemctl", "start", "docker-registry"))
        self.refused("later", repo="apps")
        said = self.condition("image/apps/later")
        self.assertEqual(said["reason"], "RegistryUnreachable")
        self.assertIn("docker.io/library/alpine:3.20", said["message"])
        self.assertEqual(self.traces("later"), "")
        self.host.exec("systemctl", "start", "docker-registry")
        begin = time.monotonic()
        self.settled("package/apps/later", timeout=90)
        print(f"     registry back | app up after {time.monotonic() - begin:.1f} s")
        self.served(8092, "up\n")

    def test_a_pull_that_hangs_holds_up_nobody_else(self):
        """while one pull hangs, other apps are installed and repaired as ever"""
        self.wrap_podman('pull*slow/pull*) exec -a hang-on-purpose sleep 600 ;;')
        stream = self.town.events("/packages/install", "POST", {"repo": "apps", "name": "slow", "version": "1.0"})
        for event in stream:  # until it is known to be at it
            if "downloading" in event.get("step", ""):
                break
        self.addCleanup(stream.close)
        begin = time.monotonic()
        self.install("good", repo="apps")
        self.settled("package/apps/good")
        self.town.post("/storage/create", {"name": "during", "quota": 10 << 20})
        self.host.exec("systemctl", "stop", "town-os-package--apps-good-1.0.service")
        self.served(8093, "up\n")
        print(f"     while a pull hangs | install, volume and repair of others in {time.monotonic() - begin:.1f} s")
        self.assertEqual(self.resource("package/apps/slow")["word"], "Progressing")
        self.assertEqual(self.traces("slow"), "")
        self.town.post("/storage/remove", {"name": "during"})
        # giving it up does not wait for the pull
        begin = time.monotonic()
        self.uninstall("slow", repo="apps", timeout=60)
        self.gone("package/apps/slow", timeout=30)
        print(f"     while a pull hangs | given up in {time.monotonic() - begin:.1f} s")

    def test_a_podman_that_hangs_altogether(self):
        """while podman answers nothing at all, what runs goes on and volumes are made; then the rest follows"""
        self.host.exec("podman", "pull", "-q", "docker.io/library/busybox:latest")
        unwrap = self.wrap_podman("*) exec -a hang-on-purpose sleep 600 ;;")
        stream = self.town.events("/packages/install", "POST", {"repo": "apps", "name": "good", "version": "1.0"})
        self.addCleanup(stream.close)
        next(stream)
        said = eventually(lambda: self.condition("network/apps/good/1.0"), 45, "the network cannot be made")
        print(f"     podman hangs | {said['message']}")
        self.assertEqual(said["reason"], "TimedOut")
        self.assertIn("podman", said["message"])
        begin = time.monotonic()
        self.town.post("/storage/create", {"name": "during", "quota": 10 << 20})
        self.town.post("/storage/remove", {"name": "during"})
        self.served(8080, "still here\n")
        print(f"     podman hangs | a volume made and removed in {time.monotonic() - begin:.1f} s")
        stopped = time.monotonic()
        self.townd.restart()
        print(f"     podman hangs | townd restarted in {time.monotonic() - stopped:.1f} s")
        self.assertLess(time.monotonic() - stopped, 10)
        type(self).town = self.townd.client()
        unwrap()
        self.settled("package/apps/good", timeout=90)
        self.served(8093, "up\n")

    def test_a_start_that_hangs_holds_up_nobody_else(self):
        """while one podman run hangs, other apps go on, and stopping townd is still quick"""
        unwrap = self.wrap_podman('run*apps-hanging*) exec -a hang-on-purpose sleep 600 ;;')
        stream = self.town.events("/packages/install", "POST", {"repo": "apps", "name": "hanging", "version": "1.0"})
        eventually(lambda: next(stream) and self.host.unit(
            "town-os-package--apps-hanging-1.0.service", "ActiveState")["ActiveState"] == "activating",
            30, "the start hangs")
        self.addCleanup(stream.close)
        begin = time.monotonic()
        self.install("good", repo="apps")
        self.settled("package/apps/good")
        self.host.exec("systemctl", "stop", "town-os-package--apps-good-1.0.service")
        self.served(8093, "up\n")
        print(f"     while a start hangs | install and repair of others in {time.monotonic() - begin:.1f} s")
        self.assertEqual(self.resource("package/apps/hanging")["word"], "Progressing")
        stopped = time.monotonic()
        self.townd.stop()
        stopped = time.monotonic() - stopped
        print(f"     while a start hangs | townd stopped in {stopped:.1f} s")
        self.assertLess(stopped, 5)
        self.townd.start()
        type(self).town = self.townd.client()
        unwrap()
        self.settled("package/apps/hanging", timeout=150)


class ServiceTest(FailureCase):
    PACKAGES = {
        "broken": {"1.0": recipes.app("echo cannot find my settings >&2; exit 3", volumes={"data": "10mb"})},
        "missing": {"1.0": recipes.app(command=["/no/such/program"])},
    }

    def starts(self, name, since):
        """How often its container was started since the cursor."""
        lines = self.host.sh(
            f"journalctl -o cat --after-cursor='{since}' _PID=1 | grep -c"
            f" '^Starting town-os-package--apps-{name}-1.0.service' || true").out
        return int(lines)

    def cursor(self):
        return self.host.sh("journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p'").out.strip()

    def test_a_program_that_ends_at_once(self):
        """a service that keeps ending says with which code, and is not started in a hot loop"""
        cursor = self.cursor()
        begin = time.monotonic()
        self.install("broken", repo="apps")  # a service that fails does not fail the install

        def told():
            unit = self.resource("unit/apps/broken")
            self.assertNotEqual(unit["word"], "Ready")
            words = [c["message"] for c in unit["status"]["conditions"]] + [e["message"] for e in unit["events"]]
            return [word for word in words if "3" in word and ("code" in word or "status" in word)]

        message = eventually(told, 30, "the exit code is told")[0]
        eventually(lambda: time.monotonic() - begin > 30, 40)  # the measured span, not a wait for something
        count = self.starts("broken", cursor)
        span = time.monotonic() - begin
        print(f"     ends at once | {count} starts in {span:.0f} s | {message}")
        self.assertLessEqual(count, span, "a hot loop")
        unit = self.settled("unit/apps/broken", "Degraded", timeout=30)
        self.assertEqual(unit["reason"], "KeepsFailing")
        self.assertEqual(self.resource("package/apps/broken")["word"], "Degraded")
        log = self.host.journal("town-os-package--apps-broken-1.0.service")
        self.assertIn("cannot find my settings", log)

    def test_a_program_that_is_not_there(self):
        """a command that the image does not have is said"""
        self.install("missing", repo="apps")

        def told():
            unit = self.resource("unit/apps/missing")
            self.assertNotEqual(unit["word"], "Ready")
            return [c["message"] for c in unit["status"]["conditions"] if c["type"] == "Degraded"]

        message = eventually(told, 40, "it is told")[0]
        print(f"     no such program | {message}")
        self.assertIn("town-os-package--apps-missing-1.0.service", message)


class RepositoryTest(FailureCase):
    PACKAGES = {"calm": {"1.0": recipes.app(SERVE, port="8094")}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host.sh("mkdir -p /var/tmp/private/packages/mine")
        cls.host.write("/var/tmp/private/packages/mine/1.0.yaml", recipes.app())
        cls.host.exec("git-publish", "/var/tmp/private", "private")

    def entry(self, name):
        return next((entry for entry in self.town.entries("/repository") if entry["name"] == name), None)

    def add(self, password):
        self.town.post("/repository/add", {"name": "private", "url": PRIVATE, "username": "town", "password": password})

    def refresh(self):
        """The errors of a refresh, as one text."""
        try:
            self.town.post("/repository/refresh")
        except ApiError as error:
            return str(error)
        return ""

    def test_a_wrong_password_is_refused_at_once(self):
        """a private repository with a wrong password is refused, and nothing is stored"""
        with self.assertRaises(ApiError) as caught:
            self.add("not-the-secret")
        self.assertEqual(caught.exception.status, 502)
        self.assertNotIn("not-the-secret", str(caught.exception))
        self.assertIsNone(self.entry("private"))
        self.assertEqual(self.town.get("/packages", search="mine")["total_count"], 0)

    def test_a_repository_that_is_gone_and_comes_back(self):
        """a lost repository shows its error until a refresh reaches it again; its packages stay on offer"""
        self.host.exec("systemctl", "stop", "git-http")
        self.addCleanup(lambda: self.host.exec("systemctl", "start", "git-http"))
        self.assertIn("default", self.refresh())
        self.assertTrue(self.entry("default")["error"])
        self.assertIn("default", self.town.get("/status/ping")["repository_errors"])
        self.install("calm", repo="apps")
        self.settled("package/apps/calm")
        self.host.exec("systemctl", "start", "git-http")
        self.assertEqual(eventually(lambda: [self.refresh()], 10), [""])
        self.assertNotIn("error", self.entry("default"))
        self.assertNotIn("repository_errors", self.town.get("/status/ping"))

    def test_a_password_that_is_changed_and_changed_back(self):
        """a password that stopped working is told as such, and the error goes when it works again"""
        self.add("secret")
        self.addCleanup(lambda: self.town.post("/repository/remove", {"name": "private"}))
        password_file = "/etc/git.htpasswd"
        before = self.host.read(password_file)
        self.addCleanup(lambda: self.host.write(password_file, before))
        self.host.exec("htpasswd", "-b", password_file, "town", "other")
        self.refresh()
        error = self.entry("private")["error"]
        print(f"     wrong password | {error}")
        self.assertNotIn("secret", error.replace("/git/private.git", ""))
        self.assertTrue("password" in error or "refused" in error or "denied" in error, error)
        self.assertEqual(self.town.get("/packages", search="mine")["total_count"], 1)
        self.host.write(password_file, before)
        self.assertEqual(self.refresh(), "")
        self.assertNotIn("error", self.entry("private"))

    def test_what_is_installed_outlives_its_repository(self):
        """an app keeps running when its repository is removed, also through a restart of townd"""
        self.add("secret")
        self.install("mine", repo="private")
        self.settled("package/private/mine")
        run = self.host.unit("town-os-package--private-mine-1.0.service", "InvocationID")
        self.town.post("/repository/remove", {"name": "private"})
        self.townd.restart()
        type(self).town = self.townd.client()
        self.assertIsNone(self.entry("private"))
        self.settled("package/private/mine")
        self.assertEqual(self.host.unit("town-os-package--private-mine-1.0.service", "InvocationID"), run)
        listed = self.town.get("/packages", search="mine")["entries"]
        self.assertEqual([(e["repo"], e["installed_version"]) for e in listed], [("private", "1.0")])
        self.uninstall("mine", repo="private", purge_volumes=True)
