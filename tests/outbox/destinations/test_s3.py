"""S3: the signature against Amazon's own, the parts, the refusals. The server is a stand-in."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from outbox.bagfile import BagFile
from outbox.destinations import S3Settings
from outbox.destinations.base import Later, MemoryNotes, NeedsPerson, Sent
from outbox.destinations.s3_answers import s3_refusal
from outbox.destinations.s3_parts import Part, completion, composite, cut_into_parts
from outbox.destinations.s3_signing import EMPTY, Key, canonical_query, sign
from outbox.destinations.web_errors import Answer
from outbox.errors import Code
from tests.outbox.bags import make_bag, run
from tests.outbox.deliveries import deliver, told, whole
from tests.outbox.servers.s3 import BUCKET, S3StandIn

NAMES = st.text("abcXYZ019-_.~ /+=&%áệ", min_size=1, max_size=20)


@pytest.fixture
def bag(tmp_path: Path) -> BagFile:
    return BagFile(make_bag(tmp_path / "bags", size=1_000_000))


@given(NAMES, st.dictionaries(NAMES, NAMES, max_size=3), st.sampled_from(["GET", "PUT", "POST"]))
def test_the_signature_is_that_of_amazons_own_client(name: str, query: dict[str, str], method: str) -> None:
    text = "&".join(f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in query.items())
    url = f"https://s3.example:9000/bags/{quote(name, safe='/-_.~')}" + (f"?{text}" if text else "")
    key = Key("AKIDEXAMPLE", "secret/with+signs", "vn-north-1")
    signed = sign(key, datetime.now(UTC), method, url, {"if-none-match": "*", "x-amz-meta-a": "b  c"})
    request = AWSRequest(method=method, url=url, headers={"if-none-match": "*", "x-amz-meta-a": "b  c"})
    request.context["client_config"] = None
    signer = S3SigV4Auth(Credentials(key.access, key.secret), "s3", key.region)
    request.context["timestamp"] = signed["x-amz-date"]
    request.headers["X-Amz-Date"] = signed["x-amz-date"]
    request.headers["X-Amz-Content-SHA256"] = EMPTY
    string = signer.string_to_sign(request, signer.canonical_request(request))
    assert signed["authorization"].endswith(f"Signature={signer.signature(string, request)}")


def test_a_query_is_spelled_out_and_sorted() -> None:
    assert canonical_query("uploads") == "uploads="
    assert canonical_query("uploadId=a+b&partNumber=2") == "partNumber=2&uploadId=a%20b"


def test_a_key_does_not_show_its_secret() -> None:
    assert "secret" not in repr(Key("AKID", "secret", "vn"))


@given(part_bytes=st.integers(1, 400_000))
def test_parts_are_the_bag(part_bytes: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "bag-of-parts"
    bag = BagFile(make_bag(folder, size=50_000) if not folder.exists() else next(folder.iterdir()))
    parts = cut_into_parts(bag, max(part_bytes, 1000))
    assert b"".join(bag.read(part.start, part.size) for part in parts) == whole(bag)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert composite(parts).endswith(f"-{len(parts)}")


def test_tags_are_escaped() -> None:
    assert b"&lt;&amp;" in completion([Part(1, 0, 1, "c", "m", "<&")])


def test_an_object_of_ours_without_metadata_is_read_back(tmp_path: Path, bag: BagFile) -> None:
    with S3StandIn(tmp_path / "s3") as server:
        server.client.put_object(Bucket=BUCKET, Key=bag.name, Body=whole(bag))
        assert run(deliver(server.settings(), bag)) == Sent(f"sha256:{bag.digest()}")
        assert "x-amz-meta-sha256" not in server.client.head_object(Bucket=BUCKET, Key=bag.name)["Metadata"]


def test_a_part_that_went_bad_there_is_sent_again(tmp_path: Path, bag: BagFile) -> None:
    """Parts are compared with the bag, not counted: here another sender began with other bytes."""
    with S3StandIn(tmp_path / "s3") as server:
        notes = MemoryNotes()
        assert isinstance(run(deliver(server.settings(part_mb=0.25), bag, notes)), Sent)
        server.client.delete_object(Bucket=BUCKET, Key=bag.name)
        upload = server.client.create_multipart_upload(Bucket=BUCKET, Key=bag.name, ChecksumAlgorithm="SHA256")
        number = {"PartNumber": 1, "UploadId": upload["UploadId"]}
        server.client.upload_part(Bucket=BUCKET, Key=bag.name, Body=bytes(262144), **number)
        rename_upload(notes, bag, upload["UploadId"])
        assert isinstance(run(deliver(server.settings(part_mb=0.25), bag, notes)), Sent)
        assert server.objects() == {bag.name: whole(bag)}


def rename_upload(notes: MemoryNotes, bag: BagFile, upload: str) -> None:
    """Have the notes speak of another upload."""
    note = json.loads(notes.recall(bag.bag_id, "there") or "")
    notes.remember(bag.bag_id, "there", json.dumps(note | {"upload": upload}))


def test_a_bucket_that_is_not_there_needs_a_person(tmp_path: Path, bag: BagFile) -> None:
    with S3StandIn(tmp_path / "s3") as server:
        server.client.delete_bucket(Bucket=BUCKET)
        assert told(run(deliver(server.settings(), bag))) == (NeedsPerson, Code.FOLDER_MISSING, True)


@pytest.mark.parametrize(
    ("status", "code", "kind", "expected"),
    [
        (403, "SignatureDoesNotMatch", NeedsPerson, Code.LOGIN_REFUSED),
        (403, "InvalidAccessKeyId", NeedsPerson, Code.LOGIN_REFUSED),
        (403, "AccessDenied", NeedsPerson, Code.FAR_PERMISSION),
        (403, "RequestTimeTooSkewed", NeedsPerson, Code.CLOCK_WRONG),
        (400, "EntityTooSmall", NeedsPerson, Code.PART_TOO_SMALL),
        (400, "EntityTooLarge", NeedsPerson, Code.FAR_TOO_LARGE),
        (403, "QuotaExceeded", Later, Code.FAR_FULL),
        (507, "XMinioStorageFull", Later, Code.FAR_FULL),
        (503, "SlowDown", Later, Code.FAR_FAILURE),
        (200, "InternalError", Later, Code.FAR_FAILURE),
    ],
)
def test_refusals_are_told_apart(status: int, code: str, kind: type, expected: Code) -> None:
    content = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>m</Message></Error>".encode()
    outcome = s3_refusal(Answer(status, {"content-type": "application/xml"}, content), "s3.example").outcome
    assert told(outcome)[:2] == (kind, expected)


def test_an_access_key_without_its_secret_needs_a_person(tmp_path: Path, bag: BagFile) -> None:
    with S3StandIn(tmp_path / "s3") as server:
        settings: S3Settings = server.settings()
        settings.secret_key_file.unlink()
        outcome = run(deliver(settings, bag))
        assert told(outcome) == (NeedsPerson, Code.CREDENTIAL_UNUSABLE, True)
        assert f"secret_key_file = {settings.secret_key_file}" in repr(outcome)
