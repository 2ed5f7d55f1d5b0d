"""moto's server: a stand-in for S3, which keeps objects in memory and checks who signs when it is told to.

No package index that the tests may use has a real S3 server in it.
"""

import os
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from outbox.destinations import S3Settings
from outbox.destinations.loopback_sshd import free_port
from tests.outbox.servers.process import ServerProcess, answers

BUCKET = "bags"
SECRET = "s3cret/key+with=signs"


class S3StandIn(ServerProcess):
    """One bucket on 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("flask")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.secret_file = folder / "secret"
        self.secret_file.touch(mode=0o600)
        self.secret_file.write_text(SECRET)
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        given = {"PATH": os.environ["PATH"], "MOTO_S3_DEFAULT_MAX_KEYS": "1000", "S3_UPLOAD_PART_MIN_SIZE": "1"}
        super().__init__(command, given, folder / "log", lambda: answers(self.port))

    def start(self) -> None:
        super().start()
        self.client.create_bucket(Bucket=BUCKET)

    @property
    def client(self) -> Any:
        """Amazon's own client, the independent judge of what lies there."""
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="station",
            aws_secret_access_key=SECRET,
        )

    def settings(self, name: str = "there", port: int = 0, **more: Any) -> S3Settings:
        return S3Settings(
            name=name,
            url=f"http://127.0.0.1:{port or self.port}",
            bucket=BUCKET,
            access_key="station",
            secret_key_file=self.secret_file,
            **more,
        )

    def objects(self) -> dict[str, bytes]:
        listed = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {item["Key"]: self.client.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in listed}
