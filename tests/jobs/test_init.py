from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.config.load import load_config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.init import SITE, write_config
from tests.support.tree import read_tree, write_tree


def test_empty_folder_gets_a_configuration_that_loads(tmp_path: Path) -> None:
    path, found = write_config(tmp_path)
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
    _, found = write_config(tmp_path)
    config = load_config(tmp_path)
    assert found.framework == "Django"
    assert config.assets.roots == ("static", "shop/static")
    assert config.assets.url == "/static/"
    assert config.manifest.formats == ("django",)


def test_existing_configuration_is_kept(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assetbuild.toml": "# mine\n"})
    with pytest.raises(AssetbuildError) as caught:
        write_config(tmp_path)
    assert caught.value.diagnostics[0].code == "init/exists"
    assert read_tree(tmp_path) == {"assetbuild.toml": b"# mine\n"}
    write_config(tmp_path, is_forced=True)
    assert load_config(tmp_path).assets.roots == ("assets",)


def test_table_in_pyproject_is_never_doubled(tmp_path: Path) -> None:
    write_tree(tmp_path, {"pyproject.toml": "[tool.assetbuild.assets]\n"})
    with pytest.raises(AssetbuildError):
        write_config(tmp_path, is_forced=True)
    assert read_tree(tmp_path).keys() == {"pyproject.toml"}


def test_written_text_is_the_same_each_time(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.css": ""})
    first = write_config(tmp_path)[0].read_bytes()
    assert write_config(tmp_path, is_forced=True)[0].read_bytes() == first


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
    assert write_config(tmp_path)[1].framework == "Flask"
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
    assert write_config(tmp_path)[1].roots == roots


def test_flask_without_requirements_is_seen_and_its_usual_folder_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"app.py": "from flask import Flask\n"})
    assert write_config(tmp_path)[1].framework == "Flask"
    assert load_config(tmp_path).assets.roots == ("static",)


@pytest.mark.parametrize(("folder", "root"), [("", "site"), ("www/", "www")])
def test_pages_keep_their_names_at_the_root(tmp_path: Path, folder: str, root: str) -> None:
    write_tree(tmp_path, {f"{folder}index.html": ""})
    assert write_config(tmp_path)[1].framework == SITE
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
    write_config(tmp_path)
    assert load_config(tmp_path).manifest.formats == (form,)
