"""Serves the page in web/ on this computer only, and lets it read a simulation that runs from this clone.

    python -m tools.web            http://localhost:8137, until Ctrl-C

Web Serial needs https or localhost; the page itself needs no server. The page may type at a simulation as at a
controller: reading commands only, which the page holds to; this server hands bytes to nothing but a simulation's
console, one page at a time, and only to pages of its own.
"""

import argparse
import contextlib
import functools
import os
import select
import sys
import threading
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tools import console

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "web"
PORT = 8137
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
MOST_TYPED = 4096
_POLL_S = 0.2


class Bridge:
    """The console of the simulation, for one page at a time."""

    def __init__(self, link: Path):
        self.link = link
        self.line: int | None = None
        self._lock = threading.Lock()

    def runs(self) -> bool:
        return self.link.exists()

    def take(self) -> int | None:
        """Attach; None when another page has it. NothingRuns when nothing runs."""
        with self._lock:
            if self.line is not None:
                return None
            self.line = console.attach(self.link)
            return self.line

    def leave(self) -> None:
        with self._lock:
            line, self.line = self.line, None
            if line is not None:
                os.close(line)

    def type(self, data: bytes) -> bool:
        """To the console; False when no page has it."""
        with self._lock:
            if self.line is None:
                return False
            os.write(self.line, data)
            return True


class Handler(SimpleHTTPRequestHandler):
    """Files of web/, and /sim for the bridge."""

    protocol_version = "HTTP/1.1"
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript", ".svg": "image/svg+xml"}

    def __init__(self, *args: Any, bridge: Bridge, **kwargs: Any):
        self.bridge = bridge
        super().__init__(*args, **kwargs)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class calls it so
        pass

    def _ours(self) -> bool:
        """A page of another site must not reach the bridge, whatever name it gives this computer."""
        port = str(getattr(self.server, "server_port", PORT))
        hosts = {name + ":" + port for name in ("localhost", "127.0.0.1")}
        origin = self.headers.get("Origin")
        return self.headers.get("Host", "") in hosts and (not origin or origin.partition("://")[2] in hosts)

    def do_GET(self) -> None:
        if self.path == "/sim":
            self._say(
                HTTPStatus.OK, b'{"runs": %s}' % (b"true" if self.bridge.runs() else b"false"), "application/json"
            )
        elif self.path == "/sim/out":
            self._stream()
        else:
            super().do_GET()

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/sim/in" or not self._ours():
            self._say(HTTPStatus.FORBIDDEN, b"not from here")
        elif not length.isdigit() or int(length) > MOST_TYPED:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"at most %d bytes" % MOST_TYPED)
        elif self.bridge.type(self.rfile.read(int(length))):
            self._say(HTTPStatus.OK, b"")
        else:
            self._say(HTTPStatus.CONFLICT, b"not connected")

    def _say(self, status: HTTPStatus, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status != HTTPStatus.OK:
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        """What the console says, until either side ends."""
        if not self._ours():
            return self._say(HTTPStatus.FORBIDDEN, b"not from here")
        try:
            line = self.bridge.take()
        except console.NothingRuns:
            return self._say(HTTPStatus.NOT_FOUND, b"no simulation runs: make run SPEED=realtime")
        if line is None:
            return self._say(HTTPStatus.CONFLICT, b"another page is connected to the simulation")
        try:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Connection", "close")
            self.close_connection = True
            self.end_headers()
            self._copy(line)
        finally:
            self.bridge.leave()

    def _copy(self, line: int) -> None:
        with contextlib.suppress(OSError):
            while self.bridge.runs():
                ready, _, _ = select.select([line, self.connection], [], [], _POLL_S)
                if self.connection in ready:
                    return  # the page has gone: it sends nothing on this connection
                if line in ready:
                    said = os.read(line, 4096)
                    if not said:
                        return
                    self.wfile.write(said)


def serve(port: int = PORT, link: Path = ROOT / console.LINK) -> ThreadingHTTPServer:
    """A server that listens on this computer only; the caller runs it."""
    handler = functools.partial(Handler, directory=str(PAGE), bridge=Bridge(link))
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    return server


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.web", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=PORT, help="default: %d" % PORT)
    options = parser.parse_args(arguments)
    try:
        server = serve(options.port)
    except OSError as why:
        print("web: port %d can't be used (%s): name another with --port" % (options.port, why), file=sys.stderr)
        return 1
    print("web: http://localhost:%d in Chromium, Chrome or Edge. Ctrl-C ends it." % options.port, flush=True)
    with contextlib.suppress(KeyboardInterrupt), server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
