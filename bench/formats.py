"""Rows a second and peak memory of every format, beside raw parsing of the same bytes: python bench/formats.py [FORMAT …]

Raw parsing is what a few lines would do: json.load, csv.reader over the whole text, ElementTree.parse, openpyxl. It
understands nothing and checks nothing, and holds the whole file. Each is measured in a process of its own; inputs are the
format's largest real file in ../shared/data where there is one, else its sample, repeated to some thousands of rows.
"""

import csv
import io
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from pathlib import Path

import psutil

from importers import formats
from importers.json_rows import MAX_ELEMENT
from importers.protocol import Notice, Payload
from tests.importers.feeds import SAMPLES
from tests.importers.real import FILES, own_format

ROWS = 5_000
Work = Callable[[Path], int]
Measured = tuple[
    int, float, int
]  #: rows, processor seconds, bytes of memory above those of a process that has loaded everything


def many(path: Path, folder: Path) -> Path:
    """The file, or one with its rows over and over where it is a small list."""
    text = path.read_bytes()
    if len(text) > 500_000 or text[:1] == b"<" or text[:2] == b"PK":
        return path
    larger = folder / path.name
    if text.lstrip()[:1] == b"[":
        rows = json.loads(text)
        larger.write_text(json.dumps(rows[:1] + rows[1:] * (ROWS // max(1, len(rows))), ensure_ascii=False))
    elif text.lstrip()[:1] == b"{":
        whole = json.loads(text)
        lists = [key for key, value in whole.items() if isinstance(value, list)] if isinstance(whole, dict) else []
        for key in lists:
            whole[key] = whole[key] * max(1, min(ROWS // max(1, len(whole[key])), MAX_ELEMENT // len(text) - 1))
        larger.write_text(json.dumps(whole, ensure_ascii=False))
    else:
        head, _, body = text.partition(b"\n")
        larger.write_bytes(head + b"\n" + (body.rstrip(b"\r\n") + b"\n") * (ROWS // max(1, body.count(b"\n"))))
    return larger


def raw(path: Path) -> int:
    text = path.read_bytes()
    start = text.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"[", b"{"):
        try:
            return len(json.loads(text))
        except ValueError:
            return len([json.loads(line) for line in text.splitlines() if line])
    if start == b"<" and b"<html" not in text[:500]:
        from defusedxml.ElementTree import fromstring

        return len(list(fromstring(text).iter()))
    return len(list(csv.reader(io.StringIO(text.decode("utf-8", "replace")), delimiter=";")))


def understood(name: str) -> Work:
    reader = formats.get(name)

    def read(path: Path) -> int:
        return sum(not isinstance(row, Notice) for row in reader.read(Payload(path, path.name)))

    return read


def _measure(name: str | None, path: Path, answer: "Queue[Measured]") -> None:
    work = raw if name is None else understood(name)
    started, before = time.process_time(), psutil.Process().memory_info().rss
    rows = work(path)
    info = psutil.Process().memory_info()
    peak = getattr(info, "peak_wset", 0) or _peak()
    answer.put((rows, time.process_time() - started, max(0, peak - before)))


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(name: str | None, path: Path) -> Measured:
    """One reading, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answer: Queue[Measured] = context.Queue()
    process = context.Process(target=_measure, args=(name, path, answer))
    process.start()
    found = answer.get(timeout=120)
    process.join()
    return found


def main() -> None:
    print("| format | MB | rows | rows/s | MB memory | raw s | against raw | raw MB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name in sys.argv[1:] or formats.formats():
        real = [path for path in FILES if own_format(path) == name and "mocks" not in path.name]
        candidates = sorted(real, key=lambda path: path.stat().st_size) or sorted((SAMPLES / name).glob("*"))
        if not candidates:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = many(candidates[-1], Path(folder))
            rows, seconds, memory = measured(name, path)
            _, plain, plain_memory = measured(None, path)
            print(
                f"| {name} | {path.stat().st_size / 1e6:.1f} | {rows:,} | {rows / max(seconds, 1e-6):,.0f} "
                f"| {memory / 1e6:.0f} | {plain:.2f} | {seconds / max(plain, 1e-6):.1f} × | {plain_memory / 1e6:.0f} |"
            )


if __name__ == "__main__":
    main()
