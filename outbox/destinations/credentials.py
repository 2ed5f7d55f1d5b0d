"""Secrets of destinations: read from files that nobody else may read, or from what systemd hands to a service."""

import os
from pathlib import Path

from outbox.destinations.base import needs_person
from outbox.errors import Code
from outbox.keys import KeyUnusableError, require_private

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
_LONGEST = 64 * 1024


def secret_path(file: Path, setting: str) -> Path:
    """The file of a secret; a bare name is a credential of the service (`LoadCredential=`). `setting` is what names it.

    Raises `EndedError` when it is not there or others may read it. What systemd hands over is guarded by its folder.
    """
    folder = os.environ.get(CREDENTIALS_DIRECTORY)
    if folder and file.name == str(file):
        return Path(folder) / file
    try:
        require_private(file)
    except KeyUnusableError as error:
        code = Code.CREDENTIAL_UNUSABLE if error.code is Code.KEY_UNUSABLE else error.code
        raise needs_person(code, f"{setting} = {error.detail}") from error
    return file


def read_secret(file: Path, setting: str) -> str:
    """The first line of a secret's file; raises `EndedError` when there is none."""
    path = secret_path(file, setting)
    try:
        with path.open(encoding="utf-8") as stream:
            secret = stream.read(_LONGEST).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise needs_person(Code.CREDENTIAL_UNUSABLE, f"{setting} = {path}: {why}") from error
    if not secret or not secret[0].strip():
        raise needs_person(Code.CREDENTIAL_UNUSABLE, f"{setting} = {path}: empty")
    return secret[0].strip()
