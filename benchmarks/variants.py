"""Compress 2,000 files with gzip 9 and brotli 11, against WhiteNoise's compressor, in one run.

Run ``python -m benchmarks.variants``; needs npm and ``pip install 'assetbuild[peers]'``. Each side is a
process of its own that reads a folder and writes the variants beside the files; warm is the same again
with the cache of the first run and the variants in place.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.cache import BuildCache
from assetbuild.assets.encodings import Encodable, VariantPlan, encode_variants
from assetbuild.digests import sha256_hex
from assetbuild.files import hash_file
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath
from assetbuild.walking import walk_files
from benchmarks.ratio import Ratio, need_program, print_table
from benchmarks.registry import fetch_npm
from benchmarks.runs import seconds_of

FILES = 2_000
ROUNDS = 3
# the levels of whitenoise.compress: gzip 9, brotli's default
PLAN = VariantPlan(levels={"br": 11, "gzip": 9})
_ENDINGS = (".css", ".js", ".svg")


def lay(folder: Path) -> int:
    """Lay stylesheets, scripts and SVGs as apps have them; return the bytes of all."""
    packages = (
        ("bootstrap", "5.3.8"),
        ("jquery-ui-dist", "1.13.3"),
        ("leaflet", "1.9.4"),
        ("@fortawesome/fontawesome-free", "6.7.2"),
    )
    found = [
        one
        for package, exact in packages
        for one in walk_files(fetch_npm(package, exact))
        if one.relative.endswith(_ENDINGS)
    ][:FILES]
    for number, one in enumerate(found):
        shutil.copy(one.path, folder / f"{number}-{one.relative.rpartition('/')[2]}")
    assert len(found) == FILES
    return sum(one.size for one in found)


def run_ours(folder: Path, cache: Path) -> None:
    """Do what a build does with its outputs: look into the cache, compress, write what is new."""
    output = OutputFolder(folder, display="out")

    def keep(path: str, data: bytes) -> None:
        if not output.has(path, sha256_hex(data), len(data)):
            output.write(path, data)

    items = [
        Encodable(
            logical=LogicalPath(one.relative),
            hashed=one.relative,
            media_type=guess_media_type(one.relative),
            sha256=hash_file(one.path),
            size=one.size,
            read=partial(Path.read_bytes, Path(one.path)),
        )
        for one in walk_files(folder)
        if one.relative.endswith(_ENDINGS)
    ]
    encode_variants(items, PLAN, cache=BuildCache(cache), keep=keep)


def _time(argv: list[str]) -> float:
    return seconds_of(lambda: subprocess.run(argv, check=True, capture_output=True))


def _median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(ROUNDS))


def ratios() -> Iterator[Ratio]:
    """Yield cold and warm against WhiteNoise, and the bytes of what both wrote."""
    need_program("npm")
    peer_version = version("whitenoise")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        plain = root / "plain"
        plain.mkdir()
        size = lay(plain)
        ours, peers, cache = root / "ours", root / "peers", root / "cache"

        def fresh(folder: Path) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(plain, folder)

        us = [sys.executable, "-m", "benchmarks.variants", "--work", str(ours), str(cache)]
        them = [sys.executable, "-m", "whitenoise.compress", "--quiet", str(peers)]

        def cold() -> float:
            shutil.rmtree(cache, ignore_errors=True)
            fresh(ours)
            return _time(us)

        def peer() -> float:
            fresh(peers)
            return _time(them)

        # in turn, so that both meet the same noise
        pairs = [(cold(), peer()) for _ in range(ROUNDS)]
        first = statistics.median(one for one, _ in pairs)
        other = statistics.median(one for _, one in pairs)
        warm = _median(lambda: _time(us))
        written = [_variants_size(one) for one in (ours, peers)]
    peer_name = f"whitenoise {peer_version}"
    what = f"gzip 9 and brotli 11 of {FILES} files ({size / 1e6:.1f} MB)"
    yield Ratio(what=f"{what}, cold", ours=first, peer=other, peer_name=peer_name, target=1.0)
    yield Ratio(what=f"{what}, warm", ours=warm, peer=other, peer_name=peer_name, target=0.05)
    yield Ratio(
        what=f"{what}, bytes",
        ours=written[0] / 1e6,
        peer=written[1] / 1e6,
        unit="MB",
        peer_name=peer_name,
    )


def _variants_size(folder: Path) -> int:
    return sum(one.size for one in walk_files(folder) if one.relative.endswith((".br", ".gz")))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        run_ours(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        raise SystemExit(0 if print_table(ratios()) else 1)
