"""An S3 server for tests: moto on loopback, or the real one that the environment names.

ASSETBUILD_TEST_S3_ENDPOINT, _ACCESS_KEY, _SECRET_KEY and AWS_CA_BUNDLE name a real server
(``make test-s3-real``). moto accepts wrong checksums and wrong secrets: tests of integrity and access
skip themselves where ``is_real`` is false.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assetbuild.publish.calls import Call
from assetbuild.publish.opening import StoreOptions, open_store
from assetbuild.publish.s3 import S3Store
from assetbuild.publish.target import S3Target, read_target

_MOTO = """
import contextlib, sys, threading
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0)
with contextlib.redirect_stdout(sys.stderr):
    server.start()
print(server.get_host_and_port()[1], flush=True)
threading.Event().wait()
"""


@dataclass(frozen=True, kw_only=True)
class S3Server:
    """Where the tests publish."""

    endpoint: str  # "http://127.0.0.1:5000"
    access_key: str
    secret_key: str
    ca_file: str | None
    is_real: bool

    def env(
        self, *, bucket: str, prefix: str, endpoint: str | None = None, query: str = ""
    ) -> dict[str, str]:
        """Return an environment that publishes below a prefix of a bucket."""
        url = f"s3://{bucket}/{prefix}?region=us-east-1&endpoint={endpoint or self.endpoint}{query}"
        env = {
            "ASSETBUILD_S3_URL": url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }
        if self.ca_file:
            env["AWS_CA_BUNDLE"] = self.ca_file
        return env

    def open(self, *, bucket: str, prefix: str = "") -> S3Store:
        """Return a store that goes straight to the server."""
        target = read_target(self.env(bucket=bucket, prefix=prefix), Path())
        assert isinstance(target, S3Target)
        store = open_store(target, {}, StoreOptions())
        assert isinstance(store, S3Store)
        return store

    def make_bucket(self, name: str) -> None:
        store = self.open(bucket=name)
        with contextlib.closing(store):
            store._caller.call(
                Call(method="PUT", path=f"/{name}", accept=frozenset({409}), purpose="make")
            )

    def contents(self, *, bucket: str, prefix: str) -> dict[str, tuple[int, str]]:
        """Return key -> (size, ETag) of everything below a prefix."""
        with contextlib.closing(self.open(bucket=bucket, prefix=prefix)) as store:
            return {one.key: (one.size, one.etag) for one in store.list_objects()}


@contextlib.contextmanager
def run_s3_server() -> Iterator[S3Server]:
    """Start moto, or take the real server of the environment."""
    endpoint = os.environ.get("ASSETBUILD_TEST_S3_ENDPOINT")
    if endpoint:
        yield S3Server(
            endpoint=endpoint,
            access_key=os.environ["ASSETBUILD_TEST_S3_ACCESS_KEY"],
            secret_key=os.environ["ASSETBUILD_TEST_S3_SECRET_KEY"],
            ca_file=os.environ.get("AWS_CA_BUNDLE"),
            is_real=True,
        )
        return
    with subprocess.Popen(
        [sys.executable, "-c", _MOTO], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        try:
            # it listens where nothing did, and says so only then
            yield S3Server(
                endpoint=f"http://127.0.0.1:{int(child.stdout.readline())}",
                access_key="testing",
                secret_key="testing-secret",
                ca_file=None,
                is_real=False,
            )
        finally:
            child.kill()


def fresh_prefix() -> str:
    """Return a prefix that no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}"
