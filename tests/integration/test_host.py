"""The test host itself: what every other test relies on really is there."""

import subprocess
import unittest

import cases
from townhost import CHECKOUT, Host, eventually


class MachineTest(cases.HostCase):
    VOLUMES = {"/small": "256M"}

    def test_systemd_is_running(self):
        """systemd is process 1 and no unit has failed"""
        self.assertEqual(self.host.read("/proc/1/comm").strip(), "systemd")
        self.assertEqual(self.host.exec("systemctl", "--failed", "--no-legend").out, "")

    def test_files_commands_and_status_pass_through(self):
        """files and commands go in and come back unchanged"""
        text = "one 'two' \"three\" $four\n"
        self.host.write("/var/tmp/dir/file", text, mode="0600")
        self.assertEqual(self.host.read("/var/tmp/dir/file"), text)
        self.assertEqual(self.host.exec("stat", "-c", "%a", "/var/tmp/dir/file").out, "600\n")
        self.assertEqual(self.host.exec("printf", "%s", "a  b\n").out, "a  b\n")
        self.assertEqual(self.host.sh("exit 7", check=False).status, 7)
        background = self.host.exec_bg("cat")
        self.assertEqual(background.communicate("echo", timeout=10)[0], "echo")

    def test_the_checkout_is_there_and_read_only(self):
        """the checkout is at /repo and cannot be written"""
        self.assertTrue(self.host.exists("/repo/examples/home.yaml"))
        self.assertFalse(self.host.sh("touch /repo/x", check=False).ok)

    def test_programs_find_their_libraries(self):
        """everything in /opt/town/bin finds its libraries"""
        for program in ("townd", "townctl"):
            self.assertNotIn("not found", self.host.exec("ldd", f"/opt/town/bin/{program}").out)

    def test_quota_is_felt_inside_a_container(self):
        """a container gets "Disk quota exceeded" when its volume is full"""
        self.host.sh(
            "btrfs quota enable /town && btrfs subvolume create /town/full"
            " && btrfs qgroup limit 20M /town/full"
        )
        filled = self.host.sh(
            "podman run --rm -v /town/full:/data busybox:latest dd if=/dev/zero of=/data/x bs=1M count=40",
            check=False,
        )
        self.assertFalse(filled.ok)
        self.assertIn("Disk quota exceeded", filled.err)

    def test_small_volume_fills_up(self):
        """a small volume really is small"""
        filled = self.host.sh("dd if=/dev/zero of=/small/x bs=1M count=400", check=False)
        self.assertIn("No space left on device", filled.err)
        self.host.exec("rm", "/small/x")

    def test_registry_answers_pulls(self):
        """docker.io is the registry of this host, and knows nothing else"""
        self.host.exec("podman", "pull", "-q", "docker.io/library/alpine:3.20")
        unknown = self.host.exec("podman", "pull", "-q", "docker.io/library/nginx:none", check=False)
        self.assertIn("manifest unknown", unknown.err)

    def test_git_over_http(self):
        """repositories are cloned with and without a password, never with a wrong one"""
        self.host.sh("mkdir -p /var/tmp/pkg && echo 1 > /var/tmp/pkg/a && git-publish /var/tmp/pkg sample")
        clone = "rm -rf /var/tmp/clone && git clone -q http://{}127.0.0.1:8800/{}/sample.git /var/tmp/clone"
        self.host.sh(clone.format("town:secret@", "git"))
        self.host.sh("mv /var/tmp/pkg/a /var/tmp/pkg/b && git-publish /var/tmp/pkg sample")
        self.host.sh(clone.format("", "open"))
        self.assertEqual(self.host.sh("cd /var/tmp/clone && git ls-files").out, "b\n")
        refused = self.host.sh(clone.format("town:wrong@", "git"), check=False)
        self.assertIn("Authentication failed", refused.err)

    def test_publish_from_outside(self):
        """a directory of the machine becomes a commit of a repository"""
        commit = self.host.git_publish(CHECKOUT / "examples/repository", "fromhere")
        url = "http://127.0.0.1:8800/open/fromhere.git"
        self.assertIn(commit, self.host.exec("git", "ls-remote", url, "HEAD").out)

    def test_container_as_a_notify_unit(self):
        """a container runs as a unit, is seen from outside, and its lines carry the unit"""
        run = (
            "/usr/bin/podman run --rm --name web --replace --cgroups=no-conmon --sdnotify=conmon -d"
            " --log-driver=journald -p 8090:80 docker.io/library/nginx:1.26-alpine"
        )
        self.host.write(
            "/etc/systemd/system/web.service",
            f"[Service]\nType=notify\nNotifyAccess=all\nExecStart={run}\n"
            "ExecStop=/usr/bin/podman stop -t 5 web\n",
        )
        self.host.sh("systemctl daemon-reload && systemctl start web")
        page = eventually(lambda: self.host.get(8090), 10, "the page is served")
        self.assertIn("Welcome to nginx", page.text)

        def logged():
            lines = self.host.journal_entries("_SYSTEMD_UNIT=web.service", "CONTAINER_NAME=web")
            return any("GET / HTTP" in str(line.get("MESSAGE")) for line in lines)

        eventually(logged, 10, "the request is in the unit's journal")
        self.host.exec("systemctl", "stop", "web")
        self.assertEqual(self.host.unit("web", "Result")["Result"], "success")

    def test_key_value_image_answers(self):
        """the key-value image answers PING from outside"""
        self.host.exec("podman", "run", "-d", "--rm", "--name", "kv", "-p", "6390:6379", "redis:7-alpine")
        ping = f"exec 3<>/dev/tcp/{self.host.ip}/6390; echo PING >&3; head -n1 <&3"
        eventually(
            lambda: "+PONG" in subprocess.run(
                ["bash", "-c", ping], capture_output=True, text=True, timeout=5
            ).stdout, 10, "PONG",
        )
        self.host.exec("podman", "kill", "kv")


class LifeTest(unittest.TestCase):
    def test_two_hosts_at_once(self):
        """two hosts run side by side, each with its own address and data"""
        with Host(size="256M") as one, Host(size="256M") as two:
            self.assertNotEqual(one.ip, two.ip)
            one.write("/town/whose", "one")
            self.assertFalse(two.exists("/town/whose"))

    def test_data_and_journal_survive_a_reboot(self):
        """after a reboot the data and the journal are still there"""
        with Host(size="256M") as host:
            host.sh("echo kept > /town/file && systemd-cat -t marker echo before")
            host.exec("journalctl", "--sync")
            host.reboot()
            self.assertEqual(host.read("/town/file"), "kept\n")
            self.assertIn("before", host.exec("journalctl", "-t", "marker", "-o", "cat").out)

    def test_nothing_is_left_behind(self):
        """a host that was pulled down leaves no process, mount or network behind"""
        def traces():
            with open("/proc/self/mounts", encoding="utf-8") as mounts:
                lines = mounts.read() + subprocess.run(
                    ["sh", "-c", "ip -o link; ip netns; ps -eo args"], capture_output=True, text=True
                ).stdout
            return [line for line in lines.splitlines() if host.name in line]

        host = Host().up()
        self.assertGreater(len(traces()), 4)
        host.down(keep=False)
        self.assertEqual(traces(), [])
