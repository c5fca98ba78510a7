"""What townctl says to people, against a box that is simulated. Needs no host."""

import http.server
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

PASSWORD = "correct-horse"
WEB = """image: nginx:1.26
network: {external: {"@port@": "80"}}
volumes: {html: {mountpoint: /srv, quota: 10mb}}
questions: {port: {query: "Which port?", type: port}}
"""


class Page(http.server.BaseHTTPRequestHandler):
    """A server that is no box."""

    def answer(self, status):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"<!doctype html><title>A router</title>"
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200)

    def do_POST(self):
        self.answer(405)

    def log_message(self, *_):
        pass


class TownctlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bin = pathlib.Path(os.environ["TOWN_BIN_DIR"])
        folder = tempfile.TemporaryDirectory(prefix="town-ctl-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.offer({"web": WEB})
        environment = dict(os.environ, TOWN_OS_DEFAULT_REPOSITORY=f"file://{cls.folder}/packages.git")
        cls.townd = subprocess.Popen(
            [cls.bin / "townd", "--data", cls.folder / "data", "--simulate", "--listen", "127.0.0.1:0",
             "--log-level", "off"], stdout=subprocess.PIPE, text=True, env=environment)
        cls.addClassCleanup(cls.townd.stdout.close)
        cls.addClassCleanup(cls.townd.wait)
        cls.addClassCleanup(cls.townd.terminate)
        cls.server = cls.townd.stdout.readline().removeprefix("listening on ").strip()
        cls.ctl("login", "--create", "--username", "admin", "--password-file", "-", input=PASSWORD)
        cls.ctl("repo", "refresh")
        cls.ctl("package", "install", "web", "-r", "port=8080")

    @classmethod
    def offer(cls, packages):
        """A git repository that offers version 1.0 of each."""
        git = ["git", "-C", cls.folder / "packages.git", "-c", "user.name=t", "-c", "user.email=t@t"]
        subprocess.run(["git", "init", "-q", cls.folder / "packages.git"], check=True)
        for name, text in packages.items():
            folder = cls.folder / "packages.git" / "packages" / name
            folder.mkdir(parents=True)
            (folder / "1.0.yaml").write_text(text)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", "packages"], check=True)

    @classmethod
    def run_ctl(cls, *args, input=None, server=None):
        return subprocess.run([cls.bin / "townctl", "--server", server or cls.server, *args], input=input,
                              capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, XDG_CONFIG_HOME=str(cls.folder / "config")))

    @classmethod
    def ctl(cls, *args, input=None):
        done = cls.run_ctl(*args, input=input)
        if done.returncode != 0:
            raise AssertionError(f"townctl {args}: {done.returncode} {done.stdout}{done.stderr}")
        return done.stdout

    def refused(self, code, *args, **options):
        """What it says on stderr, with this exit code and nothing on stdout."""
        done = self.run_ctl(*args, **options)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        return done.stderr

    def test_unknown_commands(self):
        """an unknown command is named, with the one that may have been meant"""
        self.assertEqual(self.refused(2, "frob"),
                         'townctl: there is no command "townctl frob"; `townctl --help` lists what there is\n')
        self.assertIn("did you mean apply?", self.refused(2, "aply", "x.yaml"))
        nested = self.refused(2, "package", "instal", "web")
        self.assertIn('no command "townctl package instal"; did you mean install?', nested)
        self.assertIn("`townctl package --help`", nested)
        self.assertIn("did you mean get?", self.refused(2, "--token", "x", "gett"))

    def test_logs_of_nothing(self):
        """logs of a service that is not there is an error, followed or not"""
        for more in ([], ["--follow"]):
            self.assertIn("there is no service called nope.service", self.refused(1, "logs", "nope.service", *more))
        self.assertIn("Starting", self.ctl("logs", "web"))

    def test_quota_words(self):
        """a volume without limit is none, unlimited or 0; what is no size is told what one is"""
        self.ctl("volume", "create", "photos", "--quota", "10mb")
        for word in ("none", "unlimited", "0"):
            self.ctl("volume", "quota", "photos", "10mb")
            self.ctl("volume", "quota", "photos", word)
            self.assertIn("quota: 0\n", self.ctl("describe", "volume/user/photos"))
        self.ctl("volume", "create", "films", "--quota", "none")
        self.assertIn("quota: 0\n", self.ctl("describe", "volume/user/films"))
        self.assertIn("none (or unlimited, or 0)", self.refused(2, "volume", "quota", "photos", "plenty"))

    def test_backup_into_the_store(self):
        """a backup into the store itself or beside it is refused with the reason"""
        for place in ("town", "town/store/copy", "town/repositories/copy"):
            said = self.refused(1, "store", "backup", str(self.folder / "data" / place))
            self.assertIn("a copy must outlive them", said)
        self.ctl("store", "backup", str(self.folder / "copy"))

    def test_a_server_that_is_no_box(self):
        """what answers and is no box is told in one sentence, not printed"""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}"
            for command in (["get", "package"], ["package", "install", "web"], ["events", "--follow"],
                            ["repo", "refresh"], ["export"]):
                said = self.refused(3, *command, server=address)
                self.assertIn(f"{address} is not a Town OS box", said)
                self.assertNotIn("<", said)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def test_short_names(self):
        """the end of a name is enough where only one has it; otherwise the candidates are listed"""
        self.assertIn("default/web", self.ctl("get", "package", "web"))
        self.assertTrue(self.ctl("describe", "package/web").startswith("package/default/web: Ready"))
        self.assertIn("did you mean default/web?", self.refused(1, "get", "package", "default/wep"))
        for name in ("a/same", "b/same"):
            self.ctl("volume", "create", name)
        said = self.refused(2, "get", "volume", "same")
        self.assertIn("user/a/same\n  user/b/same", said)

    def test_the_story_of_an_app(self):
        """describe tells what happened to the parts of an app, each named, newest last"""
        story = self.ctl("describe", "package/web")
        self.assertIn("Ready (Running) since", story)
        events = story.split("events:\n")[1]
        pulled, made, started = (events.index(word) for word in
                                 ("image/default/web", "volume/installed/default/web/1.0/html", "unit/default/web"))
        self.assertLess(pulled, made)
        self.assertLess(made, started)

    def test_every_fault_of_a_document(self):
        """diff and apply name the faults of all stages at once, each with file, line and field"""
        folder = self.folder / "home"
        folder.mkdir()
        (folder / "a.yaml").write_text(
            "packages:\n- {name: web, instance: two, responses: {port: many}}\n- name: web\n  version: '9'\n  instance: three\n")
        (folder / "b.yaml").write_text(
            "packages:\n- {name: web, colour: red}\n- name: nothing\nvolumes:\n- {name: ../x}\nsettings:\n  default_quota: lots\n")
        for command in (["diff"], ["apply"], ["apply", "--wait"], ["apply", "--dry-run"]):
            first, second = self.refused(1, command[0], str(folder), *command[1:]).split(f"{folder}/b.yaml:\n")
            self.assertEqual(first.splitlines()[0], f"{folder}/a.yaml:")
            for place in ("line 2: packages[0].responses.port: ", "line 4: packages[1].version: no repository offers web 9"):
                self.assertIn(place, first)
            for place in ("line 2: packages[2].colour: ", "line 3: packages[3].name: ", "line 5: volumes[0].name: ",
                          "line 7: settings.default_quota: "):
                self.assertIn(place, second)
        self.assertIn("line 2: packages[0].colour", self.refused(
            1, "diff", str(folder / "b.yaml"), server="http://127.0.0.1:9"), "without a box, what the text tells")

    def test_disabled(self):
        """an app that is disabled is listed so"""
        self.ctl("apply", "-", "--wait", input="packages: [{name: web, enabled: false}]\n")
        try:
            self.assertRegex(self.ctl("get", "package"), r"default/web +Ready +Disabled +disabled: ")
        finally:
            self.ctl("apply", "-", "--wait", input="packages: [{name: web, enabled: true}]\n")


if __name__ == "__main__":
    unittest.main()
