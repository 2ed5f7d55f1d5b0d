"""The map from SANE's status codes to kinds of faults: each code, and each as the real libsane says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.faults import DeviceFault, FaultKind, fault_from_sane, fault_while_opening
from drivers.interface import SANE_DRIVERS
from drivers.sane_api import SaneError, Status
from tests.drivers import rigs

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {
    Status.JAMMED: FaultKind.JAM,
    Status.NO_DOCS: FaultKind.FEEDER_EMPTY,
    Status.COVER_OPEN: FaultKind.COVER_OPEN,
    Status.DEVICE_BUSY: FaultKind.BUSY,
    Status.WARMING_UP: FaultKind.BUSY,
    Status.IO_ERROR: FaultKind.IO_ERROR,
    Status.INVAL: FaultKind.UNSUPPORTED_SETTING,
    Status.UNSUPPORTED: FaultKind.UNSUPPORTED_SETTING,
    Status.NO_MEM: FaultKind.NO_MEMORY,
    Status.CANCELLED: FaultKind.CANCELLED,
    Status.ACCESS_DENIED: FaultKind.ACCESS_DENIED,
    Status.HW_LOCKED: FaultKind.IO_ERROR,
}
# What SANE's test device can be told to end each read with.
STATUSES = {
    "UNSUPPORTED": FaultKind.UNSUPPORTED_SETTING,
    "CANCELLED": FaultKind.CANCELLED,
    "DEVICE_BUSY": FaultKind.BUSY,
    "INVAL": FaultKind.UNSUPPORTED_SETTING,
    "EOF": FaultKind.EMPTY_PAGE,
    "JAMMED": FaultKind.JAM,
    "IO_ERROR": FaultKind.IO_ERROR,
    "NO_MEM": FaultKind.NO_MEMORY,
    "ACCESS_DENIED": FaultKind.ACCESS_DENIED,
}


@pytest.mark.parametrize("status", KINDS)
def test_each_status_is_its_kind_and_keeps_the_words(status: Status) -> None:
    fault = fault_from_sane(SaneError(status, "Some words"))
    assert (fault.kind, fault.detail) == (KINDS[status], "Some words")
    assert str(fault) == f"{KINDS[status]}: Some words"


@given(st.integers(-1000, 1000))
def test_code_that_sane_does_not_know_is_an_io_error(code: int) -> None:
    assert Status.of(code) == (code if 0 <= code <= 13 else Status.IO_ERROR)


def test_opening_what_is_not_there_is_offline_and_other_refusals_stay() -> None:
    offline = {Status.INVAL, Status.UNSUPPORTED, Status.IO_ERROR, Status.HW_LOCKED, Status.NO_MEM}
    for status, kind in KINDS.items():
        assert fault_while_opening(SaneError(status)).kind is (FaultKind.OFFLINE if status in offline else kind)


@pytest.mark.parametrize("driver", SANE_DRIVERS)
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_of_the_real_libsane_arrives_as_its_kind(
    driver: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rigs.need_driver(driver)
    configuration = rigs.sane_test_configuration(tmp_path / "sane", f'read-status-code "SANE_STATUS_{status}"')
    monkeypatch.setenv("SANE_CONFIG_DIR", str(configuration))
    rig = rigs.sane_test_rig(driver)
    scanner = rig.open()
    try:
        scanner.configure(rig.settings)
        images, fault = rigs.feed_into_fault(scanner, tmp_path / "spool", retry_stalled=True)
    finally:
        scanner.close()
    assert (images, fault.kind) == ([], STATUSES[status])
    assert list((tmp_path / "spool").iterdir()) == []


def test_fault_without_detail_is_its_kind() -> None:
    assert str(DeviceFault(FaultKind.JAM)) == "jam"
