"""The collections of Milvus, field by field: see `ingest.stores.layout` for what they hold."""

from __future__ import annotations

from ingest.postings import PAIRS, WORDS

TEXT_BYTES, KEY_CHARS, TERM_BYTES = 65_535, 1_000, 1_000  # longest VARCHAR that Milvus takes; ours for keys and terms

# name of a collection -> its fields: (name, type, maximum length)
SCHEMAS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "current": (("kind", "text", KEY_CHARS), ("number", "int", 0), ("epoch", "int", 0), ("stamp", "int", 0), ("note", "text", KEY_CHARS)),
    "passages": (
        ("edition", "int", 0), ("born", "int", 0), ("ordinal", "int", 0), ("place", "text", TEXT_BYTES), ("text_key", "text", KEY_CHARS),
        ("words_length", "int", 0), ("pairs_length", "int", 0),
        ("vector", "dense", 0), (WORDS, "sparse", 0), (PAIRS, "sparse", 0),
    ),
    "articles": (("edition", "int", 0), ("born", "int", 0), ("about", "text", TEXT_BYTES)),
    "pieces": (
        ("owner", "text", KEY_CHARS), ("edition", "int", 0), ("born", "int", 0), ("number", "int", 0), ("count", "int", 0),
        ("data", "text", TEXT_BYTES),
    ),
    "terms": (("term", "text", TERM_BYTES), ("length", "int", 0), ("number", "int", 0), ("df", "int", 0), ("born", "int", 0)),
    "aliases": (
        ("edition", "int", 0), ("born", "int", 0), ("ordinal", "int", 0), ("name", "text", 1_000), ("other", "text", 1_000),
        ("start", "int", 0), ("end", "int", 0),
    ),
}  # fmt: skip
EPOCH_TABLES = tuple(name for name in SCHEMAS if name != "current")
LOOKED_UP = {"terms": ("number",), "aliases": ("name", "other")}  # get an inverted index; all else is found by key
