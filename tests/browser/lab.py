"""JupyterLab as a person sees it: open, run, look at outputs, read pixels. Wraps one playwright page."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, WebSocket, expect

from tests.browser.server import Server

GIVEN_UP = "[anywidget] Failed to initialize model"


@dataclass
class Witness:
    """Everything a page said or asked for that a quiet, offline page would not."""

    errors: list[str] = field(default_factory=list)
    given_up: int = 0
    strangers: list[str] = field(default_factory=list)
    sent: int = 0
    received: int = 0

    def watch(self, page: Page) -> None:
        """Follow a page's console, its requests and its kernel's messages."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._error(f"uncaught: {error}"))
        page.on("request", self._request)
        page.on("websocket", self._websocket)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._error(f"{message.text} ({message.location.get('url', '')})")

    def _error(self, words: str) -> None:
        """anywidget complains of a module that needs two seconds on a busy machine; our views outlive it."""
        if GIVEN_UP in words:
            self.given_up += 1
        else:
            self.errors.append(words)

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "file", "about") and address.hostname != "127.0.0.1":
            self.strangers.append(request.url)

    def _websocket(self, socket: WebSocket) -> None:
        if urlsplit(socket.url).hostname != "127.0.0.1":
            self.strangers.append(socket.url)
        if "/channels" in socket.url:
            socket.on("framesent", lambda _: setattr(self, "sent", self.sent + 1))
            socket.on("framereceived", lambda _: setattr(self, "received", self.received + 1))

    @contextmanager
    def no_kernel_traffic(self, page: Page) -> Iterator[None]:
        """Fail if a message to or from the kernel passes inside the block."""
        page.wait_for_timeout(300)  # what came before may still be on its way
        before = self.sent, self.received
        yield
        page.wait_for_timeout(300)
        assert (self.sent, self.received) == before, "messages (to, from) the kernel"


@dataclass
class Notebook:
    """An open notebook."""

    page: Page
    server: Server
    name: str

    @classmethod
    def open(cls, page: Page, server: Server, name: str) -> Notebook:
        """Open a notebook of the server's folder and wait for its kernel."""
        page.goto(server.page(name))
        notebook = cls(page, server, name)
        notebook.wait_idle()
        return notebook

    @property
    def panel(self) -> Locator:
        """The notebook in front."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def wait_idle(self, timeout: float = 60) -> None:
        """Until the status bar says that the kernel is idle: before that, Run All is silently lost."""
        expect(self.page.locator("#jp-main-statusbar").get_by_text("| Idle")).to_be_visible(
            timeout=timeout * 1000
        )

    def menu(self, *path: str) -> None:
        """Choose from the menu bar."""
        self.page.get_by_role("menuitem", name=path[0], exact=True).first.click()
        for name in path[1:]:
            self.page.locator(".lm-Menu-item").get_by_text(name, exact=True).last.click()

    def run_all(self, timeout: float = 120) -> None:
        """Run All Cells, until every cell has its number."""
        self.menu("Run", "Run All Cells")
        self.wait_ran(timeout)

    def wait_ran(self, timeout: float = 120) -> None:
        """Until no code cell waits or runs, and the kernel is idle."""
        waiting = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt"
        self.page.wait_for_function(
            "selector => [...document.querySelectorAll(selector)].every(e => /\\[\\d+\\]/.test(e.textContent))",
            arg=waiting,
            timeout=timeout * 1000,
        )
        self.wait_idle(timeout)

    def save(self) -> None:
        """Save, until the tab says so."""
        self.page.keyboard.press("Escape")
        self.menu("File", "Save Notebook")
        expect(self.page.locator(".lm-DockPanel-tabBar .jp-mod-dirty")).to_have_count(0)

    def cell(self, index: int) -> Locator:
        """The index-th cell, code or text, scrolled into view: JupyterLab attaches only what is near the viewport."""
        found = self.panel.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')
        if found.count() == 0:
            found = self.panel.locator(".jp-Cell").nth(index)
        found.scroll_into_view_if_needed()
        return found

    @contextmanager
    def frozen_kernel(self) -> Iterator[None]:
        """Stop the kernel's process for a while: whatever happens in the block happens without it."""
        kernel = int(self.evaluate("import os; print(os.getpid())"))
        os.kill(kernel, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(kernel, signal.SIGCONT)

    def theme(self, name: str) -> None:
        """Choose a theme from the menu, until the page has it."""
        self.menu("Settings", "Theme", name)
        dark = "Dark" in name
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", str(not dark).lower())
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def expect(self, expression: str, value: str) -> None:
        """Hold an expression in the kernel against what it should print."""
        found = self.evaluate(f"print(({expression}))")
        assert found == value, f"{expression} is {found}, not {value}"

    def evaluate(self, code: str) -> str:
        """What the code prints in this notebook's kernel, asked beside the browser."""
        return self.server.evaluate(self.name, code)
