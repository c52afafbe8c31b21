"""The least that Django needs; DEBUG=0 in the environment is production."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).parent.parent
DEBUG = os.environ.get("DEBUG", "1") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY", "for this example only")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "static.localhost"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.serving.wsgi"
ASGI_APPLICATION = "shop.serving.asgi"
INSTALLED_APPS = [
    "assetbuild.integrations.django",  # before staticfiles: its runserver serves hashed names
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "assetbuild.integrations.django.middleware.assetbuild_middleware",
    "django.middleware.common.CommonMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "shop" / "templates"],
        "OPTIONS": {},
    }
]
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "assetbuild.integrations.django.storage.AssetbuildStorage"},
}
