"""Links between our own pages lead to pages that are there; the changelog knows this version."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from assetbuild import __version__
from assetbuild.config.load import load_config
from assetbuild.doctor.django import StaticFiles, check_django, read_settings
from assetbuild.jobs.init import write_config
from tests.support.reference import ROOT
from tests.support.tree import write_tree
from tests.test_architecture import CONCERNS

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
        if "://" in target or target.startswith("#"):
            continue
        path = page.parent / target.partition("#")[0]
        assert path.exists(), f"{page.name}: {target}"


def test_the_changelog_has_a_section_for_this_version() -> None:
    assert f"\n## {__version__}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_django_page_writes_what_the_doctor_asks_for(tmp_path: Path) -> None:
    text = (ROOT / "docs/how-to/django.md").read_text(encoding="utf-8")
    blocks = {
        language: textwrap.dedent(body)
        for language, body in re.findall(r" *```(python|toml)\n(.*?)```", text, flags=re.DOTALL)
    }
    write_tree(tmp_path, {"assetbuild.toml": blocks["toml"]})
    config = load_config(tmp_path)
    settings = read_settings(blocks["python"])
    assert settings is not None and settings.static_root == config.assets.roots[-1]
    assert settings.has_default_storage and settings.apps and settings.middleware
    files = StaticFiles(roots=config.assets.roots)
    found = check_django(settings, file="settings.py", prefix=config.assets.url, files=files)
    assert found.findings == ()


def test_static_site_page_shows_what_init_writes(tmp_path: Path) -> None:
    text = (ROOT / "docs/how-to/static-site.md").read_text(encoding="utf-8")
    blocks = re.findall(r" *```toml\n(.*?)```", text, flags=re.DOTALL)
    for block, file in zip(blocks, ("site/index.html", "vite.config.js"), strict=True):
        written, shown = tmp_path / file.replace("/", "-"), tmp_path / f"shown-{file[:4]}"
        write_tree(written, {file: ""})
        write_tree(shown, {"assetbuild.toml": textwrap.dedent(block)})
        write_config(written, {})
        found, expected = load_config(written), load_config(shown)
        assert (found.assets, found.rule) == (expected.assets, expected.rule)


def test_the_picture_of_the_layers_shows_every_concern() -> None:
    drawn = (ROOT / "docs/explanation/layers.svg").read_text(encoding="utf-8")
    for room in CONCERNS:
        assert f">{room}</text>" in drawn
