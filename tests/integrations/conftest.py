"""Django, configured once for the process, with a site of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.test import override_settings

from assetbuild.integrations.django.apps import get_current
from tests.serve.site import BIG, write_site
from tests.support.tree import write_tree

MIDDLEWARE = "assetbuild.integrations.django.middleware.assetbuild_middleware"
FILES = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
BACKEND = "assetbuild.integrations.django.storage.AssetbuildStorage"


@pytest.fixture(scope="session")
def configured() -> None:
    """Configure Django."""
    settings.configure(
        BASE_DIR=Path("/nonexistent"),
        SECRET_KEY="x",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.integrations.urls",
        INSTALLED_APPS=["assetbuild.integrations.django", "django.contrib.staticfiles"],
        MIDDLEWARE=[MIDDLEWARE, "django.middleware.common.CommonMiddleware"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        STATIC_URL="/static/",
        STORAGES={"default": FILES, "staticfiles": {"BACKEND": BACKEND}},
    )
    django.setup()


@pytest.fixture
def shop(tmp_path: Path, configured: None) -> Iterator[Path]:
    """Return the folder of a built project that Django serves."""
    write_tree(
        tmp_path, {"assetbuild.toml": '[assets]\nurl = "/static/"\n[serve]\nhosts = ["static."]\n'}
    )
    files = {"css/app.css": b"a{}", "js/app.js": b"1", "big.mp4": BIG}
    write_site(tmp_path / "public/assets", files, compressed=("css/app.css",))
    get_current().forget()
    with override_settings(ASSETBUILD={"PROJECT": tmp_path}):
        yield tmp_path
    get_current().forget()
