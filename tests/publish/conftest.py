from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.remote import BUCKET, Remote
from tests.support.built_app import write_small_build
from tests.support.fault_proxy import FaultProxy
from tests.support.s3_server import S3Server, fresh_prefix, run_s3_server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with run_s3_server() as server:
        server.make_bucket(BUCKET)
        yield server


@pytest.fixture
def remote(s3_server: S3Server, tmp_path: Path) -> Iterator[Remote]:
    """A built project, a bucket, and a proxy that can break what passes between them."""
    project = tmp_path / "app"
    project.mkdir()
    # few tries: a store that is down for ever should not make the tests slow
    (project / "assetbuild.toml").write_text("[publish]\nattempts = 4\ntimeout = 10\n")
    write_small_build(project)
    with FaultProxy(s3_server.endpoint, ca_file=s3_server.ca_file) as proxy:
        yield Remote(server=s3_server, proxy=proxy, project=project, prefix=fresh_prefix())
