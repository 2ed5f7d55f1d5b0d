"""Where bags go: the settings of every kind of destination, and the one place that makes a destination from them."""

from typing import TYPE_CHECKING

from outbox.destinations.settings import (
    DestinationSettings,
    FolderSettings,
    S3Settings,
    SftpSettings,
    TusSettings,
    WebdavSettings,
)

if TYPE_CHECKING:
    from outbox.destinations.base import Destination, Pace, UploadNotes

__all__ = [
    "DestinationSettings",
    "FolderSettings",
    "S3Settings",
    "SftpSettings",
    "TusSettings",
    "WebdavSettings",
    "make_destination",
]


def make_destination(
    settings: DestinationSettings, notes: "UploadNotes | None" = None, pace: "Pace | None" = None
) -> "Destination":
    """The destination that the settings describe; nothing is contacted yet, and only its own libraries are loaded.

    `notes` keeps what is needed to go on after a restart, `pace` limits the bandwidth.
    """
    from outbox.destinations.base import MemoryNotes, unhurried

    pace = pace or unhurried
    match settings:
        case FolderSettings():
            from outbox.destinations.folder import FolderDestination

            return FolderDestination(settings, pace=pace)
        case SftpSettings():
            from outbox.destinations.sftp import SftpDestination

            return SftpDestination(settings, pace)
        case TusSettings():
            from outbox.destinations.tus import TusDestination

            return TusDestination(settings, notes or MemoryNotes(), pace)
        case S3Settings():
            from outbox.destinations.s3 import S3Destination

            return S3Destination(settings, notes or MemoryNotes(), pace)
        case WebdavSettings():
            from outbox.destinations.webdav import WebdavDestination

            return WebdavDestination(settings, pace)
