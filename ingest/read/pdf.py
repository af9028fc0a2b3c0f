"""PDF: text by pypdfium2, page by page; what a PDF broke is joined again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.errors import SkippedFile
from ingest.read.pdf_chars import BAD, HAN, Run, is_han, open_pages, width_of
from ingest.read.pdf_lines import Row, page_rows, same_line
from ingest.types import REPEATED_MARK, TABLE_MARK, Article, Mark, Span

HEADING_RATIO = 1.12  # a heading's font is larger by at least so much: 12 pt over 10.5 pt is 1.14
MOSTLY_HAN = 0.03  # of the characters: a Chinese text, even with much code
MOST_HEADING = 0.25  # of all characters: larger type with more is running text
HEADING_CHARS = 60  # a longer line in large type is no heading
HEADING_LEVELS = 3  # sizes told apart: more are chance
SAME_SIZE = 0.08  # sizes that differ by less are one size
EDGE_ROWS = 3  # rows at the top, and at the bottom, of a page that may be a header or footer
NEAR_PAGES = 6  # a header that changes by chapter is looked for on so many pages before and after
REPEATED_SHARE = 0.6  # of the pages near, or of the left-hand or right-hand ones among them
NUMBERED_SHARE = 0.3  # of the pages: a book counts its front matter apart
SAME_Y = 6.0  # points: at the same place on the page
INDENT = 0.9  # em: a line that begins so much further right begins a paragraph
MAX_FOOTNOTES = 8  # paragraphs in small type at the end of a page that a sentence runs over
SLACK = 0.7  # em: room left at the end of a line that counts as full
WORST_SHARE = 0.05  # of the characters: more private-use, replacement or radical ones are garbled text
FEW_CHARS = 200  # text shorter than this is not judged by how common its characters are
COMMON_SHARE = 0.03  # of the Han characters: real Chinese text has about 0.15 of COMMON, shuffled text under 0.005
COMMON = frozenset("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装這個們來時國會學說對為")  # frequent in any modern Chinese text

_CLOSED = re.compile(r"[。！？!?…](?:[”’」』》）)\]\"'】]|\[\d+\])*$|[a-z0-9)]\.[”\")]?$")
_CLOSER = re.compile(r"[。，、；：！？）」』》】”’%‰…,;!?)\]]")
_FRESH = re.compile(
    r"[•‧·●▪◆◦■★▶►○□➢✓*+#>|]|[-–—]\s|\d{1,3}\s?[.、)．](?!\d)|\d{1,2}(?:\.\d{1,2}){1,3}\s+\D|[（(]\s?[\d一二三四五六七八九十]{1,3}\s?[）)]"
    r"|[一二三四五六七八九十]{1,3}、|第[\d一二三四五六七八九十百]{1,4}[章节部篇条]|[①-⑳]|\[\d+\]\s"
)
_FIRST_TOKEN = re.compile(r"[（《“「『【]*(?:[!-~]+|.)[。，、；：！？）」』》】”’…]*")  # what cannot be broken
_BORDER = re.compile(f"[{HAN}]( ?)[A-Za-z0-9]|[A-Za-z0-9]( ?)[{HAN}]")
_NUMBER = re.compile(r"[-–—·\s第]*#+\s*(?:[/／共页\s]*#+)?[-–—·\s页]*")
_END_NUMBER = re.compile(r"^\d{1,5}(?=\s|$)|(?<=\s)\d{1,5}$")
_HYPHENS = ("\xad", "\u2010")  # set by the program that broke the line; a person types "-"
_UNFINISHED = re.compile(r"[。，；、,;]$")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row with its page (from 0) and heading level (0: running text)."""

    row: Row
    page: int
    level: int = 0


def read(content: bytes, id: str) -> Article:
    """The article of a PDF. SkippedFile for one that is encrypted, broken, scanned or garbled.

    `text` holds each paragraph, heading, list item and row of a table on a line of its own.
    """
    runs, title = open_pages(content)
    drawn = [same_line(page) for page in runs]
    running = _running(drawn)
    pages: list[list[Row]] = []
    gutter = None
    for page, lines in enumerate(drawn):
        rows, gutter = page_rows([run for at, line in enumerate(lines) if at not in running[page] for run in line], gutter)
        pages.append(rows)
    levels = _levels(pages)
    flow = [_Placed(row, page, _level(row, levels)) for page, rows in enumerate(pages) for row in rows]
    text, starts, marks = _compose(_paragraphs(flow), [list(rows.values()) for rows in running], _spaced(pages))
    _check(text)
    return Article(id=id, path=id, title=title, text=text, digest="", page_starts=tuple(starts), marks=tuple(marks))


def _running(pages: Sequence[Sequence[Sequence[Run]]]) -> list[dict[int, str]]:
    """Running headers, footers and page numbers: for each page, the numbers of its lines and their text.

    A line at the edge of a page is one when the same text, digits masked, stands at the
    same place on most pages near it, or on most of those with the same parity.
    """
    edges = [_edge_lines(lines) for lines in pages]
    numbered = _numbered(edges)
    found: list[dict[int, str]] = []
    for page, lines in enumerate(edges):
        near = range(max(0, page - NEAR_PAGES), min(len(pages), page + NEAR_PAGES + 1))
        kept = {}
        for at, (text, key, y) in lines.items():
            hits = [q for q in near if any(abs(v - y) <= SAME_Y and k == key for _, k, v in edges[q].values())]
            parity = sum(1 for q in near if (q - page) % 2 == 0)
            on_parity = sum(1 for q in hits if (q - page) % 2 == 0)
            most = len(hits) >= REPEATED_SHARE * len(near) or (parity > 2 and on_parity >= REPEATED_SHARE * parity)
            if at in numbered[page] or (len(hits) >= 2 and most) or (len(pages) == 1 and _NUMBER.fullmatch(key)):
                kept[at] = text
        found.append(_outermost(kept, len(pages[page])))
    return found


def _outermost(lines: dict[int, str], count: int) -> dict[int, str]:
    """Those that no other line of the page's `count` lines parts from its edge."""
    top = next(at for at in range(count + 1) if at not in lines)
    bottom = next(at for at in range(count - 1, -2, -1) if at not in lines)
    return {at: text for at, text in lines.items() if at < top or at > bottom}


def _numbered(edges: Sequence[dict[int, tuple[str, str, float]]]) -> list[set[int]]:
    """For each page the outermost lines that begin or end with its number: page numbers that go on from page to page."""
    shifts: list[list[tuple[int, int]]] = []  # for each page: (line, number in it less the number of the page)
    for page, lines in enumerate(edges):
        ends = [(at, lines[at][0]) for at in {min(lines), max(lines)}] if lines else []
        found = [(at, number) for at, text in ends for number in _END_NUMBER.findall(text)]
        shifts.append([(at, int(number) - page) for at, number in found])
    counts = Counter(shift for page in shifts for shift in {shift for _, shift in page})
    trusted = {shift for shift, count in counts.items() if count >= max(3, NUMBERED_SHARE * len(edges))}
    return [{at for at, shift in page if shift in trusted} for page in shifts]


def _edge_lines(lines: Sequence[Sequence[Run]]) -> dict[int, tuple[str, str, float]]:
    """The outermost lines of a page: number to (text, text with digits masked, y)."""
    found = {}
    for at in sorted({*range(len(lines))[:EDGE_ROWS], *range(len(lines))[-EDGE_ROWS:]}):
        text = " ".join(run.text for run in lines[at])
        found[at] = (text, re.sub(r"\d+", "#", text), lines[at][0].y)
    return found


def _levels(pages: Sequence[Sequence[Row]]) -> dict[float, int]:
    """The level of each font size of headings, the largest first; the body's size is that of most characters."""
    sizes: Counter[float] = Counter()
    han: Counter[float] = Counter()  # of these, so that long listings are not taken for the body
    for rows in pages:
        for row in rows:
            sizes[round(row.size, 1)] += len(row.text)
            han[round(row.size, 1)] += sum(map(is_han, row.text))
    if han.total() >= MOSTLY_HAN * sizes.total():
        sizes = +han
    if not sizes:
        return {}
    body, most = sizes.most_common(1)[0][0], MOST_HEADING * sizes.total()
    levels: dict[float, int] = {}
    level, largest = 0, float("inf")
    for size in sorted((size for size in sizes if size >= body * HEADING_RATIO and sizes[size] <= most), reverse=True):
        if size < largest * (1 - SAME_SIZE):
            level, largest = min(level + 1, HEADING_LEVELS), size
        levels[size] = level
    return levels


def _level(row: Row, levels: Mapping[float, int]) -> int:
    """1 for the largest size of headings, and so on; 0 for running text."""
    if row.cells > 1 or len(row.text) > HEADING_CHARS or not re.search(r"\w", row.text) or _UNFINISHED.search(row.text):
        return 0
    return levels.get(round(row.size, 1), 0)


def _paragraphs(flow: Sequence[_Placed]) -> list[list[_Placed]]:
    """Rows that belong to one line of the text, together."""
    paragraphs: list[list[_Placed]] = []
    for placed in flow:
        for above in _open(paragraphs, placed):
            if _continues(above, placed):
                above.append(placed)
                break
        else:
            paragraphs.append([placed])
    return paragraphs


def _open(paragraphs: Sequence[list[_Placed]], placed: _Placed) -> list[list[_Placed]]:
    """Paragraphs that may go on in this row: the last, and the one above the footnotes of the page or column before."""
    last = list(paragraphs[-1:])
    if not last or (last[0][-1].page, last[0][-1].row.column) == (placed.page, placed.row.column):
        return last
    for above in reversed(paragraphs[-MAX_FOOTNOTES:]):
        if above[-1].row.size >= placed.row.size * (1 - SAME_SIZE):
            return [above]
    return last


def _continues(paragraph: Sequence[_Placed], below: _Placed) -> bool:
    """True when the row goes on with the sentence, or the heading, that the last row breaks off."""
    above, row = paragraph[-1].row, below.row
    if above.cells > 1 or row.cells > 1 or paragraph[-1].level != below.level:
        return False
    if abs(above.size - row.size) > SAME_SIZE * 2 * max(above.size, row.size):
        return False
    if _CLOSER.match(row.text):
        return True
    if _CLOSED.search(above.text) or _FRESH.match(row.text):
        return False
    token = _FIRST_TOKEN.match(row.text)
    width = width_of(token[0]) * row.size if token else 0.0
    if above.right + width + SLACK * row.size < above.box[1]:
        return False
    same_box = paragraph[-1].page == below.page and above.column == row.column
    shift = row.left - above.left if same_box else (row.left - row.box[0]) - (above.left - above.box[0])
    return shift < INDENT * row.size or bool(len(paragraph) == 1 and _FRESH.match(above.text))


def _spaced(pages: Sequence[Sequence[Row]]) -> bool:
    """True when the text puts a space between Han characters and words or numbers."""
    borders = [found[0] for rows in pages for row in rows for found in _BORDER.finditer(row.text)]
    return sum(" " in border for border in borders) * 2 > len(borders)


def _joined(paragraph: Sequence[_Placed], spaced: bool) -> str:
    """The text of one paragraph: nothing between Han characters, one space between words.

    A break between Han and a word hides whether a space stood there; `spaced` says so.
    """
    text = ""
    for placed in paragraph:
        piece = placed.row.text.strip()
        piece = piece[:-1].replace("\xad", "") + piece[-1:]
        if text.endswith(_HYPHENS):
            text = text[:-1] + ("" if re.match("[a-z]", piece) else "-")
        elif text and piece and text[-1] != "-":
            han = is_han(text[-1]) + is_han(piece[0])
            if not han or (han == 1 and spaced and text[-1].isalnum() and piece[0].isalnum()):
                text += " "
        text += piece
    return text[:-1] + "-" if text.endswith("\xad") else text


def _compose(
    paragraphs: Sequence[Sequence[_Placed]], running: Sequence[Sequence[str]], spaced: bool
) -> tuple[str, list[int], list[Mark]]:
    """Text, start of each page and marks; running lines stand behind the other text of their page."""
    parts: list[str] = []
    starts: list[int] = []
    marks: list[Mark] = []
    length = 0

    def add(line: str, kind: str | None) -> None:
        nonlocal length
        if kind:
            marks.append(Mark(Span(length, length + len(line)), kind))
        parts.append(line + "\n")
        length += len(line) + 1

    def close(page: int) -> None:
        for line in running[page]:
            add(line, REPEATED_MARK)

    page = -1
    for at, paragraph in enumerate(paragraphs):
        while page < paragraph[0].page:
            if page >= 0:
                close(page)
            page += 1
            starts.append(length)
        first = paragraph[0]
        beside = [paragraphs[n][0].row.cells > 1 for n in (at - 1, at + 1) if 0 <= n < len(paragraphs)]
        table = first.row.cells > 1 and any(beside)
        line = _joined(paragraph, spaced)
        heading = first.level and len(line) <= HEADING_CHARS
        add(line, f"h{first.level}" if heading else TABLE_MARK if table else None)
    while page < len(running):
        if page >= 0:
            close(page)
        page += 1
        if page < len(running):
            starts.append(length)
    return "".join(parts), starts, marks


def _check(text: str) -> None:
    """SkippedFile for text that is none, or not what a reader of the page sees."""
    dense = re.sub(r"\s", "", text)
    if not dense:
        raise SkippedFile("scanned", "PDF 里没有文字（可能是扫描件）。请先做文字识别。", "the PDF holds no text (a scan, perhaps)")
    counts = Counter(dense)
    han = sum(count for char, count in counts.items() if is_han(char) and char.isalpha())
    common = sum(counts[char] for char in COMMON)
    shuffled = han >= FEW_CHARS and common < COMMON_SHARE * han
    if len(BAD.findall(dense)) > WORST_SHARE * len(dense) or shuffled:
        raise SkippedFile(
            "garbled", "PDF 里的文字是乱码（字体没有给出对应的字符）。请换一个版本，或做文字识别。", "the text of the PDF is garbled"
        )
