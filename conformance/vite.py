"""django-vite finds every entry of our Vite manifest, and what it prints is there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from conformance.suite import Tally
from tests.support.builds import build

TITLE = "django-vite on our Vite manifest"
SOURCE = "PyPI django-vite 3.2.0"
KNOWN: Mapping[str, str] = {}

_ASK = r"""
import json, sys
import django
from django.conf import settings
output = sys.argv[1]
settings.configure(
    SECRET_KEY="x", STATIC_URL="/static/", STATIC_ROOT=output,
    INSTALLED_APPS=["django.contrib.staticfiles", "django_vite"],
    DJANGO_VITE={"default": {"dev_mode": False, "manifest_path": sys.argv[2]}},
)
django.setup()
from django_vite.core.asset_loader import DjangoViteAssetLoader
loader = DjangoViteAssetLoader.instance()
said = {}
for name in json.load(sys.stdin):
    said[name] = str(loader.generate_vite_asset(name)) + str(loader.preload_vite_asset(name))
    said[name] += loader.generate_vite_asset_url(name)
print(json.dumps(said))
"""
_FILES = {
    "assets/js/app.js": 'import "./part.js";\nimport("./later.js");\n',
    "assets/js/part.js": "export let a = 1;\n",
    "assets/js/later.js": "console.log(2);\n",
    "assets/js/cart.coffee": "alert 1\n",
    "assets/js/price.ts": "export const price: number = 1;\n",
    "assets/css/app.scss": "a { b: c }\n",
    "assetbuild.toml": '[assets]\nurl = "/static/"\n[manifest]\nformats = ["vite"]\n',
}


def run(tally: Tally) -> None:
    """Ask django-vite for every script of the manifest."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "app"
        result = build(project, _FILES)
        manifest = result.output / ".vite/manifest.json"
        document = json.loads(manifest.read_bytes())
        names = sorted(one for one, entry in document.items() if entry.get("isEntry"))
        done = subprocess.run(
            [sys.executable, "-c", _ASK, str(result.output), str(manifest)],
            input=json.dumps(names).encode(),
            capture_output=True,
            check=False,
            env=dict(os.environ),
        )
        if done.returncode:
            tally.check("django-vite reads it", False, done.stderr.decode()[-500:])
            return
        said = json.loads(done.stdout)
        sources = sum(1 for one in _FILES if one.startswith("assets/"))
        tally.check("every source is an entry", len(names) == sources, str(names))
        for entry in names:
            urls = re.findall(r"/static/[^\"'\s<>]+", said[entry])
            there = all((result.output / one.removeprefix("/static/")).is_file() for one in urls)
            tally.check(f"{entry}: its URLs are files", bool(urls) and there, said[entry])
