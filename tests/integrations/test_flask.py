from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, render_template_string, url_for

from assetbuild.assets.languages.names import name_output
from assetbuild.assets.languages.registry import LANGUAGES
from assetbuild.diagnostics import AssetbuildError
from assetbuild.integrations.flask import Assetbuild, find_project
from assetbuild.integrations.opening import find_dev
from assetbuild.integrations.static_folders import COMPILED_FROM
from assetbuild.paths import parse_logical
from assetbuild.serve.assets import Assets
from tests.serve.site import write_site
from tests.support.tree import write_tree


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    write_tree(
        tmp_path, {"assetbuild.toml": '[assets]\nurl = "/static/"\n[serve]\nhosts = ["static."]\n'}
    )
    write_site(tmp_path / "public/assets", {"css/app.css": b"a{}", "js/app.js": b"1"})
    made = Flask("shop", root_path=str(tmp_path))
    Assetbuild(made)

    @made.get("/")
    def page() -> str:
        return render_template_string(
            '{{ url_for("static", filename="css/app.css") }} {{ asset_url("js/app.js") }}'
            ' {{ asset("js/app.js", integrity=true) }} {{ importmap() }}'
        )

    return made


def test_templates_and_views_name_hashed_urls(app: Flask) -> None:
    assets = app.extensions["assetbuild"]
    assert isinstance(assets, Assets)
    text = app.test_client().get("/").text
    assert text.startswith(f"{assets.url('css/app.css')} {assets.url('js/app.js')} <script src=")
    assert "&lt;" not in text
    with app.test_request_context():
        assert url_for("static", filename="css/app.css") == assets.url("css/app.css")
        assert url_for("static", filename="no-asset.txt") == "/static/no-asset.txt"
        assert url_for("page") == "/"


def test_app_serves_the_assets(app: Flask) -> None:
    client = app.test_client()
    url = app.extensions["assetbuild"].url("css/app.css")
    answer = client.get(url)
    assert (answer.status_code, answer.data) == (200, b"a{}")
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/static/css/app.000000000000.css").headers["Cache-Control"] == "no-store"
    assert client.get("/", headers={"Host": "static.example.com"}).status_code == 404
    assert client.get("/missing").status_code == 404


def test_project_is_the_folder_with_the_configuration(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assetbuild.toml": "", "src/shop/app.py": ""})
    assert find_project(tmp_path / "src/shop") == tmp_path


def test_an_app_may_be_told_late_that_it_is_developed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSETBUILD_CACHE_DIR", str(tmp_path / "cache"))
    write_tree(tmp_path, {"assetbuild.toml": "", "static/app.css": "a{b:c}"})
    app = Flask("shop", root_path=str(tmp_path))
    Assetbuild(app)

    @app.get("/")
    def page() -> str:
        return render_template_string('<link href="{{ asset_url("app.css") }}">')

    app.debug = True  # as app.run(debug=True) does
    text = app.test_client().get("/", headers={"Host": "localhost"}).text
    dev = find_dev(app.extensions["assetbuild"])
    assert dev is not None
    with contextlib.closing(dev):
        assert text.startswith('<link href="/assets/app.')
        assert "/__assetbuild/reload.js" in text


def test_an_app_under_test_needs_no_build(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "public/assets/manifest.json").unlink()
    with pytest.raises(AssetbuildError, match="build first: assetbuild compile"):
        app.test_client().get("/")
    # said after the extension was made, as tests do
    app.testing = True
    answer = app.test_client().get("/")
    plain = '/static/css/app.css /static/js/app.js <script src="/static/js/app.js"></script>'
    assert (answer.status_code, answer.text[: len(plain)]) == (200, plain)


def make_blog(folder: Path, files: dict[str, str], *, config: str = "") -> Flask:
    """Return an app with the blueprints "admin" and "admin.log", with static folders of their own."""
    roots = '[assets]\nurl = "/static/"\nroots = ["static", "admin/static", "log"]\n'
    write_tree(folder, {"assetbuild.toml": config or roots, **files})
    built = {"app.css": b"1", "admin.css": b"2", "deep/x.js": b"3", "log.css": b"4"}
    write_site(folder / "public/assets", built)
    app = Flask("blog", root_path=str(folder))
    Assetbuild(app)
    admin = Blueprint("admin", "blog", static_folder=folder / "admin/static", url_prefix="/admin")
    log = Blueprint("log", "blog", static_folder=folder / "log/inner/..", url_prefix="/log")
    other = Blueprint("other", "blog", static_folder=folder / "other", url_prefix="/other")

    def show(endpoint: str, name: str) -> str:
        return url_for(endpoint, filename=name)

    for one in (app, admin, log):
        one.add_url_rule("/show/<endpoint>/<path:name>", "show", show)
    admin.register_blueprint(log)
    app.register_blueprint(admin)
    app.register_blueprint(other)
    return app


@pytest.mark.parametrize(
    ("page", "endpoint", "name", "logical"),
    [
        ("", "admin.static", "admin.css", "admin.css"),
        ("", "admin.static", "deep/x.js", "deep/x.js"),
        ("", "admin.log.static", "log.css", "log.css"),
        ("/admin", ".static", "admin.css", "admin.css"),
        ("/admin/log", ".static", "log.css", "log.css"),
        ("", ".static", "app.css", "app.css"),
        # Flask's own answer: no asset, a file of an earlier root, no source root
        ("", "admin.static", "raw.txt", None),
        ("", "admin.static", "app.css", None),
        ("", "other.static", "admin.css", None),
    ],
)
def test_blueprints_have_hashed_urls(
    tmp_path: Path, page: str, endpoint: str, name: str, logical: str | None
) -> None:
    app = make_blog(
        tmp_path, {"static/app.scss": "", "admin/static/app.css": "", "log/inner/x": ""}
    )
    assets = app.extensions["assetbuild"]
    place = {"other.static": "/other/other", "admin.static": "/admin/static"}.get(endpoint, "")
    text = app.test_client().get(f"{page}/show/{endpoint}/{name}").text
    assert text == (assets.url(logical) if logical else f"{place}/{name}")


def test_root_above_a_static_folder_names_its_files_by_both(tmp_path: Path) -> None:
    app = make_blog(tmp_path, {}, config='[assets]\nroots = ["admin"]\n')
    write_site(tmp_path / "public/assets", {"static/admin.css": b"x"})
    with app.test_request_context():
        url = app.extensions["assetbuild"].url("static/admin.css")
        assert url_for("admin.static", filename="admin.css") == url


def test_what_else_a_url_was_asked_with_is_kept(app: Flask, tmp_path: Path) -> None:
    url = app.extensions["assetbuild"].url("css/app.css")
    more: dict[str, Any] = {"_external": True, "_anchor": "a", "v": "1"}
    with app.test_request_context(base_url="https://shop.example"):
        found = url_for("static", filename="css/app.css", **more)
    assert found == f"https://shop.example{url}?v=1#a"
    app.config["SERVER_NAME"] = "shop.example"
    with app.app_context():
        assert url_for("static", filename="css/app.css") == f"http://shop.example{url}"


def test_app_that_is_mounted_below_a_path_names_its_assets_there(app: Flask) -> None:
    client = app.test_client()
    text = client.get("/", environ_overrides={"SCRIPT_NAME": "/shop"}).text
    urls = re.findall(r"[^ \"=]*/static/[^ \"]*", text)
    assert len(urls) >= 3 and all(one.startswith("/shop/static/") for one in urls)
    assert not client.get("/").text.startswith("/shop")
    # as a dispatcher hands it over
    path = urls[0].removeprefix("/shop")
    assert client.get(path, environ_overrides={"SCRIPT_NAME": "/shop"}).status_code == 200


def test_blueprint_that_is_no_source_is_told_once_in_development(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSETBUILD_CACHE_DIR", str(tmp_path / "cache"))
    write_tree(
        tmp_path, {"shop/static/app.css": "a{b:c}", "shop/__init__.py": "", "admin/x.css": ""}
    )
    app = Flask("shop", root_path=str(tmp_path / "shop"))
    app.config.update(ASSETBUILD_PROJECT=tmp_path, ASSETBUILD_DEV=True)
    Assetbuild(app)
    folder = str(tmp_path / "admin")
    app.register_blueprint(Blueprint("admin", "x", static_folder=folder, url_prefix="/admin"))
    dev = find_dev(app.extensions["assetbuild"])
    assert dev is not None
    with app.test_request_context(), contextlib.closing(dev):
        for _ in range(2):
            assert url_for("admin.static", filename="x.css") == "/admin/admin/x.css"
        assert url_for("static", filename="app.css").startswith("/assets/app.")
    (told,) = [one.getMessage() for one in caplog.records]
    assert told.endswith('so its files have no hash: add "admin" to [assets] roots')


def test_sources_of_a_name_are_those_of_the_languages() -> None:
    for language in LANGUAGES.values():
        if language.output_extension is not None:
            for ending in language.extensions:
                name = name_output(language, parse_logical(f"a{ending}"))
                assert ending in COMPILED_FROM[name[1:]]
