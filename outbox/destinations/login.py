"""As whom a destination over HTTPS is asked: a user with a password, a token, or nobody."""

from collections.abc import Generator

import httpx

from outbox.destinations.credentials import read_secret
from outbox.destinations.settings import TusSettings, WebdavSettings


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
        return _Bearer(read_secret(settings.token_file))
    if settings.password_file is not None:
        return httpx.BasicAuth(settings.user, read_secret(settings.password_file))
    return None
