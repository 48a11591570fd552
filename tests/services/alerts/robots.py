"""A robot on loopback that answers as told and keeps what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OK = (200, '{"errcode":0,"errmsg":"ok"}')
TOO_MANY = (200, '{"errcode":45009,"errmsg":"api freq out of limit"}')
KEY = "693a91f6-7bc4-4f5e-a994-790f21fc8d30"


class Robots:
    """``answer`` is what the next posts get; ``got`` are the texts, ``paths`` where they were posted to."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/cgi-bin/webhook/send?key="
        self.answer = OK
        self.got: list[str] = []
        self.paths: list[str] = []

    @property
    def taken(self) -> list[str]:
        """Lines of all messages, without the heads."""
        return [line for text in self.got for line in text.splitlines()[1:]]


@contextmanager
def robots() -> Iterator[Robots]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            here.paths.append(self.path)
            status, text = here.answer
            if here.answer == OK:
                assert body["msgtype"] == "text"
                here.got.append(body["text"]["content"])
            answer = text.encode("utf-8")
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", here.url + "elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Robots(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
