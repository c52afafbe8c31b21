"""The order in which outputs are written: what keeps its name replaces what is served now."""

from __future__ import annotations

from pathlib import Path

from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.write import WriteRequest, make_entries, write_outputs
from assetbuild.assets.naming import Named
from assetbuild.digests import sha256_hex
from assetbuild.paths import LogicalPath


class Recorded(OutputFolder):
    """An output folder that tells what was written when."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, display="out")
        self.written: list[str] = []

    def write(self, hashed: str, data: bytes) -> None:
        super().write(hashed, data)
        self.written.append(hashed)


def test_names_that_stay_are_written_when_all_else_is_there(tmp_path: Path) -> None:
    names = {"index.html": "index.html", "a.css": "a.1.css", "z.js": "z.1.js", "b.txt": "b.txt"}
    request = WriteRequest(
        named={
            LogicalPath(logical): Named(
                hashed=hashed, content=logical.encode(), sha256=sha256_hex(logical.encode())
            )
            for logical, hashed in names.items()
        },
        files={},
        made={},
        pictures={},
        media_types={},
        references={},
        previous=None,
        trusted={},
    )
    output = Recorded(tmp_path)
    entries = make_entries(request)
    assert write_outputs(entries, request, output) == 4
    assert output.written == ["a.1.css", "z.1.js", "index.html", "b.txt"]
    assert write_outputs(entries, request, output) == 0, "all of it is there"
