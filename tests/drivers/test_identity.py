"""Identity: an address stays with its scanner over replugs, and two equal scanners are told apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.faults import DeviceFault, FaultKind
from drivers.identity import (
    UsbDevice,
    identified,
    key_of,
    plugged_in,
    renumbered,
    sane_name,
    stable_address,
    usb_devices,
)
from drivers.interface import DeviceInfo

FLATBED = UsbDevice(1, 4, "04a9", "190f", "K7X21", "1-2")
TWIN = UsbDevice(1, 5, "04a9", "190f", "K7X22", "1-3")
NAMELESS = UsbDevice(2, 9, "07b3", "1300", "", "2-1.4")
NAMELESS_TWIN = UsbDevice(2, 10, "07b3", "1300", "", "2-1.3")

STABLE_ALREADY = [
    "test:0",
    "fujitsu:fi-8170:123",
    "pixma:04A91748_31909F",
    "airscan:e0:Máy quét tầng 2",
    "net:192.0.2.7:genesys:libusb:001:004",
    "hpaio:/usb/Some_Model?serial=00XY",
    "brother4:bus1;dev4",
    "v4l:/dev/video0",
    "plustek:libusb:001:4",
]


def sane(device: UsbDevice, backend: str = "genesys") -> str:
    return f"{backend}:libusb:{device.bus:03}:{device.number:03}"


@pytest.mark.parametrize(
    ("device", "here", "address"),
    [
        (FLATBED, [FLATBED, TWIN, NAMELESS], "genesys:usb:04a9:190f:K7X21"),
        (TWIN, [FLATBED, TWIN], "genesys:usb:04a9:190f:K7X22"),
        (NAMELESS, [FLATBED, NAMELESS], "genesys:usb:07b3:1300@2-1.4"),
        (NAMELESS_TWIN, [NAMELESS, NAMELESS_TWIN], "genesys:usb:07b3:1300@2-1.3"),
    ],
)
def test_a_scanner_is_known_by_its_serial_number_else_by_its_port(
    device: UsbDevice, here: list[UsbDevice], address: str
) -> None:
    assert stable_address(sane(device), here) == address
    assert sane_name(address, here) == sane(device)


@pytest.mark.parametrize("name", STABLE_ALREADY)
def test_other_names_pass_as_they_are(name: str) -> None:
    assert stable_address(name, [FLATBED, NAMELESS]) == name
    assert sane_name(name, [FLATBED, NAMELESS]) == name
    assert plugged_in(name, [FLATBED]) is None


def test_a_name_that_no_usb_device_explains_passes_as_it_is() -> None:
    assert stable_address("genesys:libusb:003:001", [FLATBED]) == "genesys:libusb:003:001"
    assert stable_address("genesys:libusb:001:004", []) == "genesys:libusb:001:004"


def test_the_address_outlives_a_replug_elsewhere() -> None:
    address = stable_address(sane(FLATBED), [FLATBED])
    moved = dataclasses.replace(FLATBED, bus=3, number=77, port="3-1")
    assert sane_name(address, [TWIN, moved]) == "genesys:libusb:003:077"


def test_equal_scanners_without_serial_numbers_are_their_ports() -> None:
    address = stable_address(sane(NAMELESS), [NAMELESS, NAMELESS_TWIN])
    swapped = dataclasses.replace(NAMELESS_TWIN, number=30, port=NAMELESS.port)
    assert sane_name(address, [swapped]) == "genesys:libusb:002:030"
    with pytest.raises(DeviceFault) as caught:
        sane_name(address, [NAMELESS_TWIN])
    assert caught.value.kind is FaultKind.OFFLINE


def test_a_serial_number_that_two_share_is_told_apart_by_the_port() -> None:
    one = UsbDevice(1, 2, "04c5", "128e", "000001", "1-1")
    two = UsbDevice(1, 3, "04c5", "128e", "000001", "1-2")
    addresses = [stable_address(sane(device), [one, two]) for device in (one, two)]
    assert addresses == ["genesys:usb:04c5:128e:000001@1-1", "genesys:usb:04c5:128e:000001@1-2"]
    assert [sane_name(address, [one, two]) for address in addresses] == [sane(one), sane(two)]
    # Known from the time when it was alone: which of the two is meant nobody can tell.
    with pytest.raises(DeviceFault, match="1-1, 1-2"):
        sane_name("genesys:usb:04c5:128e:000001", [one, two])


def test_a_model_alone_means_the_only_one_here() -> None:
    assert sane_name("genesys:usb:07b3:1300", [FLATBED, NAMELESS]) == sane(NAMELESS)
    with pytest.raises(DeviceFault):
        sane_name("genesys:usb:07b3:1300", [NAMELESS, NAMELESS_TWIN])


def test_what_is_gone_is_offline() -> None:
    address = stable_address(sane(FLATBED), [FLATBED])
    assert plugged_in(address, [FLATBED]) is True
    assert plugged_in(address, [TWIN]) is False
    with pytest.raises(DeviceFault, match="not plugged in") as caught:
        sane_name(address, [TWIN])
    assert caught.value.kind is FaultKind.OFFLINE


def test_a_found_device_gets_id_serial_and_port() -> None:
    found = [DeviceInfo(f"python-sane:{sane(FLATBED)}", "python-sane", "Canon"), DeviceInfo("sane:test:0", "sane")]
    one, other = identified(found, [FLATBED])
    assert one.id == "python-sane:genesys:usb:04a9:190f:K7X21"
    assert (one.serial, one.port, one.vendor) == ("K7X21", "1-2", "Canon")
    assert other == found[1]


def test_a_network_scanner_is_found_under_another_number() -> None:
    names = ["airscan:e1:Tầng 2", "airscan:w1:Tầng 2", "airscan:e2:Tầng 3", "test:0"]
    assert renumbered("airscan:e0:Tầng 2", names) == "airscan:e1:Tầng 2"
    assert renumbered("airscan:e0:Tầng 4", names) is None
    assert renumbered("airscan:e0:Tầng 3", [*names, "airscan:ea:Tầng 3"]) is None, "two of one name"
    assert renumbered("test:1", names) is None
    assert key_of("sane:airscan:e0:Tầng 2") == key_of("sane:airscan:e1f:Tầng 2") != key_of("sane:airscan:w0:Tầng 2")


serials = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
ports = st.from_regex(r"[1-9]-[1-9](\.[1-9]){0,3}", fullmatch=True)
buses = st.lists(
    st.builds(
        UsbDevice,
        st.integers(1, 9),
        st.integers(1, 127),
        st.sampled_from(["04a9", "07b3"]),
        st.sampled_from(["190f", "1300"]),
        st.one_of(st.just(""), st.sampled_from(["0", "A@1-1", "x:y/z"]), serials),
        ports,
    ),
    unique_by=(lambda device: (device.bus, device.number), lambda device: device.port),
    max_size=8,
)


@given(buses)
def test_on_any_bus_every_device_has_an_address_of_its_own_that_leads_back(bus: list[UsbDevice]) -> None:
    addresses = [stable_address(sane(device), bus) for device in bus]
    assert len(set(addresses)) == len(bus)
    assert [sane_name(address, bus) for address in addresses] == [sane(device) for device in bus]
    assert all(plugged_in(address, bus) for address in addresses)


@given(buses, st.permutations(range(100, 108)))
def test_new_numbers_change_no_address(bus: list[UsbDevice], numbers: list[int]) -> None:
    replugged = [dataclasses.replace(device, number=number) for device, number in zip(bus, numbers, strict=False)]
    before = [stable_address(sane(device), bus) for device in bus]
    assert [stable_address(sane(device), replugged) for device in replugged] == before


def test_sysfs_is_read_without_hubs_interfaces_and_half_devices(tmp_path: Path) -> None:
    def enter(name: str, **attributes: str) -> None:
        (tmp_path / name).mkdir()
        for key, value in attributes.items():
            (tmp_path / name / key).write_text(value + "\n", encoding="utf-8")

    enter("usb1", busnum="1", devnum="1", idVendor="1d6b", idProduct="0002", serial="0000:00:14.0")
    enter("1-2", busnum="1", devnum="4", idVendor="04A9", idProduct="190f", serial="K7X21")
    enter("1-2:1.0", bInterfaceClass="ff")
    enter("2-1.4", busnum="2", devnum="9", idVendor="07b3", idProduct="1300")
    enter("2-1.5", busnum="2")
    assert usb_devices(tmp_path) == [FLATBED, NAMELESS]
    assert usb_devices(tmp_path / "nothing") == []
