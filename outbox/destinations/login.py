"""As whom a destination over HTTPS is asked: a user with a password, a token, or nobody."""

from collections.abc import Generator

import httpx

from outbox.destinations.credentials import read_secret
from outbox.destinations.settings import S3Settings, TusSettings, WebdavSettings, WebSettings


class _Bearer(httpx.Auth):
    """A token in the header that is made for it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = f"Bearer {self._token}"
        yield request


def make_login(settings: TusSettings | WebdavSettings) -> httpx.Auth | None:
    """Read anew for every connection, so that a changed password needs no restart; raises `EndedError` without one."""
    if settings.token_file is not None:
        return _Bearer(read_secret(settings.token_file, "token_file"))
    if settings.password_file is not None:
        return httpx.BasicAuth(settings.user, read_secret(settings.password_file, "password_file"))
    return None


def as_whom(settings: WebSettings) -> str:
    """The settings that say as whom we come, for one who has to mend them; no secret among them."""
    if isinstance(settings, S3Settings):
        return f"access_key = {settings.access_key}, secret_key_file = {settings.secret_key_file}"
    if isinstance(settings, TusSettings | WebdavSettings):
        if settings.token_file is not None:
            return f"token_file = {settings.token_file}"
        if settings.password_file is not None:
            return f"user = {settings.user}, password_file = {settings.password_file}"
    if settings.client_certificate is not None:
        return f"client_certificate = {settings.client_certificate}"
    return "no user, no password_file"
