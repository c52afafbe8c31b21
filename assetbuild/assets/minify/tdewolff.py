"""Call tdewolff-minify with bytes and a buffer of our own.

In: a text. Out: it minified. The package's own ``minify.string`` takes a copy of the text in which
there is room for the result to grow, and copies the result twice: a script of 20 MB took 55 MB more.
So its two doors, ``lib`` and ``ffi``, are used here.
Source: https://pypi.org/project/tdewolff-minify/, minify/__init__.py.
"""

from __future__ import annotations

# The library writes into a buffer as long as the source, and fails where that is full. Results
# grow: </script in a string gets a back-slash, and {a} becomes {a:e} where a local is renamed.
_ROOM = 64  # spaces behind the source, which make the buffer longer
_FULL = "EOF"  # its whole message then; what ends too soon has a place


def run_minifier(media_type: str, text: str, *, js_version: int | None = None) -> str:
    """Return the text minified; ``js_version`` is the newest ECMAScript year it may write.

    Errors: ValueError with the place, for what it cannot parse.
    """
    # a shared library of 10 MB, loaded by those who minify only
    import minify

    if js_version is not None:
        minify.config({"js-version": js_version})
    try:
        return _call(media_type, text, _ROOM)
    except ValueError as failure:
        if str(failure) != _FULL:
            raise
    return _call(media_type, text, 2 * len(text))


def _call(media_type: str, text: str, room: int) -> str:
    import minify  # as above

    data = f"{text}\n{' ' * room}".encode()
    output = minify.ffi.new_allocator(should_clear_after_alloc=False)("char[]", len(data))
    length = minify.ffi.new("long long *")
    failure = minify.lib.minifyString(media_type.encode(), data, len(data), output, length)
    if failure:
        raise ValueError(minify.ffi.string(failure).decode("utf-8", "replace"))
    del data
    return str(minify.ffi.buffer(output, length[0]), "utf-8")
