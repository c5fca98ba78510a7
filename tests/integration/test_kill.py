"""kill -9 of townd at any moment: nothing that was acknowledged is lost, nothing half-made stays.

A person installs, upgrades and uninstalls several apps while townd is killed again and again, also
while it is still starting. What counts as acknowledged is the status line of the answer: from then
on the intent is on the disk. What was cut off before may or may not have happened.
"""

import http.client
import json
import os
import random
import threading
import time

import cases
import recipes
from townhost import Town, eventually

SEED = int(os.environ.get("TOWN_KILL_SEED", "20"))
APPS = ["one", "two", "three", "four"]
KILLS_PER_ROUND = 10
# Short enough to hit townd while it starts, long enough to let something be done.
LONGEST_LIFE = 1.4

GONE = (None, None)


def versions(name):
    script = f"echo {name} > /data/name; " + recipes.WAIT
    return {
        version: recipes.app(
            script, volumes={"data": "10mb", **extra}, environment={"MARK": "@mark@", "VERSION": version},
            questions={"mark": {"query": "A mark?"}},
        ) for version, extra in (("1.0", {}), ("2.0", {"more": "10mb"}))
    }


class Person(threading.Thread):
    """Keeps asking for changes, and keeps book of what may be true by now."""

    def __init__(self, port_url, token, rng):
        super().__init__(daemon=True)
        self.address = port_url.split("//")[1]
        self.token, self.rng = token, rng
        self.may_be = {name: {GONE} for name in APPS}  # app -> {(version, mark)}
        self.acknowledged = []  # (action, app)
        self.cut_off = 0
        self.marks = 0
        self.refusals = []
        self.running = threading.Event()
        self.idle = threading.Event()
        self.over = False

    def ask(self, path, body):
        """The status of the answer, or None where the connection broke before it came."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request("POST", path, json.dumps(body), {
                "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                self.refusals.append((path, body, answer.status, answer.read()[:300]))
            return answer.status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def step(self):
        name = self.rng.choice(APPS)
        states = self.may_be[name]
        wish = self.rng.random()
        installed = [state for state in states if state != GONE]
        if wish < 0.35 and installed:
            version = self.rng.choice(installed)[0]
            body = {"repo": "apps", "name": name, "version": version, "purge_volumes": self.rng.random() < 0.3}
            status, new, action = self.ask("/packages/uninstall", body), GONE, "uninstall"
        else:
            self.marks += 1
            new, action = (self.rng.choice(["1.0", "2.0"]), f"m{self.marks}"), "install"
            status = self.ask("/packages/install", {
                "repo": "apps", "name": name, "version": new[0], "responses": {"mark": new[1]},
                "reuse_volumes": self.rng.random() < 0.5})
        if status == 200:
            self.may_be[name] = {new}
            self.acknowledged.append((action, f"package/apps/{name}"))
        elif status is None:
            self.cut_off += 1
            states.add(new)
        elif status == 404:
            # it is not installed (in that version): what cut-off requests did is known better now
            self.may_be[name] = {state for state in states if action != "uninstall" or state[0] != version} or {GONE}

    def run(self):
        while not self.over:
            if not self.running.wait(0.1):
                self.idle.set()
                continue
            self.idle.clear()
            self.step()
            # a person is no flood: the loops shall get to do something
            time.sleep(self.rng.uniform(0, 0.3))
            if not self.running.is_set():
                self.idle.set()


class KillTest(cases.TownCase):
    SLOW = True
    REPOSITORIES = {}
    # so that the sessions outlive each townd
    ENV = {"TOWN_OS_SIGNING_KEY": "0123456789abcdef0123456789abcdef"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.publish("apps", {name: versions(name) for name in APPS})
        cls.host.write("/etc/systemd/system/townd.service.d/again.conf", (
            "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=20ms\n"))
        cls.host.exec("systemctl", "daemon-reload")
        cls.townd.restart()
        cls.town = cls.townd.client()
        cls.rng = random.Random(SEED)
        cls.person = Person(cls.townd.url, cls.town.token, random.Random(SEED + 1))
        cls.person.start()
        cls.kills = 0
        cls.young = 0

    @classmethod
    def tearDownClass(cls):
        cls.person.over = True

    @classmethod
    def failure_report(cls):
        there = cls.host.sh("podman ps -a --no-trunc --format '{{.Names}} {{.Status}} {{.Networks}}'; ls /run/systemd/system", check=False)
        return f"{there.out}\n--- journal of townd\n{cls.townd.journal(200)}"

    def kill(self):
        """One kill -9 of whichever townd there is; True when it hit one."""
        hit = self.host.sh(
            "pid=$(systemctl show -P MainPID townd); state=$(systemctl show -P ActiveState townd);"
            " test \"$pid\" != 0 && kill -KILL $pid && echo $state", check=False)
        if hit.out.strip() == "activating":
            type(self).young += 1
        return hit.ok

    def round(self, number):
        """Some kills while the person is at work; then all must come to rest as it was asked."""
        person = self.person
        person.running.set()
        killed = 0
        while killed < KILLS_PER_ROUND:
            time.sleep(self.rng.uniform(0, LONGEST_LIFE))  # the random moment is what is tested
            killed += self.kill()
        type(self).kills += killed
        person.running.clear()
        eventually(person.idle.is_set, 30, "the last request is answered")
        begin = time.monotonic()
        eventually(lambda: Town(self.townd.url).request("GET", "/status/ping").status == 200, 20, "townd serves again")
        self.at_rest()
        self.nothing_lost()
        span = time.monotonic() - begin
        print(f"     round {number:2} | {killed} kills | {len(person.acknowledged)} intents acknowledged,"
              f" {person.cut_off} cut off so far | at rest after {span:.1f} s", flush=True)

    def at_rest(self):
        def settled():
            resources = self.town.entries("/resources")
            restless = [(r["key"], r["word"], r["message"]) for r in resources
                        if r["word"] != "Ready" or r.get("deleting")]
            assert not restless, restless
            return True

        eventually(settled, 90, "everything is settled", interval=0.3)
        self.tidy()

    def nothing_lost(self):
        installed = {name: GONE for name in APPS}
        for identity in self.town.get("/packages/installed", limit=100)["entries"]:
            name, version = identity.removeprefix("apps/").split("@")
            which = {"repo": "apps", "name": name, "version": version}
            installed[name] = (version, self.town.post("/packages/responses", which)["mark"])
        for name, states in self.person.may_be.items():
            self.assertIn(installed[name], states, f"{name} is not as it was acknowledged")
            states.intersection_update({installed[name]})
        done = [(record["action"], record["put"] + record["removed"]) for record in self.town.entries("/activity")]
        for action in ("install", "uninstall"):
            for name in APPS:
                key = f"package/apps/{name}"
                kept = sum(1 for word, keys in done if word == action and key in keys)
                asked = sum(1 for entry in self.person.acknowledged if entry == (action, key))
                self.assertGreaterEqual(kept, asked, f"{action} {name}: fewer kept than acknowledged")
        for name, (version, _) in installed.items():
            if version:
                self.assertEqual(self.host.read(f"/town/installed/apps/{name}/{version}/data/name"), f"{name}\n")

    def rounds(self, numbers):
        for number in numbers:
            self.round(number)
        # 404: it is not installed (any more); 409: what was there before is still on its way out
        strange = [refusal for refusal in self.person.refusals
                   if not (refusal[2] == 404 and "uninstall" in refusal[0])
                   and not (refusal[2] == 409 and b"is still being" in refusal[3])]
        self.assertEqual(strange, [], "a request was refused for no good reason")
        ends = self.host.sh("journalctl -o cat -u townd _PID=1 | grep 'Main process exited' | sort | uniq -c").out
        self.assertNotIn("code=exited", ends, "townd ended by itself, which no kill did")
        self.assertNotIn("ABRT", ends)

    def test_a_first_fifty(self):
        """50 kills of townd while apps come and go: all ends as it was acknowledged, nothing is left over"""
        self.rounds(range(1, 6))

    def test_b_second_fifty(self):
        """50 more"""
        self.rounds(range(6, 11))

    def test_c_third_fifty(self):
        """50 more"""
        self.rounds(range(11, 16))

    def test_d_fourth_fifty(self):
        """50 more, which makes 200; the store opens clean, and what is uninstalled leaves nothing"""
        self.rounds(range(16, 21))
        self.assertEqual(self.kills, 200)
        print(f"     {self.kills} kills, {self.young} of them before townd was ready")
        self.townd.stop()
        self.assertEqual(self.townd.result(), "success")
        self.townd.start()
        for name in APPS:
            if self.resource(f"package/apps/{name}"):
                self.uninstall(name, repo="apps", purge_volumes=True)
            self.town.post("/packages/purge-uninstalled-volumes", {"repo": "apps", "name": name})
        self.tidy()
        left = self.host.sh("btrfs subvolume list /town | grep -cE 'path (installed|uninstalled)/' || true").out
        self.assertEqual(left.strip(), "0")
