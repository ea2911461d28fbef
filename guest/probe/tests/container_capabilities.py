"""The probe as it is used: a sidecar in the PID namespace of an unprivileged fleet.

/proc/PID/pagemap may be opened by its owner only (mode 0400), so root without CAP_DAC_READ_SEARCH is refused. Two ways
lead around: the fleet's own user, who gets two capabilities from the program's file, or root with a third one.

Needs an engine that the `docker` command reaches. Makes one image and a few containers, and removes them.
"""

import io
import os
import struct
import subprocess
import tarfile
import unittest
import uuid

from tests.support import FILE_PAGES, FIXTURE, PAGE, PROBE, Fixture, Probe

LABEL = "org.majek-lab.lab=probe-test"
CONFINED = ("--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")


def docker(*arguments: str, data: bytes | None = None) -> str:
    done = subprocess.run(["docker", *arguments], input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


# struct vfs_cap_data, revision 2, with the effective bit (include/uapi/linux/capability.h): CAP_SYS_PTRACE is bit 19,
# CAP_SYS_ADMIN bit 21. What `setcap cap_sys_admin,cap_sys_ptrace=ep` writes.
FILE_CAPABILITIES = struct.pack("<5I", 0x02000001, 1 << 19 | 1 << 21, 0, 0, 0).decode()


def archive() -> bytes:
    """An image with nothing but the programs and a file to map."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in (
            ("majek-probe", PROBE.read_bytes()),
            ("majek-probe-capable", PROBE.read_bytes()),
            ("fixture", FIXTURE.read_bytes()),
            ("file", os.urandom(FILE_PAGES * PAGE)),
        ):
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = 0o755, len(data)
            if name.endswith("capable"):
                entry.pax_headers = {"SCHILY.xattr.security.capability": FILE_CAPABILITIES}
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


class Sidecar(unittest.TestCase):
    image: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.image = docker("import", "-", f"localhost/majek-lab/probe-test:{uuid.uuid4().hex}", data=archive())
        cls.addClassCleanup(docker, "rmi", "--force", cls.image)

    def run_command(self, name: str, *options: str, confined: tuple[str, ...] = CONFINED) -> tuple[str, ...]:
        self.addCleanup(docker, "rm", "--force", name)
        return ("docker", "run", "--interactive", "--name", name, "--label", LABEL, *confined, *options, self.image)

    def setUp(self) -> None:
        self.fleet_name = f"majek-lab-probe-test-{uuid.uuid4().hex}"
        options = ("--user", "1000:1000", "--tmpfs", "/run/majek:size=1m,mode=1777")
        self.fleet = Fixture(self.run_command(self.fleet_name, *options), file="/file", program="/fixture")
        self.addCleanup(self.fleet.close)

    def probe(self, user: str, program: str, *capabilities: str, confined: tuple[str, ...] = CONFINED) -> Probe:
        name = f"majek-lab-probe-test-{uuid.uuid4().hex}"
        added = (option for capability in capabilities for option in ("--cap-add", capability))
        options = ("--pid", f"container:{self.fleet_name}", "--user", user, *added)
        probe = Probe(prefix=self.run_command(name, *options, confined=confined), program=program)
        self.addCleanup(probe.close)
        return probe

    def check(self, probe: Probe) -> None:
        """A whole measurement: gate, record, samples of a paused fleet."""
        self.assertEqual(probe.must("hello")["method"], "pfn")
        self.fleet.send("gate /run/majek/gate")
        self.assertEqual(self.fleet.answer(), "waiting\n")
        record = probe.must("p0 1")
        self.assertGreaterEqual(record["p0Pages"], 1024 + 4 + FILE_PAGES)
        probe.must("release /run/majek/gate 1")
        self.assertEqual(self.fleet.answer(), "0\n")
        self.assertEqual(probe.must("statfs /run/majek 1"), {"ok": True, "usedBytes": 0, "totalBytes": 1 << 20})
        self.fleet.fork()
        self.fleet.fork()
        before = probe.must("sample 1 rollup")
        self.fleet.do(1, "write", self.fleet.region, 64)
        docker("pause", self.fleet_name)
        after = probe.must("sample 1 rollup")
        docker("unpause", self.fleet_name)
        self.assertEqual(len(after["workers"]), 2)
        self.assertEqual(after["lostBytes"] - before["lostBytes"], 64 * PAGE)
        self.assertIsNotNone(after["ksmPages"])
        self.assertGreater(after["kernelPss"], 0)

    def test_the_fleets_user_with_two_capabilities_of_the_file(self) -> None:
        # Not no-new-privileges: it would keep the file from giving them.
        self.check(self.probe("1000:1000", "/majek-probe-capable", "SYS_ADMIN", "SYS_PTRACE", confined=CONFINED[:-2]))

    def test_root_with_three_capabilities(self) -> None:
        self.check(self.probe("0:0", "/majek-probe", "SYS_ADMIN", "SYS_PTRACE", "DAC_READ_SEARCH"))

    def test_root_with_two_capabilities_is_refused(self) -> None:
        answer = self.probe("0:0", "/majek-probe", "SYS_ADMIN", "SYS_PTRACE").ask("p0 1")
        self.assertEqual(answer, {"ok": False, "error": "Permission denied", "where": "/proc/1/pagemap"})

    def test_without_sys_admin_frame_numbers_are_hidden(self) -> None:
        probe = self.probe("0:0", "/majek-probe", "SYS_PTRACE", "DAC_READ_SEARCH")
        self.assertEqual(probe.must("hello")["method"], "exclusive")
        probe.must("p0 1")
        self.fleet.fork()
        self.assertIsNone(probe.must("sample 1")["fleetBytes"])

    def test_the_fleets_user_without_capabilities(self) -> None:
        probe = self.probe("1000:1000", "/majek-probe")
        self.assertEqual(probe.must("hello")["method"], "exclusive")
        probe.must("p0 1")
        self.fleet.fork()
        self.assertGreater(probe.must("sample 1")["workers"][0]["sharedFraction"], 0.9)

    def test_root_without_sys_ptrace_cannot_open_the_fleets_files(self) -> None:
        """Linux 6.18 lets CAP_SYS_ADMIN read page tables (perfmon_capable(), kernel/fork.c); older ones do not."""
        probe = self.probe("0:0", "/majek-probe", "SYS_ADMIN", "DAC_READ_SEARCH")
        for line in ("statfs / 1", "release /run/majek/gate 1"):
            answer = probe.ask(line)
            self.assertEqual(answer, {"ok": False, "error": "Permission denied", "where": "/proc/1/root"}, line)


if __name__ == "__main__":
    unittest.main()
