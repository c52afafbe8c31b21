"""Habits of real packs (docs/explanation/packs.md), each with a pack of our own that has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.chain import Log, Site
from tests.support.memory import bounded_memory
from tests.support.tree import write_tree


@dataclass
class CountingLog(Log):
    """A reporter that keeps no output."""

    count: int = 0

    def output(self, line: str) -> None:
        self.count += 1


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_pack_may_remove_the_folder_itself_when_it_makes_it_again(site: Site) -> None:
    write_tree(site.app, {"service/app.py": "1", "other/big": "2"})
    state = site.run("remakes_build_dir", "relative_paths")
    assert state.failed is None, site.log.text
    assert sorted(path.name for path in site.app.iterdir()) == ["app.py", "greeting.txt"]
    assert state.results[0].changes.deleted == ("other/big", "service/app.py")
    assert state.results[0].cache_growth > 0


def test_in_a_sandbox_such_a_pack_is_told_why_it_cannot(site: Site) -> None:
    write_tree(site.app, {"service/app.py": "1"})
    site.isolate()
    failure = site.run_one("remakes_build_dir").failure
    assert failure is not None
    assert "--no-isolate" in (failure.hint or "")


def test_what_bash_prints_of_its_variables_is_an_export(site: Site) -> None:
    state = site.run("exports_by_declare", "records_environment")
    assert state.failed is None
    assert state.env.set["PATH"].startswith(f"{site.app}/.apt/usr/bin:")
    assert state.env.set["LD_LIBRARY_PATH"] == f"{site.app}/.apt/usr/lib:"
    assert state.env.set["INCLUDE_PATH"] == f"{site.app}/.apt/include dir"


def test_a_pack_that_clears_its_cache_leaves_those_of_others(site: Site) -> None:
    site.run("keeps_a_cache", "clears_its_cache")
    kept = sorted(path.name for path in site.cache.glob("packs/*/*"))
    assert kept == ["go1", "mine-0-keeps_a_cache"]


def test_standard_input_is_empty_and_does_not_wait(site: Site) -> None:
    assert site.run("reads_stdin").failed is None
    assert (site.app / "stdin").read_bytes() == b""


def test_config_vars_become_variables_of_a_pack_that_exports_them(tmp_path: Path) -> None:
    site = Site(tmp_path, config_vars={"NPM_TOKEN": "a b\nc", "EMPTY": ""})
    write_tree(site.app, {"program": '#!/bin/sh\necho "token: $NPM_TOKEN"\n'})
    (site.app / "program").chmod(0o755)
    assert site.run("sources_env_dir").failed is None, site.log.text
    assert "       token: a b" in site.log.lines


def test_a_failure_that_a_pack_hides_in_a_pipe_is_its_own_affair(tmp_path: Path) -> None:
    site = Site(tmp_path)
    failure = site.run_one("sources_env_dir").failure
    # without pipefail sed's 0 counts, as in bash: the pack's own choice is respected
    assert failure is None
    assert any("program" in line for line in site.log.lines)


def test_a_procfile_is_joined_from_config_vars(tmp_path: Path) -> None:
    site = Site(tmp_path, config_vars={"PROCFILE": "api/Procfile", "PROCFILE_APPEND": "extra"})
    write_tree(site.app, {"api/Procfile": "web: api\n", "extra": "worker: work\n"})
    assert site.run("joins_procfiles").failed is None
    assert (site.app / "Procfile").read_text() == "web: api\n\n# from extra\nworker: work\n"


def test_what_a_pack_installed_is_found_by_the_next_and_at_boot(site: Site) -> None:
    state = site.run("links_itself_into_home", "runs_the_tool")
    assert state.failed is None, site.log.text
    assert (site.app / "said").read_text() == f"tool of {site.app}/.heroku/tool/bin/tool\n"
    assert state.env.set["TOOLHOME"] == f"{site.app}/.heroku/tool"


def test_the_same_in_a_sandbox_where_home_is_the_folder(site: Site) -> None:
    site.isolate(base_env={**site.place.base_env, "HOME": "/mnt"})
    state = site.run("links_itself_into_home", "runs_the_tool")
    assert state.failed is None, site.log.text
    assert (site.app / "said").read_text() == "tool of /mnt/.heroku/tool/bin/tool\n"


@pytest.mark.parametrize(
    ("how", "lines"),
    [
        ("head -c 50000000 /dev/zero", 1),
        (f"yes {'x' * 1000} | head -n 10000", 10_000),
    ],
)
def test_endless_output_stays_small_in_memory(site: Site, how: str, lines: int) -> None:
    pack = site.pack("does_nothing")
    (pack.root / "bin/compile").write_text(f"#!/bin/bash\n{how}\n")
    site.log = log = CountingLog()
    with bounded_memory(6_000_000):
        assert site.run(pack).failed is None
    assert log.count == lines


def test_a_report_runs_without_what_its_own_pack_exported(site: Site) -> None:
    pack = site.pack("does_nothing")
    (pack.root / "export").write_text("export LEAKED=1\n")
    (pack.root / "bin/report").write_text('#!/bin/sh\necho "leaked: ${LEAKED-no}"\n')
    state = site.run(pack, "records_environment")
    assert state.results[0].report == {"leaked": "no"}
    assert b"LEAKED=1" in (site.app / "seen/environ").read_bytes()
