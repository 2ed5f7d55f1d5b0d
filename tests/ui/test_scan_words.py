"""What the screen says of a scan that no fault ended."""

from __future__ import annotations

from station.errors import UsageError
from ui.scan_report import ScanReport
from ui.screens.scan_words import ending_words
from ui.words import say


def test_a_refused_cover_in_a_folder_is_not_said_to_be_missing_paper() -> None:
    missing = say("scan.nothing")
    refused = ScanReport(None, 0, refused_cover=UsageError("book-sealed", book="19441/KS.2005.01"))
    assert missing not in ending_words(refused, {})
    assert "19441/KS.2005.01" in ending_words(refused, {})
    assert missing in ending_words(ScanReport(None, 0, paper_ended=True), {})
