"""A stand-in for the service: the page's own files under the page's own headers, and films that are drawn."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.web.pages import parts

HARNESS = Path(__file__).with_name("viewer_harness.html")
SCRIPT = b'import { Viewer } from "/page/viewer/viewer.js";\nwindow.Viewer = Viewer;\n'
STYLE = b"""html, body, main, #host { display: block; height: 100%; margin: 0; padding: 0; }
h1 { position: absolute; clip-path: inset(50%); }
"""


@dataclass(frozen=True, eq=False)
class Film:
    """One image as the API would tell of it; what is left empty is answered with 404."""

    pixels: NDArray[np.uint16]
    window: tuple[float, float]
    spacing: tuple[float, float] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    anatomy: Mapping[str, Any] | None = None
    preview: bool = True
    full: bool = True

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.pixels.shape
        return rows, columns

    @cached_property
    def body(self) -> bytes:
        """The pixels as they are sent."""
        return self.pixels.astype("<u2").tobytes()

    @cached_property
    def preview_png(self) -> bytes:
        """The 8-bit view, its longer side 1024 at most."""
        center, width = self.window
        shown = np.clip((self.pixels - (center - 0.5)) / (width - 1) + 0.5, 0, 1) * 255
        picture = Image.fromarray(np.rint(shown).astype(np.uint8))
        picture.thumbnail((1024, 1024))
        return _png(picture)

    @cached_property
    def pixel_headers(self) -> dict[str, str]:
        """What GET /images/{id}/pixels says of them."""
        rows, columns = self.sizes
        said = {"X-Rows": str(rows), "X-Columns": str(columns), "X-Photometric-Interpretation": "MONOCHROME2"}
        said |= {"X-Window-Center": str(self.window[0]), "X-Window-Width": str(self.window[1])}
        said |= {"X-Voi-Lut-Function": "LINEAR", "X-Rescale-Slope": "1", "X-Rescale-Intercept": "0"}
        if self.spacing:
            said["X-Pixel-Spacing"] = "\\".join(map(str, self.spacing))
        return said | dict(self.headers)


def heatmap_png() -> bytes:
    """An overlay whose lower right quarter is green, the rest clear."""
    picture = np.zeros((512, 512, 4), np.uint8)
    picture[256:, 256:] = (0, 255, 0, 255)
    return _png(Image.fromarray(picture))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


Answer = tuple[int, bytes, Mapping[str, str]]
NOTHING: Answer = (404, b'{"detail": "It is not here."}', {"Content-Type": "application/problem+json"})
TAGS = [
    {"tag": "(0018,5101)", "name": "View Position", "value": "PA"},
    {"tag": "(0018,1164)", "name": "Imager Pixel Spacing", "value": "0.14\\0.14"},
]


def answer(films: Mapping[str, Film], path: str) -> Answer:
    """Return status, body and headers of a path."""
    own = {
        "/": (HARNESS.read_bytes(), "text/html"),
        "/harness.js": (SCRIPT, "text/javascript"),
        "/harness.css": (STYLE, "text/css"),
    }
    if path in own:
        body, kind = own[path]
        return 200, body, {**parts()["index.html"].headers, "Content-Type": kind}
    if path.startswith("/page/"):
        part = parts()[path.removeprefix("/page/")]
        return 200, part.body, part.headers
    name, _, what = path.removeprefix("/api/v1/images/").partition("/")
    return _of_film(films[name], what) if name in films else NOTHING


def _of_film(film: Film, what: str) -> Answer:
    if what == "preview.png" and film.preview:
        return 200, film.preview_png, {"Content-Type": "image/png"}
    if what == "pixels" and film.full:
        return 200, film.body, {"Content-Type": "application/octet-stream", **film.pixel_headers}
    if what == "heatmaps/edema.png":
        return 200, heatmap_png(), {"Content-Type": "image/png"}
    if what == "anatomy" and film.anatomy:
        return 200, json.dumps(film.anatomy).encode(), {"Content-Type": "application/json"}
    if what == "tags":
        return 200, json.dumps({"tags": TAGS}).encode(), {"Content-Type": "application/json"}
    return NOTHING


@contextmanager
def serving(films: Mapping[str, Film]) -> Iterator[str]:
    """Serve the films by their names; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body, headers = answer(films, self.path.partition("?")[0])
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
