"""References that lead nowhere: told with all else that is wrong, and without false ones."""

from __future__ import annotations

from pathlib import Path

from tests.support.builds import failing, told


def test_references_that_lead_nowhere_are_told_beside_compile_errors(tmp_path: Path) -> None:
    files = {
        "assets/broken.scss": ".a { color: \n",
        "assets/lost.css": '@import "broken.css";\n@import "gone.css";\n.a { background: url(x.png) }\n',
        "assets/page.html": '<link href="broken.css.map"><script src="joined.js"></script><img src="y.png">',
        "assets/js/a.js": 'import "../z.js";',
        "assets/part.scss": ".p { background: url(only-imported.png) }",
        "assets/all.scss": '@import "part";',
        "assetbuild.toml": '[[bundle]]\nname = "joined.js"\nfiles = ["js/b.js"]\n',
        "assets/js/b.js": "b()",
    }
    found = told(failing(tmp_path, files))
    assert found == [
        ("sass/compile", "assets/broken.scss:1:12"),
        ("js/unresolved-import", "assets/js/a.js:1:9"),
        ("css/unresolved-url", "assets/lost.css:2:10"),
        ("css/unresolved-url", "assets/lost.css:3:22"),
        ("markup/unresolved-url", "assets/page.html:1:72"),
        ("css/unresolved-url", "assets/part.scss:1:22"),
    ]


def test_references_are_told_beside_errors_of_bundles(tmp_path: Path) -> None:
    files = {
        "assets/a.js": "import './b.js'",
        "assets/b.js": "",
        "assets/c.css": "a { background: url(x.png) }",
        "assets/page.html": '<script src="all.js"></script>',
        "assetbuild.toml": '[[bundle]]\nname = "all.js"\nfiles = ["a.js"]\n',
    }
    assert told(failing(tmp_path, files)) == [
        ("bundle/es-module", "assets/a.js:1:1"),
        ("css/unresolved-url", "assets/c.css:1:21"),
    ]


def test_a_source_that_is_no_output_is_not_found_by_its_own_name(tmp_path: Path) -> None:
    files = {
        "assets/b.scss": ".b { c: d }",
        "assets/page.html": '<link rel="stylesheet" href="b.scss">',
        "assetbuild.toml": '[[rule]]\nglob = "b.scss"\nentry = false\n',
    }
    assert told(failing(tmp_path, files)) == [("markup/unresolved-url", "assets/page.html:1:30")]
