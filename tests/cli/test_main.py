from __future__ import annotations

import json
from pathlib import Path

import pytest

from assetbuild.cli.main import COMMANDS, group, main
from assetbuild.diagnostics import ExitCode


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == ExitCode.DONE
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)
    assert all(len(line) <= 80 for line in out.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == ExitCode.DONE
    out = capsys.readouterr().out
    assert f"assetbuild {name}" in out
    assert all(len(line) <= 80 for line in out.splitlines()), out


def test_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compil"]) == ExitCode.USAGE
    assert "compil" in capsys.readouterr().err


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


def test_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(group, "main", interrupt)
    assert main(["config"]) == ExitCode.INTERRUPTED
