from __future__ import annotations

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from assetbuild.buildpacks.sbom import (
    Component,
    make_deb_purl,
    make_pypi_purl,
    render_notices,
    render_sbom,
)

ROOT = Component(
    name="assetbuild",
    version="1.0",
    kind="application",
    purl=make_pypi_purl("assetbuild", "1.0"),
    licence="MIT",
    licence_files=("licences/assetbuild.txt",),
)
ODD = Component(name="libx.so.1", version="", kind="library", purl=None, licence=None)
TWO = Component(
    name="python_dateutil",
    version="2.9.0.post0",
    kind="library",
    purl=make_pypi_purl("python_dateutil", "2.9.0.post0"),
    licence="Dual License",
    files=(("python/shared/a.so", "0" * 64), ("python/shared/b.so", "1" * 64)),
)


def test_the_document_is_valid_and_does_not_depend_on_the_order() -> None:
    text = render_sbom(ROOT, [ODD, TWO])
    assert text == render_sbom(ROOT, [TWO, ODD])
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    assert [one["name"] for one in document["components"]] == ["libx.so.1", "python_dateutil"]
    assert document["components"][1]["licenses"] == [{"license": {"name": "Dual License"}}]
    assert document["metadata"]["component"]["licenses"] == [{"license": {"id": "MIT"}}]
    (edges,) = document["dependencies"]
    assert edges["dependsOn"] == ["libx.so.1@", "pkg:pypi/python-dateutil@2.9.0.post0"]


@pytest.mark.parametrize(
    ("made", "purl"),
    [
        (make_pypi_purl("Foo.Bar_baz", "1!2.0+x"), "pkg:pypi/foo-bar-baz@1%212.0%2Bx"),
        (
            make_deb_purl("ubuntu", "libstdc++6", "1:2~3", "amd64"),
            "pkg:deb/ubuntu/libstdc%2B%2B6@1:2~3?arch=amd64",
        ),
    ],
)
def test_package_urls(made: str, purl: str) -> None:
    assert made == purl


def test_notices_name_each_licence_and_where_it_lies() -> None:
    text = render_notices([TWO, ROOT, ODD])
    assert text.splitlines()[2:] == [
        "",
        "assetbuild 1.0",
        "  licence: MIT",
        "  licences/assetbuild.txt",
        "",
        "libx.so.1",
        "  licence: see its file",
        "",
        "python_dateutil 2.9.0.post0",
        "  licence: Dual License",
    ]
