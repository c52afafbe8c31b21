from __future__ import annotations

import pytest

from assetbuild.buildpacks.procfile import add_release, merge_process_types, parse_procfile


def test_a_byte_order_mark_hides_no_type() -> None:
    assert parse_procfile("\ufeffrelease: x\n") == {"release": "x"}


def test_types_are_read_as_the_platform_reads_them() -> None:
    text = (
        "web: gunicorn app --bind :$PORT\r\n# no\n\nworker:  celery\nbad line\nempty:\nweb: two\n"
    )
    assert parse_procfile(text) == {"web": "two", "worker": "celery"}


@pytest.mark.parametrize(
    ("text", "written", "advice"),
    [
        (None, "release: assetbuild upload\n", None),
        ("", "release: assetbuild upload\n", None),
        ("web: x\n", "web: x\nrelease: assetbuild upload\n", None),
        ("web: x", "web: x\nrelease: assetbuild upload\n", None),
        ("web: x\r\n", "web: x\r\nrelease: assetbuild upload\r\n", None),
        ("release: assetbuild upload --strict\n", None, None),
        (
            "web: x\nrelease: ./migrate\n",
            None,
            "release: assetbuild release -- ./migrate",
        ),
        ("release: assetbuild release -- ./migrate\n", None, None),
        ("release: .venv/bin/assetbuild.exe upload && ./x\n", None, None),
        (
            "release: assetbuild doctor\n",
            None,
            "release: assetbuild release -- assetbuild doctor",
        ),
        (
            "release: my-assetbuild upload\n",
            None,
            "release: assetbuild release -- my-assetbuild upload",
        ),
        (
            "release: ./a && ./b 'c d'\n",
            None,
            """release: assetbuild release -- sh -c './a && ./b '"'"'c d'"'"''""",
        ),
    ],
)
def test_release_entry(text: str | None, written: str | None, advice: str | None) -> None:
    entry = add_release(text)
    assert (entry.text, entry.advice) == (written, advice)


def test_the_procfile_beats_the_packs_type_by_type() -> None:
    assert merge_process_types({"web": "mine"}, {"web": "theirs", "worker": "w"}) == {
        "web": "mine",
        "worker": "w",
    }
