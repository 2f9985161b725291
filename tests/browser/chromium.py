"""Find a Chromium for the browser tests, or get one: `python tests/browser/chromium.py`.

In order: the one that LRPWIDGETS_CHROMIUM names, a system Chromium or Chrome, playwright's own, a download of
playwright's own, Debian's package where this user may install it. `make test` runs this first; with none to be
had it fails, because a browser test that skips proves nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/opt/google/chrome/chrome",
)
# As root the sandbox cannot start; the rest keeps the browser from calling home, which an offline machine refuses.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def candidates() -> Iterator[str]:
    """Programs that may be a usable Chromium, best first."""
    named = os.environ.get("LRPWIDGETS_CHROMIUM")
    if named:
        yield named
        return
    yield from filter(None, map(shutil.which, COMMANDS))
    yield from (place for place in PLACES if Path(place).exists())
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        yield own


def starts(program: str) -> bool:
    """Whether the program opens a page; a stub of a package manager or a missing library does not."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS), timeout=60_000)
            browser.new_page().goto("about:blank")
            browser.close()
        except Error as error:
            print(f"lrpwidgets: {program} does not start: {str(error).splitlines()[0]}", file=sys.stderr)
            return False
    return True


def find() -> str | None:
    """The first candidate that starts."""
    return next(filter(starts, candidates()), None)


def download() -> None:
    """Ask playwright for its own build, with the system libraries it needs where this user may install them."""
    with_libraries = ["--with-deps"] if may_install() and not shutil.which("chromium") else []
    subprocess.run([sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"], check=False)


def install_debian() -> None:
    """Install Debian's Chromium, and one font so that text has glyphs."""
    if may_install():
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
        wanted = ["chromium", "fonts-dejavu-core"]
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted],
            env=environment,
            stdout=subprocess.DEVNULL,
            check=False,
        )


def may_install() -> bool:
    """Whether this is root on a system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def main() -> None:
    """Find a browser or get one; exit with a message when neither works."""
    program = find()
    for get in (download, install_debian):
        if program or "LRPWIDGETS_CHROMIUM" in os.environ:
            break
        get()
        program = find()
    if program:
        print(f"lrpwidgets: browser tests use {program}")
        return
    sys.exit(
        "lrpwidgets: no Chromium for the browser tests. Install Chromium or Google Chrome, or run"
        f" `{sys.executable} -m playwright install --with-deps chromium`, or set LRPWIDGETS_CHROMIUM to the program."
    )


if __name__ == "__main__":
    main()
