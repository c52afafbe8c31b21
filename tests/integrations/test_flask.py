from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template_string, url_for

from assetbuild.diagnostics import AssetbuildError
from assetbuild.integrations.flask import Assetbuild, find_project
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


def test_an_app_under_test_needs_no_build(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "public/assets/manifest.json").unlink()
    with pytest.raises(AssetbuildError, match="build first: assetbuild compile"):
        app.test_client().get("/")
    # said after the extension was made, as tests do
    app.testing = True
    answer = app.test_client().get("/")
    plain = '/static/css/app.css /static/js/app.js <script src="/static/js/app.js"></script>'
    assert (answer.status_code, answer.text[: len(plain)]) == (200, plain)
