"""tus 1.0 as destination: resumable uploads over HTTPS, one upload for each bag.

Exactly once: the address of an upload is noted durably as soon as it is known, and asked how far it is before anything
is sent, so an answer that was lost costs a question. Where nothing is noted (a lost database, a second sender), the
address that a server gives which names uploads by their file is asked; see the recipe in docs/receivers.md. A server
with names of its own may then hold a bag twice, which the receiver takes once, by its id. The metadata of an upload
say its bag and digest: another bag under the same id is seen and left alone.
"""

import base64
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import msgspec

from outbox.bagfile import BagError, BagFile
from outbox.destinations.base import (
    EndedError,
    NeedsPerson,
    Outcome,
    Pace,
    Progress,
    Sent,
    UploadNotes,
    again,
    no_receipt,
    off_loop,
)
from outbox.destinations.login import make_login
from outbox.destinations.patience import Patience
from outbox.destinations.settings import TusSettings
from outbox.destinations.tus_chunks import ChunkSizes, checksum_header
from outbox.destinations.web import Slice, WebLine
from outbox.destinations.web_digest import announced_digest
from outbox.destinations.web_errors import Answer, refusal
from outbox.errors import Code, Reason
from outbox.receipts import receipt_name

_VERSION: Final = {"tus-resumable": "1.0.0"}
_OCTETS: Final = "application/offset+octet-stream"
_WITH_CREATION = 32 * 1024  # lost when the answer to a creation is
_GONE = {404, 410}
_CONFLICT = 409
_MISMATCH = 460
_LOCKED = 423
_MISSES = 3


class _Note(msgspec.Struct, frozen=True):
    """What is kept of an upload that was begun."""

    url: str
    digest: str


@dataclass(frozen=True, slots=True)
class _Server:
    """What the server offers."""

    extensions: frozenset[str]
    sha256: bool
    largest: int | None


@dataclass(frozen=True, slots=True)
class _Upload:
    """An upload as the server describes it."""

    url: str
    offset: int
    length: int | None
    digest: str | None
    proved: str | None


@dataclass(frozen=True, slots=True)
class _Job:
    """A bag to be brought there."""

    bag: BagFile
    name: str
    digest: str
    progress: Progress
    patience: Patience


class _GoneError(Exception):
    """The server knows the upload no more."""


class TusDestination:
    """Bags go to a tus server."""

    def __init__(self, settings: TusSettings, notes: UploadNotes, pace: Pace) -> None:
        self._settings = settings
        self._notes = notes
        self._base = settings.url.rstrip("/") + "/"
        self._line = WebLine(settings, pace, lambda: make_login(settings))
        self._chunks = ChunkSizes(int(settings.chunk_mb * 1e6))
        self._server: _Server | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        patience = Patience(self._settings.no_progress_s)
        try:
            job = _Job(bag, name, await off_loop(bag.digest), progress, patience)
            return await patience.over(lambda: self._bring(job))
        except BagError as error:
            return NeedsPerson(error.reason)
        except EndedError as ended:
            return ended.outcome

    async def fetch_receipt(self, bag_id: str) -> bytes | None:
        if self._settings.receipts:
            url = self._settings.receipts.replace("{bag}", quote(bag_id, safe=""))
        else:
            url = self._address(receipt_name(bag_id))
        try:
            answer = await self._line.ask("GET", url)
            if answer.status in _GONE:
                return None
            if answer.status != 200 or answer.is_page:
                raise refusal(answer, self._line.where)
        except EndedError as ended:
            raise no_receipt(ended) from ended
        return answer.content

    async def check(self) -> Reason | None:
        try:
            await self._require_server()
            await self._head(self._address("station-doctor"))
        except EndedError as ended:
            return ended.outcome.reason
        return None

    async def close(self) -> None:
        await self._line.close()

    async def _bring(self, job: _Job) -> Outcome:
        """One connection's worth: find the upload or begin it, send what lacks, and have the server say so."""
        server = await self._require_server()
        if server.largest is not None and job.bag.size > server.largest:
            detail = f"{job.name}: {job.bag.size} bytes, {self._line.where} takes {server.largest}"
            return NeedsPerson(Reason(Code.FAR_TOO_LARGE, detail))
        for _ in range(_MISSES):
            try:
                found = await self._find(job) or await self._create(job, server)
                if isinstance(found, NeedsPerson):
                    return found
                return await self._fill(job, found, server)
            except _GoneError:
                self._notes.remember(job.bag.bag_id, self.name, None)
        raise again(Code.FAR_FAILURE, f"{self._line.where}: forgets its uploads")

    async def _find(self, job: _Job) -> _Upload | NeedsPerson | None:
        """The upload that an earlier attempt began, or one of this name that somebody else did."""
        noted = self._noted(job)
        upload = await self._head(noted) if noted else None
        if upload is None:
            upload = await self._head(self._address(job.name))
        if upload is None:
            return None
        if upload.length != job.bag.size or upload.digest not in {None, job.digest}:
            return _conflict(job, f"{upload.length} bytes there")
        return upload

    async def _create(self, job: _Job, server: _Server) -> _Upload | NeedsPerson:
        """Begin an upload, with its first bytes if the server takes them, and note its address."""
        with_bytes = min(_WITH_CREATION, job.bag.size) if "creation-with-upload" in server.extensions else 0
        job.progress(0)
        headers = {"upload-length": str(job.bag.size), "upload-metadata": _metadata(job)}
        if with_bytes:
            headers |= {"content-type": _OCTETS} | self._checksum(job.bag, 0, with_bytes, server)
        answer = await self._ask("POST", self._base, headers, Slice(job.bag, 0, with_bytes, job.progress))
        if answer.status == _CONFLICT:
            return await self._other_sender(job)
        if answer.status != 201 or "location" not in answer.headers:
            raise refusal(answer, self._line.where)
        url = self._on_this_server(answer.headers["location"])
        note = msgspec.json.encode(_Note(url, job.digest)).decode()
        self._notes.remember(job.bag.bag_id, self.name, note)
        offset = answer.number("upload-offset") or 0
        job.patience.arrived(offset)
        return _Upload(url, offset, job.bag.size, job.digest, None)

    async def _other_sender(self, job: _Job) -> _Upload | NeedsPerson:
        """The server has an upload of this name: if it is of this bag, go on with it."""
        return await self._find(job) or _conflict(job, "409")

    async def _fill(self, job: _Job, upload: _Upload, server: _Server) -> Outcome:
        offset = upload.offset
        job.patience.arrived(offset)
        if offset < job.bag.size:
            job.progress(offset)
        misses, proved = 0, upload.proved
        while offset < job.bag.size:
            told = await self._patch(job, upload.url, offset, server)
            misses = 0 if told.offset > offset else misses + 1
            if misses == _MISSES:
                raise again(Code.FAR_DIGEST, f"{self._line.where}: no further than {offset} bytes")
            offset, proved = told.offset, told.proved
            job.patience.arrived(offset)
            job.progress(offset)
        if offset == job.bag.size and proved == job.digest:
            return Sent(f"sha256:{job.digest}")
        return await self._prove(job, upload.url, server)

    async def _patch(self, job: _Job, url: str, offset: int, server: _Server) -> _Upload:
        """Send from an offset on; how far the upload then is."""
        size = self._chunks.next(job.bag.size - offset, checked=server.sha256)
        headers = {"upload-offset": str(offset), "content-type": _OCTETS}
        headers |= self._checksum(job.bag, offset, size, server)
        with self._chunks.timed(size):
            answer = await self._ask("PATCH", url, headers, Slice(job.bag, offset, offset + size, job.progress))
        now = answer.number("upload-offset")
        if answer.status in {200, 204} and now is not None:
            return _Upload(url, now, job.bag.size, job.digest, announced_digest(answer.headers))
        if answer.status in {200, 204, _CONFLICT, _MISMATCH}:
            return await self._head(url) or _gone()
        if answer.status in _GONE:
            _gone()
        if answer.status == _LOCKED:
            raise again(Code.CUT, f"{self._line.where}: 423")
        raise refusal(answer, self._line.where)

    async def _prove(self, job: _Job, url: str, server: _Server) -> Outcome:
        """Ask once more what the server holds. One that tidies finished uploads away has said so in its last answer."""
        there = await self._head(url)
        if there is None:
            return Sent(f"size:{job.bag.size}")
        if there.offset != job.bag.size:
            raise again(Code.FAR_DIGEST, f"{self._line.where}: {there.offset} bytes there")
        if there.proved not in {None, job.digest}:
            return _conflict(job, f"sha256:{there.proved} there")
        if there.proved:
            return Sent(f"sha256:{job.digest}")
        return Sent(f"size:{job.bag.size}, sha256 of each chunk" if server.sha256 else f"size:{job.bag.size}")

    async def _head(self, url: str) -> _Upload | None:
        """An upload as it stands; None when there is none."""
        answer = await self._ask("HEAD", url)
        if answer.status in _GONE:
            return None
        offset = answer.number("upload-offset")
        if answer.status not in {200, 204} or offset is None:
            raise refusal(answer, self._line.where)
        return _Upload(
            url,
            offset,
            answer.number("upload-length"),
            _read_metadata(answer.headers.get("upload-metadata", "")).get("sha256"),
            announced_digest(answer.headers),
        )

    async def _require_server(self) -> _Server:
        if self._server is None:
            answer = await self._line.ask("OPTIONS", self._base)
            if answer.status not in {200, 204} or "tus-version" not in answer.headers:
                raise refusal(answer, self._line.where)
            algorithms = _words(answer, "tus-checksum-algorithm")
            extensions = _words(answer, "tus-extension")
            checked = "checksum" in extensions and "sha256" in algorithms
            self._server = _Server(extensions, checked, answer.number("tus-max-size") or None)
        return self._server

    async def _ask(
        self, method: str, url: str, headers: dict[str, str] | None = None, body: Slice | None = None
    ) -> Answer:
        """A request of the protocol. Whoever answers without its header is no tus server."""
        answer = await self._line.ask(method, url, _VERSION | (headers or {}), body or b"")
        if "tus-resumable" not in answer.headers:
            raise refusal(answer, self._line.where)
        return answer

    def _noted(self, job: _Job) -> str | None:
        text = self._notes.recall(job.bag.bag_id, self.name)
        note = msgspec.json.decode(text, type=_Note) if text else None
        ours = note is not None and note.digest == job.digest and note.url == self._on_this_server(note.url)
        return note.url if note and ours else None

    def _on_this_server(self, location: str) -> str:
        """An upload's address, asked where we ask all else: behind a proxy servers name themselves wrongly, and the
        password is for this server alone."""
        there, here = urlsplit(urljoin(self._base, location)), urlsplit(self._base)
        return urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))

    def _checksum(self, bag: BagFile, offset: int, size: int, server: _Server) -> dict[str, str]:
        return checksum_header(bag.read(offset, size)) if server.sha256 else {}

    def _address(self, name: str) -> str:
        return self._base + quote(name, safe="")


def _gone() -> NoReturn:
    raise _GoneError


def _conflict(job: _Job, detail: str) -> NeedsPerson:
    return NeedsPerson(Reason(Code.FAR_CONFLICT, f"{job.name}: {detail}, {job.bag.size} here, sha256:{job.digest}"))


def _metadata(job: _Job) -> str:
    values = {"filename": job.name, "bag": job.bag.bag_id, "sha256": job.digest}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def _read_metadata(header: str) -> dict[str, str]:
    """The metadata that a server gives back; what is no metadata is none."""
    pairs = [pair.split() for pair in header.split(",")]
    try:
        return {pair[0]: base64.b64decode(pair[1]).decode() for pair in pairs if len(pair) == 2}
    except ValueError:
        return {}


def _words(answer: Answer, header: str) -> frozenset[str]:
    return frozenset(word.strip() for word in answer.headers.get(header, "").split(","))
