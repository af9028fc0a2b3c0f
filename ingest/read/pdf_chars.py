"""The characters of a PDF: who opens the file, and what stands where on its pages.

All lengths are points (1/72 inch) of the page; y grows upwards.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from ingest.errors import SkippedFile

HAN = r"⺀-〿㐀-鿿豈-﫿＀-￯\U00020000-\U0003ffff"  # Han and the punctuation set with it
HANGING = "。，、；：！？）」』》】"  # the right half of their square is empty
CELL_GAP = 0.9  # em: a wider gap may part two cells or columns; spaces in justified lines stay below
NARROW = 0.55  # em: the mean width of a Latin letter or figure in usual fonts
ROW_SHIFT = 0.35  # em: baselines nearer than this are one row; a superscript is raised by about a third
HAN_GAP = 0.4  # em: a space pdfium guessed in a narrower gap between Han characters is letter spacing
TURNED = 0.1  # tangent: steeper lines are turned, slanted type is not
SLANT = 0.17  # sine of 10 degrees: text neither along nor across the page is a watermark
BELOW_ALL = 1e5  # points: the largest page of the format is 14,400
_IS_HAN = re.compile(f"[{HAN}]")
BAD = re.compile("[\ue000-\uf8ff\ufffd\u2e80-\u2fdf\U000f0000-\U0010fffd]")
_FILE_NAME = re.compile(r"\.(?:docx?|pdf|html?|pptx?|tex|md|txt|wps|indd|typ|rtf|odt)\b|^(?:untitled|无标题|document|文档)\d*$|[/\\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Run:
    """Characters drawn next to each other on one baseline `y`, from `left` to `right`; `size` is the font's."""

    text: str
    left: float
    right: float
    y: float
    size: float


def is_han(char: str) -> bool:
    """True for a Han character and for punctuation of its width."""
    return bool(_IS_HAN.match(char))


def width_of(text: str) -> float:
    """About how wide a text is, in em."""
    return sum(1.0 if is_han(char) else NARROW for char in text)


def open_pages(content: bytes) -> tuple[list[list[Run]], str]:
    """The runs of each page, and the title from the metadata ("" without a sensible one)."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise _encrypted() from error
        pages, title = _pages_without_places(content)
    else:
        try:
            pages = [_page(document, at) for at in range(len(document))]
            title = document.get_metadata_value("Title")
        finally:
            document.close()
    title = " ".join(title.split())
    return pages, "" if _FILE_NAME.search(title) or BAD.search(title) else title


def _page(document: Any, at: int) -> list[Run]:
    """The runs of one page of a pypdfium2 document; none when the page is damaged."""
    import pypdfium2

    try:
        page = document[at]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []
    runs = page_runs(textpage)
    textpage.close()
    page.close()
    return runs


def _pages_without_places(content: bytes) -> tuple[list[list[Run]], str]:
    """The same by pypdf, which opens some damaged files: lines set one below the other, without columns."""
    import pypdf

    try:
        document = pypdf.PdfReader(BytesIO(content))
        if document.is_encrypted and not document.decrypt(""):
            raise _encrypted()
        texts = [page.extract_text() for page in document.pages]
        title = (document.metadata.title if document.metadata else "") or ""
    except SkippedFile:
        raise
    except Exception as error:  # whatever pypdf stumbles over, the file is broken
        raise SkippedFile("broken", "PDF 已损坏，无法打开。", "the PDF is broken and cannot be opened") from error
    return [[Run(line.strip(), 0.0, width_of(line), -float(at), 1.0) for at, line in enumerate(lines) if line.strip()]
            for lines in (text.splitlines() for text in texts)], str(title)


def _encrypted() -> SkippedFile:
    return SkippedFile("encrypted", "PDF 有密码。请先去掉密码。", "the PDF asks for a password")


def page_runs(textpage: Any) -> list[Run]:
    """The runs of a pypdfium2 text page, in the order in which they are drawn."""
    runs: list[Run] = []
    chars: list[tuple[str, float, float]] = []
    place = (0.0, 1.0)  # baseline and size of the run being read
    spaced = drawn = False  # a space stands before the next character; one that is in the file
    for char, left, right, y, size in _characters(textpage):
        if char in "\r\n":
            _close(runs, chars, place)
            continue
        if char == " ":
            spaced, drawn = True, drawn or not left
            continue
        if chars:
            em = max(place[1], size)
            last = chars[-1]
            gap = left - (_ink_end(last, place[1]) if last[0] in HANGING else last[2])
            if abs(y - place[0]) > ROW_SHIFT * em or gap > CELL_GAP * em or gap < -em:
                _close(runs, chars, place)
            elif spaced and (drawn or gap > HAN_GAP * em or not (is_han(char) and is_han(chars[-1][0]))):
                chars.append((" ", chars[-1][2], chars[-1][2]))
        if not chars or size > place[1]:
            place = (y, size)
        chars.append((char, left, right))
        spaced = drawn = False
    _close(runs, chars, place)
    return runs


def _ink_end(char: tuple[str, float, float], em: float) -> float:
    """The right edge of a character; of closing punctuation, which may hang into the margin, that of its ink."""
    hangs = char[0] in HANGING and char[2] - char[1] > 0.9 * em
    return char[2] - 0.45 * em if hangs else char[2]


def _close(runs: list[Run], chars: list[tuple[str, float, float]], place: tuple[float, float]) -> None:
    if chars:
        right = max(*(char[2] for char in chars[:-1]), _ink_end(chars[-1], place[1])) if chars[1:] else chars[0][2]
        runs.append(Run("".join(char for char, _, _ in chars), chars[0][1], right, *place))
        chars.clear()


def _characters(textpage: Any) -> Iterator[tuple[str, float, float, float, float]]:
    """(character, left, right, baseline, font size) in drawing order; line breaks and spaces without a place.

    `left` of a space is 1.0 when pdfium guessed it from a gap.
    """
    from pypdfium2 import raw

    x, y, box, matrix = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF(), raw.FS_MATRIX()
    size, baseline = 1.0, 0.0
    fresh, turned, high = True, False, 0
    for at in range(raw.FPDFText_CountChars(textpage)):
        code = raw.FPDFText_GetUnicode(textpage, at)
        if code in (10, 13):
            fresh = True
            yield "\n", 0.0, 0.0, 0.0, 0.0
            continue
        if code in (9, 0x20, 0xA0, 0x3000):
            fresh = True  # another font may begin behind a space
            yield " ", float(raw.FPDFText_IsGenerated(textpage, at)), 0.0, 0.0, 0.0
            continue
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else 0xFFFD
            high = 0
        if code in (2, 0xFFFE):
            code = 0xAD  # pdfium's sign for a hyphen at the end of a line
        if code < 0x20:
            continue
        raw.FPDFText_GetCharOrigin(textpage, at, x, y)
        raw.FPDFText_GetLooseCharBox(textpage, at, box)
        if fresh or y.value != baseline:
            baseline = y.value
            raw.FPDFText_GetMatrix(textpage, at, matrix)
            scale = abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
            size = raw.FPDFText_GetFontSize(textpage, at) * scale or 1.0
            turned = abs(matrix.b) > TURNED * abs(matrix.a) or matrix.a < 0
            fresh = False
        if turned:
            yield (chr(code), *_upright(x.value, y.value, box, matrix, size), size)
        else:
            yield chr(code), box.left, box.right, y.value, size


def _upright(x: float, y: float, box: Any, matrix: Any, size: float) -> tuple[float, float, float]:
    """Left, right and baseline of a turned character in axes that run along and across its line."""
    length = (matrix.a**2 + matrix.b**2) ** 0.5 or 1.0
    along, up = matrix.a / length, matrix.b / length
    left, baseline = x * along + y * up, y * along - x * up
    if abs(along) > SLANT and abs(up) > SLANT:  # a watermark: its lines stand below all others
        return left, left + size, baseline - BELOW_ALL
    advance = box.right - box.left if abs(along) > abs(up) else box.top - box.bottom
    return left, left + advance, baseline
