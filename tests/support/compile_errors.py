"""The diagnostics of a compile that must fail."""

from __future__ import annotations

import pytest

from assetbuild.assets.languages.base import CompileRequest
from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from tests.support.compiling import compile_file


def errors_of(request: CompileRequest) -> list[str]:
    """Compile, expect an error, and return its diagnostics as text."""
    with pytest.raises(AssetbuildError) as caught:
        compile_file(request)
    return [render_diagnostic(one) for one in caught.value.diagnostics]
