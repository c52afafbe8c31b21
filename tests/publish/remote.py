"""What the tests of publishing do with a bucket behind the fault proxy."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.publish import Place, open_place, publish_assets
from assetbuild.publish.s3 import S3Store
from assetbuild.publish.upload import UploadResult
from assetbuild.reporting import JsonReporter
from tests.support.fault_proxy import FaultProxy
from tests.support.s3_server import S3Server

BUCKET = "assetbuild-test"
ROOT = Path(__file__).parent.parent.parent
Stage = Callable[[str, str], bool]  # method and path with query of a request
_RECORD = re.compile(r"releases/\d{8}T\d{9}Z-")


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A bucket, the way to it, and a project to publish."""

    server: S3Server
    proxy: FaultProxy
    project: Path
    prefix: str

    def env(self, more: Mapping[str, str] | None = None, *, bucket: str = BUCKET) -> dict[str, str]:
        return {
            **self.server.env(bucket=bucket, prefix=self.prefix, endpoint=self.proxy.url),
            **(more or {}),
        }

    def place(self, more: Mapping[str, str] | None = None, *, bucket: str = BUCKET) -> Place:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            return open_place(self.project, self.env(more, bucket=bucket), JsonReporter(nowhere))

    def upload(
        self,
        more: Mapping[str, str] | None = None,
        *,
        bucket: str = BUCKET,
        is_forced: bool = False,
        is_dry: bool = False,
    ) -> UploadResult:
        return publish_assets(
            self.place(more, bucket=bucket),
            is_forced=is_forced,
            is_dry=is_dry,
            on_plan=lambda _: None,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the command line as a process that can be killed."""
        return subprocess.Popen(
            [sys.executable, "-m", "assetbuild", *arguments],
            cwd=self.project,
            env={**os.environ, **self.env(), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    @contextlib.contextmanager
    def open(self) -> Iterator[S3Store]:
        """Yield the store below the prefix, straight, not through the proxy."""
        store = self.server.open(bucket=BUCKET, prefix=self.prefix + "/")
        with contextlib.closing(store):
            yield store

    def contents(self) -> dict[str, tuple[int, str]]:
        """Return key -> (size, ETag), records by their name without the time, markers too.

        The control documents hold times, so only their presence counts.
        """
        found = self.server.contents(bucket=BUCKET, prefix=self.prefix + "/")
        return {
            _RECORD.sub("releases/TIME-", key): (0, "") if key.startswith(".assetbuild/") else state
            for key, state in found.items()
        }

    def names(self) -> set[str]:
        return set(self.contents())

    def assets(self) -> set[str]:
        return {key for key in self.names() if not key.startswith(".assetbuild/")}


def is_asset_put(method: str, path: str) -> bool:
    return method == "PUT" and ".assetbuild" not in path


def codes(failure: AssetbuildError) -> list[str]:
    return [one.code for one in failure.diagnostics]


def assert_whole(remote: Remote) -> None:
    """The remote is what one undisturbed upload leaves."""
    disturbed = remote.contents()
    twin = Remote(
        server=remote.server,
        proxy=remote.proxy,
        project=remote.project,
        prefix=remote.prefix + "-twin",
    )
    for one in remote.proxy.faults:
        one.times = 0
    twin.upload()
    assert disturbed == twin.contents()
