from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from assetbuild.integrations.jinja2 import AssetbuildExtension
from assetbuild.serve.assets import Assets
from tests.serve.site import write_site


def test_extension_adds_functions_that_are_safe_under_autoescape(tmp_path: Path) -> None:
    write_site(tmp_path / "public/assets", {"js/app.js": b"1"})
    environment = jinja2.Environment(extensions=[AssetbuildExtension], autoescape=True)
    template = environment.from_string(
        '{{ asset_url("js/app.js") }}|{{ asset("js/app.js", defer=true) }}|{{ importmap() }}'
        '|{{ picture("js/app.js", alt="<") }}|{{ srcset("js/app.js") }}'
    )
    with pytest.raises(RuntimeError, match=r"environment\.assetbuild"):
        template.render()
    assets = Assets(tmp_path)
    environment.assetbuild = assets  # type: ignore[attr-defined]
    url, tag, text, picture, srcset = template.render().split("|")
    assert url == assets.url("js/app.js")
    assert tag == f'<script src="{url}" defer></script>'
    assert text == assets.importmap()
    assert picture == f'<img src="{url}" alt="&lt;">'
    assert srcset == url
