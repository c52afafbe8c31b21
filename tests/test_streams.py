"""process.stream: live output, limits, and what a script leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.process import Command
from assetbuild.streams import Streamed, stream
from tests.support.memory import bounded_memory
from tests.support.processes import is_alive, wait_until_ended


def run_script(
    folder: Path, script: str, *, timeout_s: float | None = 20, ends_strays: bool = False
) -> tuple[Streamed, list[str]]:
    lines: list[str] = []
    done = stream(
        Command(
            argv=("/bin/bash", "-c", script),
            cwd=folder,
            env={"PATH": "/usr/bin:/bin"},
            timeout_s=timeout_s,
        ),
        on_line=lines.append,
        ends_strays=ends_strays,
    )
    return done, lines


def run_until_late(folder: Path, script: str) -> tuple[Streamed, list[str]]:
    """Run a script that prints and never ends into its time limit, once it has printed."""
    for limit_s in (0.3, 3.0, 30.0):  # a busy machine may need longer to come so far
        done, lines = run_script(folder, script, timeout_s=limit_s)
        assert done.is_timed_out
        if lines:
            break
    return done, lines


def test_stdout_and_stderr_keep_the_order_they_were_written_in(tmp_path: Path) -> None:
    done, lines = run_script(tmp_path, "for i in 1 2 3; do echo out$i; echo err$i >&2; done")
    assert lines == ["out1", "err1", "out2", "err2", "out3", "err3"]
    assert (done.exit_code, done.tail) == (0, tuple(lines))


def test_a_line_arrives_before_the_command_ends(tmp_path: Path) -> None:
    def answer(line: str) -> None:
        (tmp_path / "seen").write_text(line)

    done = stream(
        Command(
            argv=("/bin/bash", "-c", "echo now; while [ ! -e seen ]; do sleep 0.01; done"),
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"},
            timeout_s=20,
        ),
        on_line=answer,
    )
    assert (done.exit_code, done.is_timed_out) == (0, False)


def test_only_the_last_twenty_lines_are_kept(tmp_path: Path) -> None:
    done, lines = run_script(tmp_path, "seq 1 1000; exit 3")
    assert len(lines) == 1000
    assert done.tail == tuple(str(number) for number in range(981, 1001))
    assert done.exit_code == 3


def test_100_mb_without_a_newline_pass_in_bounded_memory(tmp_path: Path) -> None:
    with bounded_memory(5_000_000):
        done, lines = run_script(tmp_path, "head -c 100000000 /dev/zero", timeout_s=120)
    assert done.exit_code == 0
    assert len(lines) == 1
    assert lines[0].endswith("bytes more without a newline]")


def test_a_hanging_command_is_ended_with_its_group(tmp_path: Path) -> None:
    done, lines = run_until_late(tmp_path, "sleep 600 & echo $!; wait")
    assert done.exit_code < 0
    wait_until_ended(int(lines[0]))


def test_a_command_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    done, _ = run_until_late(tmp_path, "trap '' TERM; echo deaf; while :; do sleep 0.05; done")
    assert done.exit_code == -9


def test_a_background_process_that_holds_the_pipe_does_not_hang_us(tmp_path: Path) -> None:
    # until the shell's child has become sleep, it is another bash
    script = "sleep 600 & until [ $(cat /proc/$!/comm) = sleep ]; do :; done; echo $!"
    done, lines = run_script(tmp_path, script, ends_strays=True)
    assert (done.exit_code, done.is_timed_out) == (0, False)
    assert done.strays == ("sleep",)
    assert not is_alive(int(lines[0]))


def test_a_daemon_in_its_own_session_is_found_and_ended(tmp_path: Path) -> None:
    script = (
        "setsid bash -c '(echo $BASHPID > pid; exec sleep 600) & disown' & wait $!;"
        "until [ -s pid ]; do sleep 0.01; done"
    )
    done, _ = run_script(tmp_path, script, ends_strays=True)
    assert done.strays != ()
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_a_signal_is_told_as_a_negative_exit_code(tmp_path: Path) -> None:
    done, _ = run_script(tmp_path, "kill -SEGV $$")
    assert done.exit_code == -11


def test_a_missing_program_is_a_value(tmp_path: Path) -> None:
    done = stream(Command(argv=("/no/such",), cwd=tmp_path, env={}), on_line=lambda _: None)
    assert done.is_missing
    assert "/no/such" in done.tail[0]


def test_standard_input_is_empty_and_nothing_is_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSETBUILD_TEST_INHERITED", "1")
    done, lines = run_script(tmp_path, "cat; echo read; env")
    assert (done.exit_code, done.is_timed_out, lines[0]) == (0, False, "read")
    assert not [line for line in lines if "INHERITED" in line]
