"""What integration tests inherit from: one host per class, thrown away afterwards.

A test is a method whose docstring is the sentence it proves.
"""

import unittest

from townhost import Host, Townd


class HostCase(unittest.TestCase):
    """self.host is up, with the registry and the git server."""

    SIZE = "4G"  # of the btrfs at /town
    VOLUMES = {}  # further ones: {path: size}
    SERVICES = True

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

    townd = town = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.townd = Townd(cls.host, args=cls.ARGS, env=cls.ENV).start()
        cls.town = cls.townd.client() if cls.BOOTSTRAP else cls.townd.anonymous()

    @classmethod
    def failure_report(cls):
        return f"--- journal of townd\n{cls.townd.journal(60)}" if cls.townd else ""
