"""A package with what it brings along: a web app, its key-value store, and that store's sidecar."""

import json

import cases
import recipes
from townhost import eventually

APP = "town-os-package--trees-board-1.0"
STORE = "town-os-package--trees-board--dep--db-1.0"
SIDE = "town-os-package--trees-board--dep--db--dep--side-1.0"
DATA = "/town/installed/trees/board/subpackages/db/1.0/data"
KEPT = "/town/uninstalled/trees/board/subpackages/db/1.0/data"

# answers with how often it was asked, counted by the store, which it finds by its short name
PAGE = ("printf 'AUTH %s\\r\\nINCR hits\\r\\nQUIT\\r\\n' \"$PASSWORD\" | nc -w 3 db \"$DB_PORT\" | tr -d '\\r'"
        " | grep '^:'")


def serving(port, prepare):
    """A shell line that serves /www at a port, and stops when it is told to."""
    return ["sh", "-c", f"mkdir -p /www/cgi-bin; {prepare}; httpd -p {port} -h /www; {recipes.WAIT}"]


BOARD = {
    "image": "busybox:latest",
    "command": serving(80, "printf '#!/bin/sh\\necho\\n%s\\n' \"$PAGE\" > /www/cgi-bin/hits;"
                           " chmod 755 /www/cgi-bin/hits"),
    "environment": {"PAGE": PAGE, "PASSWORD": "@password@",
                    "DB_PORT": "@dep_db_port_redis@", "DB_HOST": "@dep_db_host@"},
    "network": {"external": {"8090": "80"}},
    "questions": {"password": {"query": "Which password?", "type": "secret"}},
    "volumes": {"etc": {"mountpoint": "/etc/board", "uid": 33, "gid": 33}},
    "templates": {"conf": {"volume": "etc", "path": "conf.d/board.conf", "content":
                  "pw=@password@\n{{ with .Dep.db }}db={{ .Host }}:{{ index .Ports \"redis\" }}{{ end }}\n"}},
    "dependencies": {"db": {"package": "store", "responses": {"password": "@password@"}}},
}
STORE_PACKAGE = {
    "image": "redis:7-alpine",
    "environment": {"PASSWORD": "@password@"},
    "command": ["sh", "-c", "printf 'requirepass \"%s\"\\n' \"$PASSWORD\" > /tmp/p; exec redis-server /tmp/p"
                " --protected-mode no --appendonly yes --appendfsync always --dir /data"],
    "network": {"internal": {"redis": "6379"}},
    "volumes": {"data": {"mountpoint": "/data", "quota": "64mb"}},
    "questions": {"password": {"query": "Which password?", "type": "secret"},
                  "token": {"query": "A token of its own?", "type": "secret"}},
    "dependencies": {"side": {"package": "sidecar"}},
}
SIDECAR = {
    "image": "busybox:latest",
    "command": serving(9000, "echo beside > /www/index.html"),
    "network": {"internal": {"probe": "9000"}},
}


class MembersTest(cases.TownCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.publish("trees", {
            "board": {"1.0": json.dumps(BOARD)},
            "store": {"1.0": json.dumps(STORE_PACKAGE)},
            "sidecar": {"1.0": json.dumps(SIDECAR)},
            "plain": {"1.0": recipes.app()},
            "round": {"1.0": json.dumps({"image": "busybox", "dependencies": {"a": {"package": "about"}}})},
            "about": {"1.0": json.dumps({"image": "busybox", "dependencies": {"a": {"package": "round"}}})},
        })

    def setUp(self):
        self.install("board", repo="trees")
        self.settled("package/trees/board")

    def tearDown(self):
        if self.resource("package/trees/board"):
            self.uninstall("board", repo="trees", purge_volumes=True)
        self.town.post("/packages/purge-uninstalled-volumes", {"repo": "trees", "name": "board"})
        self.gone("package/trees/board")
        self.tidy()

    def hits(self):
        """What the page says, once every part answers."""

        def check():
            text = self.host.get(8090, "/cgi-bin/hits", timeout=5).text.strip()
            assert text.startswith(":"), text
            return int(text[1:])

        return eventually(check, 30, "the page counts")

    def test_one_install_brings_up_the_tree(self):
        """one install brings up three containers that talk by short name and by variable"""
        first = self.hits()
        self.assertEqual(self.hits(), first + 1)
        names = self.host.exec("podman", "ps", "--format", "{{.Names}}").out.split()
        self.assertEqual(sorted(names), sorted([APP, STORE, SIDE]))
        variables = self.host.exec("podman", "exec", STORE, "sh", "-c", "echo $TOWNOS_DEP_SIDE_HOST").out.strip()
        self.assertEqual(variables, SIDE)
        for name in ("db", STORE, "side"):
            self.host.exec("podman", "exec", APP, "nslookup", name)
        networks = self.host.exec("podman", "network", "ls", "--format", "{{.Name}}").out.split()
        self.assertEqual([name for name in networks if name.startswith("town-os-net")],
                         ["town-os-net--trees-board-1.0"])
        self.assertRaises(OSError, self.host.get, 6379)
        self.tidy()

    def test_its_template_is_a_file_of_its_volume(self):
        """a template is a file, 0600 and owned, with the values of all parts; what is there stays"""
        path = "/etc/board/conf.d/board.conf"
        password = self.host.exec("podman", "exec", STORE, "sh", "-c", "echo $PASSWORD").out.strip()
        text = self.host.exec("podman", "exec", APP, "cat", path).out
        self.assertEqual(text, f"pw={password}\ndb={STORE}:6379\n")
        there = "/town/installed/trees/board/1.0/etc/conf.d/board.conf"
        self.assertEqual(self.host.exec("stat", "-c", "%a %u:%g", there).out.strip(), "600 33:33")
        self.host.write(there, "mine\n")
        self.install("board", repo="trees", responses={"password": "another one"})
        self.settled("package/trees/board")
        self.assertEqual(self.host.read(there), "mine\n")

    def test_the_death_of_any_part_is_survived(self):
        """kill -9 of townd and of any container ends with the same tree, and nothing lost"""
        before = self.hits()
        self.townd.kill()
        for name in (APP, STORE, SIDE):
            self.host.exec("podman", "kill", "--signal", "KILL", name)
        self.townd.start()
        type(self).town = self.townd.client()
        self.settled("package/trees/board", timeout=90)
        self.assertGreater(self.hits(), before)

    def test_it_goes_with_all_its_parts_and_its_data_is_kept(self):
        """uninstall leaves nothing of the tree but the data, and a reinstall brings that back"""
        before = self.hits()
        password = self.host.read(f"/run/town-os/environment/{STORE}.service")
        self.uninstall("board", repo="trees")
        self.gone("package/trees/board")
        self.tidy()
        self.assertEqual(self.host.exec("podman", "ps", "-a", "-q").out, "")
        self.assertTrue(self.host.exists(KEPT))
        self.install("board", repo="trees", reuse_volumes=True)
        self.settled("package/trees/board")
        self.assertEqual(self.hits(), before + 1)
        self.assertTrue(self.host.exists(DATA))
        self.assertEqual(self.host.read(f"/run/town-os/environment/{STORE}.service"), password)

    def test_a_circle_is_refused(self):
        """packages that need each other are refused before anything exists"""
        with self.assertRaisesRegex(Exception, "needs itself"):
            self.install("round", repo="trees")
        self.assertIsNone(self.resource("package/trees/round"))
