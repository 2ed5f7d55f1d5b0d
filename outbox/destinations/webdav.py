"""WebDAV as destination: the order of steps of `placing`, in the verbs of HTTP.

A server that takes `PUT` with `Content-Range` (Apache does, nginx and Nextcloud do not) is gone on with after a cut;
the others get the whole bag anew. Which kind it is, is found out once with a tiny file. What arrived is read back
unless the server states its SHA-256.
"""

from collections.abc import Callable
from urllib.parse import quote

from outbox.bagfile import BagFile
from outbox.destinations.base import (
    EndedError,
    Outcome,
    Pace,
    Progress,
    again,
    needs_person,
    no_receipt,
)
from outbox.destinations.login import make_login
from outbox.destinations.patience import Patience
from outbox.destinations.placing import place
from outbox.destinations.probing import TRIES, probe_name, try_writing
from outbox.destinations.settings import WebdavSettings
from outbox.destinations.web import Slice, WebLine
from outbox.destinations.web_digest import WANTED, announced_digest
from outbox.destinations.web_errors import Answer, refusal
from outbox.destinations.web_reading import read_back
from outbox.errors import Code, Reason
from outbox.receipts import receipt_name

_WRITTEN = {200, 201, 204}
_GONE = {404, 410}
_FOUND = 207
_THERE_ALREADY = 412
_NO_SUCH_RANGE = 416
_ONE_MORE = {b"ab", b""}  # the probe of another try at the same moment, or one that it removed


class WebdavDestination:
    """Bags go into a folder that is there already."""

    def __init__(self, settings: WebdavSettings, pace: Pace) -> None:
        self._settings = settings
        self._base = settings.url.rstrip("/") + "/"
        self._line = WebLine(settings, pace, lambda: make_login(settings))
        self._takes_ranges: bool | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    async def deliver(self, bag: BagFile, name: str, progress: Progress) -> Outcome:
        patience = Patience(self._settings.no_progress_s)

        async def bring() -> Outcome:
            await self._require_folder()
            return await place(self, bag, name, _FromThere(patience, progress))

        try:
            return await patience.over(bring)
        except EndedError as ended:
            return ended.outcome

    async def fetch_receipt(self, bag_id: str) -> bytes | None:
        try:
            answer = await self._line.ask("GET", self._address(receipt_name(bag_id)))
            if answer.status in _GONE:
                await self._require_folder()
                return None
            if answer.status != 200 or answer.is_page:
                raise refusal(answer, self._line.where)
        except EndedError as ended:
            raise no_receipt(ended) from ended
        return answer.content

    async def check(self) -> Reason | None:
        try:
            await self._require_folder()
            await try_writing(self)
            await self._find_out_ranges()
        except EndedError as ended:
            return ended.outcome.reason
        return None

    async def close(self) -> None:
        await self._line.close()

    # the verbs of FarFiles

    async def size(self, name: str) -> int | None:
        answer = await self._line.ask("HEAD", self._address(name))
        if answer.status in _GONE:
            return None
        if answer.status != 200 or answer.is_page:
            raise refusal(answer, self._line.where)
        size = answer.number("content-length")
        return await self._read_size(name) if size is None else size

    async def look(self, name: str, partial: str) -> tuple[int | None, int | None]:
        return await self.size(name), await self.size(partial)

    async def upload(self, bag: BagFile, name: str, offset: int, progress: Progress) -> None:
        if offset == bag.size:
            return
        if not await self._find_out_ranges():
            await self._put(name, {}, Slice(bag, 0, bag.size, progress))
            progress(bag.size)
            return
        if offset == 0:
            await self._put(name, {}, b"")  # what a cut request itself made, the server would remove
        headers = {"content-range": f"bytes {offset}-{bag.size - 1}/{bag.size}"}
        await self._put(name, headers, Slice(bag, offset, bag.size, progress))
        progress(bag.size)

    async def digest(self, name: str) -> str:
        answer = await self._line.ask("HEAD", self._address(name), WANTED)
        return announced_digest(answer.headers) or await self._read_back(name)

    async def rename_new(self, old: str, new: str) -> bool:
        headers = {"destination": self._address(new), "overwrite": "F"}
        answer = await self._line.ask("MOVE", self._address(old), headers)
        if answer.status == _THERE_ALREADY:
            return False
        self._require(answer, _WRITTEN)
        return True

    async def remove(self, name: str) -> None:
        answer = await self._line.ask("DELETE", self._address(name))
        self._require(answer, _WRITTEN | _GONE)

    # the verbs of Probed

    async def write_small(self, name: str, data: bytes) -> None:
        await self._put(name, {}, data)

    async def rename_probe(self, old: str, new: str) -> bool:
        headers = {"destination": self._address(new), "overwrite": "F"}
        answer = await self._line.ask("MOVE", self._address(old), headers)
        if answer.status in {_THERE_ALREADY, *_GONE}:
            return False
        self._require(answer, _WRITTEN)
        return True

    async def remove_probe(self, name: str) -> None:
        await self._line.ask("DELETE", self._address(name))

    async def _read_size(self, name: str) -> int | None:
        """The size of a file that is told without a length: Apache does so of one that is empty, and while it moves."""
        answer = await self._line.ask("GET", self._address(name), {"range": "bytes=0-0"})
        total = answer.headers.get("content-range", "").rpartition("/")[2]
        if answer.status in _GONE:
            return None
        if answer.status == _NO_SUCH_RANGE or (answer.status == 200 and not answer.content):
            return 0
        if answer.status == 206 and total.isascii() and total.isdigit():
            return int(total)
        raise again(Code.FAR_FAILURE, f"{self._line.where}: {name} without a length")

    async def _read_back(self, name: str) -> str:
        async def get(headers: dict[str, str], take: Callable[[bytes], object]) -> Answer:
            answer = await self._line.ask("GET", self._address(name), headers, take=take)
            self._require(answer, {200, 206})
            return answer

        return await read_back(get, self._settings.no_progress_s)

    async def _find_out_ranges(self) -> bool:
        """Whether the server writes into a file at an offset, tried with a file that means nothing."""
        if self._takes_ranges is None:
            probe = probe_name("ranges")
            try:
                for _ in range(TRIES):
                    await self._put(probe, {}, b"ab")
                    answer = await self._line.ask("PUT", self._address(probe), {"content-range": "bytes 1-2/3"}, b"cd")
                    there = await self._line.ask("GET", self._address(probe))
                    content = there.content if there.status == 200 else b""
                    self._takes_ranges = answer.status in _WRITTEN and content == b"acd"
                    if answer.status not in _WRITTEN or content not in _ONE_MORE:
                        break
            finally:
                await self.remove_probe(probe)
        return bool(self._takes_ranges)

    async def _put(self, name: str, headers: dict[str, str], body: bytes | Slice) -> None:
        answer = await self._line.ask("PUT", self._address(name), headers, body)
        self._require(answer, _WRITTEN)

    async def _require_folder(self) -> None:
        answer = await self._line.ask("PROPFIND", self._base, {"depth": "0"})
        if answer.status in _GONE:
            raise needs_person(Code.FOLDER_MISSING, self._settings.url)
        self._require(answer, {_FOUND})

    def _require(self, answer: Answer, hoped_for: set[int]) -> None:
        if answer.status in _GONE - hoped_for:  # the folder is there, so another sender was quicker: look again
            raise again(Code.CUT, f"{self._line.where}: {answer.status}")
        if answer.status not in hoped_for:
            raise refusal(answer, self._line.where)

    def _address(self, name: str) -> str:
        return self._base + quote(name, safe="")


class _FromThere:
    """Passes progress on; the first word of an attempt is what the far side holds."""

    def __init__(self, patience: Patience, progress: Progress) -> None:
        self._patience = patience
        self._progress = progress
        self._begun = False

    def __call__(self, done: int) -> None:
        if not self._begun:
            self._begun = True
            self._patience.arrived(done)
        self._progress(done)
