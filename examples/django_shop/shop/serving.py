"""The WSGI and ASGI applications: ``gunicorn shop.serving:wsgi``, ``uvicorn shop.serving:asgi``."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
wsgi = get_wsgi_application()
asgi = get_asgi_application()
