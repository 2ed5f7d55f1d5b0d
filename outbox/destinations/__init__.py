"""Where bags go: the settings of every kind of destination, and the one place that makes a destination from them."""

from typing import Annotated

from pydantic import Field

from outbox.destinations.base import Destination
from outbox.destinations.folder import FolderDestination, FolderSettings
from outbox.destinations.sftp import SftpDestination, SftpSettings

DestinationSettings = Annotated[FolderSettings | SftpSettings, Field(discriminator="kind")]

__all__ = ["Destination", "DestinationSettings", "FolderSettings", "SftpSettings", "make_destination"]


def make_destination(settings: FolderSettings | SftpSettings) -> Destination:
    """The destination that the settings describe; nothing is contacted yet."""
    match settings:
        case FolderSettings():
            return FolderDestination(settings)
        case SftpSettings():
            return SftpDestination(settings)
