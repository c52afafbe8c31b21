from __future__ import annotations

import errno
import json
from pathlib import Path

import click
import pytest

from assetbuild.cli.main import COMMANDS, group, main
from assetbuild.diagnostics import ExitCode
from tests.support.commands import walk_commands

ALL_COMMANDS = walk_commands()


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == ExitCode.DONE
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)
    assert all(len(line) <= 80 for line in out.splitlines())


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_command_has_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--help"]) == ExitCode.DONE
    out = capsys.readouterr().out
    examples = out.partition("Examples:\n")[2]
    assert f"    assetbuild {name}" in examples or f' "$(assetbuild {name}' in examples
    assert all(len(line) <= 80 for line in out.splitlines()), out


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_command_has_the_same_options(name: str) -> None:
    command = ALL_COMMANDS[name]
    # the platform calls its scripts with folders alone; a group has its commands' options
    if name.startswith(("platform ", "completion")) or isinstance(command, click.Group):
        return
    options = {option: one for one in command.params for option in one.opts}
    assert options.keys() >= {"--project", "--quiet", "--verbose", "--json", "--format"}
    for one in command.params:
        assert not isinstance(one, click.Option) or (one.help or "").endswith((".", ":)")), one


def test_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compil"]) == ExitCode.USAGE
    assert "Did you mean 'compile'?" in capsys.readouterr().err
    assert main(["zzzzzz"]) == ExitCode.USAGE
    assert "No such command 'zzzzzz'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["compile", "--format", "xml"], ["completion", "tcsh"], ["explain", "a", "b"]]
)
def test_a_wrong_option_is_told_in_80_columns(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.USAGE
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"Usage: assetbuild {arguments[0]} ")
    assert lines[1] == f"Try 'assetbuild {arguments[0]} --help' for help."
    assert lines[3].startswith("Error: ")
    assert all(len(one) <= 80 for one in lines)


def test_broken_configuration_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "assetbuild.toml").write_text("[asets]\n")
    assert main(["config", "--project", str(tmp_path)]) == ExitCode.FIXABLE
    assert 'did you mean "assets"?' in capsys.readouterr().err


def test_findings_are_told_in_the_form_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "assetbuild.toml").write_text("[asets]\n")
    arguments = ["config", "--project", str(tmp_path), "--format"]
    assert main([*arguments, "json"]) == ExitCode.FIXABLE
    document = json.loads(capsys.readouterr().out)
    assert document["diagnostics"][0]["code"] == "config/unknown-key"
    assert document["result"] is None
    assert main([*arguments, "sarif"]) == ExitCode.FIXABLE
    log = json.loads(capsys.readouterr().out)
    (finding,) = log["runs"][0]["results"]
    place = finding["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 1, "startColumn": 2, "endColumn": 7}
    assert main([*arguments, "github"]) == ExitCode.FIXABLE
    assert capsys.readouterr().out == (
        "::error title=config/unknown-key,file=assetbuild.toml,line=1,col=2,endColumn=7"
        '::unknown key "asets"%0Ahint: did you mean "assets"?\n'
    )


def test_what_the_machine_refuses_is_no_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "app").mkdir()
    argv = ["slug", "build", "--app", str(tmp_path / "app"), "--out", str(tmp_path / "taken/out")]
    assert main(argv) == 1
    told = capsys.readouterr().err
    assert "system/refused: the system refused to go on at" in told
    assert "hint: a file stands where a folder is needed" in told


def test_bug_writes_a_report_and_exits_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def burst(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("https://user:secret@host/")

    monkeypatch.setattr(group, "main", burst)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert main(["config"]) == ExitCode.BUG
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1 and "secret" not in err
    (report,) = tmp_path.glob("assetbuild-report-*.txt")
    assert "ZeroDivisionError" in report.read_text() and "secret" not in report.read_text()


def test_an_interrupt_that_nobody_can_be_told_leaves_no_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_args: object, **_options: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")  # noqa: B904 - as click does

    monkeypatch.setattr(group, "main", interrupt)
    assert main(["config"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(group, "main", interrupt)
    assert main(["config"]) == ExitCode.INTERRUPTED
