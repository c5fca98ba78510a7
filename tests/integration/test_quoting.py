"""What a package or a person writes reaches the process byte by byte, through unit and podman."""

import base64

import cases
import recipes

WORDS = [
    "%n", "%%", "100%", "%h/%i", "$HOME", "${HOME}", "$$", "$(id)", '"double"', "'single'", '"', "'", "back\\slash",
    "end\\", "\\n", "\\x41", "\\", "a;b", ";", "`id`", "a && b || c", "> /etc/x", "*", "~", "!x", "#no comment",
    "tab\there", " blanks around ", "two  blanks", "", "{{.Name}}", "${", "%{", "Grüße, мир, 世界, 🏠", "-v", "--rm",
    "[x]", "a=b=c", "=", "@", "x@@y", "root@host", "\u00a0", "ExecStart=/bin/false",
]
SCRIPT = "cat /proc/$$/cmdline > /out/cmdline; cat /proc/$$/environ > /out/environ; sync; " + recipes.WAIT


def literal(word):
    return word.replace("@", "@@")


class QuotingTest(cases.TownCase):
    REPOSITORIES = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        environment = {f"WORD_{number}": literal(word) for number, word in enumerate(WORDS)}
        environment["LONG"] = "x" * 50000
        cls.publish("quoting", {"echo": {"1.0": recipes.app(
            command=["sh", "-c", SCRIPT.replace("@", "@@"), *map(literal, WORDS), "@answer@", "<@answer@>"],
            volumes={"out": "10mb"}, environment={**environment, "ANSWER": "@answer@"},
            questions={"answer": {"query": "What?"}}, entrypoint=["env", "EXTRA=%n $HOME \\ \""],
        )}})

    def setUp(self):
        self.answer = "@WORD@ %n $HOME ${x} `id` \"'\\;\t\\"
        self.install("echo", repo="quoting", responses={"answer": self.answer})
        self.settled("package/quoting/echo")

    def words(self, name):
        text = self.host.sh(f"base64 -w0 /town/installed/quoting/echo/1.0/out/{name}").out
        return [word.decode() for word in base64.b64decode(text).split(b"\0")[:-1]]

    def test_the_command_is_the_same_byte_by_byte(self):
        """command elements with %, $, quotes, backslashes, back-ticks, tabs and unicode arrive unchanged"""
        self.assertEqual(self.words("cmdline"), ["sh", "-c", SCRIPT, *WORDS, self.answer, f"<{self.answer}>"])

    def test_the_environment_is_the_same_byte_by_byte(self):
        """environment values arrive unchanged, also empty ones, with blanks around, and long ones"""
        found = dict(word.split("=", 1) for word in self.words("environ"))
        wanted = {f"WORD_{number}": word for number, word in enumerate(WORDS)}
        self.assertEqual({name: value for name, value in found.items() if name.startswith("WORD_")}, wanted)
        self.assertEqual(found["ANSWER"], self.answer)
        self.assertEqual(found["EXTRA"], "%n $HOME \\ \"")
        self.assertEqual(len(found["LONG"]), 50000)

    def test_the_unit_says_what_was_meant(self):
        """systemd takes the unit file without a complaint"""
        unit = "town-os-package--quoting-echo-1.0.service"
        self.assertEqual(self.host.unit(unit, "LoadState", "LoadError")["LoadState"], "loaded")
        complaints = [line for line in self.host.sh(f"journalctl -o cat _PID=1 | grep -F '{unit}:' || true").out.splitlines()
                      if "gnoring" in line or "nknown" in line or "nvalid" in line]
        self.assertEqual(complaints, [])
