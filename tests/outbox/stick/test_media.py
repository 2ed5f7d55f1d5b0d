"""What the kernel's tables say of media: shown here as files of the same form."""

from __future__ import annotations

from pathlib import Path

import pytest

from outbox.stick import media
from tests.outbox.stick import sticks

TABLE = r"""22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 8:17 / /media/x/KINGSTON rw,nosuid,nodev,relatime shared:5 - vfat /dev/sdb1 rw,fmask=0022
41 22 8:33 / /media/x/m\040y\134disk rw,relatime - exfat /dev/sdc1 ro,errors=remount-ro
42 22 0:50 / /media/x/KINGSTON/inner rw - tmpfs tmpfs rw
"""


def device(system: Path, disk: str, number: str, *, removable: bool, size: int = 2048) -> Path:
    folder = system / "devices" / ("usb1/1-1" if disk == "sdc" else "pci") / disk
    folder.mkdir(parents=True)
    (folder / "removable").write_text(f"{removable:d}\n")
    (folder / "size").write_text(f"{size}\n")
    (folder / "dev").write_text(f"{number}\n")
    (system / "block").mkdir(exist_ok=True)
    (system / "block" / disk).symlink_to(folder)
    return folder


def part(disk: Path, name: str, number: str) -> None:
    (disk / name).mkdir()
    for file, text in {"partition": "1", "size": "1000", "dev": number}.items():
        (disk / name / file).write_text(text + "\n")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(TABLE)
    return file


def test_sticks_cards_and_usb_disks_are_found_and_fixed_disks_are_not(tmp_path: Path, table: Path) -> None:
    system = tmp_path / "sys"
    part(device(system, "sdb", "8:16", removable=True), "sdb1", "8:17")
    part(device(system, "sdc", "8:32", removable=False), "sdc1", "8:33")
    device(system, "vda", "254:0", removable=False)
    device(system, "sdd", "8:48", removable=True)
    device(system, "sr0", "11:0", removable=True, size=0)
    found = {medium.device: medium for medium in media.removable_media(table, system)}
    assert list(found) == ["sdb1", "sdc1", "sdd"]
    assert found["sdb1"].size == 512_000
    assert found["sdb1"].mount
    assert (found["sdb1"].point, found["sdb1"].mount.read_only) == (Path("/media/x/KINGSTON"), False)
    assert found["sdc1"].mount
    assert (found["sdc1"].point, found["sdc1"].mount.read_only) == (Path("/media/x/m y\\disk"), True)
    assert found["sdd"].mount is None


def test_a_card_or_disk_that_the_machine_runs_from_is_no_stick(tmp_path: Path, table: Path) -> None:
    system = tmp_path / "sys"
    part(device(system, "mmcblk0", "179:0", removable=False), "mmcblk0p1", "179:1")
    part(system / "devices" / "pci" / "mmcblk0", "mmcblk0p2", "179:2")
    part(device(system, "sdb", "8:16", removable=True), "sdb1", "8:17")
    table.write_text(table.read_text() + "43 22 179:2 / /home rw - ext4 /dev/mmcblk0p2 rw\n")
    assert [medium.device for medium in media.removable_media(table, system)] == ["sdb1"]


@pytest.mark.parametrize(
    ("path", "carried"),
    [
        ("/media/x/KINGSTON/books", True),
        ("/media/x/KINGSTON/inner", False),
        ("/media/x/nothing-mounted", False),
        ("/mnt/root-again", False),
        ("/mnt/share/books", False),
        ("/var/lib/scan-station/stick", False),
    ],
)
def test_only_a_medium_of_its_own_is_carried_away(table: Path, path: str, carried: bool) -> None:
    with table.open("a") as file:
        file.write("43 22 254:0 /sub /mnt/root-again rw - ext4 /dev/vda rw\n")
        file.write("45 22 0:60 / /mnt/share rw - cifs //server/share rw\n")
        file.write("44 22 254:3 / /var/lib/scan-station rw - ext4 /dev/vda3 rw\n")
    mount = media.mount_of(Path(path), table)
    machine = [Path("/"), Path("/var/lib/scan-station")]
    assert media.is_carried_away(mount, machine, table) is carried


def test_a_path_lies_on_the_innermost_mount(table: Path) -> None:
    kinds = {
        "/media/x/KINGSTON/a": "vfat",
        "/media/x/KINGSTON/inner/a": "tmpfs",
        "/media/x/KINGSTONE": "ext4",
        "/home": "ext4",
    }
    for path, kind in kinds.items():
        mount = media.mount_of(Path(path), table)
        assert mount
        assert mount.kind == kind


def test_fat_says_how_large_a_file_may_be(tmp_path: Path) -> None:
    with sticks.vfat(tmp_path / "a") as stick:
        assert media.room_on(stick.point).largest == (1 << 32) - 1
    with sticks.exfat(tmp_path / "b") as stick:
        room = media.room_on(stick.point)
        assert room.largest is None
        assert room.free is not None
        assert 0 < room.free < 64 << 20


def test_a_mount_wakes_the_one_who_waits(tmp_path: Path) -> None:
    changes = media.mount_changes(seconds=20)
    next(changes)
    with sticks.tmpfs(tmp_path):
        next(changes)
        assert media.mount_of(tmp_path / "stick")
        assert str(tmp_path / "stick") in {str(mount.point) for mount in media.read_mounts()}
