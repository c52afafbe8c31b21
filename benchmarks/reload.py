"""From a saved file to the browser: Chromium on the dev server, by the browser's own clock.

``python -m benchmarks.reload`` prints milliseconds: from before the write of a style sheet until its
new version has arrived, and of a script until the page begins to load again; least and median of 15.
Needs Debian's chromium and chromium-driver. Both sources are copied by the compiler's side (plain CSS
and JavaScript), so nearly all of it is watching, building, telling and fetching.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.conftest import start_chromium
from tests.e2e.servers import free_port, running

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

TIMES = 15
PAGE = """<!doctype html><link rel="stylesheet" href="/assets/a.css"><p>x</p>
<script src="/assets/b.js"></script>
"""
# the newest version of a style sheet, as the browser tells it
ARRIVED = """return performance.getEntriesByType('resource').filter((one) => one.name.includes('/a.'))
  .map((one) => performance.timeOrigin + one.responseEnd).at(-1)"""
LOADED = "return performance.timeOrigin"


def wait_later(driver: Chrome, script: str, than: float) -> float:
    """Return a moment of the browser once it is later than another."""
    while True:
        found: float | None = driver.execute_script(script)
        if found is not None and found > than:
            return found
        time.sleep(0.01)


def measure(driver: Chrome, file: Path, text: str, script: str) -> list[float]:
    """Return the milliseconds of each save."""
    times = []
    for number in range(1, TIMES + 1):
        time.sleep(0.4)
        started = time.time() * 1000
        file.write_text(text.format(number))
        times.append(wait_later(driver, script, started) - started)
    return times


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        for path, text in (
            ("assets/a.css", "p { z-index: 0 }"),
            ("assets/b.js", "let b = 0"),
            ("pages/index.html", PAGE),
        ):
            (project / path).parent.mkdir(exist_ok=True)
            (project / path).write_text(text)
        port, app = free_port(), free_port()
        argv = [
            sys.executable,
            "-m",
            "assetbuild",
            "serve",
            "--port",
            str(port),
            "--app",
            f":{app}",
            "--",
        ]
        argv += [sys.executable, "-m", "http.server", "-b", "127.0.0.1", "-d", "pages", str(app)]
        env = {"ASSETBUILD_CACHE_DIR": str(project / "cache")}
        driver = start_chromium(project / "profile")
        try:
            with running(argv, port, cwd=project, env=env) as server:
                while "<p>" not in driver.page_source:
                    driver.get(f"http://127.0.0.1:{port}/")
                for title, path, text, script in (
                    ("style sheet, swapped", "assets/a.css", "p {{ z-index: {} }}", ARRIVED),
                    ("script, page loads again", "assets/b.js", "let b = {}", LOADED),
                ):
                    times = measure(driver, project / path, text, script)
                    print(
                        f"{title}: least {min(times):.0f} ms, median {statistics.median(times):.0f} ms"
                    )
                server.terminate()
                server.wait(20)
        finally:
            driver.quit()


if __name__ == "__main__":
    main()
