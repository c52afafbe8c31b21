from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assetbuild.serve.assets import Assets as Assets

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # ``from assetbuild import Assets``, without loading the server for every other import
    if name == "Assets":
        from assetbuild.serve.assets import Assets

        return Assets
    raise AttributeError(f"module 'assetbuild' has no attribute {name!r}")
