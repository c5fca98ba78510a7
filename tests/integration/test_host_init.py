"""townctl host init: the data root becomes a btrfs, and no disk is lost by it."""

import pathlib

import cases
from townhost import Townd

# The nodes of loop devices are not there in a test host, and /dev is made anew at each boot.
LOOPS = "".join(f"b /dev/loop{n} 0660 root disk - 7:{n}\n" for n in range(64))
# A partition table with one entry: 100 MiB from sector 2048 on.
TABLE = r"\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x20\x03\0"
UNIT = "/etc/systemd/system/srv-town\\x2ddata.mount"
DATA = "/srv/town-data"


class HostInitCase(cases.HostCase):
    SIZE = "256M"
    SERVICES = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host.write("/etc/tmpfiles.d/loops.conf", LOOPS)
        cls.host.exec("systemd-tmpfiles", "--create", "/etc/tmpfiles.d/loops.conf")
        # Loop devices belong to the whole machine: none may be left behind.
        cls.addClassCleanup(cls.host.sh, "umount -q /srv/* || true", check=False)

    def init(self, *args, check=True):
        return self.host.exec("/opt/town/bin/townctl", "host", "init", *args, check=check)

    def refused(self, *args):
        """The message of a run that must be refused."""
        result = self.init(*args, check=False)
        self.assertEqual(result.status, 1, result.out + result.err)
        return result.err

    def file_system(self, path):
        return self.host.exec("stat", "--file-system", "--format=%T", path).out.strip()

    def mounts(self, path):
        """How often something is mounted there, as the kernel tells."""
        lines = self.host.read("/proc/self/mountinfo").splitlines()
        return sum(line.split()[4] == path for line in lines)


class ImageTest(HostInitCase):
    IMAGE = "/var/lib/town-os/data.img"

    def test_an_image_becomes_the_data_root_for_good(self):
        """a sparse image is mounted as btrfs, a second run changes nothing, and a reboot keeps it"""
        self.init("--image", "4gb", "--data", DATA, "--dry-run")
        self.assertFalse(self.host.exists(self.IMAGE), "a dry run makes nothing")
        self.assertFalse(self.host.exists(UNIT), "a dry run makes nothing")

        self.init("--image", "4gb", "--data", DATA)
        self.assertEqual(self.file_system(DATA), "btrfs")
        size, blocks, mode = self.host.exec("stat", "-c", "%s %b %a", self.IMAGE).out.split()
        self.assertEqual((int(size), mode), (4 << 30, "600"))
        self.assertLess(int(blocks) * 512, 512 << 20, "the file is sparse")

        before = self.host.exec("stat", "-c", "%i %w", self.IMAGE).out + self.host.read(UNIT)
        again = self.init("--image", "4gb", "--data", DATA)
        self.assertIn("already", again.out)
        after = self.host.exec("stat", "-c", "%i %w", self.IMAGE).out + self.host.read(UNIT)
        self.assertEqual((before, self.mounts(DATA)), (after, 1), "a second run changes nothing")

        self.host.write(f"{DATA}/kept", "kept")
        self.host.reboot()
        self.assertEqual(self.file_system(DATA), "btrfs")
        self.assertEqual(self.host.read(f"{DATA}/kept"), "kept")

    def test_townd_starts_on_an_image(self):
        """townd starts on a data root that was made by this command"""
        self.init("--image", "2gb", "--data", "/srv/townd", "--file", "/var/lib/town-os/townd.img")
        townd = Townd(self.host, data="/srv/townd").start()
        self.addCleanup(townd.stop)
        townd.client()

    def test_an_interrupted_run_is_completed(self):
        """a run that ended before the mount is completed by the same command"""
        data, image = "/srv/again", "/var/lib/town-os/again.img"
        args = ("--image", "300mb", "--data", data, "--file", image)
        self.host.sh(f"mkdir -p /var/lib/town-os && echo half > {image}.town-os-partial")
        self.init(*args)
        self.assertFalse(self.host.exists(image + ".town-os-partial"))
        self.host.write(f"{data}/kept", "kept")
        self.host.sh("systemctl stop srv-again.mount && rm /etc/systemd/system/srv-again.mount")
        self.init(*args)
        self.assertEqual(self.host.read(f"{data}/kept"), "kept", "the file was used as it is")
        self.host.exec("systemctl", "disable", "--now", "--quiet", "srv-again.mount")

    def test_what_is_there_is_left_alone(self):
        """a file or a directory that holds something is refused by name"""
        self.host.write("/srv/full/mine", "mine")
        self.assertIn("/srv/full", self.refused("--image", "1gb", "--data", "/srv/full"))
        self.host.write("/srv/mine.img", "mine")
        message = self.refused("--image", "1gb", "--data", "/srv/other", "--file", "/srv/mine.img")
        self.assertIn("/srv/mine.img", message)
        self.assertEqual(self.host.read("/srv/mine.img"), "mine")
        self.assertFalse(self.host.exists("/srv/other"))
        self.host.sh("mkdir -p /srv/tmpfs && mount -t tmpfs none /srv/tmpfs")
        self.assertIn("mounted", self.refused("--image", "1gb", "--data", "/srv/tmpfs"))

    def test_a_btrfs_is_good_as_it_is(self):
        """a data root that already is a btrfs is left as it is"""
        self.assertIn("already", self.init("--image", "1gb", "--data", "/town").out)
        self.assertFalse(self.host.exists("/etc/systemd/system/town.mount"))

    def test_wrong_usage(self):
        """neither image nor disk, both of them, and sizes that are none are wrong usage"""
        for args in ((), ("--image", "much"), ("--image", "1gb", "--disk", "/dev/loop0"),
                     ("--image", "1gb", "--claim", "X")):
            with self.subTest(args=args):
                self.assertEqual(self.init(*args, check=False).status, 2)


class DiskTest(HostInitCase):
    def disk(self, name, *prepare):
        """A loop device of 512 MB; its path and what stands for its serial."""
        file = f"/var/tmp/{name}.img"
        self.host.exec("truncate", "-s", "512M", file)
        device = self.host.exec("losetup", "--find", "--show", "--partscan", file).out.strip()
        self.addCleanup(self.host.exec, "losetup", "--detach", device, check=False)
        for argv in prepare:
            self.host.exec(*argv, device)
        return device, file

    def partition(self, device):
        """A table with one partition, which is known to the kernel even where that cannot read
        tables, and has the node that udev would make."""
        name = pathlib.PurePath(device).name + "p1"
        self.host.sh(
            f"printf '{TABLE}' | dd of={device} bs=1 seek=446 status=none"
            f" && printf '\\x55\\xaa' | dd of={device} bs=1 seek=510 status=none"
            f" && blockdev --rereadpt {device}"
            f" && (test -e /sys/class/block/{name} || addpart {device} 1 2048 204800)"
        )
        major, minor = self.host.read(f"/sys/class/block/{name}/dev").strip().split(":")
        self.host.exec("mknod", f"/dev/{name}", "b", major, minor)
        self.addCleanup(self.host.exec, "rm", "-f", f"/dev/{name}")
        return f"/dev/{name}"

    def mount(self, device, place):
        self.host.sh(f"mkdir -p {place} && mount {device} {place} && echo kept > {place}/file")
        self.addCleanup(self.host.exec, "umount", "-q", place, check=False)

    def unmount_later(self, data):
        unit = pathlib.PurePath(data).name
        self.addCleanup(self.host.exec, "systemctl", "disable", "--now", "--quiet",
                        f"srv-{unit}.mount", check=False)

    def test_a_disk_that_holds_something_needs_its_serial(self):
        """a disk with a file system is refused and named, and accepted when it is claimed"""
        device, serial = self.disk("photos", ("mkfs.ext4", "-q", "-L", "photos"))
        args = ("--disk", device, "--data", "/srv/claimed")
        self.unmount_later("/srv/claimed")
        message = self.refused(*args)
        for expected in (device, serial, "ext4", "photos", "--claim"):
            self.assertIn(expected, message)
        self.assertIn("serial", self.refused(*args, "--claim", "WRONG"))
        self.assertEqual(self.host.exec("blkid", "-p", "-s", "TYPE", "-o", "value", device).out, "ext4\n")

        dry = self.init(*args, "--claim", serial, "--dry-run")
        self.assertIn("DESTROY", dry.out)
        self.assertEqual(self.host.exec("blkid", "-p", "-s", "TYPE", "-o", "value", device).out, "ext4\n")

        self.init(*args, "--claim", serial)
        self.assertEqual(self.file_system("/srv/claimed"), "btrfs")
        uuid = self.host.exec("blkid", "-p", "-s", "UUID", "-o", "value", device).out.strip()
        self.assertIn(uuid, self.host.read("/etc/systemd/system/srv-claimed.mount"))

        self.host.write("/srv/claimed/kept", "kept")
        self.assertIn("already", self.init(*args, "--claim", serial).out)
        self.host.exec("systemctl", "stop", "srv-claimed.mount")
        self.init(*args, "--claim", serial)  # as after a crash before the mount
        self.assertEqual(self.host.read("/srv/claimed/kept"), "kept")

    def test_a_mounted_disk_is_never_touched(self):
        """a mounted disk is refused even with its serial"""
        device, serial = self.disk("used", ("mkfs.ext4", "-q"))
        self.mount(device, "/mnt/used")
        message = self.refused("--disk", device, "--claim", serial, "--data", "/srv/used")
        self.assertIn("/mnt/used", message)
        self.assertEqual(self.host.read("/mnt/used/file"), "kept\n")

    def test_partitions_count(self):
        """what a partition holds is named, and a mounted one protects the whole disk"""
        device, serial = self.disk("parts")
        partition = self.partition(device)
        self.host.exec("mkfs.ext4", "-q", "-L", "music", partition)
        args = ("--disk", device, "--data", "/srv/parts")
        message = self.refused(*args)
        for expected in ("dos", f"ext4 labelled 'music' on {partition}"):
            self.assertIn(expected, message)
        self.mount(partition, "/mnt/parts")
        self.assertIn(f"{partition} is mounted", self.refused(*args, "--claim", serial))
        self.host.exec("umount", "/mnt/parts")
        self.unmount_later("/srv/parts")
        self.init(*args, "--claim", serial)
        self.assertEqual(self.file_system("/srv/parts"), "btrfs")

    def test_a_disk_mounted_elsewhere_is_never_touched(self):
        """a disk that only another mount namespace has mounted is refused as well"""
        device, serial = self.disk("hidden", ("mkfs.ext4", "-q"))
        script = f"mount {device} /mnt && echo mounted && exec cat"
        hidden = self.host.exec_bg("unshare", "--mount", "sh", "-c", script)
        self.addCleanup(hidden.communicate)
        self.assertEqual(hidden.stdout.readline(), "mounted\n")
        message = self.refused("--disk", device, "--claim", serial, "--data", "/srv/hidden")
        self.assertIn("in use", message)

    def test_an_empty_disk_needs_no_claim(self):
        """an empty disk is formatted without a claim, and is then no longer empty"""
        device, serial = self.disk("empty")
        self.unmount_later("/srv/empty")
        self.init("--disk", device, "--data", "/srv/empty")
        self.assertEqual(self.file_system("/srv/empty"), "btrfs")
        self.assertIn("/srv/empty", self.refused("--disk", device, "--claim", serial, "--data", "/srv/second"))
        self.host.exec("systemctl", "disable", "--now", "--quiet", "srv-empty.mount")
        message = self.refused("--disk", device, "--data", "/srv/second")
        self.assertIn("btrfs labelled 'town-os'", message)

    def test_unknown_bytes_are_something(self):
        """bytes that nobody knows, at either end, need the claim as well"""
        for name, offset in (("first", 4096), ("last", (512 << 20) - 8192)):
            with self.subTest(name=name):
                device, _ = self.disk(name)
                self.host.sh(f"echo precious | dd of={device} bs=1 seek={offset} status=none")
                self.assertIn("unknown kind", self.refused("--disk", device, "--data", "/srv/bytes"))

    def test_what_is_no_disk(self):
        """a file, a directory and a name without a device are refused"""
        self.assertIn("not a disk", self.refused("--disk", "/etc/passwd", "--data", "/srv/none"))
        self.assertIn("There is no", self.refused("--disk", "/dev/none", "--data", "/srv/none"))
