"""WhiteNoise and ServeStatic serve our output folder: they find our hashes and our variants.

Both are handed the folder of a build as their own, with nothing else told; Django asks them through our
storage, which is how they learn that a name is immutable.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import brotli

from conformance.suite import Tally
from tests.support.builds import build

TITLE = "WhiteNoise and ServeStatic on our output"
SOURCE = "PyPI whitenoise 6.12.0, servestatic 4.4.0"
KNOWN: Mapping[str, str] = {
    "*: *.map * immutable": "they look for a hash before the last extension only, and our maps are "
    "called a.HASH.css.map: browsers fetch them again after a minute",
}

_FILES = {
    "assets/css/a.css": "a { background: url(../img/a.svg); color: red }\n" * 40,
    "assets/js/a.js": "export function a() { return 'a'; }\n" * 40,
    "assets/img/a.svg": "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h9v9H0z'/></svg>",
    "assets/fonts/a.woff2": "font" * 100,
    "assets/robots.txt": "User-agent: *\n",
    "assetbuild.toml": '[assets]\nurl = "/static/"\nunhashed = ["robots.txt"]\n',
}
_ASK = r"""
import json, sys
import django
from django.conf import settings
project, app = sys.argv[1], sys.argv[2]
settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], BASE_DIR=project, ROOT_URLCONF="asked", DEBUG=False,
    INSTALLED_APPS=["django.contrib.staticfiles", "assetbuild.integrations.django"],
    MIDDLEWARE=[app], STATIC_URL="/static/", STATIC_ROOT=project + "/public/assets",
    STORAGES={"staticfiles": {"BACKEND": "assetbuild.integrations.django.storage.AssetbuildStorage"}},
)
import types
asked = types.ModuleType("asked"); asked.urlpatterns = []; sys.modules["asked"] = asked
django.setup()
from django.test import Client
from asgiref.sync import async_to_sync
async def collect(parts):
    return b"".join([part async for part in parts])
def read(answer):
    if not answer.streaming:
        return answer.content
    parts = answer.streaming_content
    return async_to_sync(collect)(parts) if answer.is_async else b"".join(parts)
client = Client()
answers = {}
for url in json.load(sys.stdin):
    for coding in ("", "gzip", "br"):
        answer = client.get(url, headers={"accept-encoding": coding} if coding else {})
        body = read(answer)
        answers[url + " " + coding] = [answer.status_code, dict(answer.headers), body.hex()]
print(json.dumps(answers))
"""
_APPS = {
    "WhiteNoise": "whitenoise.middleware.WhiteNoiseMiddleware",
    "ServeStatic": "servestatic.middleware.ServeStaticMiddleware",
}


def run(tally: Tally) -> None:
    """Ask for every output in three codings."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "app"
        result = build(project, _FILES)
        entries = [*result.manifest.entries.values()]
        urls = [f"/static/{one.hashed}" for one in entries]
        for title, middleware in _APPS.items():
            done = subprocess.run(
                [sys.executable, "-c", _ASK, str(project), middleware],
                input=json.dumps(urls).encode(),
                capture_output=True,
                check=False,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
            )
            if done.returncode:
                tally.check(f"{title} starts", False, done.stderr.decode()[-500:])
                continue
            answers = json.loads(done.stdout)
            for one in entries:
                data = (result.output / one.hashed).read_bytes()
                for coding in ("", "gzip", "br"):
                    status, headers, body = answers[f"/static/{one.hashed} {coding}"]
                    fields = {key.lower(): value for key, value in headers.items()}
                    case = f"{title}: {one.logical} {coding or 'identity'}"
                    sent = fields.get("content-encoding", "")
                    plain = _decode(bytes.fromhex(body), sent)
                    tally.check(f"{case} bytes", status == 200 and plain == data, f"{status}")
                    has_variant = coding in one.variants
                    tally.check(
                        f"{case} variant", (sent == coding) if has_variant else not sent, sent
                    )
                    is_immutable = "immutable" in fields.get("cache-control", "")
                    is_hashed = one.hashed != one.logical
                    tally.check(f"{case} immutable", is_immutable == is_hashed, str(fields))


def _decode(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.decompress(body)
    return bytes(brotli.decompress(body)) if coding == "br" else body
