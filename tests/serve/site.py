"""A small built site for the tests of the origin: files on disk and their manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from assetbuild.assets.model import Manifest
from assetbuild.serve.respond import respond
from assetbuild.serve.table import Mount, Response, Table, build_table
from tests.support.built_app import write_outputs

CSS = b"body { color: red }\n" * 40
BIG = bytes(range(256)) * 4096  # 1 MiB: streamed


def write_site(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    unhashed: Sequence[str] = (),
    compressed: Sequence[str] = (),
    form: Literal["stem", "folder"] = "stem",
) -> Manifest:
    """Write files under hashed names, with gzip and (pretended) br variants, and the manifest."""
    variants = dict.fromkeys(compressed, ("gzip", "br"))
    return write_outputs(folder, files, unhashed=unhashed, variants=variants, form=form)


def sample_files() -> dict[str, bytes]:
    """Return the files of the usual site."""
    return {
        "css/app.css": CSS,
        "js/app.js": b"let a = 1;\n",
        "img/logo.png": b"\x89PNG" + bytes(100),
        "fonts/a.woff2": b"wOF2" + bytes(50),
        "video/big.mp4": BIG,
        "empty.txt": b"",
        "robots.txt": b"User-agent: *\n",
        "help/index.html": b"<p>help</p>\n",
    }


def write_sample(folder: Path) -> Manifest:
    """Write the usual site."""
    return write_site(
        folder,
        sample_files(),
        unhashed=("robots.txt", "help/index.html"),
        compressed=("css/app.css", "js/app.js"),
    )


def sample_table(folder: Path, mount: Mount | None = None) -> tuple[Table, Manifest]:
    """Write the usual site and return its table."""
    manifest = write_sample(folder)
    return build_table(manifest, folder=str(folder), mount=mount or Mount()), manifest


class Site:
    """A table with the hashed URLs of its entries."""

    def __init__(self, table: Table, manifest: Manifest) -> None:
        self.table = table
        self.manifest = manifest

    def url(self, logical: str) -> str:
        """Return the hashed URL of an entry."""
        return self.table.prefix + {
            str(name): one.hashed for name, one in self.manifest.entries.items()
        }.get(logical, logical)

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> Response:
        found = respond(self.table, method, path, headers or {})
        assert found is not None
        return found


def fields(response: Response) -> dict[str, str]:
    """Return header fields by lower-case name; each stands once."""
    names = [name.lower() for name, _ in response.headers]
    assert len(set(names)) == len(names)
    return {name.lower(): value for name, value in response.headers}
