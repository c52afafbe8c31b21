from __future__ import annotations

from dataclasses import replace

import pytest

from assetbuild.doctor.django import (
    BACKEND,
    MIDDLEWARE,
    DjangoSettings,
    StaticFiles,
    check_django,
    read_settings,
)

GOOD = f"""
import os
STATIC_URL = "/static/"
INSTALLED_APPS = ["assetbuild.integrations.django", "django.contrib.staticfiles"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "{MIDDLEWARE}", "x.Y"]
STORAGES = {{"default": {{"BACKEND": os.environ["B"]}}, "staticfiles": {{"BACKEND": "{BACKEND}"}}}}
"""


def codes(text: str, prefix: str = "/static/") -> list[str]:
    settings = read_settings(text)
    assert settings is not None
    return [one.code for one in check_django(settings, file="s.py", prefix=prefix).findings]


@pytest.mark.parametrize(
    "text",
    ["x = (", "def", "\0", "STATIC_URL = '", "[" * 20_000],
    ids=lambda text: ascii(text[:12]),
)
def test_what_python_cannot_read_is_not_judged(text: str) -> None:
    assert read_settings(text) is None


@pytest.mark.parametrize("text", ["a" + "/r" * 20_000, "x = " + "-" * 20_000 + "1"], ids=["/", "-"])
def test_depth_that_some_pythons_cannot_read_is_not_judged(text: str) -> None:
    # 3.10 reads a chain of operators however long
    settings = read_settings(text)
    assert settings is None or settings == read_settings("")


def test_warnings_of_an_apps_own_code_are_not_ours(recwarn: pytest.WarningsRecorder) -> None:
    settings = read_settings('PATTERN = "\\d"\nSTATIC_URL = "/x/"')
    assert settings is not None and settings.static_url == "/x/"
    assert [*recwarn] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GOOD, []),
        ("", []),
        (GOOD + 'STATIC_URL = "/files/"', ["doctor/django-static-url"]),
        ('STATIC_URL = "static/"', []),
        ('STATIC_URL = "https://cdn.example.com/static/"', []),
        (GOOD + 'MIDDLEWARE = ["x.Y"]', ["doctor/django-middleware"]),
        (GOOD + f'MIDDLEWARE = ["x.Y", "{MIDDLEWARE}"]', ["doctor/django-middleware-order"]),
        # what is not literal is not judged
        (GOOD + 'MIDDLEWARE += ["x.Y"]', []),
        (GOOD + "MIDDLEWARE = BASE + ['x.Y']", []),
        ('MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]', []),
        (
            'STATICFILES_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"',
            ["doctor/django-storage"],
        ),
        ('STORAGES = {"staticfiles": {"BACKEND": "x.Y"}, **MORE}', ["doctor/django-storage"]),
        (
            'INSTALLED_APPS = ["django.contrib.staticfiles", "assetbuild.integrations.django"]',
            ["doctor/django-apps-order"],
        ),
        ("MIDDLEWARE: list[str] = []", ["doctor/django-middleware"]),
        (
            f'STORAGES = {{"staticfiles": {{"BACKEND": "{BACKEND}"}}}}',
            ["doctor/django-default-storage"],
        ),
        (f'STORAGES = {{"staticfiles": {{"BACKEND": "{BACKEND}"}}, **MORE}}', []),
        (
            f'STORAGES = {{"staticfiles": {{"BACKEND": "{BACKEND}"}}}}\nSTORAGES["default"] = MORE',
            [],
        ),
    ],
)
def test_settings(text: str, found: list[str]) -> None:
    assert codes(text) == found


def test_a_deep_literal_is_not_judged() -> None:
    assert read_settings("MIDDLEWARE = " + "[" * 90 + "]" * 90) == DjangoSettings(static_root="")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        (
            "",
            'write STATIC_ROOT = BASE_DIR / "staticfiles" in the settings; '
            'write roots = ["assets", "staticfiles"] below [assets] in assetbuild.toml; ',
        ),
        (
            'STATIC_ROOT = os.path.join(BASE_DIR, "collected/")',
            'write roots = ["assets", "collected"] below [assets] in assetbuild.toml; ',
        ),
        ('STATIC_ROOT = BASE_DIR / "assets"', ""),
    ],
)
def test_admin_that_was_not_collected_is_told_with_what_to_write(written: str, hint: str) -> None:
    settings = read_settings(GOOD + written)
    assert settings is not None
    files = StaticFiles(roots=("assets",), absent=("django.contrib.admin",))
    (found,) = check_django(settings, file="s.py", prefix="/static/", files=files).findings
    assert found.code == "doctor/django-app-files"
    assert found.hint == f"{hint}run: python manage.py collectstatic --noinput"


def test_djangos_own_storage_on_the_output_folder_is_right() -> None:
    own = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    root = 'BASE_DIR / os.environ.get("COLLECT_INTO", "staticfiles")'
    text = f"{GOOD.replace(BACKEND, own)}STATIC_ROOT = {root}"
    settings = read_settings(text)
    assert settings is not None
    files = StaticFiles(roots=("assets",), manifest_root="staticfiles")
    assert check_django(settings, file="s.py", prefix="/static/", files=files).findings == ()
    lacking = replace(files, absent=("django.contrib.admin",))
    (found,) = check_django(settings, file="s.py", prefix="/static/", files=lacking).findings
    assert found.code == "doctor/django-app-files"
    assert found.hint is not None and found.hint.startswith("collect into another folder")
