"""What an S3 server says, in XML, and what its refusals mean."""

import xml.etree.ElementTree as ET
from typing import Final

from outbox.destinations.base import EndedError, NeedsPerson, again, needs_person
from outbox.destinations.web_errors import Answer, refusal
from outbox.errors import Code, Reason

_FOR_PEOPLE: Final = {
    "InvalidAccessKeyId": Code.LOGIN_REFUSED,
    "SignatureDoesNotMatch": Code.LOGIN_REFUSED,
    "InvalidToken": Code.LOGIN_REFUSED,
    "AccessDenied": Code.FAR_PERMISSION,
    "RequestTimeTooSkewed": Code.CLOCK_WRONG,
    "EntityTooSmall": Code.PART_TOO_SMALL,
}
_FULL: Final = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "ServiceQuotaExceeded"}


def records(content: bytes, tag: str) -> list[dict[str, str]]:
    """Every element of a name, as its children's texts; without their name spaces, which servers choose at will."""
    root = _parsed(content)
    found = [] if root is None else [element for element in root.iter() if _local(element) == tag]
    return [{_local(child): (child.text or "").strip() for child in element} for element in found]


def text_of(content: bytes, tag: str) -> str:
    """The text of the first element of a name, empty without one."""
    root = _parsed(content)
    found = () if root is None else (element for element in root.iter() if _local(element) == tag)
    return next(((element.text or "").strip() for element in found), "")


def error_code(answer: Answer) -> str:
    """The code of an error; a completion may carry one under a 200."""
    root = _parsed(answer.content)
    return text_of(answer.content, "Code") if root is not None and _local(root) == "Error" else ""


def s3_refusal(answer: Answer, where: str) -> EndedError:
    """What an answer means that is not the one hoped for."""
    code = error_code(answer)
    detail = f"{where}: {answer.status} {code} {text_of(answer.content, 'Message')}".rstrip()
    if code == "NoSuchBucket":
        return needs_person(Code.FOLDER_MISSING, detail)
    if code == "EntityTooLarge":
        return EndedError(NeedsPerson(Reason(Code.FAR_TOO_LARGE, detail)))
    if code in _FOR_PEOPLE:
        return needs_person(_FOR_PEOPLE[code], detail)
    if code in _FULL:
        return again(Code.FAR_FULL, detail)
    return again(Code.FAR_FAILURE, detail) if code else refusal(answer, where)


def _parsed(content: bytes) -> ET.Element | None:
    try:
        return ET.fromstring(content)  # noqa: S314 - bounded in length, and expat bounds what entities grow to
    except ET.ParseError:
        return None


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
