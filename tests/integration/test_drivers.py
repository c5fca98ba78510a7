"""The contracts of the drivers hold for the real ones too: tests/contract, run inside."""

import cases


class DriverContractTest(cases.HostCase):
    def contract(self, suite, root="/town"):
        """Runs the suites whose names match, on the real drivers; none may be skipped."""
        program = "/opt/town/bin/contract_tests"
        command = ["env", f"TOWN_CONTRACT_REAL={root}", program, f"--test-suite={suite}"]
        done = self.host.exec(*command, check=False, timeout=280)
        self.assertTrue(done.ok, done.out + done.err)
        self.assertRegex(done.out, r"test cases: +[1-9][0-9]* \|")
        for line in done.out.splitlines():
            if "MESSAGE: " in line:
                print(line.split("MESSAGE: ")[1])

    def test_btrfs(self):
        """subvolumes, marks and quotas: the btrfs driver keeps its contract"""
        self.contract("contract/btrfs*")

    def test_btrfs_below_a_directory(self):
        """the data root may be a plain directory of a larger file system"""
        self.contract("contract/btrfs*", root="/town/deep/inside")

    def test_btrfs_on_a_bound_subvolume(self):
        """the data root may be a subvolume that is mounted elsewhere"""
        self.host.sh("btrfs subvolume create /town/sub && mkdir -p /mnt/data && mount --bind /town/sub /mnt/data")
        self.contract("contract/btrfs*", root="/mnt/data")

    def test_reserve(self):
        """what is kept back of the disk is really missing there, and comes back: the reserve keeps its contract"""
        self.contract("contract/reserve*")

    def test_systemd(self):
        """units, jobs and signals: the systemd driver keeps its contract"""
        self.contract("contract/systemd*")

    def test_podman(self):
        """images, networks and containers: the podman driver keeps its contract"""
        self.contract("contract/podman*")

    def test_seeds(self):
        """archives, images and repositories fill new volumes: the seeds driver keeps its contract"""
        self.contract("contract/seeds*")

    def test_cost(self):
        """looking at the machine is cheap and starts no process"""
        self.contract("contract/cost*")
