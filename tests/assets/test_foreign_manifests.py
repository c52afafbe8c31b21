"""Each form is read back by the stock reader of its world, where a registry has one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assetbuild.assets.foreign_manifests import FORMS, ForeignContext, render_foreign
from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.paths import LogicalPath


def entry(logical: str, media_type: str, *references: str) -> ManifestEntry:
    stem, _, extension = logical.rpartition(".")
    return ManifestEntry(
        logical=LogicalPath(logical),
        hashed=f"{stem}.0123456789ab.{extension}",
        sha256="0" * 64,
        size=3,
        media_type=media_type,
        integrity="sha384-x",
        references=tuple(LogicalPath(one) for one in references),
    )


MANIFEST = Manifest(
    entries={
        one.logical: one
        for one in (
            entry("js/app.js", "text/javascript", "css/app.css", "img/a.png", "js/lib.js"),
            entry("js/lib.js", "text/javascript"),
            entry("css/app.css", "text/css", "img/a.png"),
            entry("img/a.png", "image/png"),
        )
    }
)
CONTEXT = ForeignContext(url="/assets/", sources={LogicalPath("js/app.js"): "js/app.ts"})


def load(form: str) -> tuple[str, dict[str, object]]:
    name, data = render_foreign(form, MANIFEST, CONTEXT)
    document: dict[str, object] = json.loads(data)
    return name, document


def run_python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_django_storage_reads_it(tmp_path: Path) -> None:
    name, data = render_foreign("django", MANIFEST, CONTEXT)
    (tmp_path / name).write_bytes(data)
    code = """
import sys
from django.conf import settings
settings.configure(STATIC_ROOT=sys.argv[1], STATIC_URL="/static/", DEBUG=False)
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
storage = ManifestStaticFilesStorage()
before = storage.manifest_hash
storage.hashed_files = dict(storage.hashed_files)
from django.core.files.base import ContentFile
import json
again = storage.file_hash(None, ContentFile(json.dumps(sorted(storage.hashed_files.items())).encode()))
print(storage.url("css/app.css"), before == again)
"""
    assert run_python(code, str(tmp_path)) == "/static/css/app.0123456789ab.css True"


def test_django_vite_reads_it(tmp_path: Path) -> None:
    name, data = render_foreign("vite", MANIFEST, CONTEXT)
    path = tmp_path / name
    path.parent.mkdir()
    path.write_bytes(data)
    code = """
import sys
from django.conf import settings
settings.configure(STATIC_URL="/static/", STATIC_ROOT="/none", INSTALLED_APPS=["django.contrib.staticfiles", "django_vite"],
    DJANGO_VITE={"default": {"manifest_path": sys.argv[1]}})
import django
django.setup()
from django_vite.core.asset_loader import DjangoViteAssetLoader
loader = DjangoViteAssetLoader.instance()
assert loader.check() == []
print(loader.generate_vite_asset("js/app.ts"))
"""
    out = run_python(code, str(path))
    assert 'rel="stylesheet" href="/static/css/app.0123456789ab.css"' in out
    assert 'src="/static/js/app.0123456789ab.js"' in out


def test_vite_form_lists_what_a_script_needs() -> None:
    _, document = load("vite")
    assert document["js/app.ts"] == {
        "file": "js/app.0123456789ab.js",
        "src": "js/app.ts",
        "name": "app",
        "isEntry": True,
        "imports": ["js/lib.js"],
        "css": ["css/app.0123456789ab.css"],
        "assets": ["img/a.0123456789ab.png"],
    }


def test_sprockets_form() -> None:
    name, document = load("sprockets")
    assert name.startswith(".sprockets-manifest-") and len(name) == 20 + 32 + 5
    assert document["assets"] == {
        one: MANIFEST.entries[one].hashed for one in sorted(MANIFEST.entries)
    }
    files = document["files"]
    assert isinstance(files, dict)
    assert files["img/a.0123456789ab.png"]["logical_path"] == "img/a.png"


def test_flat_forms() -> None:
    assert load("propshaft")[1]["img/a.png"] == "img/a.0123456789ab.png"
    assert load("webpack")[1]["img/a.png"] == "/assets/img/a.0123456789ab.png"


@pytest.mark.parametrize("form", FORMS)
def test_order_of_entries_does_not_matter(form: str) -> None:
    shuffled = Manifest(entries=dict(reversed(list(MANIFEST.entries.items()))))
    assert render_foreign(form, shuffled, CONTEXT) == render_foreign(form, MANIFEST, CONTEXT)
