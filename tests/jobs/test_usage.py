"""check and unused on whole projects, as the commands run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assetbuild.cli.main import main
from tests.support.pictures import draw, make_png, save
from tests.support.tree import write_tree

APP: dict[str, str | bytes] = {
    "assetbuild.toml": '[assets]\nroots = ["assets"]\nurl = "/static/"\n',
    "assets/css/app.css": "a { background: url(../img/used-by-css.gif) }",
    "assets/css/old.css": "a { background: url(../img/only-old.gif) }",
    "assets/img/used-by-css.gif": b"GIF89a1",
    "assets/img/only-old.gif": b"GIF89a2",
    "assets/img/logo.gif": b"GIF89a3",
    "assets/img/flag-de.gif": b"GIF89a4",
    "assets/img/flag-fr.gif": b"GIF89a5",
    "assets/img/by-script.gif": b"GIF89a6",
    "assets/img/left.gif": b"GIF89a7",
    "assets/img/kept.gif": b"GIF89a8",
    "assets/js/app.js": 'show("/static/img/by-script.gif");\n',
    "templates/page.html": (
        '<h1>é</h1>\n  <link href="{% static "css/app.css" %}">\n'
        "<script src=\"{% static 'js/app.js' %}\"></script>\n"
        '<img src="{% static "img/logo.gif" %}">\n'
        '<img src="/static/img/flag-{{ code }}.gif">\n'
    ),
    "docs/readme.md": "img/left.gif",
    "node_modules/x/a.js": "img/left.gif",
}


def run(
    project: Path, *arguments: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any], str]:
    code = main([*arguments, "--json", "--project", str(project)])
    told = capsys.readouterr()
    return code, json.loads(told.out), told.err


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSETBUILD_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def app(tmp_path: Path) -> Path:
    silent = 'silence = ["picture/damaged"]\n'
    return write_tree(
        tmp_path / "app", {**APP, "assetbuild.toml": str(APP["assetbuild.toml"]) + silent}
    )


def test_unused_outputs_are_named_with_why(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = run(app, "unused", capsys=capsys)
    result = told["result"]
    assert code == 1
    unused = {one["output"]: one for one in result["unused"]}
    assert set(unused) == {"css/old.css", "img/only-old.gif", "img/left.gif", "img/kept.gif"}
    assert unused["img/only-old.gif"]["named_by"] == ["css/old.css"]
    assert unused["img/left.gif"]["source"] == "assets/img/left.gif"
    assert {
        one["output"]: (one["file"], one["line"], one["written"]) for one in result["maybe"]
    } == {
        "img/flag-de.gif": ("templates/page.html", 5, "/static/img/flag-{{ code }}.gif"),
        "img/flag-fr.gif": ("templates/page.html", 5, "/static/img/flag-{{ code }}.gif"),
    }
    assert "templates/page.html" in result["files"]
    assert not any(one.startswith(("node_modules", "public")) for one in result["files"])


def test_keep_and_use_end_it(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (app / "assetbuild.toml").read_text()
    write_tree(
        app,
        {
            "assetbuild.toml": text + '[usage]\nkeep = ["img/kept.gif"]\nexclude = ["tests/**"]\n',
            "templates/more.html": "<a href=/static/css/old.css>img/left.gif</a>",
            "tests/a.html": "x",
        },
    )
    code, told, _ = run(app, "unused", capsys=capsys)
    assert code == 0
    assert told["result"]["unused"] == []
    assert "img/kept.gif" in told["result"]["kept"]
    assert "tests/a.html" not in told["result"]["files"]
    assert main(["unused", "--project", str(app)]) == 0
    assert "outputs are used (looked in" in capsys.readouterr().err


def test_unused_is_a_table_for_people_and_a_diagnostic_for_machines(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["unused", "--project", str(app)]) == 1
    text = capsys.readouterr().err
    assert "Unused: 4 of 14 outputs" in text
    assert "  assets/img/only-old.gif  named only by css/old.css" in text
    assert main(["unused", "--format", "github", "--project", str(app)]) == 1
    assert "::warning title=unused/output,file=assets/img/left.gif" in capsys.readouterr().out


def test_siblings_and_inlined_files_are_used_with_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = save(draw(90, 60, mode="RGB"), "JPEG", quality=95)
    app = write_tree(
        tmp_path / "app",
        {
            "assetbuild.toml": '[assets]\nroots = ["assets"]\n[images]\nformats = ["webp"]\n'
            '[[rule]]\nglob = "*.woff2"\ninline = "9 kB"\n',
            "assets/a.jpg": photo,
            "assets/app.css": "@font-face { src: url(f.woff2) }",
            "assets/f.woff2": "font",
            "page.html": '{% picture "a.jpg" %}{% static "app.css" %}',
        },
    )
    code, told, _ = run(app, "unused", capsys=capsys)
    assert (code, told["result"]["unused"]) == (0, [])
    assert told["result"]["outputs"] == 5


def test_check_names_place_and_nearest(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--project", str(app)]) == 0
    assert "Checked 3 names in 1 file: all are there" in capsys.readouterr().err
    write_tree(
        app,
        {
            "templates/b.html": '<p>é {% static "img/lgoo.gif" %}\n\t{% static "css/app.scss" %}',
            "views.py": 'X = static("img/none-of-these.bmp")\n',
        },
    )
    code, told, _ = run(app, "check", capsys=capsys)
    assert code == 1
    found = told["diagnostics"]
    assert [
        (one["code"], one["file"], one["line"], one["column"], one["length"]) for one in found
    ] == [
        ("check/unknown-asset", "templates/b.html", 1, 17, 12),
        ("check/unknown-asset", "templates/b.html", 2, 13, 12),
        ("check/unknown-asset", "views.py", 1, 13, 21),
    ]
    assert [one.get("hint") for one in found][:2] == [
        'did you mean "img/logo.gif"?',
        'did you mean "css/app.css"?',
    ]
    assert main(["check", "--project", str(app), "--no-build"]) == 1
    text = capsys.readouterr().err
    assert '    <p>é {% static "img/lgoo.gif" %}\n                    ^^^^^^^^^^^^' in text
    assert main(["check", "--project", str(app), "--format", "sarif"]) == 1
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert [one["ruleId"] for one in results] == ["check/unknown-asset"] * 3
    assert main(["check", "--project", str(app), "--format", "github"]) == 1
    assert (
        "::error title=check/unknown-asset,file=templates/b.html,line=1,col=17"
        in capsys.readouterr().out
    )


def test_check_lets_pass_what_is_configured_or_computed(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (app / "assetbuild.toml").read_text()
    write_tree(
        app,
        {
            "assetbuild.toml": text + '[usage]\nelsewhere = ["admin/**"]\nhelpers = ["pic"]\n',
            "templates/page.html": (
                '{% static "admin/css/base.css" %}{% static "img/flag-"|add:x %}'
                '{% static "nowhere/"|add:x %}{% pic "img/no.gif" %}'
                '{% static "https://example.com/x.js" %}{% static "/img/logo.gif?v=1#x" %}'
            ),
            "shop/static/plain.css": "",
            "flask.html": '{{ url_for("static", filename="plain.css") }}',
        },
    )
    code, told, _ = run(app, "check", capsys=capsys)
    assert [(one["code"], one["message"].partition(" ")[0]) for one in told["diagnostics"]] == [
        ("check/nothing-begins-so", "static"),
        ("check/unknown-asset", "pic"),
    ]
    assert code == 1
    assert told["result"]["computed"] == 2


def test_rails_and_vite_helpers_find_their_outputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = write_tree(
        tmp_path / "app",
        {
            "assetbuild.toml": '[assets]\nroots = ["assets"]\n',
            "assets/application.js": "1",
            "assets/application.css": "a{}",
            "assets/src/main.js": "2",
            "a.html.erb": '<%= javascript_include_tag "application" %>\n'
            '<%= stylesheet_link_tag "application", "gone" %>\n<%= image_tag "/favicon.ico" %>',
            "b.html": "{% vite_asset 'assets/src/main.js' %}{% vite_asset 'src/main.js' %}",
        },
    )
    code, told, _ = run(app, "check", capsys=capsys)
    assert code == 1
    (found,) = told["diagnostics"]
    assert (found["file"], found["line"], found["column"]) == ("a.html.erb", 2, 41)
    code, told, _ = run(app, "unused", capsys=capsys)
    assert (code, told["result"]["unused"]) == (0, [])


def test_check_without_a_build_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = write_tree(tmp_path / "app", {"assets/a.css": ""})
    code, told, _ = run(app, "check", "--no-build", capsys=capsys)
    assert code == 1
    assert [one["code"] for one in told["diagnostics"]] == ["check/no-manifest"]


def test_sources_that_a_used_output_joins_are_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": '[[bundle]]\nname = "all.js"\nfiles = ["a.js"]\n'
        '[[bundle]]\nname = "old.js"\nfiles = ["b.js"]\n',
        "assets/a.js": "1;\n",
        "assets/b.js": "2;\n",
        "assets/app.css": "/*\n *= require part\n */\nb{}\n",
        "assets/part.css": "a{}\n",
        "assets/sprites/icons/x.png": make_png(4, 4),
        "page.html": '<script src="/assets/all.js"></script><link href="/assets/app.css">',
    }
    _, told, _ = run(write_tree(tmp_path / "app", files), "unused", capsys=capsys)
    unused = {one["output"]: one["named_by"] for one in told["result"]["unused"]}
    assert unused.keys() == {"old.js", "b.js", "sprites/icons.png"}
    assert unused["b.js"] == ["old.js"]


def test_names_in_scripts_and_components_are_checked(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tree(
        app,
        {
            "ui/page.ts": 'show(assetPath("img/logo.gif"), assetPath("img/lgo.gif"));\n',
            "ui/page.test.ts": 'expect(assetPath("img/made-up.gif"))\n',
            "ui/Card.vue": '<template>\n  <img src="./img/card.png"><img src="./img/crad.png">\n'
            '  <img src="/static/img/logo.gif"><img src="/static/x/qqqqqq.svg">\n</template>\n',
            "ui/img/card.png": b"x",
            "ui/Nav.svelte": '<img src="/static/img/left.gif" alt="">',
        },
    )
    code, told, _ = run(app, "check", capsys=capsys)
    assert code == 1
    assert [
        (one["file"], one["line"], one["message"], one["hint"]) for one in told["diagnostics"]
    ] == [
        (
            "ui/Card.vue",
            2,
            'src names "./img/crad.png", and there is no file "ui/img/crad.png"',
            'did you mean "card.png"?',
        ),
        (
            "ui/Card.vue",
            3,
            'src names "x/qqqqqq.svg", and there is no such asset',
            "what something else serves goes into [usage] elsewhere",
        ),
        (
            "ui/page.ts",
            1,
            'assetPath names "img/lgo.gif", and there is no such asset',
            'did you mean "img/logo.gif"?',
        ),
    ]
    (file,) = (app / "public/assets/img").glob("logo.*.gif")
    name = f"img/{file.name}"
    write_tree(app, {"ui/Nav.svelte": f'<img src="/static/{name}">'})
    _, told, _ = run(app, "check", capsys=capsys)
    assert len(told["diagnostics"]) == 3


def test_what_django_collected_is_set_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = write_tree(
        tmp_path / "app",
        {
            "assetbuild.toml": '[assets]\nroots = ["own", "collected"]\nurl = "/static/"\n',
            "manage.py": 'setdefault("DJANGO_SETTINGS_MODULE", "conf")',
            "conf.py": 'STATIC_ROOT = BASE_DIR / "collected"',
            "own/mine.css": "a{b:1}",
            "collected/admin/theirs.css": "a{b:2}",
            "collected/admin/named.css": "a{b:3}",
            "t/page.html": '{% static "admin/named.css" %}',
        },
    )
    code, document, _ = run(app, "unused", capsys=capsys)
    result = document["result"]
    assert code == 1
    assert [one["source"] for one in result["unused"]] == ["own/mine.css"]
    assert result["others"] == ["admin/theirs.css"]
    main(["unused", "--project", str(app)])
    told = capsys.readouterr().err.splitlines()
    assert told[1].endswith(" B  own/mine.css")
    assert told[2] == "  left out: 1 output of other apps, which Django collected"


def test_names_in_a_blueprint_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("a.css", "deep/b.css", "plain.css", "own.css", "no.css")
    calls = "".join(f"{{{{ url_for('.static', filename='{one}') }}}}\n" for one in names)
    app = write_tree(
        tmp_path / "app",
        {
            "assetbuild.toml": '[assets]\nroots = ["assets"]\n',
            "assets/a.css": "",
            "assets/admin/deep/b.scss": "",
            "shop/static/plain.css": "",
            "shop/views.py": 'bp = Blueprint("shop", __name__, static_folder="files")\n',
            "shop/files/own.css": "",
            "shop/page.html": calls + "{{ url_for('.static', filename='x/' + y) }}",
        },
    )
    code, told, _ = run(app, "check", capsys=capsys)
    assert code == 1
    assert [(one["message"].partition(",")[0], one["line"]) for one in told["diagnostics"]] == [
        ('a blueprint\'s url_for names "no.css"', 5)
    ]
