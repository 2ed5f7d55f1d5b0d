"""What a technician says of each kind of destination. Free of network libraries: every command reads settings."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from outbox.window import WindowText

NO_PROGRESS_S = 20.0
"""A line on which nothing moves for so long is given up and dialled anew."""
PART_MB = 5.0
"""The smallest part of an S3 upload that every server takes."""

_TEXTS: Final = (Path, WindowText)
"""What stands in the file as text and is made of it."""

Seconds = Annotated[float, Meta(gt=0)]


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
    no_progress_s: Seconds = NO_PROGRESS_S


class WebSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all destinations over HTTPS have: where, whom to believe, which way.

    A file of a secret is a path (mode 0600), or a bare name: a credential that systemd hands over. `ca_file` is
    believed instead of the machine's certificates; `proxy` is as `http://proxy.example:3128`.
    """

    name: str
    url: str
    ca_file: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    proxy: str | None = None
    no_progress_s: Seconds = NO_PROGRESS_S

    def __post_init__(self) -> None:
        _require_web_address(self.url, "url")
        if (self.client_certificate is None) != (self.client_key is None):
            raise ValueError("client_certificate and client_key go together")
        if self.proxy is not None and urlsplit(self.proxy).scheme not in {"http", "https"}:
            raise ValueError("proxy begins with http:// or https://")


class _LoginSettings(WebSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As whom: a token, else a user with a password, else nobody (a client certificate may say it)."""

    user: str = ""
    password_file: Path | None = None
    token_file: Path | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.user) != (self.password_file is not None):
            raise ValueError("user and password_file go together")


class TusSettings(_LoginSettings, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="tus"):
    """`url` is where uploads are made; `receipts` is the address of a receipt, with `{bag}` where the bag id stands.

    `chunk_mb` bounds one request where a proxy on the way does; 0: as much as there is.
    """

    receipts: str = ""
    chunk_mb: Annotated[float, Meta(ge=0)] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.receipts:
            _require_web_address(self.receipts, "receipts")
            if "{bag}" not in self.receipts:
                raise ValueError("receipts has {bag} where the bag id stands")


class WebdavSettings(
    _LoginSettings, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="webdav"
):
    """`url` is the folder that bags go into."""


class S3Settings(WebSettings, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="s3"):
    """`url` is the endpoint without the bucket; keys of bags and receipts begin with `prefix`."""

    bucket: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]+$")]
    prefix: str = ""
    region: str = "us-east-1"
    access_key: str
    secret_key_file: Path
    part_mb: Annotated[float, Meta(gt=0, le=5000)] = PART_MB


DestinationSettings = FolderSettings | SftpSettings | TusSettings | S3Settings | WebdavSettings


def read_path(kind: type, value: Any) -> Any:
    """The `dec_hook` for these settings: msgspec knows neither paths nor windows."""
    if kind in _TEXTS and isinstance(value, str):
        return kind(value)
    raise TypeError(f"expected `{'str' if kind in _TEXTS else kind.__name__}`, got `{type(value).__name__}`")


def write_path(value: Any) -> str:
    """The `enc_hook` for these settings."""
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no setting")


def _require_web_address(url: str, key: str) -> None:
    """HTTPS, or HTTP to this very machine (a tunnel); no user in it, for addresses are shown and logged."""
    parts = urlsplit(url)
    if parts.username is not None:
        raise ValueError(f"{key} has no user in it")
    if not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{key} is not an address as https://host/path")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname)):
        raise ValueError(f"{key} begins with https://")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
