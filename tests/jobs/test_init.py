from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from assetbuild.config.load import load_config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.init import write_config
from assetbuild.jobs.survey import SITE
from tests.support.tree import read_tree, write_tree

ENV = {"PATH": os.environ["PATH"]}


def test_empty_folder_gets_a_configuration_that_loads(tmp_path: Path) -> None:
    path, found = write_config(tmp_path, ENV)
    assert found.roots == () and found.framework is None
    assert load_config(tmp_path).assets.roots == ("assets",)
    assert read_tree(tmp_path).keys() == {path.name}


def test_django_project_gets_its_roots_url_and_manifest(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "manage.py": "",
            "static/base.css": "",
            "shop/apps.py": "",
            "shop/static/shop/a.css": "",
        },
    )
    _, found = write_config(tmp_path, ENV)
    config = load_config(tmp_path)
    assert found.framework == "Django"
    assert config.assets.roots == ("static", "shop/static")
    assert config.assets.url == "/static/"
    assert config.manifest.formats == ("django",)


def test_existing_configuration_is_kept(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assetbuild.toml": "# mine\n"})
    with pytest.raises(AssetbuildError) as caught:
        write_config(tmp_path, ENV)
    assert caught.value.diagnostics[0].code == "init/exists"
    assert read_tree(tmp_path) == {"assetbuild.toml": b"# mine\n"}
    write_config(tmp_path, ENV, is_forced=True)
    assert load_config(tmp_path).assets.roots == ("assets",)


def test_table_in_pyproject_is_never_doubled(tmp_path: Path) -> None:
    write_tree(tmp_path, {"pyproject.toml": "[tool.assetbuild.assets]\n"})
    with pytest.raises(AssetbuildError):
        write_config(tmp_path, ENV, is_forced=True)
    assert read_tree(tmp_path).keys() == {"pyproject.toml"}


def test_written_text_is_the_same_each_time(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.css": ""})
    first = write_config(tmp_path, ENV)[0].read_bytes()
    assert write_config(tmp_path, ENV, is_forced=True)[0].read_bytes() == first


def test_flask_package_gets_its_static_folder(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "requirements.txt": "Flask\n",
            "shop/__init__.py": "",
            "shop/static/a.css": "",
            "tests/static/a.css": "",
        },
    )
    assert write_config(tmp_path, ENV)[1].framework == "Flask"
    config = load_config(tmp_path)
    assert config.assets.roots == ("shop/static",)
    assert config.assets.url == "/static/"


def test_flask_gets_the_static_folders_of_its_blueprints(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "app.py": 'from flask import Flask\napp = Flask(__name__, static_folder="web")\n',
            "web/a.css": "",
            "static/a.css": "",
            "admin/views.py": 'bp = flask.Blueprint("admin", __name__, static_folder="files")\n',
            "admin/files/b.css": "",
            "admin/log/__init__.py": 'bp = Blueprint("log", __name__, "../../shared/static")\n',
            "shared/static/c.css": "",
            "other.py": 'a = Blueprint("a", __name__); b = Blueprint("b", __name__, static_folder=X)\n',
            "gone.py": 'a = Blueprint("a", __name__, static_folder="gone")\n',
            "broken.py": "Flask(\n",
            "out.py": 'a = Blueprint("a", __name__, static_folder="../..")\n',
            "venv/pyvenv.cfg": "",
            "venv/x.py": 'a = Blueprint("a", __name__, static_folder="static")\n',
            "venv/static/x.css": "",
        },
    )
    roots = ("static", "web", "admin/files", "shared/static")
    assert write_config(tmp_path, ENV)[1].roots == roots


@pytest.mark.parametrize(
    ("written", "roots", "left_out"),
    [
        ('STATIC_ROOT = BASE_DIR / "staticfiles"', ("static", "shop/static", "staticfiles"), ()),
        # also where it has a name that is usual for sources
        ('STATIC_ROOT = os.path.join(BASE_DIR, "static/")', ("shop/static", "static"), ()),
        ('STATIC_ROOT = "/var/www/static"', ("static", "shop/static"), ()),
        ("", ("static", "shop/static"), ()),
    ],
)
def test_django_collects_into_the_last_root(
    tmp_path: Path, written: str, roots: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    write_tree(
        tmp_path,
        {
            "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conf.settings")',
            "conf/settings.py": written,
            "shop/apps.py": "",
            "shop/static/a.css": "",
            "static/b.css": "",
            ".gitignore": f"/{roots[-1]}/\n" if "BASE_DIR" in written else "",
        },
    )
    start_git(tmp_path)
    _, found = write_config(tmp_path, ENV)
    assert (found.roots, found.left_out) == (roots, left_out)


def test_what_git_ignores_is_no_source(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            ".gitignore": "/assets/\n*.css\n/.assetbuild/\n",
            "assets/made.js": "",
            "static/css/a.scss": "",
            "static/css/a.css": "",
            "static/css/alone.css": "",
            "static/js/b.ts": "",
            "static/js/b.js": "",
        },
    )
    start_git(tmp_path)
    _, found = write_config(tmp_path, ENV)
    assert (found.roots, found.left_out) == (("static",), ("assets",))
    assert found.unignored == ("public/assets/",)
    # alone.css has no source; b.js is committed, so its author has to say
    assert load_config(tmp_path).assets.exclude == ("css/a.css",)


def test_sources_of_apps_in_folders_are_found(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "apps/web/app.py": "from flask import Flask\napp = Flask(__name__)\n",
            "apps/web/static/a.css": "",
            "apps/admin/assets/b.css": "",
            "apps/admin/assets/static/c.css": "",
            "node_modules/x/assets/d.css": "",
            ".cache/x/assets/d.css": "",
            "very/far/down/here/assets/e.css": "",
        },
    )
    _, found = write_config(tmp_path, ENV)
    assert found.apps == ("apps/admin", "apps/web")
    assert found.roots == ("apps/admin/assets", "apps/web/static")
    assert found.framework is None


def test_a_single_app_in_a_folder_is_what_it_is(tmp_path: Path) -> None:
    files = ("backend/manage.py", "backend/shop/static/a.css", "backend/shop/apps.py")
    write_tree(tmp_path, dict.fromkeys(files, ""))
    _, found = write_config(tmp_path, ENV)
    assert (found.framework, found.roots) == ("Django", ("backend/shop/static",))
    assert found.apps == ("backend",)
    assert load_config(tmp_path).assets.url == "/static/"


PAGES = ("**/*.html", "favicon.ico", "robots.txt", "**/*.xml")


@pytest.mark.parametrize(
    ("marker", "root", "unhashed", "globs"),
    [
        ("hugo.toml", "public", PAGES, []),
        ("_config.yml", "_site", PAGES, []),
        ("eleventy.config.js", "_site", PAGES, []),
        ("vite.config.ts", "dist", ("**",), ["assets/**"]),
        ("astro.config.mjs", "dist", ("**",), ["_astro/**"]),
    ],
)
def test_what_a_generator_writes_is_the_source(
    tmp_path: Path, marker: str, root: str, unhashed: tuple[str, ...], globs: list[str]
) -> None:
    # its own sources lie in folders with usual names
    own = {marker: "", "assets/a.scss": "", "static/b.css": ""}
    write_tree(tmp_path, {**own, ".gitignore": f"/{root}/\n"})
    start_git(tmp_path)
    _, found = write_config(tmp_path, ENV)
    config = load_config(tmp_path)
    assert found.framework == SITE and config.assets.roots == (root,)
    assert (config.assets.output, config.assets.url) == ("built", "/")
    assert config.assets.unhashed == unhashed
    assert [one.glob for one in config.rule] == globs


def test_many_roots_are_written_a_line_each(tmp_path: Path) -> None:
    kinds = ("fonts", "images", "javascripts", "stylesheets", "videos")
    files = [f"app/assets/{one}/a.css" for one in kinds]
    write_tree(tmp_path, {"config/application.rb": "", **dict.fromkeys(files, "")})
    path, found = write_config(tmp_path, ENV)
    roots = tuple(f"app/assets/{one}" for one in kinds)
    assert load_config(tmp_path).assets.roots == found.roots == roots
    assert all(len(one) <= 80 for one in path.read_text().splitlines())


def start_git(folder: Path) -> None:
    """Make a checkout of a folder: git tells what it ignores."""
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True, env=ENV)


def test_flask_without_requirements_is_seen_and_its_usual_folder_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"app.py": "from flask import Flask\n"})
    assert write_config(tmp_path, ENV)[1].framework == "Flask"
    assert load_config(tmp_path).assets.roots == ("static",)


@pytest.mark.parametrize(("folder", "root"), [("", "site"), ("www/", "www")])
def test_pages_keep_their_names_at_the_root(tmp_path: Path, folder: str, root: str) -> None:
    write_tree(tmp_path, {f"{folder}index.html": ""})
    assert write_config(tmp_path, ENV)[1].framework == SITE
    assets = load_config(tmp_path).assets
    assert (assets.roots, assets.output, assets.url) == ((root,), "dist", "/")
    assert assets.unhashed == ("**/*.html", "favicon.ico", "robots.txt")


@pytest.mark.parametrize(
    ("gems", "form"), [("gem 'rails'\n", "propshaft"), ("gem 'sprockets-rails'\n", "sprockets")]
)
def test_rails_gets_the_manifest_that_its_gems_read(tmp_path: Path, gems: str, form: str) -> None:
    write_tree(
        tmp_path,
        {"config/application.rb": "", "Gemfile": gems, "app/assets/stylesheets/a.css": ""},
    )
    write_config(tmp_path, ENV)
    assert load_config(tmp_path).manifest.formats == (form,)
