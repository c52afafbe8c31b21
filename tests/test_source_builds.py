"""Building what has no wheel: what is told, what is kept, what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.source_builds import NotBuilt, build_wheel, find_lacking, find_unfit, take_out
from tests.support.tree import write_tree

LOCK = "click==8 \\\n    --hash=sha256:a\nlibsass==0.23.0 \\\n    --hash=sha256:b\nsix==1 \\\n    --hash=sha256:c\n"
BLOCK = "libsass==0.23.0 \\\n    --hash=sha256:b\n"


class Pip:
    """A pip that leaves what the real one would."""

    def __init__(self, complaint: str | None = None) -> None:
        self.complaint = complaint
        self.calls: list[tuple[list[str], Mapping[str, str]]] = []

    def __call__(self, arguments: list[str], env: Mapping[str, str]) -> str | None:
        self.calls.append((arguments, env))
        if arguments[0] == "wheel" and self.complaint is None:
            folder = Path(arguments[arguments.index("--wheel-dir") + 1])
            write_tree(folder, {"libsass-0.23.0-cp310-abi3-linux_x.whl": "wheel"})
        return self.complaint if arguments[0] == "wheel" else None


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a compiler; the folder holds source.lock."""
    write_tree(tmp_path, {"source.lock": "setuptools==84\n", "bin/c++": ""})
    (tmp_path / "bin/c++").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def build(machine: Path, pip: Pip, name: str) -> Path:
    scratch = machine / name
    scratch.mkdir()
    lock = machine / "source.lock"
    return build_wheel(BLOCK, machine / "wheels", scratch, source_lock=lock, pip=pip)


@pytest.mark.parametrize(
    ("complaint", "name"),
    [
        ("ERROR: No matching distribution found for libsass==0.23.0", "libsass"),
        ("ERROR: No matching distribution found for six==1", None),
        ("ERROR: Could not connect", None),
    ],
)
def test_only_what_may_be_built_is_found_in_pips_words(complaint: str, name: str | None) -> None:
    assert find_unfit(complaint) == name


def test_a_package_is_taken_out_of_the_lock_with_its_hashes() -> None:
    rest, block = take_out(LOCK, "libsass")
    assert block == BLOCK
    assert rest == LOCK.replace(BLOCK, "")


def test_a_wheel_is_built_once_by_pinned_tools(machine: Path) -> None:
    if find_lacking(str(machine / "bin")):
        pytest.skip("this Python has no headers")
    pip = Pip()
    wheel = build(machine, pip, "first")
    assert wheel.read_text() == "wheel"
    (install, _), (make, env) = pip.calls
    for arguments in (install, make):
        assert {"--no-deps", "--require-hashes"} <= set(arguments)
    assert "--no-build-isolation" in make, "pip would fetch an unpinned setuptools"
    assert env["PYTHONPATH"] == install[install.index("--target") + 1]
    assert (machine / "first/one.lock").read_text() == BLOCK
    assert build(machine, Pip("never called"), "second") == wheel
    (machine / "source.lock").write_text("setuptools==85\n")
    again = Pip()
    assert build(machine, again, "third") != wheel
    assert again.calls and not wheel.exists(), "the wheel of another lock is dropped"


def test_a_build_that_fails_is_no_end(machine: Path) -> None:
    if find_lacking(str(machine / "bin")):
        pytest.skip("this Python has no headers")
    with pytest.raises(NotBuilt, match="out of memory"):
        build(machine, Pip("cc1plus: out of memory"), "first")
    assert not (machine / "wheels").exists()


def test_a_machine_without_a_compiler_is_told(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    pip = Pip()
    with pytest.raises(NotBuilt, match=r"there is no C\+\+ compiler"):
        build(machine, pip, "first")
    assert pip.calls == []
