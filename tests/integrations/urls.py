"""URLs of the Django project in the tests."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def page(request: HttpRequest) -> HttpResponse:
    """Return a page that sets a cookie."""
    answer = HttpResponse("the app")
    answer.set_cookie("session", "1")
    return answer


urlpatterns = [path("", page)]
