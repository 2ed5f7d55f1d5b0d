"""TLS towards a destination: whom it believes, as whom it comes, and sessions that survive a cut line.

A full handshake costs some 4 kB and two round trips; on a line that is cut every few seconds a resumed one counts.
"""

import ssl
from typing import Any

from outbox.destinations.base import needs_person
from outbox.destinations.credentials import secret_path
from outbox.destinations.settings import WebSettings
from outbox.errors import Code


class ResumingContext(ssl.SSLContext):
    """A client's context that takes up the session of the last connection to the same host."""

    _last: dict[Any, ssl.SSLObject]

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - the signature of the standard library
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        previous = self._last.get(server_hostname)
        session = session or (previous.session if previous is not None else None)
        wrapped = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        self._last[server_hostname] = wrapped
        return wrapped


def make_context(settings: WebSettings) -> ssl.SSLContext:
    """Verified always; raises `EndedError` when a certificate file cannot be used."""
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)
    context._last = {}
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _believe(context, settings)
    if settings.client_certificate is not None and settings.client_key is not None:
        key = secret_path(settings.client_key, "client_key")
        try:
            context.load_cert_chain(settings.client_certificate, key)
        except (OSError, ssl.SSLError) as error:
            detail = f"{settings.client_certificate}, {key}: {error}"
            raise needs_person(Code.CERTIFICATE_UNUSABLE, detail) from error
    return context


def _believe(context: ssl.SSLContext, settings: WebSettings) -> None:
    if settings.ca_file is None:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise needs_person(Code.CERTIFICATE_UNUSABLE, f"{settings.ca_file}: {error}") from error
