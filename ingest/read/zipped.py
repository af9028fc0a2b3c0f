"""Files that are zip archives of XML or HTML: docx and epub. Nothing is unpacked to disk.

Sizes are checked before anything is inflated, so that a small file cannot fill the memory.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from urllib.parse import unquote
from xml.etree import ElementTree

from ingest.errors import SkippedFile
from ingest.types import TABLE_MARK, Article, Mark, Span

MAX_INFLATED = 200 << 20  # bytes of one part; a book of text has 5 MB
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_HEADING = re.compile(r"(?:heading|标题)?\s*([1-6])$", re.IGNORECASE)


def _open(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _broken() from error


def _broken() -> SkippedFile:
    return SkippedFile("broken", "文件已损坏，无法打开。", "the file is broken and cannot be opened")


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of one part. SkippedFile if it is missing, encrypted, broken or far too large."""
    try:
        facts = archive.getinfo(name)
        if facts.file_size > MAX_INFLATED:
            raise SkippedFile(
                "too-large",
                f"文件解开后太大（{facts.file_size >> 20} MB）。",
                f"the file is too large once inflated ({facts.file_size >> 20} MB)",
            )
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, RuntimeError, OSError, EOFError, NotImplementedError) as error:
        raise _broken() from error


def _xml(content: bytes) -> ElementTree.Element:
    if b"<!ENTITY" in content[:100_000]:  # no office program writes one; a bomb does
        raise _broken()
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise _broken() from error


def read_docx(content: bytes, id: str) -> Article:
    """The paragraphs of a Word document, headings by their style, rows of tables on lines of their own."""
    archive = _open(content)
    body = _xml(_part(archive, "word/document.xml")).find(f"{_WORD}body")
    if body is None:
        raise _broken()
    levels = _heading_styles(archive)
    parts: list[str] = []
    marks: list[Mark] = []
    size = 0
    for element in body:
        if element.tag == f"{_WORD}tbl":
            lines = ["\t".join(_cell(cell) for cell in row.iter(f"{_WORD}tc")) for row in element.iter(f"{_WORD}tr")]
            text, kind = "\n".join(lines), TABLE_MARK
        else:
            text, kind = _paragraph(element), _level(element, levels)
        if kind and text.strip():
            marks.append(Mark(Span(size, size + len(text)), kind))
        parts.append(text)
        size += len(text) + 1
    title = ""
    if "docProps/core.xml" in archive.namelist():
        found = _xml(_part(archive, "docProps/core.xml")).find(_CORE_TITLE)
        title = (found.text or "").strip() if found is not None else ""
    return Article(id=id, path=id, title=title, text="\n".join(parts) + "\n", digest="", marks=tuple(marks))


def _paragraph(element: ElementTree.Element) -> str:
    """The text of a paragraph; deleted text (tracked changes) is not in it."""
    text = []
    for piece in element.iter():
        if piece.tag == f"{_WORD}t":
            text.append(piece.text or "")
        elif piece.tag == f"{_WORD}tab":
            text.append("\t")
        elif piece.tag in (f"{_WORD}br", f"{_WORD}cr"):
            text.append("\n")
    return "".join(text).replace("\0", " ")


def _cell(cell: ElementTree.Element) -> str:
    return " ".join(_paragraph(one).replace("\n", " ") for one in cell.iter(f"{_WORD}p"))


def _heading_styles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Style id -> heading mark, by the names of the styles."""
    if "word/styles.xml" not in archive.namelist():
        return {}
    levels = {}
    for style in _xml(_part(archive, "word/styles.xml")).iter(f"{_WORD}style"):
        name = style.find(f"{_WORD}name")
        shown = name.get(f"{_WORD}val", "") if name is not None else ""
        match = _HEADING.match(shown) if re.match(r"heading|标题", shown, re.IGNORECASE) else None
        if match:
            levels[style.get(f"{_WORD}styleId", "")] = f"h{match[1]}"
        elif shown.lower() == "title":
            levels[style.get(f"{_WORD}styleId", "")] = "h1"
    return levels


def _level(element: ElementTree.Element, levels: dict[str, str]) -> str | None:
    style = element.find(f"{_WORD}pPr/{_WORD}pStyle")
    return levels.get(style.get(f"{_WORD}val", "")) if style is not None else None


def read_epub(content: bytes, id: str) -> Article:
    """The chapters of an e-book in the order of its spine, each read as a page of HTML."""
    from ingest.read.html import read as read_html

    archive = _open(content)
    container = _xml(_part(archive, "META-INF/container.xml"))
    root = next((one.get("full-path") for one in container.iter() if one.tag.endswith("}rootfile")), None)
    if not root:
        raise _broken()
    package = _xml(_part(archive, root))
    places = {one.get("id"): one.get("href", "") for one in package.iter() if one.tag.endswith("}item")}
    title = next((one.text for one in package.iter() if one.tag == _CORE_TITLE and one.text), "")
    text, marks = "", []
    for one in package.iter():
        if not one.tag.endswith("}itemref") or one.get("idref") not in places:
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(root), unquote(places[one.get("idref")])))
        if name not in archive.namelist():
            continue
        chapter = read_html(_part(archive, name), id)
        marks += [Mark(Span(m.span.start + len(text), m.span.end + len(text)), m.kind) for m in chapter.marks]
        text += chapter.text.rstrip("\n") + "\n"
    return Article(id=id, path=id, title=title.strip(), text=text, digest="", marks=tuple(marks))
