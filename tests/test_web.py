"""Opening URLs: a server on loopback stands for the proxy, which is asked by whole URLs."""

from __future__ import annotations

import urllib.error
from collections.abc import Iterator

import pytest

from assetbuild.urlparts import split_url
from assetbuild.web import make_opener, make_request
from tests.support.repos import Origin, serve

URL = "http://files.example.invalid/a.tgz"


@pytest.fixture
def proxy() -> Iterator[Origin]:
    with serve() as origin:
        origin.files[URL] = b"data"
        yield origin


def fetch(env: dict[str, str], url: str = URL) -> bytes:
    parts = split_url(url)
    assert parts is not None
    with make_opener(env).open(make_request(parts), timeout=10) as answer:
        data: bytes = answer.read()
    return data


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize("exceptions", ["", "other.invalid, le.invalid"])
def test_the_proxy_of_the_environment_is_asked(proxy: Origin, name: str, exceptions: str) -> None:
    assert fetch({name: proxy.url, "no_proxy": exceptions}) == b"data"
    assert [path for path, _ in proxy.asked] == [URL]


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("exceptions", ["*", "files.example.invalid", "a, .Example.invalid"])
def test_a_host_that_is_excepted_is_asked_itself(proxy: Origin, name: str, exceptions: str) -> None:
    with pytest.raises(urllib.error.URLError):
        fetch({"http_proxy": proxy.url, name: exceptions})
    assert proxy.asked == []


def test_proxies_of_the_process_do_not_count(
    proxy: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy.url)
    with pytest.raises(urllib.error.URLError):
        fetch({})
    assert proxy.asked == []


def test_user_info_is_sent_as_authorization(proxy: Origin) -> None:
    fetch({"http_proxy": proxy.url}, URL.replace("//", "//own:p%40ss@"))
    ((path, headers),) = proxy.asked
    assert (path, headers["Authorization"]) == (URL, "Basic b3duOnBAc3M=")
