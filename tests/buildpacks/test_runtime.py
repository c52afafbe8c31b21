from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from assetbuild.buildpacks.runtime import (
    Interpreter,
    is_needed,
    list_interpreter,
    parse_ldd,
    parse_loader,
    render_launcher,
)
from tests.support.tree import write_tree

LDD = """\
	linux-vdso.so.1 (0x00007ffc)
	libexpat.so.1 => /lib/x86_64-linux-gnu/libexpat.so.1 (0x00007f)
	libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f)
	libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
	libgone.so.2 => not found
	/lib64/ld-linux-x86-64.so.2 (0x00007f)
"""


def test_libraries_are_taken_without_the_c_library() -> None:
    assert parse_ldd(LDD) == {
        "libexpat.so.1": "/lib/x86_64-linux-gnu/libexpat.so.1",
        "libz.so.1": "/lib/x86_64-linux-gnu/libz.so.1",
    }
    assert parse_loader(LDD) == "/lib64/ld-linux-x86-64.so.2"
    assert parse_loader("	not a dynamic executable\n") is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("botocore/data/s3/2006-03-01/service-2.json.gz", True),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("botocore/data/endpoints.json", True),
        ("botocore/session.py", True),
        ("urllib3/contrib/emscripten/fetch.py", False),
        ("click/core.py", True),
    ],
)
def test_botocore_is_cut_to_what_is_used(path: str, expected: bool) -> None:
    assert is_needed(PurePosixPath(path)) is expected


def test_interpreter_comes_without_tests_and_other_peoples_packages(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "bin/python3": "",
            "lib/os.py": "",
            "lib/json/__init__.py": "",
            "lib/json/tests/test_x.py": "",
            "lib/test/x.py": "",
            "lib/tkinter/x.py": "",
            "lib/site-packages/x.py": "",
            "lib/config-3.12-x86_64-linux-gnu/libpython3.12.a": "",
            "lib/__pycache__/os.pyc": "",
            "lib/lib-dynload/_ssl.so": "",
            "lib/lib-dynload/_testcapi.so": "",
        },
    )
    found = list_interpreter(tmp_path / "bin/python3", tmp_path / "lib", (3, 12))
    assert [one.target for one in found] == [
        "python/bin/python3.12",
        "python/lib/python3.12/json/__init__.py",
        "python/lib/python3.12/lib-dynload/_ssl.so",
        "python/lib/python3.12/os.py",
    ]


def test_launcher_sets_no_variable_that_the_apps_command_would_inherit() -> None:
    text = render_launcher(
        Interpreter(
            python=".assetbuild/runtime/python/bin/python3.12",
            loader="/lib64/ld-linux-x86-64.so.2",
            version=(3, 12),
        )
    )
    assert "export" not in text and "LD_LIBRARY_PATH" not in text
    assert '--library-path "$here/python/shared"' in text
