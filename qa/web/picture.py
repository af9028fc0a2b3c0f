"""A page of a PDF as a picture, the passage marked on it. Run as a program, in a process of its own.

A PDF is a stranger's program of sorts: the page never opens one in its own process.
    python -m qa.web.picture FILE PAGE < passage.txt > picture.png
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

_SCALE = 1.6  # 72 dots an inch times this: letters of 10 points are read with ease, 150 KB a page
_MARK = (255, 229, 138)  # the page's own marker; multiplied, so that letters stay black
_SECONDS = 15.0  # the slowest page tried took 1 s
_MOST_POINTS = 4000  # a side longer than this is no page to be read, but a bomb
_ENDS = 10  # characters at either end of a passage by which it is found where its middle reads otherwise

_AT_ONCE = threading.BoundedSemaphore(2)  # drawings side by side: each takes a process and about 100 MB


def picture(path: Path, page: int, passage: str) -> bytes | None:
    """PNG of page `page` (from 1) with `passage` marked where it is found; None if it cannot be drawn."""
    # -P: nothing is imported from the folder the page was started in, only what this process imports.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", "qa.web.picture", str(path), str(page)]
    try:
        with _AT_ONCE:
            done = subprocess.run(
                command,
                input=passage.encode(),
                capture_output=True,
                env=environment,
                timeout=_SECONDS,
                check=True,
            )
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout if done.stdout.startswith(b"\x89PNG") else None


def main(path: str, number: str) -> None:
    """Draw to standard output."""
    import pypdfium2

    passage = sys.stdin.buffer.read().decode("utf-8")
    document = pypdfium2.PdfDocument(path)
    page = document[int(number) - 1]
    if max(page.get_size()) > _MOST_POINTS:
        sys.exit(1)
    image = page.render(scale=_SCALE).to_pil().convert("RGB")
    image = _marked(image, page, passage)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False)
    sys.stdout.buffer.write(buffer.getvalue())


def _marked(image, page, passage: str):
    """`image` with a marker over every letter of `passage`."""
    from PIL import Image, ImageChops, ImageDraw

    layer = Image.new("RGB", image.size, "white")
    draw = ImageDraw.Draw(layer)
    height = page.get_size()[1]
    text = page.get_textpage()
    for left, bottom, right, top in _boxes(text, passage):
        box = [left * _SCALE, (height - top) * _SCALE - 1, right * _SCALE, (height - bottom) * _SCALE + 1]
        draw.rectangle([round(edge) for edge in box], fill=_MARK)
    return ImageChops.multiply(image, layer)


def _boxes(text, passage: str) -> list[tuple[float, float, float, float]]:
    """(left, bottom, right, top) in points of each line of the passage; [] where it is not found."""
    letters = [(index, char) for index in range(text.count_chars()) if (char := _char(text, index)).strip()]
    found = _find("".join(char for _, char in letters), "".join(passage.split()))
    lines: list[list[float]] = []
    for index, _ in letters[found[0] : found[1]]:
        left, bottom, right, top = text.get_charbox(index, loose=True)
        line = lines[-1] if lines else None
        if line and abs((line[1] + line[3]) - (bottom + top)) < (top - bottom) and left >= line[0]:
            line[:] = [min(line[0], left), min(line[1], bottom), max(line[2], right), max(line[3], top)]
        else:
            lines.append([left, bottom, right, top])
    return [tuple(line) for line in lines]


def _char(text, index: int) -> str:
    """One character; "" for what PDF hides there (soft breaks, null)."""
    char = text.get_text_range(index, 1)
    return char[:1] if char and char[0].isprintable() else ""


def _find(where: str, what: str) -> tuple[int, int]:
    """Where `what` stands, found whole, else by its two ends; (0, 0) if it does not."""
    at = where.find(what) if what else -1
    if at >= 0:
        return at, at + len(what)
    start = where.find(what[:_ENDS]) if len(what) > _ENDS else -1
    if start < 0:
        return 0, 0
    end = where.find(what[-_ENDS:], start)
    near = start <= end <= start + 2 * len(what)
    return start, (end + _ENDS if near else min(len(where), start + len(what)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
