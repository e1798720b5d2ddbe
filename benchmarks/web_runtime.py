"""Measures how the networks may run in a page: WebAssembly of our own, plain JavaScript, onnxruntime-web.

    python benchmarks/web_runtime.py

Needs a built site and Chromium, and for the comparison `npm install --no-save onnxruntime-web@1.30.0`:
the book itself does without. All pages are served here, compressed as a server
would, and opened in a fresh browser; the table says how long an image takes, how many bytes
go over the wire, and how long it is from opening to the first answer. Compare within one run only.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import statistics
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from common import guarded, report
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
LIB = ROOT / "web/lib"
ORT = ROOT / "node_modules/onnxruntime-web/dist"
ORT_PAGE = "onnxruntime-web, 1 thread"
FILES = {
    "/networks.js": ROOT / "_build/html/_static/data/networks.js",
    "/ort.wasm.min.js": ORT / "ort.wasm.min.js",
    "/ort-wasm-simd-threaded.mjs": ORT / "ort-wasm-simd-threaded.mjs",
    "/ort-wasm-simd-threaded.wasm": ORT / "ort-wasm-simd-threaded.wasm",
    "/pipeline.onnx": ROOT / "models/pipeline.onnx",
} | {f"/lib/{path.name}": path for path in LIB.glob("*.js")}
OWN = """<script src="networks.js"></script>
<script type="module">
import { load } from "./lib/network.js";
window.ready = load(quickDrawData.networks, { plain: PLAIN })
  .then((network) => async (image) => network.run(image));
</script>"""
OTHER = """<script src="ort.wasm.min.js"></script>
<script>
ort.env.wasm.numThreads = 1;
window.ready = ort.InferenceSession.create("pipeline.onnx").then((session) => async (image) =>
  session.run({ noisy: new ort.Tensor("float32", image, [1, 28, 28, 1]) }));
</script>"""
FIRST = """<script type="module">
window.image = Float32Array.from({ length: 784 }, (_, i) => (i * 7919 % 1000) / 1000);
window.first = window.ready.then(async (run) => { await run(image); return performance.now(); });
</script>"""
PAGES = {
    "WebAssembly SIMD, our own": OWN.replace("PLAIN", "false") + FIRST,
    "plain JavaScript, our own": OWN.replace("PLAIN", "true") + FIRST,
}
if ORT.exists():
    PAGES[ORT_PAGE] = OTHER + FIRST
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
MEASURE = """async (count) => {
  const run = await window.ready;
  const times = [];
  for (let i = 0; i < count + 10; i += 1) {
    const begin = performance.now();
    await run(image);
    times.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return times.slice(10);
}"""
# From a click on "New noise" to the answer, measured in the real page.
CLICK = """async (count) => {
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const begin = performance.now();
    document.getElementById('pg-renew').click();
    // Its worker answers.
    await noisyPlayground.page.answering;
    document.getElementById('pg-chain').getBoundingClientRect();
    times.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return times;
}"""


@cache
def compressed(path: str) -> bytes:
    """Read a file of the site, or write a page of the benchmark, as a server compresses it."""
    if path.startswith("/page-"):
        text = list(PAGES.values())[int(path.removeprefix("/page-"))]
        return gzip.compress(f"<!doctype html><meta charset=utf-8>{text}".encode())
    file = FILES.get(path, ROOT / "_build/html" / path.lstrip("/"))
    return gzip.compress(file.read_bytes()) if file.is_file() else b""


class Handler(BaseHTTPRequestHandler):
    """Serves compressed files and counts their bytes."""

    sent = 0

    def do_GET(self) -> None:
        """Answer with a compressed file."""
        path = self.path.partition("?")[0]
        body = compressed(path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", TYPES.get(Path(path).suffix, "text/html"))
        if path.endswith(".css"):
            self.send_header("Content-Type", "text/css")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        Handler.sent += len(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def main() -> None:
    """Open every page several times and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="images to measure")
    parser.add_argument("--openings", type=int, default=5, help="times each page is opened")
    parser.add_argument("--save", action="store_true", help="keep the result for the model card")
    arguments = parser.parse_args()
    for path in [*FILES]:
        compressed(path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    rows = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for number, name in enumerate(PAGES):
            firsts = []
            for _ in range(arguments.openings):
                Handler.sent = 0
                context = browser.new_context()
                page = context.new_page()
                page.goto(f"{origin}/page-{number}")
                firsts.append(page.evaluate("window.first"))
                sent = Handler.sent
                if len(firsts) == arguments.openings:
                    times = page.evaluate(MEASURE, arguments.count)
                context.close()
            rows[name] = (statistics.median(times), sent, statistics.median(firsts))
        opened, clicks = [], []
        for _ in range(arguments.openings):
            Handler.sent = 0
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{origin}/book/playground.html")
            page.evaluate("window.noisyPlayground.opened")
            opened.append(
                page.evaluate("performance.getEntriesByName('playground-answered')[0].startTime")
            )
            page.wait_for_timeout(1000)
            sent = Handler.sent
            clicks += page.evaluate(CLICK, 20)
            context.close()
        browser.close()
    server.shutdown()

    best = min(row[0] for row in rows.values())
    lines = [
        line(name, time, f"{time / best:.1f}", size, first)
        for name, (time, size, first) in rows.items()
    ]
    whole = "the playground, from a click to an answer"
    lines.append(line(whole, statistics.median(clicks), "", sent, statistics.median(opened)))
    report("web_runtime", lines, arguments.save)


def line(what: str, time: float, ratio: str, size: int, first: float) -> dict:
    """One line of the table."""
    return {
        "what": what,
        "ms an image, median": f"{time:.1f}",
        "ratio": ratio,
        "MB on the wire, gzipped": f"{size / 1e6:.2f}",
        "ms from opening to the first answer": f"{first:.0f}",
    }


if __name__ == "__main__":
    guarded(main)
