"""The project's own scripts and lists are in order. Needs no host."""

import os
import subprocess
import unittest

from townhost import CHECKOUT


def shell_scripts():
    """Every file of the source tree that starts as a shell script."""
    for folder, folders, files in os.walk(CHECKOUT):
        folders[:] = [name for name in folders if name not in (".git", "build", "node_modules", "dist")]
        for name in files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                continue
            with open(path, "rb") as file:
                head = file.read(64).split(b"\n")[0]
            if head.startswith(b"#!") and head.endswith((b"/sh", b"bash")) or head.startswith(b"# shellcheck"):
                yield path


class ScriptsTest(unittest.TestCase):
    def test_shellcheck(self):
        """every shell script passes shellcheck"""
        scripts = sorted(shell_scripts())
        self.assertIn(str(CHECKOUT / "tests" / "run.sh"), scripts)
        done = subprocess.run(["shellcheck", *scripts], cwd=CHECKOUT, capture_output=True, text=True)
        self.assertEqual(done.stdout + done.stderr, "")

    def test_scripts_can_be_started(self):
        """every script that names its interpreter is executable"""
        for path in shell_scripts():
            with self.subTest(path=path), open(path, "rb") as file:
                if file.read(2) == b"#!":
                    self.assertTrue(os.access(path, os.X_OK))
