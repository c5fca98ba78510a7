"""A whole box out of one document: apply, diff, describe, export."""

import cases
from townhost import Host, Townd

HOME = "/repo/examples/home.yaml"
HTML = "/town/installed/default/web/1.1/html"


def plain(resources):
    """What the graph says, without what is drawn by chance or counts changes."""
    graph = {}
    for resource in resources:
        spec = dict(resource["spec"])
        for drawn in ("id", "volume_ids", "restarts"):
            spec.pop(drawn, None)
        needs = sorted(need["key"] for need in resource["needs"])
        graph[resource["key"]] = {"spec": spec, "needs": needs, "owner": resource.get("owner")}
    return graph


class ApplyTest(cases.TownCase):
    # as in the quickstart: whatever townd declares by itself, home.yaml says otherwise
    REPOSITORIES = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.applied = cls.ctl("apply", HOME, "--wait")

    def intents(self):
        return len(self.town.entries("/activity"))

    def test_the_service_answers_from_its_volume(self):
        """apply --wait: the service answers on its port with what is in its volume"""
        self.assertTrue(self.applied.out.endswith("done\n"), self.applied.out)
        self.served(8080, "Hello from your own cloud\n")
        self.assertEqual(self.host.read(f"{HTML}/index.html"), "Hello from your own cloud\n")
        self.host.write(f"{HTML}/other.html", "put there by hand\n")
        self.assertEqual(self.host.get(8080, "/other.html").text, "put there by hand\n")

    def test_everything_that_was_asked_for_is_there(self):
        """apply: both apps are up, the volume has its quota, the setting its value"""
        for key in ("package/default/web", "package/default/kv", "volume/user/photos"):
            self.assertEqual(self.resource(key)["word"], "Ready", key)
        photos = self.host.exec("btrfs", "qgroup", "show", "-re", "--raw", "/town/user/photos").out
        self.assertIn(f" {200 << 20} ", photos)
        self.assertEqual(self.town.get("/settings")["default_quota"], str(1 << 30))
        self.tidy()

    def test_describe_tells_the_whole_story(self):
        """describe: state, settings, parts and their state, and what happened"""
        story = self.ctl("describe", "package/default/web").out
        self.assertTrue(story.startswith("package/default/web: Ready"), story)
        for part in ("version: 1.1", "unit/default/web", "volume/installed/default/web/1.1/html",
                     "image/default/web", "network/", "port/tcp/8080"):
            self.assertIn(part, story)
        unit = self.ctl("describe", "unit/default/web").out
        self.assertIn("town-os-package--default-web-1.1.service", unit)
        self.assertIn("running", unit)
        self.assertIn("Started: started town-os-package--default-web-1.1.service", unit)
        self.assertIn("needs:", unit)

    def test_a_second_apply_plans_nothing(self):
        """a second apply says that there is nothing to change, and commits no intent"""
        before = self.intents(), self.revision()
        invocation = self.resource("unit/default/web")["status"]["facts"]["invocation"]
        for command in (["apply", HOME], ["apply", HOME, "--wait"], ["apply", HOME, "--dry-run"]):
            self.assertEqual(self.ctl(*command).out, "nothing to change\n", command)
        self.assertEqual((self.intents(), self.revision()), before)
        self.assertEqual(self.resource("unit/default/web")["status"]["facts"]["invocation"], invocation)

    def test_diff_of_what_is_there_is_empty(self):
        """diff of the applied document shows no change"""
        self.assertEqual(self.ctl("diff", HOME).out, "nothing to change\n")

    def test_dry_run_changes_nothing(self):
        """apply --dry-run says what would change and changes nothing"""
        self.host.write("/var/tmp/more.yaml", (
            "packages:\n- {name: notebook, responses: {port: \"8085\"}}\n"
            "- {name: web, responses: {port: \"8088\"}}\nvolumes: [{name: films, quota: 10mb}]\n"
        ))
        before = self.intents(), self.revision(), plain(self.resources())
        words = self.ctl("apply", "/var/tmp/more.yaml", "--dry-run").out
        for word in ("install default/notebook 1.0", "change default/web 1.1", "create volume films"):
            self.assertIn(word, words)
        changes = self.ctl("diff", "/var/tmp/more.yaml").out
        self.assertIn("+ unit/default/notebook\n", changes)
        self.assertIn("~ unit/default/web\n", changes)
        self.assertIn("- port/tcp/8080\n", changes)
        self.assertEqual((self.intents(), self.revision(), plain(self.resources())), before)
        self.assertFalse(self.host.exists("/town/user/films"))

    def test_a_document_at_fault_is_refused_with_all_faults(self):
        """apply of a document with several faults names each with its line, and changes nothing"""
        self.host.write("/var/tmp/bad.yaml", (
            "packages:\n- {name: web, colour: red}\nvolumes:\n- {name: a, quota: much}\n"
        ))
        before = self.intents()
        refused = self.ctl("apply", "/var/tmp/bad.yaml", check=False)
        self.assertEqual(refused.status, 1)
        self.assertIn("line 2: packages[0].colour", refused.err)
        self.assertIn("line 4: volumes[0].quota", refused.err)
        self.assertEqual(self.intents(), before)

    def test_z_export_makes_the_same_box_again(self):
        """an export, applied to an empty box, gives the same graph, and exports the same"""
        document = self.ctl("export").out
        with Host(bin=self.host.bin) as other:
            other.services()
            townd = Townd(other).start()
            townd.client()
            townd.townctl("login", "--username", "admin", "--password-file", "-", input=cases.PASSWORD)
            other.write("/root/home.yaml", document, mode="0600")
            townd.townctl("apply", "/root/home.yaml", "--wait")

            class Other(cases.TownCase):
                host, town = other, townd.client()

            self.assertEqual(plain(Other.resources()), plain(self.resources()))
            self.assertEqual(townd.townctl("export").out, document)
            Other.served(8080, "Hello from your own cloud\n")


class QuickstartTest(cases.TownCase):
    """With the repository that a first boot declares by itself, out of reach as it is here."""

    REPOSITORIES = {}
    ENV = {"TOWN_OS_DEFAULT_REPOSITORY": "https://gitea.com/town-os/default-packages"}

    def test_the_home_document_says_where_default_comes_from(self):
        """a repository declared on the first boot gives way to the one of the document"""
        self.ctl("apply", HOME, "--wait")
        self.served(8080, "Hello from your own cloud\n")
        (entry,) = self.town.entries("/repository")
        self.assertEqual(entry, {"name": "default", "url": cases.EXAMPLES})
