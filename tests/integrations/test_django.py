"""The Django app: tags, storage, middleware (sync and async), checks."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.template import Context, Template, TemplateSyntaxError
from django.test import AsyncClient, Client, override_settings
from django.urls import clear_script_prefix, set_script_prefix

from assetbuild.integrations.django.apps import get_assets, get_current
from assetbuild.integrations.django.checks import check_assets
from assetbuild.serve.assets import Assets
from tests.integrations.conftest import BACKEND, FILES, MIDDLEWARE
from tests.serve.site import BIG
from tests.support.tree import write_tree


def render(text: str, **values: Any) -> str:
    return Template("{% load static assetbuild %}" + text).render(Context(values))


def render_static(name: str) -> str:
    return Template("{% load static %}{% static name %}").render(Context({"name": name}))


def test_static_tag_gives_hashed_urls(shop: Path) -> None:
    assert render('{% static "css/app.css" %}') == Assets(shop).url("css/app.css")


def test_asset_tag_takes_flags_and_attributes(shop: Path) -> None:
    assets = Assets(shop)
    expected = assets.tag("js/app.js", integrity=True, preload=True, type="module", nonce="<n>")
    text = '{% asset name integrity preload type="module" nonce=n %}'
    assert render(text, name="js/app.js", n="<n>") == expected
    assert render('{% asset_url "js/app.js" %}') == assets.url("js/app.js")
    assert render('{% importmap "js/app.js" %}') == assets.importmap(preload=["js/app.js"])


@pytest.mark.parametrize("text", ["{% asset %}", '{% asset "a" preloaded %}', '{% asset "a" x= %}'])
def test_bad_tags_are_syntax_errors(shop: Path, text: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(text)


def test_name_that_is_not_there_is_an_error_in_production_only(shop: Path) -> None:
    with pytest.raises(ValueError, match=r'there is no asset "css/ap.css".*did you mean'):
        render('{% static "css/ap.css" %}')
    with override_settings(ASSETBUILD={"PROJECT": shop, "STRICT": False}):
        assert render('{% static "admin/css/base.css" %}') == "/static/admin/css/base.css"
    assert render('{% static "admin/" %}') == "/static/admin/"


def test_middleware_answers_before_the_app(shop: Path) -> None:
    client, url = Client(), Assets(shop).url("css/app.css")
    answer = client.get(url, headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert dict(answer.headers)["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    tag = answer.headers["ETag"]
    fresh = client.get(url, headers={"accept-encoding": "gzip", "if-none-match": tag})
    assert (fresh.status_code, fresh.content) == (304, b"")
    part = client.get(url, headers={"range": "bytes=0-0"})
    assert (part.status_code, part.content) == (206, b"a")
    assert client.get("/static/css/app.000000000000.css").status_code == 404
    assert client.get("/").content == b"the app"


def test_static_host_has_no_app_and_no_cookie(shop: Path) -> None:
    client = Client()
    client.cookies["session"] = "1"
    answer = client.get("/", headers={"host": "static.example.com"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert not answer.cookies


def test_async_answers_equal_sync_ones(shop: Path) -> None:
    for path in (
        Assets(shop).url("css/app.css"),
        "/static/nothing",
        "/",
        Assets(shop).url("big.mp4"),
    ):
        sync: Any = Client().get(path)

        async def ask(path: str = path) -> Any:
            answer = await AsyncClient().get(path)
            if answer.streaming:
                parts: Any = getattr(answer, "streaming_content")  # noqa: B009
                return answer, b"".join([one async for one in parts])
            return answer, answer.content

        answer, body = asyncio.run(ask())
        assert (answer.status_code, dict(answer.headers)) == (sync.status_code, dict(sync.headers))
        assert body == (b"".join(sync.streaming_content) if sync.streaming else sync.content)
    assert body == BIG


def find_ids() -> list[str]:
    return [str(one.id) for one in check_assets(None)]


def test_checks_are_silent_when_all_is_well(shop: Path) -> None:
    assert find_ids() == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"STATIC_URL": "/other/"}, "assetbuild.W002"),
        ({"MIDDLEWARE": []}, "assetbuild.W003"),
        (
            {"MIDDLEWARE": ["django.middleware.common.CommonMiddleware", MIDDLEWARE]},
            "assetbuild.W004",
        ),
        ({"STORAGES": {"default": FILES, "staticfiles": {"BACKEND": "x.Y"}}}, "assetbuild.W005"),
        ({"STORAGES": {"staticfiles": {"BACKEND": BACKEND}}}, "assetbuild.W008"),
        (
            {"INSTALLED_APPS": ["django.contrib.staticfiles", "assetbuild.integrations.django"]},
            "assetbuild.W006",
        ),
    ],
)
def test_checks_say_what_is_wrong(shop: Path, changed: dict[str, Any], expected: str) -> None:
    with override_settings(**changed):
        assert find_ids() == [expected]


def test_apps_whose_files_were_not_collected_are_named_with_what_to_write(shop: Path) -> None:
    def find_hints() -> list[str]:
        return [str(one.hint) for one in check_assets(None) if one.id == "assetbuild.W007"]

    text = '[assets]\nurl = "/static/"\nroots = ["a"]\n'
    # as pip installs an app
    write_tree(shop, {"venv/pyvenv.cfg": "", "venv/theirs/x.css": "", "assetbuild.toml": text})
    theirs = shop / "venv/theirs"
    collect = "run: python manage.py collectstatic --noinput"
    edit = 'write roots = ["a", "staticfiles"] below [assets] in assetbuild.toml'
    with override_settings(STATICFILES_DIRS=[str(theirs)]):
        assert find_hints() == [
            f'write STATIC_ROOT = BASE_DIR / "staticfiles" in the settings; {edit}; {collect}'
        ]
        with override_settings(STATIC_ROOT=str(shop / "staticfiles")):
            assert find_hints() == [f"{edit}; {collect}"]
            text = (shop / "assetbuild.toml").read_text()
            (shop / "assetbuild.toml").write_text(text.replace('"a"', '"a", "staticfiles"'))
            assert find_hints() == [collect]
            write_tree(shop, {"staticfiles/x.css": ""})
            assert find_hints() == []
    # what the build has by another way, or without its sources, is there
    with override_settings(STATICFILES_DIRS=[("css", str(theirs))]):
        (theirs / "x.css").rename(theirs / "app.css")
        assert find_hints() == []


def test_static_folders_of_the_project_that_are_no_roots_are_told(shop: Path) -> None:
    text = '[assets]\nurl = "/static/"\nroots = ["a", "staticfiles"]\n'
    write_tree(shop, {"assetbuild.toml": text, "shop/static/x.css": "", "a/y.css": ""})
    folders = [str(shop / "shop/static"), str(shop / "a")]
    with override_settings(STATICFILES_DIRS=folders, STATIC_ROOT=str(shop / "staticfiles")):
        for copy in ({}, {"staticfiles/x.css": "old"}):
            write_tree(shop, copy)
            (found,) = check_assets(None)
            assert found.id == "assetbuild.W009"
            assert found.hint == (
                'write roots = ["a", "shop/static", "staticfiles"] below [assets] in assetbuild.toml'
            )
        (shop / "assetbuild.toml").write_text(text.replace('"a"', '"shop/static", "a"'))
        assert not check_assets(None)


def test_fresh_clone_has_the_folder_of_static_root_in_development(shop: Path) -> None:
    text = '[assets]\nurl = "/static/"\nroots = ["a", "collected"]\n'
    write_tree(shop, {"assetbuild.toml": text, "a/x.txt": "1"})
    with override_settings(
        STATIC_ROOT=str(shop / "collected"), ASSETBUILD={"PROJECT": shop, "DEV": True}
    ):
        get_current().forget()
        assert get_assets().url("x.txt").startswith("/static/x.")


def test_check_without_a_build_names_the_command(shop: Path) -> None:
    (shop / "public/assets/manifest.json").unlink()
    found = check_assets(None)
    assert [str(one.id) for one in found] == ["assetbuild.E001"]
    assert found[0].hint == "build first: python manage.py assetbuild"


def test_an_app_under_test_needs_no_build(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    page = '{% static "css/new.css" %} {% asset "css/new.css" integrity %} {% picture "a.png" %}'
    plain = '/static/css/new.css <link rel="stylesheet" href="/static/css/new.css">'
    picture = '<img src="/static/a.png" alt="">'
    assert render(page) == f"{plain} {picture}"
    # what was built keeps its name
    assert render('{% static "css/app.css" %}') == Assets(shop).url("css/app.css")
    (shop / "public/assets/manifest.json").unlink()
    get_current().forget()
    assert render(page) == f"{plain} {picture}"
    assert find_ids() == []
    assert Client().get("/").status_code == 200
    with override_settings(ASSETBUILD={"PROJECT": shop, "STRICT": True}):
        assert find_ids() == ["assetbuild.E001"]
        with pytest.raises(ValueError, match="no-manifest"):
            render('{% static "css/app.css" %}')


def test_app_below_a_path_names_its_assets_there(shop: Path) -> None:
    plain = Assets(shop).url("css/app.css")
    with override_settings(FORCE_SCRIPT_NAME="/shop", STATIC_URL="static/"):
        set_script_prefix("/shop/")
        try:
            assert render('{% static "css/app.css" %}') == f"/shop{plain}"
            assert f'href="/shop{plain}"' in render('{% asset "css/app.css" %}')
        finally:
            clear_script_prefix()
        assert Client().get(plain).status_code == 200
    assert render('{% static "css/app.css" %}') == plain


def test_storage_works_without_the_app(shop: Path) -> None:
    with override_settings(INSTALLED_APPS=["django.contrib.staticfiles"]):
        text = Template('{% load static %}{% static "css/app.css" %}').render(Context())
        assert text == Assets(shop).url("css/app.css")


def test_collectstatic_alone_builds_what_it_collected(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSETBUILD_CACHE_DIR", str(shop / "cache"))
    write_tree(
        shop,
        {
            "assetbuild.toml": '[assets]\nurl = "/static/"\nroots = ["collected"]\n',
            "theirs/css/app.css": "body { background: url(dot.svg) }\n",
            "theirs/css/dot.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
        },
    )
    told = io.StringIO()
    with override_settings(
        INSTALLED_APPS=["django.contrib.staticfiles"],
        STATIC_ROOT=str(shop / "collected"),
        STATICFILES_DIRS=[str(shop / "theirs")],
    ):
        call_command("collectstatic", interactive=False, stdout=told, verbosity=2)
        get_current().forget()
        url = render_static("css/app.css")
        dot = render_static("css/dot.svg")
    assert f"Post-processed 'css/app.css' as '{url.removeprefix('/static/')}'" in told.getvalue()
    text = (shop / "public/assets" / url.removeprefix("/static/")).read_text()
    assert dot.rpartition("/")[2] in text


def test_collecting_leaves_out_what_is_built_from_its_own_folder(shop: Path) -> None:
    write_tree(
        shop,
        {
            "assetbuild.toml": '[assets]\nurl = "/static/"\nroots = ["own", "collected"]\n',
            "own/css/app.css": "new",
            "theirs/admin.css": "theirs",
            "prefixed/x.css": "",
            "collected/css/app.css": "old",
            "collected/gone.css": "of an app that was removed",
        },
    )
    told = io.StringIO()
    with override_settings(
        STATIC_ROOT=str(shop / "collected"),
        STATICFILES_DIRS=[str(shop / "own"), str(shop / "theirs"), ("p", str(shop / "prefixed"))],
    ):
        for extra in ({"dry_run": True}, {}, {"link": True}, {}):
            call_command(
                "collectstatic",
                interactive=False,
                verbosity=0,
                post_process=False,
                stderr=told,
                **extra,
            )
            has_copy = bool(extra.get("dry_run"))
            assert (shop / "collected/css/app.css").exists() is has_copy
    found = {
        one.relative_to(shop / "collected").as_posix() for one in shop.glob("collected/**/*.css")
    }
    assert found == {"admin.css", "p/x.css", "gone.css"}
    assert "any more: gone.css. Collect anew" in told.getvalue()


def test_collecting_nothing_still_makes_the_folder_that_is_a_root(shop: Path) -> None:
    text = '[assets]\nurl = "/static/"\nroots = ["own", "collected"]\n'
    write_tree(shop, {"assetbuild.toml": text, "own/app.css": ""})
    with override_settings(
        STATIC_ROOT=str(shop / "collected"), STATICFILES_DIRS=[str(shop / "own")]
    ):
        call_command("collectstatic", interactive=False, verbosity=0, post_process=False)
    assert not list((shop / "collected").iterdir())


def test_command_builds_with_the_options_of_compile(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSETBUILD_CACHE_DIR", str(shop / "cache"))
    text = '[assets]\nurl = "/static/"\nroots = ["own", "collected"]\n'
    write_tree(
        shop, {"assetbuild.toml": text, "own/app.css": "a { b: c }\n" * 40, "theirs/x.js": ""}
    )
    with override_settings(
        STATIC_ROOT=str(shop / "collected"),
        STATICFILES_DIRS=[str(shop / "own"), str(shop / "theirs")],
    ):
        call_command("assetbuild", release=True, jobs=1, json=True)
        document = json.loads(capfd.readouterr().out)
        assert sorted(document["result"]["outputs"]) == ["app.css", "app.css.map", "x.js"]
        assert document["result"]["variants"]["br"] >= 10
        call_command("assetbuild", "--profile", "development", verbosity=0)
        assert capfd.readouterr().err == ""
        (shop / "own/app.css").write_text("a { background: url(x.png) }")
        with pytest.raises(CommandError) as caught:
            call_command("assetbuild", "--format=github", "--no-collect")
    assert caught.value.returncode == 1
    assert "file=own/app.css,line=1,col=21" in capfd.readouterr().out


def test_backend_is_one_line_for_users_of_manifest_storage(shop: Path) -> None:
    assert staticfiles_storage.url("css/app.css") == Assets(shop).url("css/app.css")
    assert BACKEND.endswith(type(getattr(staticfiles_storage, "_wrapped")).__name__)  # noqa: B009
