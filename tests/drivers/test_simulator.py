"""The simulated scanner's own rules: feeder, faults, messages, control endpoint and end of the process."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from drivers.simulator import messages
from drivers.simulator.faults import Fault, FaultKind
from drivers.simulator.messages import AdfState, ColorMode, MachineState, Region, ScanSettings, Source
from drivers.simulator.pages import list_pages
from drivers.simulator.process import SimulatedScanner, SimulatorError
from drivers.simulator.scanner import NoDocumentError, RefusedError, Scanner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADF = ScanSettings(Source.ADF, 300, ColorMode.COLOR)
PROCESS_TIMEOUT_S = 20.0


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Three tiny pages."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for index in range(3):
        Image.new("RGB", (60, 80), (40 * index, 90, 200)).save(folder / f"{index}.jpg", dpi=(300, 300))
    return folder


@pytest.fixture
def simulated(pages: Path) -> Iterator[SimulatedScanner]:
    """A running simulated scanner."""
    with SimulatedScanner(pages) as scanner:
        yield scanner


def request(scanner: SimulatedScanner, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    """One HTTP exchange; an iterable body goes out chunked."""
    connection = http.client.HTTPConnection(urlsplit(scanner.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, encode_chunked=False)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_sheets_stay_in_the_feeder_between_jobs() -> None:
    scanner = Scanner(3)
    first = scanner.start_job(ADF)
    assert scanner.take_image(first).image == 0
    second = scanner.start_job(ADF)
    with pytest.raises(NoDocumentError):
        scanner.take_image(first)
    assert [scanner.take_image(second).image for _ in range(2)] == [1, 2]
    assert scanner.states() == (MachineState.IDLE, AdfState.EMPTY)
    with pytest.raises(NoDocumentError):
        scanner.take_image(second)


def test_jam_blocks_every_job_until_the_sheets_are_put_in_again() -> None:
    scanner = Scanner(3, faults=[Fault(1, FaultKind.JAM)])
    job = scanner.start_job(ADF)
    scanner.take_image(job)
    for _ in range(2):
        with pytest.raises(RefusedError):
            scanner.take_image(job)
    with pytest.raises(RefusedError):
        scanner.start_job(ADF)
    assert scanner.states()[1] is AdfState.JAM
    scanner.refill(1)
    assert scanner.take_image(scanner.start_job(ADF)).image == 1


def test_busy_refuses_the_job_itself() -> None:
    scanner = Scanner(1, faults=[Fault(0, FaultKind.BUSY)])
    with pytest.raises(RefusedError):
        scanner.start_job(ADF)
    assert scanner.states() == (MachineState.PROCESSING, AdfState.LOADED)


def test_duplex_takes_whole_sheets_only() -> None:
    with pytest.raises(ValueError, match="two-sided"):
        Scanner(3, duplex=True)
    with pytest.raises(ValueError, match="one side"):
        Scanner(2).start_job(ScanSettings(Source.ADF_DUPLEX, 300, ColorMode.COLOR))


def test_speed_limit_spaces_the_pages() -> None:
    scanner = Scanner(3, seconds_per_page=2.0)
    job = scanner.start_job(ADF)
    first, second, third = (scanner.take_image(job).ready_at for _ in range(3))
    assert second - first == pytest.approx(2.0, abs=0.01)
    assert third - second == pytest.approx(2.0, abs=0.01)


def test_fault_notation_round_trips() -> None:
    for kind in FaultKind:
        assert Fault.parse(str(Fault(7, kind))) == Fault(7, kind)
    assert Fault.parse("3:HALF_JPEG") == Fault(3, FaultKind.HALF_JPEG)
    with pytest.raises(ValueError, match="cover-open"):
        Fault.parse("3:fire")


def test_scan_settings_are_read_and_nonsense_is_refused() -> None:
    body = (
        f'<scan:ScanSettings xmlns:pwg="{messages.PWG}" xmlns:scan="{messages.SCAN}"><pwg:ScanRegions>'
        "<pwg:ScanRegion><pwg:XOffset>1</pwg:XOffset><pwg:YOffset>2</pwg:YOffset><pwg:Width>3</pwg:Width>"
        "<pwg:Height>4</pwg:Height></pwg:ScanRegion></pwg:ScanRegions><pwg:InputSource>Feeder</pwg:InputSource>"
        "<scan:ColorMode>Grayscale8</scan:ColorMode><scan:XResolution>200</scan:XResolution>"
        "<scan:Duplex>true</scan:Duplex></scan:ScanSettings>"
    )
    expected = ScanSettings(Source.ADF_DUPLEX, 200, ColorMode.GRAY, Region(1, 2, 3, 4))
    assert messages.parse_scan_settings(body.encode()) == expected
    for wrong in (b"", b"<a/>", body.replace("Feeder", "Oven").encode(), body.replace("200", "many").encode()):
        with pytest.raises(ValueError, match=r"."):
            messages.parse_scan_settings(wrong)


def test_pages_come_in_natural_order_and_an_empty_folder_is_refused(tmp_path: Path) -> None:
    for name in ("p10.jpg", "p9.JPG", "notes.txt"):
        (tmp_path / name).touch()
    assert [p.name for p in list_pages(tmp_path)] == ["p9.JPG", "p10.jpg"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no page images"):
        list_pages(tmp_path / "empty")


def test_job_may_come_in_chunks_and_the_file_is_served_unchanged(simulated: SimulatedScanner, pages: Path) -> None:
    body = (
        f'<s:ScanSettings xmlns:p="{messages.PWG}" xmlns:s="{messages.SCAN}">'
        "<p:InputSource>Feeder</p:InputSource></s:ScanSettings>"
    ).encode()
    status, _ = request(simulated, "POST", "/eSCL/ScanJobs", iter([body[:20], body[20:]]))
    assert status == http.client.CREATED
    assert request(simulated, "GET", "/eSCL/ScanJobs/1/NextDocument") == (200, (pages / "0.jpg").read_bytes())
    assert request(simulated, "DELETE", "/eSCL/ScanJobs/1")[0] == http.client.OK
    assert request(simulated, "GET", "/eSCL/ScanJobs/1/NextDocument")[0] == http.client.NOT_FOUND


def test_control_refuses_what_it_does_not_know(simulated: SimulatedScanner) -> None:
    for order in ("[]", '{"explode": 1}', '{"faults": ["x"]}', '{"refill": 99}', "nonsense"):
        status, answer = request(simulated, "POST", "/control", order)
        assert status == http.client.BAD_REQUEST
        assert json.loads(answer)["error"]
    assert request(simulated, "GET", "/elsewhere")[0] == http.client.NOT_FOUND
    with pytest.raises(SimulatorError, match="images 0 to 2"):
        simulated.refill(99)


def test_start_fails_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="no page images"):
        SimulatedScanner(tmp_path).start()


def test_closing_leaves_neither_process_nor_folder(pages: Path) -> None:
    scanner = SimulatedScanner(pages)
    scanner.start()
    pid, folder = scanner.pid, scanner.sane_config_dir
    scanner.close()
    scanner.close()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("end", ["stdin", "sigterm"])
def test_process_ends_with_its_parent_or_on_sigterm(pages: Path, end: str) -> None:
    command = [sys.executable, "-m", "drivers.simulator", "--pages", str(pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline())["port"] > 0
            if end == "stdin":
                process.stdin.close()
            else:
                process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            assert process.wait(PROCESS_TIMEOUT_S) == 0
            assert time.monotonic() - started < 5
        finally:
            process.kill()
