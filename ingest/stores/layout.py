"""How an article becomes rows of Milvus' collections, and back.

Collections, each name behind a prefix; all but the first carry the number of an epoch
(a set of collections that was written from nothing):

    current    one row a generation. Inserting one is the publication: nothing is overwritten
    passages   vector, weighted words and pairs, place, headings, joins of every passage
    articles   what lists and filters need of every article
    pieces     long values in numbered pieces: texts, tokens, manifests, contents
    terms      number and document frequency of every term, its present row and the one before
    aliases    names that articles explain

Rows are never changed in place. An article that changes is written again as a new
*edition*, and readers leave out the editions that their generation has replaced; they are
deleted when the next ingest begins. Keys follow from article id, generation and place in
the article, so writing the same thing twice leaves one row.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ingest.index import K1, B
from ingest.postings import PAIRS, WORDS
from ingest.searchtext import search_text
from ingest.stores.base import Part, Piece
from ingest.terms import pairs, terms
from ingest.tokenvectors import width_of
from ingest.types import Article, Cleaned, Dropped, Heading, Mark, Passage, Span

if TYPE_CHECKING:
    import numpy as np

LAYOUT_VERSION = 2  # raised whenever an older program would misread what is written
FIELDS = (WORDS, PAIRS)
FURNITURE = "furniture"  # terms of dropped lines: in the dictionary beside those of the fields, counted by article
MAX_TF = 255  # as in the local postings, which keep a count in one byte
NOTHING = 0  # number of no term: stands where a passage has none, since a sparse vector may not be empty
DATA_BYTES = 60_000  # of one piece; a VARCHAR holds 65,535
_TERM_BYTES = 900  # a longer term (a data URL that was left in a text) is named by its sum
_LONG = "z"  # first letter of a compressed place; others begin with a brace
_HEADING_CHARS, _HEADINGS = 1_000, 10  # what is left of headings that do not fit even so: 60 KB that no one wrote by hand
_TITLE_CHARS, _URL_CHARS = 2_000, 8_000  # of what lists show: together below one VARCHAR in any script


@dataclass(frozen=True, slots=True)
class Analysed:
    """The terms of one passage in one field: counts (at most `MAX_TF`) and how many there are in all."""

    counts: Mapping[str, int]
    length: int


def edition_of(article_id: str, born: int) -> int:
    """The key of one edition of an article: 63 bits that follow from its id and generation."""
    made = hashlib.blake2b(f"{born}\0{article_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(made, "big") >> 1


def passage_key(edition: int, ordinal: int) -> str:
    """The primary key of a passage: its article's edition, and its place among the article's spans."""
    return f"{edition:016x}-{ordinal}"


def article_owner(edition: int) -> str:
    """Whose pieces hold the article itself; those of its furniture follow with "!"."""
    return f"{edition:016x}"


def furniture_owner(edition: int) -> str:
    """Whose pieces hold the numbers of the terms of an article's dropped lines."""
    return f"{edition:016x}!"


def term_key(field: str, term: str) -> str:
    """What a term is looked up by."""
    raw = term.encode("utf-8", "replace")
    if len(raw) > _TERM_BYTES:
        return f"{field[0]}#{hashlib.blake2b(raw, digest_size=16).hexdigest()}"
    return f"{field[0]}:{raw.decode()}"


def analysed(part: Part, piece: Piece) -> dict[str, Analysed]:
    """The terms of a passage by field, as the local index counts them."""
    text = search_text(part.entry.article, piece.passage)
    found = {}
    for field, cut in ((WORDS, terms), (PAIRS, pairs)):
        counts = Counter(cut(text))
        found[field] = Analysed({term: min(count, MAX_TF) for term, count in counts.items()}, counts.total())
    return found


def weight(count: float, length: int, mean: float) -> float:
    """A term's share of BM25 without its idf: see `ingest.index.Terms.scores`."""
    return count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))


def count_of(weighed: float, length: int, mean: float) -> int:
    """The count that `weight` was computed from."""
    return round(weighed * K1 * (1 - B + B * length / mean) / (K1 + 1 - weighed))


def piece_key(owner: str, number: int) -> str:
    """The primary key of a piece."""
    return f"{owner}~{number}"


def term_slots(key: str) -> tuple[str, str]:
    """The two primary keys that the row of a term may have.

    A new frequency goes into the slot that the present one does not stand in, so the row
    that readers of the published generation use stays as it is.
    """
    return f"{key}@0", f"{key}@1"


def pieces_of(owner: str, edition: int, born: int, content: bytes) -> Iterator[dict]:
    """The rows that hold `content`; an empty one takes one row too."""
    text = base64.b64encode(content).decode("ascii")
    count = max(1, -(-len(text) // DATA_BYTES))
    for number in range(count):
        yield {
            "pk": piece_key(owner, number), "owner": owner, "edition": edition, "born": born, "number": number, "count": count,
            "data": text[number * DATA_BYTES : (number + 1) * DATA_BYTES],
        }  # fmt: skip


def joined_pieces(rows: list[dict]) -> bytes | None:
    """The content of one owner's rows; None when one is missing."""
    rows = sorted(rows, key=lambda row: row["number"])
    if not rows or [row["number"] for row in rows] != list(range(rows[0]["count"])):
        return None
    return base64.b64decode("".join(row["data"] for row in rows))


def packed(value: object) -> bytes:
    """A JSON value, compressed. ASCII, so that broken characters of a file name survive."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode("ascii"), 6)


def unpacked(content: bytes):
    """What `packed` was given."""
    return json.loads(zlib.decompress(content))


def plain(value: object) -> str:
    """A short JSON value as it is put in a VARCHAR."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def place_text(place: dict) -> str:
    """Span, headings and joins of a passage as one VARCHAR; compressed where a hostile heading makes it long."""
    text = plain(place)
    if len(text.encode("utf-8")) <= DATA_BYTES:
        return text
    text = _LONG + base64.b64encode(packed(place)).decode("ascii")
    if len(text) <= DATA_BYTES:
        return text
    return plain({**place, "headings": [heading[:_HEADING_CHARS] for heading in place["headings"]][:_HEADINGS], "joins": []})


def read_place(text: str) -> dict:
    """What `place_text` was given."""
    return unpacked(base64.b64decode(text[1:])) if text.startswith(_LONG) else json.loads(text)


def article_content(part: Part) -> bytes:
    """Article and cleaning, whole."""
    article, cleaned = part.entry.article, part.entry.cleaned
    return packed({
        "id": article.id, "path": article.path, "title": article.title, "text": article.text, "digest": article.digest,
        "date": article.date.isoformat() if article.date else None, "url": article.url, "author": article.author,
        "page_starts": article.page_starts, "flags": article.flags,
        "marks": [[mark.span.start, mark.span.end, mark.kind] for mark in article.marks],
        "kept": spans(cleaned.kept), "joins": spans(cleaned.joins), "cleaned_flags": cleaned.flags,
        "dropped": [[one.span.start, one.span.end, one.reason] for one in cleaned.dropped],
        "headings": [[one.span.start, one.span.end, one.level, one.text] for one in cleaned.headings],
    })  # fmt: skip


def read_article(content: bytes) -> tuple[Article, Cleaned]:
    """What `article_content` was made of."""
    facts = unpacked(content)
    article = Article(
        id=facts["id"], path=facts["path"], title=facts["title"], text=facts["text"], digest=facts["digest"],
        date=date.fromisoformat(facts["date"]) if facts["date"] else None, url=facts["url"],
        page_starts=tuple(facts["page_starts"]), author=facts["author"],
        marks=tuple(Mark(Span(start, end), kind) for start, end, kind in facts["marks"]), flags=tuple(facts["flags"]),
    )  # fmt: skip
    cleaned = Cleaned(
        kept=tuple(Span(*one) for one in facts["kept"]),
        dropped=tuple(Dropped(Span(start, end), reason) for start, end, reason in facts["dropped"]),
        headings=tuple(Heading(Span(start, end), level, text) for start, end, level, text in facts["headings"]),
        joins=tuple(Span(*one) for one in facts["joins"]),
        flags=tuple(facts["cleaned_flags"]),
    )
    return article, cleaned


def listed(part: Part) -> str:
    """What lists and filters need of an article, as JSON: no text, and nothing that could outgrow a VARCHAR."""
    article = part.entry.article
    facts = {
        "title": article.title[:_TITLE_CHARS], "digest": article.digest, "author": (article.author or "")[:_TITLE_CHARS] or None,
        "date": article.date.isoformat() if article.date else None, "flags": article.flags,
        "url": article.url if article.url and len(article.url) <= _URL_CHARS else None,
        "signature": base64.b64encode(part.signature).decode("ascii"),
    }  # fmt: skip
    return plain(facts)


def read_listed(article_id: str, about: str) -> tuple[Article, bytes]:
    """(article without its text, signature of its kept text)."""
    facts = json.loads(about)
    day = date.fromisoformat(facts["date"]) if facts["date"] else None
    article = Article(
        article_id, article_id, facts["title"], "", facts["digest"], day, facts["url"],
        author=facts["author"], flags=tuple(facts["flags"]),
    )  # fmt: skip
    return article, base64.b64decode(facts["signature"])


def read_tokens(content: bytes, dim: int) -> np.ndarray:
    """The packed tokens of a passage from their bytes: (n, width) uint8."""
    import numpy as np

    return np.frombuffer(content, np.uint8).reshape(-1, width_of(dim))


def spans(values) -> list[list[int]]:
    """Spans as JSON."""
    return [[span.start, span.end] for span in values]


def read_passage(article_id: str, row: Mapping) -> Passage:
    """The passage of a row of `passages`."""
    place = read_place(row["place"])
    return Passage(
        article_id, Span(*place["span"]), tuple(place["headings"]), tuple(Span(*one) for one in place["joins"])
    )


def like_prefix(field: str, beginning: str) -> str:
    """The condition that a row of `terms` is of `field` and begins so. Only for letters and digits."""
    return f'term like "{field[0]}:{beginning}%"'


def term_of(key: str) -> str:
    """The term of a `term_key`."""
    return key[2:]
