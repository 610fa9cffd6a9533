"""A machine of one's own for each test: its PATH, its home, its cache, and a release page that it may download from."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import socket
import ssl
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from kataform import install, tools

GENERATOR = Path(tools.__file__).parent.parent
DRIVER = Path(__file__).with_name("pinned_elsewhere.py")
NOBODY = "http://127.0.0.1:9/"  # the discard port: nobody listens
PLATFORM = tools.platform()


@dataclass
class Machine:
    """A machine with nothing on its PATH but what a test puts there."""

    folder: Path
    forge: str = NOBODY
    digests: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def cache(self) -> Path:
        return self.folder / "cache" / "kataform"

    def program(self, name: str, script: str, folder: str = "bin") -> Path:
        """Put a shell script on the machine, in the one folder of PATH unless another is named."""
        path = self.folder / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.bin),
            "HOME": str(self.folder / "home"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "PYTHONPATH": str(GENERATOR),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TEST_PINS": json.dumps({"forge": self.forge, "digests": self.digests}),
            **self.variables,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(DRIVER), *arguments],
            env=self.environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run `kataform`; its exit code, standard output and standard error, the test's own folder written as ~."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, self.shown(out), self.shown(err)

    def shown(self, text: str) -> str:
        return text.replace(str(self.folder), "~").replace(self.forge.rstrip("/"), "FORGE")

    def installed(self) -> list[str]:
        """Every file and folder below the cache's tools, so that what is left behind shows too."""
        below = self.cache / "tools"
        return sorted(path.relative_to(below).as_posix() for path in below.rglob("*") if not path.is_dir())


@dataclass
class Page:
    """A release page: what it answers at a path, and what it was asked for."""

    url: str
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def offer(self, name: str, content: bytes) -> str:
        """Answer with `content` where the archive of the program is looked for; its SHA-256."""
        self.answers[self.path(name)] = lambda request: _answer(request, content)
        return hashlib.sha256(content).hexdigest()

    def path(self, name: str) -> str:
        return install.archive_url(tools.PINS[name], PLATFORM, "http://x").removeprefix("http://x")


def _answer(request: BaseHTTPRequestHandler, content: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until nothing more does."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(1 << 16):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests are about."""


def serve(context: ssl.SSLContext | None = None) -> Iterator[Page]:
    class Requests(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page.asked.append(self.path)
            answer = page.answers.get(self.path)
            if answer is None:
                self.send_error(404)
            else:
                answer(self)

        def do_CONNECT(self) -> None:
            page.asked.append(self.path)
            host, _, port = self.path.rpartition(":")
            if host != "127.0.0.1":
                self.send_error(403)
                return
            with socket.create_connection((host, int(port)), timeout=60) as there:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
                back.start()
                _pump(self.connection, there)
                back.join(60)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 — the base class names it
            """Stay quiet."""

    server = _Server(("127.0.0.1", 0), Requests)
    scheme = "http"
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    page = Page(f"{scheme}://127.0.0.1:{server.server_address[1]}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield page
    server.shutdown()
    server.server_close()


def tar(*members: tuple[str, bytes | tarfile.TarInfo]) -> bytes:
    """A .tar.gz with regular files from bytes, and anything else as its TarInfo says."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz", compresslevel=1) as archive:
        for name, content in members:
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mode = 0o755
            archive.addfile(info, io.BytesIO(content))
    return output.getvalue()


KUSTOMIZE = b"#!/bin/sh\necho v5.8.1\n"
