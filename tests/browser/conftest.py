"""One JupyterLab and one Chromium for all browser tests; a quiet, offline page for each."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import chromium, server
from tests.browser.lab import Notebook, Witness

ARTIFACTS = Path(__file__).parent / "artifacts"
VIEWPORT = {"width": 1400, "height": 1000}
# Two busy cores can take long over what is quick on an idle machine; whoever passes does not wait for it.
PATIENCE = 20_000  # milliseconds
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    """Browser tests come last: they are slow, and playwright's loop must not run beside tests that use asyncio."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
    items.sort(key=lambda item: here in item.path.parents)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The running JupyterLab."""
    process, running = server.start(tmp_path_factory.mktemp("lab"))
    yield running
    server.stop(process)


@pytest.fixture(scope="session")
def chrome():
    """Chromium, to be launched with its options; without one the tests fail, they never skip."""
    program = chromium.find()
    if program is None:
        pytest.fail("no Chromium: run `make test`, which gets one, or set LRPWIDGETS_CHROMIUM")
    # Not even a name look-up may leave the machine.
    offline = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        yield playwright.chromium, {"executable_path": program, "args": [*chromium.FLAGS, offline]}


@pytest.fixture(scope="session")
def browser(chrome):
    """The running Chromium."""
    launcher, options = chrome
    with launcher.launch(**options) as browser:
        yield browser


@pytest.fixture
def witness():
    """Collects what a page should not do; each test ends by asking it."""
    return Witness()


@pytest.fixture(scope="session")
def context(chrome, tmp_path_factory):
    """What nearly all pages share: with a folder of its own Chromium compiles JupyterLab's scripts once."""
    launcher, options = chrome
    folder = tmp_path_factory.mktemp("chromium")
    with launcher.launch_persistent_context(folder, viewport=VIEWPORT, **options) as context:
        yield context


@pytest.fixture
def page(context, witness, request):
    """A fresh page. A failing test leaves a screenshot; a passing one must have been quiet and offline."""
    with watched(context, witness, request.node) as page:
        yield page


@pytest.fixture
def dense_page(browser, witness, request):
    """A page on a screen with two device pixels to a CSS pixel."""
    with (
        browser.new_context(viewport=VIEWPORT, device_scale_factor=2) as context,
        watched(context, witness, request.node) as page,
    ):
        yield page


@pytest.fixture
def offline_page(browser, witness, request):
    """A page whose network is off."""
    with (
        browser.new_context(viewport=VIEWPORT, offline=True) as context,
        watched(context, witness, request.node) as page,
    ):
        yield page


@contextmanager
def watched(context, witness, node):
    """Open a page, and hold it to its manners when the test is over."""
    context.set_default_timeout(PATIENCE)
    others = list(context.pages)
    page = context.new_page()
    witness.watch(page)
    yield page
    if node.stash.get(FAILED, False):
        keep(page, "failed-" + re.sub(r"\W+", "-", node.name).strip("-"))
    for each in context.pages:
        if each not in others:
            each.close()
    assert witness.strangers == [], "requests left the machine"
    assert witness.errors == [], "errors in the browser's console"


def keep(page, name):
    """Leave a screenshot for a person to look at."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png")


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Remember a failure, so that the page's fixture can take its picture."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture
def notebook(page, lab):
    """Open a notebook: `notebook("00_quickstart.ipynb")`; its kernel ends with the test."""
    yield lambda name: Notebook.open(page, lab, name)
    lab.stop_kernels()
