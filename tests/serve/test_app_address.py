from __future__ import annotations

import pytest

from assetbuild.serve.app_address import find_app_address


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python manage.py runserver", "127.0.0.1:8000"),
        ("python manage.py runserver --noreload 9000", "127.0.0.1:9000"),
        ("python manage.py runserver 0.0.0.0:9000", "127.0.0.1:9000"),
        ("./manage.py runserver [::1]:9000", "[::1]:9000"),
        ("flask run", "127.0.0.1:5000"),
        ("flask --app shop run -p 5001", "127.0.0.1:5001"),
        ("flask --app shop run --port=5001 --debug", "127.0.0.1:5001"),
        ("/venv/bin/uvicorn shop:app", "127.0.0.1:8000"),
        ("uvicorn --port 9000 shop:app", "127.0.0.1:9000"),
        ("gunicorn shop:app", "127.0.0.1:8000"),
        ("gunicorn -b :9000 shop:app", "127.0.0.1:9000"),
        ("gunicorn --bind=localhost:9000 shop:app", "localhost:9000"),
        ("python -m http.server 9000", "127.0.0.1:9000"),
        ("python -m http.server", "127.0.0.1:8000"),
        ("bin/rails server", "127.0.0.1:3000"),
        ("node server.js", None),
        ("./start", None),
        ("gunicorn -b unix:/tmp/x shop:app --port", "127.0.0.1:8000"),
    ],
)
def test_address_is_read_from_the_command(command: str, expected: str | None) -> None:
    assert find_app_address(command.split(), None) == expected


def test_gunicorn_reads_port() -> None:
    assert find_app_address(["gunicorn", "shop:app"], "7000") == "127.0.0.1:7000"
    assert find_app_address(["uvicorn", "shop:app"], "7000") == "127.0.0.1:8000"
