"""Static folders of Flask apps, read from code that may be anything."""

from __future__ import annotations

import pytest

from assetbuild.doctor.flask import read_static_folders


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("app = Flask(__name__)", ("static",)),
        ('app = flask.Flask(__name__, static_folder="assets")', ("assets",)),
        ('shop = Blueprint("shop", __name__, "files")', ("files",)),
        ('shop = Blueprint("shop", __name__)', ()),
        ("Flask(__name__, static_folder=FOLDER)", ()),
        ("app = Flask(", ()),
    ],
)
def test_static_folders(text: str, folders: tuple[str, ...]) -> None:
    assert read_static_folders(text) == folders


def test_warnings_of_an_apps_own_code_are_not_ours(recwarn: pytest.WarningsRecorder) -> None:
    assert read_static_folders('PATTERN = "\\d"\napp = Flask(__name__)') == ("static",)
    assert not recwarn.list
