from __future__ import annotations

import pickle

from assetbuild.diagnostics import (
    AssetbuildError,
    Location,
    error,
    locate_offset,
    render_diagnostic,
    sort_diagnostics,
    warning,
)


def test_rendered_error_has_code_place_frame_and_hint() -> None:
    text = ".a {\n  background: url(img/logo.pgn)\n}\n"
    item = error(
        "css/unresolved-url",
        'cannot resolve "img/logo.pgn"',
        location=locate_offset("app/site.css", text, text.index("img/"), 12),
        hint='did you mean "img/logo.png"?',
    )
    assert render_diagnostic(item) == (
        'css/unresolved-url: cannot resolve "img/logo.pgn"\n'
        "  app/site.css:2:19\n"
        "      background: url(img/logo.pgn)\n"
        "                      ^^^^^^^^^^^^\n"
        '  hint: did you mean "img/logo.png"?'
    )


def test_minified_line_is_cut_round_the_caret_to_80_columns() -> None:
    line = "x" * 5000 + "HERE" + "y" * 5000
    item = error("a/b", "m", location=locate_offset("f.js", line, 5000, 4))
    frame = render_diagnostic(item).splitlines()[2:]
    assert all(len(one) <= 80 for one in frame)
    at = frame[1].index("^")
    assert frame[0][at : at + 4] == "HERE"
    assert frame[1].strip() == "^^^^"


def test_offset_at_the_end_of_a_crlf_file_is_located() -> None:
    assert locate_offset("f", "a\r\nb", 4) == Location(file="f", line=2, column=2, line_text="b")
    assert locate_offset("f", "a\r\nb", 0).line_text == "a"


def test_sorting_drops_repeats_and_orders_by_place() -> None:
    late = error("b/b", "m", location=Location(file="a.css", line=10))
    early = warning("z/z", "m", location=Location(file="a.css", line=9))
    nowhere = error("c/c", "m")
    assert sort_diagnostics([late, early, nowhere, late]) == (nowhere, early, late)


def test_error_survives_a_trip_through_a_process_pool() -> None:
    failure = AssetbuildError(error("a/b", "one"), error("a/c", "two"))
    again = pickle.loads(pickle.dumps(failure))
    assert isinstance(again, AssetbuildError)
    assert again.diagnostics == failure.diagnostics
