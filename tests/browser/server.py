"""One real JupyterLab for the browser tests: its own home and settings, a folder of its own, nothing fetched."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.blocking import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
# The pop-up that asks about news would lie over the notebook, and yes would mean a request to the outside.
SETTINGS = {"@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False}}


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address, and the folder that its file browser shows."""

    url: str
    token: str
    folder: Path
    log: Path

    def page(self, path: str = "") -> str:
        """Address that opens a file; a workspace of its own, so that no test inherits another's tabs."""
        workspace = f"lab/workspaces/{secrets.token_hex(4)}"
        return f"{self.url}{workspace}{'/tree/' + path if path else ''}?token={self.token}"

    def api(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Ask the server's REST interface."""
        request = urllib.request.Request(  # noqa: S310  the address is our own server's
            f"{self.url}api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def stop_kernels(self) -> None:
        """End every session, as a restarted server would have."""
        for session in self.api("sessions"):
            self.api(f"sessions/{session['id']}", "DELETE")

    def evaluate(self, notebook: str, code: str) -> str:
        """Run code in a notebook's kernel from here, past the browser, and return what it printed."""
        kernel = next(
            session["kernel"]["id"] for session in self.api("sessions") if session["path"] == notebook
        )
        client = BlockingKernelClient(
            connection_file=str(self.folder.parent / "runtime" / f"kernel-{kernel}.json")
        )
        client.load_connection_file()
        client.start_channels(hb=False)  # its thread can outlive the client, and then fails
        printed: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        try:
            reply = client.execute_interactive(code, output_hook=collect, store_history=False, timeout=60)
        finally:
            client.stop_channels()
        content = reply["content"]
        assert content["status"] == "ok", "\n".join(content["traceback"])
        return "".join(printed).strip()

    def write_notebook(self, name: str, *cells: str) -> str:
        """Put a notebook with these code cells into the folder."""
        notebook = {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for number, source in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.folder / name).write_text(json.dumps(notebook), encoding="utf-8")
        return name

    def read_notebook(self, name: str) -> Any:
        """The notebook as it was saved."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def start(place: Path) -> tuple[subprocess.Popen[bytes], Server]:
    """Start JupyterLab with everything it writes under `place`."""
    folder, log = place / "work", place / "jupyter.log"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".*"))
    # This checkout's extension, whichever one the environment holds; as files, because Voila serves no links.
    shutil.copytree(ROOT / "lrpwidgets" / "labextension", place / "share" / "labextensions" / "lrpwidgets")
    for name, settings in SETTINGS.items():
        file = place / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings), encoding="utf-8")
    (place / "home").mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "XDG_"))
    }
    environment = kept | {
        "HOME": str(place / "home"),
        "JUPYTERLAB_SETTINGS_DIR": str(place / "settings"),
        "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(place / "workspaces"),
        "JUPYTER_PATH": str(place / "share"),
        "JUPYTER_CONFIG_DIR": str(place / "config"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "OMP_NUM_THREADS": "1",
    }
    port, token = free_port(), secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={token}",
        "--ServerApp.terminals_enabled=False",
        "--LabApp.extension_manager=readonly",
        "--KernelManager.shutdown_wait_time=0.4",  # nothing in a test's kernel is worth a slow goodbye
    ]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL
        )
    server = Server(f"http://127.0.0.1:{port}/", token, folder, log)
    wait_until_ready(process, server)
    return process, server


def wait_until_ready(process: subprocess.Popen[bytes], server: Server) -> None:
    """Ask until the server answers; a server that ended or stays silent shows its log."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            server.api("status")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    stop(process)
    raise RuntimeError(f"JupyterLab did not start:\n{server.log.read_text(errors='replace')[-4000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server; it ends its kernels."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
