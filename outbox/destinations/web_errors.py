"""What goes wrong over HTTPS, sorted into the outcomes of the sender, for every destination that speaks it."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from outbox.destinations.base import EndedError, NeedsPerson, again, needs_person, offline
from outbox.errors import Code, Reason

_AWAY = {502, 503, 504}
_FOR_PEOPLE = {
    401: Code.LOGIN_REFUSED,
    403: Code.FAR_PERMISSION,
    404: Code.OTHER_SERVER,
    405: Code.OTHER_SERVER,
    407: Code.LOGIN_REFUSED,
    501: Code.OTHER_SERVER,
}
_REFUSED_CLIENT = ("CERTIFICATE_REQUIRED", "UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "ACCESS_DENIED")
_FULL = ("enospc", "no space left", "disk full", "edquot", "quota")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def is_page(self) -> bool:
        """Whether this is a page for people; no destination of ours answers with one when all is well."""
        return self.headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml"))

    def number(self, header: str) -> int | None:
        """A header that is a whole number, None without one."""
        value = self.headers.get(header, "")
        return int(value) if value.isascii() and value.isdigit() else None

    def text(self) -> str:
        """The beginning of what was said, on one line, for the technician."""
        words = self.content[: 4 * _LONGEST].decode("utf-8", "replace").split()
        return "" if self.is_page else " ".join(words)[:_LONGEST]


def broken_line(error: Exception, where: str) -> EndedError:
    """What an error below HTTP means."""
    detail = f"{where}: {error or type(error).__name__}"
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return needs_person(Code.CERTIFICATE_REFUSED, f"{where}: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError) and any(name in str(cause.reason) for name in _REFUSED_CLIENT):
            return needs_person(Code.LOGIN_REFUSED, f"{where}: {cause.reason}")
    if isinstance(error, httpx.ProxyError):
        refused = str(error).startswith("407")
        return needs_person(Code.LOGIN_REFUSED, detail) if refused else offline(Code.UNREACHABLE, detail)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return offline(Code.UNREACHABLE, detail)
    return again(Code.STALLED if isinstance(error, httpx.TimeoutException) else Code.CUT, detail)


def refusal(answer: Answer, where: str) -> EndedError:
    """What an answer means that is not the one hoped for."""
    detail = f"{where}: {answer.status} {answer.text()}".rstrip()
    if answer.status == httpx.codes.NETWORK_AUTHENTICATION_REQUIRED or (answer.is_page and answer.status < 400):
        return needs_person(Code.PORTAL, detail)
    if 300 <= answer.status < 400:
        return needs_person(Code.PORTAL, f"{detail} -> {answer.headers.get('location', '')}")
    if answer.status in _AWAY:
        return offline(Code.UNREACHABLE, detail)
    return _refusal_of_status(answer, detail)


def _refusal_of_status(answer: Answer, detail: str) -> EndedError:
    full = answer.status == httpx.codes.INSUFFICIENT_STORAGE or any(word in answer.text().lower() for word in _FULL)
    if answer.status in _FOR_PEOPLE:
        return needs_person(_FOR_PEOPLE[answer.status], detail)
    if answer.status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return EndedError(NeedsPerson(Reason(Code.FAR_TOO_LARGE, detail)))
    if answer.status < 400:
        return needs_person(Code.OTHER_SERVER, detail)
    return again(Code.FAR_FULL if full else Code.FAR_FAILURE, detail)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
