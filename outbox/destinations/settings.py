"""What a technician says of each kind of destination. Free of network libraries: every command reads settings."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

NO_PROGRESS_S = 20.0
"""A line on which nothing moves for so long is given up and dialled anew."""


class FolderSettings(BaseModel):
    """Where the folder is; `mounted` refuses to write into an empty mount point while the share is away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["folder"] = "folder"
    name: str
    path: Path
    mounted: bool = False


class SftpSettings(BaseModel):
    """Where and as whom; `folder` is as the SFTP server names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["sftp"] = "sftp"
    name: str
    host: str
    port: int = Field(default=22, ge=1, le=65535)
    user: str
    key_file: Path
    known_hosts: Path
    folder: str = "."
    no_progress_s: float = Field(default=NO_PROGRESS_S, gt=0)


DestinationSettings = Annotated[FolderSettings | SftpSettings, Field(discriminator="kind")]
