"""Debian's Chromium for the end-to-end tests, headless, with nothing that reaches out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import read_log
from tests.e2e.servers import find_program

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

FLAGS = (
    "--headless=new",
    # run by root, as in CI's container, its sandbox refuses to start
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=800,600",
)


def start_chromium(profile: Path) -> Chrome:
    """Start Chromium with an empty profile folder; the caller quits it."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = find_program("chromium")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # a path: without one, selenium would look for a driver to download
    driver = Chrome(options=options, service=Service(find_program("chromedriver")))
    driver.set_script_timeout(20)
    driver.set_page_load_timeout(30)
    return driver


@pytest.fixture(scope="session")
def chromium_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Run one Chromium for all tests: to start it takes seconds."""
    driver = start_chromium(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


@pytest.fixture
def chromium(chromium_process: Chrome) -> Iterator[Chrome]:
    """Return Chromium with an empty cache and an empty log; it leaves the test's pages at the end."""
    chromium_process.execute_cdp_cmd("Network.clearBrowserCache", {})
    read_log(chromium_process)
    yield chromium_process
    # ends event streams, which would hold up a server's end
    chromium_process.get("about:blank")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CACHE_DIR in which the bootstrap has installed the lock: once for all tests."""
    folder = tmp_path_factory.mktemp("installed")
    root = Path(__file__).parent.parent.parent
    argv = [str(root / "bin/with-assetbuild"), str(folder), "", "--version"]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, timeout=600)
    return folder
