"""How what a passage is becomes values of a database, and back."""

import random

import pytest

from ingest.stores.layout import place_text, read_place

PLACES = {
    "of every day": ["标题", "小节"],
    "a very long heading": ["很长的标题" * 9_000],
    "none": [],
}


@pytest.mark.parametrize("headings", PLACES.values(), ids=PLACES)
def test_places_fit_into_one_value(headings):
    """Span, headings and joins come back as they were; Milvus takes 65,535 bytes."""
    place = {"span": [3, 9], "headings": headings, "joins": [[4, 5]]}
    text = place_text(place)
    assert len(text.encode()) <= 65_535 and read_place(text) == place


def test_headings_that_fit_nowhere_are_cut():
    """Rather than that one hostile article keeps a collection from being published."""
    noise = "".join(map(chr, random.Random(3).choices(range(0x4E00, 0x9FA5), k=60_000)))
    text = place_text({"span": [3, 9], "headings": [noise], "joins": []})
    assert len(text.encode()) <= 65_535
    assert read_place(text)["span"] == [3, 9] and noise.startswith(read_place(text)["headings"][0])
