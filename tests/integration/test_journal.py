"""What services say, as the API and townctl show it."""

import itertools
import threading

import cases
from townhost import ApiError, eventually


class JournalTest(cases.TownCase):
    SERVICES = False
    REPOSITORIES = {}

    _numbers = itertools.count()

    def say(self, *lines, unit=None):
        """Has a unit say these lines; returns its name."""
        unit = unit or f"speaker-{next(self._numbers)}.service"
        self.host.write("/var/tmp/lines", "".join(line + "\n" for line in lines))
        self.host.exec("systemd-run", "--quiet", "--wait", "--collect", f"--unit={unit}", "cat", "/var/tmp/lines")
        self.host.exec("journalctl", "--sync")
        return unit

    def test_a_tail_pages_through_a_units_lines(self):
        """the last lines of a unit come oldest first, and cursors lead to those around them"""
        unit = self.say(*[f"entry {n}" for n in range(1, 6)])
        page = self.town.get("/systemd/logs/tail", unit=unit, lines=2, grep="ENTRY")
        self.assertEqual([entry["Message"] for entry in page["entries"]], ["entry 4", "entry 5"])
        self.assertEqual({entry["SystemdUnit"] for entry in page["entries"]}, {unit})
        self.assertEqual(len(page["entries"][0]), 34)
        earlier = self.town.get("/systemd/logs/tail", unit=unit, lines=2, grep="entry", before=page["cursor"])
        self.assertEqual([entry["Message"] for entry in earlier["entries"]], ["entry 2", "entry 3"])
        later = self.town.get("/systemd/logs/tail", unit=unit, grep="entry", after=earlier["end_cursor"])
        self.assertEqual(later["entries"], page["entries"])

    def test_nothing_and_nonsense(self):
        """a unit that never was has no entries, and a parameter that is no number is refused"""
        page = self.town.get("/systemd/logs/tail", unit="never.service")
        self.assertEqual(page, {"entries": [], "cursor": "", "end_cursor": ""})
        for query in ({"lines": "x"}, {"since": "x"}, {"until": "x"}, {"priority": "x"}, {"after": "x"}):
            with self.subTest(query=query), self.assertRaises(ApiError) as refused:
                self.town.get("/systemd/logs/tail", **query)
            self.assertEqual(refused.exception.status, 400)

    def test_a_replay_ends(self):
        """a replay sends all entries of a unit and ends by itself"""
        unit = self.say("first", "second")
        messages = [entry["Message"] for entry in self.town.events("/systemd/logs", unit=unit)]
        self.assertEqual([m for m in messages if m in ("first", "second")], ["first", "second"])

    def test_townctl_follows(self):
        """townctl prints what is there, and with --follow what comes"""
        token = ("--token", self.town.token)
        unit = self.say("already there")
        printed = self.townd.townctl("logs", unit, *token).out
        self.assertIn("already there", printed)
        follower = self.host.exec_bg("/opt/town/bin/townctl", *token, "logs", "--follow", unit)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        seen = []
        threading.Thread(target=lambda: seen.extend(follower.stdout), daemon=True).start()

        def wait_for(text):
            eventually(lambda: any(text in line for line in seen), 20, text)

        wait_for("already there")
        self.say("just came", unit=unit)
        wait_for("just came")
