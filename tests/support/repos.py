"""Local git repositories, archives and a loopback server, for tests that fetch packs."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.http_server import run_http_server
from tests.support.tree import write_tree

PACK = {
    "bin/detect": "#!/bin/sh\necho tiny\n",
    "bin/compile": "#!/bin/sh\necho compiled\n",
}
# as they are called on the platform: no user's git configuration counts
GIT_HOST = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}


def git(repo: Path, *arguments: str) -> str:
    """Run git in a repository and return what it printed."""
    who = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com"}
    who |= {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com"}
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=repo,
        env={**GIT_HOST, **who},
        check=True,
        capture_output=True,
    )
    return done.stdout.decode().strip()


def make_repo(root: Path, files: Mapping[str, str | bytes] = PACK) -> Path:
    """Make a repository with one commit on ``main``."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit(root, files)
    return root


def commit(repo: Path, files: Mapping[str, str | bytes], message: str = "change") -> str:
    """Write files, commit them, and return the sha."""
    write_tree(repo, files)
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(repo, "rev-parse", "HEAD")


def url_of(repo: Path) -> str:
    """Return the file: URL of a repository; what a URL cannot hold is percent-encoded."""
    return repo.as_uri()


def make_tar(
    entries: Mapping[str, str | bytes],
    *,
    extra: tuple[tarfile.TarInfo, ...] = (),
    mode: str = "w:gz",
) -> bytes:
    """Return a tar archive; ``extra`` are entries without content, such as links."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for name, content in entries.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o755
            tar.addfile(info, io.BytesIO(data))
        for info in extra:
            tar.addfile(info)
    return buffer.getvalue()


def make_zip(entries: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def tar_entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


@dataclass
class Origin:
    """A loopback server: what it has, how it fails, what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)  # path -> body
    failures: list[int] = field(default_factory=list)  # statuses of the next answers
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path, headers
    redirects: dict[str, str] = field(default_factory=dict)  # path -> Location of a 302
    etags: bool = False  # send and honour ETags
    url: str = ""


@contextlib.contextmanager
def serve() -> Iterator[Origin]:
    """Run a server for the length of a block."""
    origin = Origin()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            origin.asked.append((self.path, dict(self.headers)))
            status = origin.failures.pop(0) if origin.failures else 200
            body = origin.files.get(self.path.partition("?")[0])
            location = origin.redirects.get(self.path)
            if location is not None:
                status = 302
            elif status == 200 and body is None:
                status = 404
            tag = f'"{len(body or b"")}"'
            if status == 200 and origin.etags and self.headers.get("If-None-Match") == tag:
                status = 304
            self.send_response(status)
            if location is not None:
                self.send_header("Location", location)
            if origin.etags:
                self.send_header("ETag", tag)
            data = body if status == 200 and body is not None else b""
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            return

    with run_http_server(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as origin.url:
        yield origin
