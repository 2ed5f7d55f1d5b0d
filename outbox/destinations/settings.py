"""What a technician says of each kind of destination. Free of network libraries: every command reads settings."""

from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

NO_PROGRESS_S = 20.0
"""A line on which nothing moves for so long is given up and dialled anew."""


class FolderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="folder"):
    """Where the folder is; `mounted` refuses to write into an empty mount point while the share is away."""

    name: str
    path: Path
    mounted: bool = False


class SftpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="sftp"):
    """Where and as whom; `folder` is as the SFTP server names it."""

    name: str
    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 22
    user: str
    key_file: Path
    known_hosts: Path
    folder: str = "."
    no_progress_s: Annotated[float, Meta(gt=0)] = NO_PROGRESS_S


DestinationSettings = FolderSettings | SftpSettings


def read_path(kind: type, value: Any) -> Any:
    """The `dec_hook` for these settings: msgspec knows no paths."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"expected `{'str' if kind is Path else kind.__name__}`, got `{type(value).__name__}`")


def write_path(value: Any) -> str:
    """The `enc_hook` for these settings."""
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no setting")
