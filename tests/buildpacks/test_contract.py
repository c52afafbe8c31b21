"""Every numbered rule of the buildpack contract, with a pack of our own that breaks without it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from assetbuild.buildpacks.chain import Outcome
from assetbuild.buildpacks.environment import read_config_vars
from assetbuild.buildpacks.exports import parse_env0, render_export
from assetbuild.buildpacks.hints import find_missing_home
from assetbuild.buildpacks.sandbox import open_sandbox
from tests.support.chain import Site
from tests.support.disks import run_with_disk
from tests.support.processes import is_alive
from tests.support.tree import write_tree


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def seen_environ(site: Site) -> dict[str, str]:
    return parse_env0((site.app / "seen" / "environ").read_bytes())


def test_rule_1_scripts_run_in_the_packs_own_root(site: Site) -> None:
    assert site.run("relative_paths").failed is None
    assert (site.app / "greeting.txt").read_text() == "hello\n"


def test_rule_2_release_reads_what_compile_wrote_beside_it(site: Site) -> None:
    result = site.run_one("writes_its_export")
    assert result.release is not None
    assert result.release.process_types == {"web": "serve from compile"}


def test_rule_3_scripts_without_the_executable_bit_run(site: Site) -> None:
    pack = site.pack("no_exec_bit")
    assert not os.access(pack.root / "bin" / "compile", os.X_OK)
    assert site.run(pack).failed is None
    assert (site.app / "ran.txt").exists()


def test_rule_4_the_cache_is_made_and_git_dir_is_not_passed(tmp_path: Path) -> None:
    site = Site(tmp_path, host={"GIT_DIR": "/somewhere/.git"})
    assert not site.cache.exists()
    assert site.run("records_environment").failed is None
    assert "GIT_DIR" not in seen_environ(site)
    assert seen_environ(site)["STACK"] == "heroku-24"


def test_rule_5_a_pack_that_empties_the_folder_does_not_stop_the_chain(site: Site) -> None:
    write_tree(site.app, {".buildpacks": "one\ntwo\n", "src/a.txt": "a"})
    state = site.run("empties_build_dir", "relative_paths")
    assert [one.outcome for one in state.results] == [Outcome.APPLIED, Outcome.APPLIED]
    assert sorted(path.name for path in site.app.iterdir()) == ["Procfile", "greeting.txt"]
    assert state.results[0].changes.deleted == (".buildpacks", "src/a.txt")


def test_rule_6_the_environment_is_the_platforms_and_config_vars_are_files(tmp_path: Path) -> None:
    site = Site(
        tmp_path,
        config_vars={"TOKEN": "a\nb", "EMPTY": ""},
        host={"TOKEN": "x", "SECRET": "y", "https_proxy": "http://proxy:3128", "PIP_CERT": "/c"},
    )
    site.run("records_environment")
    names = set(seen_environ(site)) - {"_", "SHLVL", "PWD", "OLDPWD"}
    assert names == {
        *("DYNO", "HOME", "LANG", "PATH", "REQUEST_ID", "SOURCE_VERSION", "STACK"),
        *("BUILDPACK_LOG_FILE", "https_proxy", "PIP_CERT"),
    }
    assert seen_environ(site)["PATH"] == "/usr/local/bin:/usr/bin:/bin"
    assert seen_environ(site)["LANG"] == "en_US.UTF-8"
    assert (site.app / "seen/config/TOKEN").read_bytes() == b"a\nb"
    assert (site.app / "seen/config/EMPTY").read_bytes() == b""
    assert (site.work / "packs.log").read_text() == "size=1\n"


def can_isolate(tmp_path: Path) -> bool:
    probe = tmp_path / "probe"
    probe.mkdir()
    return open_sandbox(tmp=probe, build_dir=probe, home="/app", visible=[tmp_path]) is not None


def test_rule_7_home_is_the_folder_that_is_built_where_there_is_no_app(site: Site) -> None:
    site.run("records_environment")
    assert seen_environ(site)["HOME"] == str(site.app)


def test_rule_7_a_pack_that_needs_app_is_named(site: Site, tmp_path: Path) -> None:
    needy, free = site.pack("needs_app_folder"), site.pack("does_nothing")
    nowhere = tmp_path / "no-such-home"
    assert "/app" in str(find_missing_home(needy, site.place, home=nowhere))
    assert find_missing_home(needy, site.place, home=tmp_path) is None
    assert find_missing_home(free, site.place, home=nowhere) is None


def test_rule_7_and_13_a_sandbox_has_its_own_home_and_tmp(site: Site) -> None:
    site.isolate()
    assert site.run("records_environment", "fixed_name_in_tmp").failed is None
    assert (site.app / "seen/arguments").read_text().splitlines()[0] == "/mnt"
    assert (site.app / "seen/cwd").read_text().startswith(str(site.root / "packs"))


def test_rule_8_names_that_break_programs_never_reach_one(tmp_path: Path) -> None:
    denied = [
        "PATH",
        "GIT_DIR",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "PYTHONHOME",
        "PYTHONPATH",
        "IFS",
        "LANG",
        "HOME",
    ]
    unsayable = ["a-b", "1X", "x y", ".hidden"]
    folder = write_tree(
        tmp_path / "env", {**dict.fromkeys((*denied, *unsayable), "bad"), "GOOD": "1"}
    )
    site = Site(tmp_path, config_vars=read_config_vars(folder))
    site.run("records_environment")
    assert [path.name for path in (site.app / "seen/config").iterdir()] == ["GOOD"]


def test_rule_9_exports_reach_later_packs_with_unsets_and_newlines(site: Site) -> None:
    state = site.run("exports_odd_values", "records_environment")
    seen = seen_environ(site)
    assert seen["MULTI_LINE"] == 'first\nsecond = "quoted"\n'
    assert seen["PATH"] == f"{site.app}/.odd/bin:/usr/local/bin:/usr/bin:/bin"
    assert "REQUEST_ID" not in seen
    assert "NEVER" not in seen
    assert state.results[0].env.unset == {"REQUEST_ID"}
    assert set(state.results[0].env.set) == {"MULTI_LINE", "PATH"}


def test_rule_9_our_own_process_keeps_its_environment(site: Site) -> None:
    before = dict(os.environ)
    state = site.run("export_kills_pythons", "does_nothing")
    assert state.failed is None
    assert state.env.set["PYTHONHOME"] == "/no/such/python"
    assert dict(os.environ) == before


def test_rule_9_our_own_export_gives_the_same_to_a_pack_after_us(site: Site) -> None:
    patch = site.run_one("exports_odd_values").env
    file = site.root / "export"
    file.write_text(render_export(patch))
    script = f'source "{file}"; env -0'
    environ = {**site.place.base_env}
    printed = subprocess.run(
        ["/bin/bash", "-c", script], env=environ, capture_output=True, check=True
    ).stdout
    after = parse_env0(printed)
    assert after["MULTI_LINE"] == patch.set["MULTI_LINE"]
    assert "REQUEST_ID" not in after


def test_rule_10_two_packs_writing_one_profile_file_is_told(site: Site) -> None:
    state = site.run("writes_concurrency_one", "writes_concurrency_two")
    assert state.failed is None
    assert state.results[1].overwritten == (
        (".profile.d/WEB_CONCURRENCY.sh", "writes concurrency one"),
    )
    assert (
        (site.app / ".profile.d/WEB_CONCURRENCY.sh")
        .read_text()
        .startswith("export WEB_CONCURRENCY=2")
    )
    assert (
        "writes concurrency two wrote over .profile.d/WEB_CONCURRENCY.sh of writes concurrency one"
        in site.log.lines
    )


def test_rule_11_a_pack_without_release_does_not_count_an_empty_one_does(site: Site) -> None:
    state = site.run("releases_web", "releases_nothing", "does_nothing")
    assert [one.release is not None for one in state.results] == [True, True, False]
    assert state.results[0].release is not None
    assert state.results[0].release.config_vars == {"MODE": "yes"}


def test_rule_12_a_daemon_is_ended_and_named(site: Site) -> None:
    result = site.run_one("leaves_a_daemon")
    assert result.outcome is Outcome.APPLIED
    assert result.strays != ()
    assert not is_alive(int((site.app / "daemon.pid").read_text()))


def test_rule_14_each_pack_has_a_cache_of_its_own(site: Site) -> None:
    site.run("keeps_a_cache", "keeps_a_cache")
    assert site.log.lines.count("cache held: ") == 1  # the same URL: one cache
    first = site.pack("keeps_a_cache")
    again = Site(site.root)
    again.run(first)
    assert "mine-0-keeps_a_cache" in again.log.text
    assert again.run_one("records_environment").cache_growth == 0
    assert (site.app / "seen/cache-before").read_text() == ""


def test_rule_14_a_shared_cache_is_one_folder(site: Site) -> None:
    shared = [site.pack(name, cache="shared") for name in ("keeps_a_cache", "records_environment")]
    site.run(*shared)
    assert (site.app / "seen/cache-before").read_text() == "mine-0-keeps_a_cache\n"


def test_rule_14_a_cache_survives_a_new_revision_and_goes_with_its_pack(site: Site) -> None:
    site.run("keeps_a_cache")
    kept = [path.name for path in (site.cache / "packs").iterdir()]
    assert len(kept) == 1
    site.run(site.pack("keeps_a_cache", commit="f" * 40))
    assert "mine-0-keeps_a_cache" in site.log.lines[-1]
    assert [path.name for path in (site.cache / "packs").iterdir()] == kept
    site.run("does_nothing")
    names = [path.name for path in (site.cache / "packs").iterdir()]
    assert kept[0] not in names


def test_sandboxes_do_not_share_tmp(tmp_path: Path) -> None:
    if not can_isolate(tmp_path):
        pytest.skip("no mount namespaces here")
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / "tmp").mkdir(parents=True)
        sandbox = open_sandbox(tmp=folder / "tmp", build_dir=folder, home="/no", visible=[tmp_path])
        assert sandbox is not None
        # what the first leaves there is not in the way of the second
        argv = sandbox.wrap(("/bin/mkdir", "/tmp/fixed-name-of-a-pack"), cwd="/")
        assert subprocess.run(argv, check=False).returncode == 0
        assert (folder / "tmp/fixed-name-of-a-pack").is_dir()
    assert not Path("/tmp/fixed-name-of-a-pack").exists()


MOUNTED_CACHE = """
import subprocess, sys
from pathlib import Path
from assetbuild.buildpacks.sandbox import open_sandbox
root = Path(sys.argv[1])
sandbox = open_sandbox(tmp=root / "tmp", build_dir=root / "app", home="/no", visible=[root])
script = f"echo seen > {root}/disk/file"
sys.exit(subprocess.run(sandbox.wrap(("/bin/sh", "-c", script), cwd="/")).returncode
         or not (root / "disk/file").is_file())
"""


def test_a_disk_that_is_mounted_below_a_visible_folder_is_seen_in_a_sandbox(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not can_isolate(tmp_path):
        pytest.skip("no mount namespaces here")
    for name in ("app", "disk", "tmp"):
        (tmp_path / name).mkdir()
    done = run_with_disk(tmp_path / "disk", "size=1m", MOUNTED_CACHE, str(tmp_path))
    assert done.returncode == 0, done.stderr
