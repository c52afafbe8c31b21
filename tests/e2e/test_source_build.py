"""libsass from its pinned source, as on a machine that no wheel fits: the same CSS bytes.

It compiles C++ for minutes, so it runs on request alone: ``make test-source-build``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assetbuild.pip_install import install_lock
from assetbuild.source_builds import find_lacking, take_out

ROOT = Path(__file__).parent.parent.parent
LOCK = ROOT / "requirements/build.lock"
SCSS = """
$base: 10px;
@for $i from 1 through 40 {
  .c-#{$i} { width: percentage($i / 7); color: mix(red, hsl($i * 9, 50%, 40%), 33%); }
}
.a { &:hover { margin: ($base / 3) auto; } }
"""
COMPILE = """
import sys
sys.path.insert(0, sys.argv[1])
import sass
sys.stdout.write(sass.__file__ + chr(0) + sass.compile(string=sys.stdin.read(), precision=10))
"""


def compile_with(site: Path) -> tuple[str, str]:
    """Return where libsass was found, and the CSS."""
    argv = [sys.executable, "-c", COMPILE, str(site)]
    done = subprocess.run(argv, input=SCSS, capture_output=True, text=True, check=True)
    place, _, css = done.stdout.partition("\0")
    return place, css


@pytest.mark.e2e
@pytest.mark.network
@pytest.mark.skipif("ASSETBUILD_TEST_SOURCE" not in os.environ, reason="compiles for minutes")
def test_libsass_is_built_from_its_source_once_and_gives_the_same_css(tmp_path: Path) -> None:
    if find_lacking(os.environ["PATH"]):
        pytest.skip("no compiler, or no headers of Python")
    wheels = tmp_path / "index"
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    _, block = take_out(LOCK.read_text(), "libsass")
    (tmp_path / "libsass.lock").write_text(block)
    source_lock = LOCK.with_name("source.lock")
    pinned = ["--require-hashes", "--dest", str(wheels), "-r"]
    source = ["--no-binary=libsass", *pinned, str(tmp_path / "libsass.lock")]
    for arguments in ([*pinned, str(source_lock)], source):
        subprocess.run([*download, *arguments], check=True)
    lock = tmp_path / "requirements/build.lock"
    lock.parent.mkdir()
    lock.write_text(block)
    lock.with_name("source.lock").write_bytes(source_lock.read_bytes())
    env = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    said: list[str] = []
    for name in ("first", "second"):
        scratch = tmp_path / "cache" / name
        scratch.mkdir(parents=True)
        # neither has libsass as a wheel: one builds it, the other finds what was built
        assert install_lock(lock, scratch / "site", scratch, env, say=said.append) is None
    assert len(list((tmp_path / "cache/wheels").glob("*/libsass-*.whl"))) == 1
    built, css = compile_with(tmp_path / "cache/second/site")
    assert built.startswith(str(tmp_path))
    assert css == compile_with(Path("/nonexistent"))[1]
