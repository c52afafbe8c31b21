"""What the end-to-end tests ask of Chromium: its log, and to wait for a value in the page."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


def read_log(driver: Chrome) -> str:
    """Return the console's messages since the last call, one a line."""
    entries: list[Mapping[str, Any]] = driver.get_log("browser")  # type: ignore[no-untyped-call]
    return "\n".join(str(one["message"]) for one in entries)


def wait(driver: Chrome, script: str, expected: object = True, limit_s: float = 45) -> None:
    """Wait until a JavaScript expression has a value."""
    from selenium.common.exceptions import JavascriptException, TimeoutException
    from selenium.webdriver.support.wait import WebDriverWait

    last: Any = None

    def ask(_: object) -> bool:
        nonlocal last
        # in the middle of a reload there may be no document
        with contextlib.suppress(JavascriptException):
            last = driver.execute_script(f"return ({script})")
        return bool(last == expected)

    try:
        WebDriverWait(driver, limit_s, poll_frequency=0.02).until(ask)
    except TimeoutException:
        raise AssertionError(f"{script} is {last!r}, not {expected!r}") from None
