"""Where bags go: the settings of every kind of destination, and the one place that makes a destination from them."""

from typing import TYPE_CHECKING

from outbox.destinations.settings import DestinationSettings, FolderSettings, SftpSettings

if TYPE_CHECKING:
    from outbox.destinations.base import Destination

__all__ = ["DestinationSettings", "FolderSettings", "SftpSettings", "make_destination"]


def make_destination(settings: FolderSettings | SftpSettings) -> "Destination":
    """The destination that the settings describe; nothing is contacted yet, and only its own libraries are loaded."""
    match settings:
        case FolderSettings():
            from outbox.destinations.folder import FolderDestination

            return FolderDestination(settings)
        case SftpSettings():
            from outbox.destinations.sftp import SftpDestination

            return SftpDestination(settings)
