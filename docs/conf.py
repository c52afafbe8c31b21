"""The static site of docs/ (``make docs``): Sphinx reads the same Markdown that a forge shows."""

project = "assetbuild"
copyright = "the assetbuild authors"
extensions = ["myst_parser"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_title = "assetbuild"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
# an unknown language of a code block is a plain block, not a warning
highlight_language = "text"
exclude_patterns = ["_build"]
suppress_warnings = [
    # pages beside docs/ (benchmarks, CONTRIBUTING) are read on the forge; tests/test_docs.py finds dead links
    "myst.xref_missing",
    # an ellipsis in an example is no HTML
    "misc.highlighting_failure",
]
