"""S3 as destination: one object for each bag, sent in parts that are gone on with after a cut or a restart.

Exactly once: the object is made only where there is none (`If-None-Match: *`), and the server lists the parts it has.
Every part carries its SHA-256, in a header and under the signature, so that the server refuses a damaged one. What is
lost by a cut is the part under way, and servers take none below 5 MB but the last: on a line that never holds for one
part, nothing arrives.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

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
from outbox.destinations.credentials import read_secret
from outbox.destinations.login import as_whom
from outbox.destinations.patience import Patience
from outbox.destinations.s3_answers import error_code, records, s3_refusal, text_of
from outbox.destinations.s3_parts import Part, completion, composite, cut_into_parts, tag_of
from outbox.destinations.s3_signing import EMPTY, Key, sign
from outbox.destinations.settings import S3Settings
from outbox.destinations.web import Slice, WebLine
from outbox.destinations.web_errors import Answer
from outbox.destinations.web_reading import read_back
from outbox.errors import Code, Reason
from outbox.receipts import receipt_name

_GONE: Final = 404
_FORBIDDEN: Final = {301, 307, 400, 403}  # without a reason in the answer to HEAD
_THERE_ALREADY: Final = {409, 412}
_MISSES = 3


class _Note(msgspec.Struct, frozen=True):
    """What is kept of an upload that was begun."""

    upload: str
    digest: str
    part_bytes: int


@dataclass(frozen=True, slots=True)
class _Job:
    """A bag to be brought there."""

    bag: BagFile
    key: str
    digest: str
    progress: Progress
    patience: Patience


class S3Destination:
    """Bags go into a bucket that is there already."""

    def __init__(self, settings: S3Settings, notes: UploadNotes, pace: Pace) -> None:
        self._settings = settings
        self._notes = notes
        self._bucket = f"{settings.url.rstrip('/')}/{settings.bucket}"
        self._line = WebLine(settings, pace)

    @property
    def name(self) -> str:
        return self._settings.name

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        patience = Patience(self._settings.no_progress_s)
        try:
            job = _Job(bag, self._settings.prefix + name, await off_loop(bag.digest), progress, patience)
            return await patience.over(lambda: self._bring(job))
        except BagError as error:
            return NeedsPerson(error.reason)
        except EndedError as ended:
            return ended.outcome

    async def fetch_receipt(self, bag_id: str) -> bytes | None:
        try:
            answer = await self._ask("GET", self._settings.prefix + receipt_name(bag_id))
            if answer.status == _GONE and error_code(answer) in {"NoSuchKey", ""}:
                return None
            self._require(answer, {200})
            if answer.is_page:
                raise self._refused(answer)
        except EndedError as ended:
            raise no_receipt(ended) from ended
        return answer.content

    async def check(self) -> Reason | None:
        try:
            await self._require_bucket()
        except EndedError as ended:
            return ended.outcome.reason
        return None

    async def close(self) -> None:
        await self._line.close()

    async def _bring(self, job: _Job) -> Outcome:
        """One connection's worth: look whether it is there, send the parts that lack, make the object of them."""
        for _ in range(_MISSES):
            there = await self._judge_present(job)
            if there is not None:
                return there
            note = await self._noted(job) or await self._begin(job)
            parts = await self._send_parts(job, note)
            if parts is not None and await self._complete(job, note, parts):
                return await self._judge_present(job) or NeedsPerson(Reason(Code.FAR_FAILURE, job.key))
            self._notes.remember(job.bag.bag_id, self.name, None)
        raise again(Code.FAR_FAILURE, f"{self._line.where}: forgets its uploads")

    async def _judge_present(self, job: _Job) -> Sent | NeedsPerson | None:
        """The end of the matter when the object exists: ours, or another bag's that nobody may replace."""
        answer = await self._ask("HEAD", job.key, headers={"x-amz-checksum-mode": "ENABLED"})
        if answer.status == _GONE:
            await self._require_bucket()
            return None
        if answer.status in _FORBIDDEN:
            await self._require_bucket()
        self._require(answer, {200})
        if answer.is_page:
            raise self._refused(answer)
        size = answer.number("content-length")
        if size == job.bag.size and await self._is_ours(job, answer):
            return Sent(f"sha256:{job.digest}")
        return NeedsPerson(Reason(Code.FAR_CONFLICT, f"{job.key}: {size} bytes there, {job.bag.size} here"))

    async def _is_ours(self, job: _Job, answer: Answer) -> bool:
        """By the server's checksum over the parts' checksums if it tells one, else by reading it back."""
        told, part_bytes = answer.headers.get("x-amz-checksum-sha256"), answer.number("x-amz-meta-part-bytes")
        if told and part_bytes and told == await off_loop(lambda: composite(cut_into_parts(job.bag, part_bytes))):
            return True

        async def get(headers: dict[str, str], take: Callable[[bytes], object]) -> Answer:
            got = await self._ask("GET", job.key, headers=headers, take=take)
            self._require(got, {200, 206})
            return got

        return await read_back(get, self._settings.no_progress_s) == job.digest

    async def _noted(self, job: _Job) -> _Note | None:
        """The upload that an earlier attempt began."""
        text = self._notes.recall(job.bag.bag_id, self.name)
        note = msgspec.json.decode(text, type=_Note) if text else None
        return note if note and note.digest == job.digest else None

    async def _begin(self, job: _Job) -> _Note:
        part_bytes = int(self._settings.part_mb * (1 << 20))
        headers = {
            "content-type": "application/x-tar",
            "x-amz-checksum-algorithm": "SHA256",
            "x-amz-checksum-type": "COMPOSITE",
            "x-amz-meta-sha256": job.digest,
            "x-amz-meta-part-bytes": str(part_bytes),
        }
        answer = await self._ask("POST", job.key, {"uploads": ""}, headers)
        self._require(answer, {200})
        note = _Note(text_of(answer.content, "UploadId"), job.digest, part_bytes)
        if not note.upload:
            raise self._refused(answer)
        self._notes.remember(job.bag.bag_id, self.name, msgspec.json.encode(note).decode())
        return note

    async def _send_parts(self, job: _Job, note: _Note) -> list[Part] | None:
        """Every part with the server's tag; None when the server knows the upload no more."""
        parts = await off_loop(lambda: cut_into_parts(job.bag, note.part_bytes))
        there = await self._list_parts(job, note)
        if there is None:
            return None
        sent: list[Part] = []
        done = 0
        for part in parts:
            tag = tag_of(there.get(str(part.number), {}), part)
            if tag is None:
                job.progress(done)
                tag = await self._send_part(job, note, part)
            if tag is None:
                return None
            done = part.start + part.size
            job.patience.arrived(done)
            job.progress(done)
            sent.append(part.tagged(tag))
        return sent

    async def _list_parts(self, job: _Job, note: _Note) -> dict[str, dict[str, str]] | None:
        """What the server says of the parts that it has, by their numbers."""
        found: dict[str, dict[str, str]] = {}
        marker = "0"
        while marker:
            answer = await self._ask("GET", job.key, {"uploadId": note.upload, "part-number-marker": marker})
            if answer.status == _GONE:
                return None
            self._require(answer, {200})
            found |= {part.get("PartNumber", ""): part for part in records(answer.content, "Part")}
            more = text_of(answer.content, "IsTruncated") == "true"
            marker = text_of(answer.content, "NextPartNumberMarker") if more else ""
        return found

    async def _send_part(self, job: _Job, note: _Note, part: Part) -> str | None:
        query = {"partNumber": str(part.number), "uploadId": note.upload}
        headers = {"x-amz-checksum-sha256": part.checksum, "x-amz-sdk-checksum-algorithm": "SHA256"}
        body = Slice(job.bag, part.start, part.start + part.size, job.progress)
        payload = base64.b64decode(part.checksum).hex()
        answer = await self._ask("PUT", job.key, query, headers, body, payload)
        if answer.status == _GONE:
            return None
        self._require(answer, {200})
        return answer.headers.get("etag", "")

    async def _complete(self, job: _Job, note: _Note, parts: list[Part]) -> bool:
        """Make the object of its parts; false when the upload is gone, which an answer that was lost may mean, too."""
        body = completion(parts)
        payload = hashlib.sha256(body).hexdigest()
        query = {"uploadId": note.upload}
        answer = await self._ask("POST", job.key, query, {"if-none-match": "*"}, body, payload)
        if answer.status in _THERE_ALREADY:
            await self._ask("DELETE", job.key, query)
            return False
        if answer.status == _GONE:
            return False
        if error_code(answer):
            raise self._refused(answer)
        self._require(answer, {200})
        return True

    async def _require_bucket(self) -> None:
        answer = await self._ask("GET", "", {"list-type": "2", "max-keys": "1"})
        self._require(answer, {200})
        if text_of(answer.content, "Name") != self._settings.bucket:
            raise self._refused(answer)

    async def _ask(
        self,
        method: str,
        key: str,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | Slice = b"",
        payload: str = EMPTY,
        take: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """One signed request."""
        url = f"{self._bucket}/{quote(key, safe='/-_.~')}" if key else self._bucket
        if query:
            url += "?" + urlencode(query, quote_via=quote, safe="-_.~")
        secret = read_secret(self._settings.secret_key_file, "secret_key_file")
        signing = Key(self._settings.access_key, secret, self._settings.region)
        signed = sign(signing, datetime.now(UTC), method, url, headers or {}, payload)
        return await self._line.ask(method, url, signed, body, take)

    def _refused(self, answer: Answer) -> EndedError:
        where = self._line.where
        ended = s3_refusal(answer, where)
        if ended.outcome.reason.code is Code.LOGIN_REFUSED:
            return s3_refusal(answer, f"{where}, {as_whom(self._settings)}")
        return ended

    def _require(self, answer: Answer, hoped_for: set[int]) -> None:
        if answer.status not in hoped_for:
            raise self._refused(answer)
