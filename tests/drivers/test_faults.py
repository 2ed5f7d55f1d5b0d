"""The map from SANE's words to kinds of faults: each text, and each as the real libsane says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.faults import DeviceFault, FaultKind, fault_from_sane, fault_while_opening
from tests.drivers import rigs

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "Document feeder jammed": FaultKind.JAM,
    "Document feeder out of documents": FaultKind.FEEDER_EMPTY,
    "Scanner cover is open": FaultKind.COVER_OPEN,
    "Device busy": FaultKind.BUSY,
    "Error during device I/O": FaultKind.IO_ERROR,
    "Invalid argument": FaultKind.UNSUPPORTED_SETTING,
    "Operation not supported": FaultKind.UNSUPPORTED_SETTING,
    "Out of memory": FaultKind.NO_MEMORY,
    "Operation was canceled": FaultKind.CANCELLED,
    "Access to resource has been denied": FaultKind.ACCESS_DENIED,
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


@pytest.mark.parametrize("text", TEXTS)
def test_each_text_is_its_kind_and_keeps_its_words(text: str) -> None:
    fault = fault_from_sane(text)
    assert (fault.kind, fault.detail) == (TEXTS[text], text)
    assert str(fault) == f"{TEXTS[text]}: {text}"


def test_unknown_text_is_an_io_error_with_its_words() -> None:
    assert fault_from_sane("Flux capacitor cold").kind is FaultKind.IO_ERROR
    assert "Flux" in str(fault_from_sane("Flux capacitor cold"))


def test_opening_what_is_not_there_is_offline_and_other_refusals_stay() -> None:
    assert fault_while_opening("Invalid argument").kind is FaultKind.OFFLINE
    assert fault_while_opening("Error during device I/O").kind is FaultKind.OFFLINE
    assert fault_while_opening("Device busy").kind is FaultKind.BUSY
    assert fault_while_opening("Access to resource has been denied").kind is FaultKind.ACCESS_DENIED


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_of_the_real_libsane_arrives_as_its_kind(
    status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("_sane", reason="needs python-sane")
    configuration = rigs.sane_test_configuration(tmp_path / "sane", f'read-status-code "SANE_STATUS_{status}"')
    monkeypatch.setenv("SANE_CONFIG_DIR", str(configuration))
    rig = rigs.sane_test_rig()
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
