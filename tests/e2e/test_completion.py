"""The completion scripts, in the shells they are for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

# each prints the candidates for LINE, one a line, as the shell's own machinery finds them
ASK = {
    "bash": """
eval "$(assetbuild completion bash)"
COMP_LINE=$LINE COMP_POINT=${#LINE}
read -ra COMP_WORDS <<< "$LINE"
[[ $LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_assetbuild_completion assetbuild 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
""",
    "zsh": """
compdef() { }
compadd() { while [[ $1 == -* ]]; do [[ $1 == -V ]] && shift; shift; done; print -l -- ${(P)1} }
_describe() { shift 2; print -l -- ${(P)1} }
_path_files() { print -l -- * }
eval "$(assetbuild completion zsh)"
words=(${(s: :)LINE}); [[ $LINE == *' ' ]] && words+=('')
CURRENT=${#words}
_assetbuild_completion
""",
    "fish": """
assetbuild completion fish | source
complete -C $LINE
""",
}


pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("shell", sorted(ASK))]


def complete(shell: str, line: str, folder: Path) -> list[str]:
    """Return what a shell offers after a line, without help texts."""
    program = folder / "bin" / "assetbuild"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m assetbuild "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [shell, *(["-f"] if shell == "zsh" else []), "-c", ASK[shell]],
        env={
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "LINE": line,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [one.partition("\t")[0].partition(":")[0] for one in done.stdout.split("\n") if one]


def test_a_shell_completes_commands_options_and_values(shell: str, tmp_path: Path) -> None:
    assert complete(shell, "assetbuild comp", tmp_path) == ["compile", "completion"]
    assert complete(shell, "assetbuild cache ", tmp_path) == ["info", "prune"]
    assert complete(shell, "assetbuild compile --form", tmp_path) == ["--format"]
    assert complete(shell, "assetbuild tools path typ", tmp_path) == ["typescript"]
    if shell != "bash":  # bash itself adds folders, after our function ends
        (tmp_path / "assets").mkdir()
        found = complete(shell, "assetbuild config --project ", tmp_path)
        assert "assets" in [one.rstrip("/") for one in found]


def test_an_output_is_completed_from_the_manifest(shell: str, tmp_path: Path) -> None:
    assert complete(shell, "assetbuild explain cs", tmp_path) == []
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/css.txt").write_text("a")
    subprocess.run(
        [sys.executable, "-m", "assetbuild", "compile", "--quiet", "--project", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "ASSETBUILD_CACHE_DIR": str(tmp_path / "cache")},
        check=True,
    )
    assert complete(shell, "assetbuild explain cs", tmp_path) == ["css.txt"]
