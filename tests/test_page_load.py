"""Many people at once while the index changes under them."""

import http.client
import json
import os
import threading
import time
from urllib.parse import urlsplit

from tests.pages import serve

PEOPLE = 10
SWAPS = int(os.environ.get("WENJU_SWAPS", "4"))  # 50 take half a minute: for a release, not for every run


def _write(corpus, number: int) -> None:
    """Two articles that always carry the same number: an answer that mixes generations shows two."""
    for name in "甲乙":
        text = f"{name}号水库的记录\n\n水位\n\n{name}号水库的水位是{number}米,由值班员每天早上记录一次。\n"
        (corpus / f"{name}.txt").write_text(text, "utf-8")


def _numbers(answer: dict) -> set[str]:
    return {citation["quote"].split("水位是")[1].split("米")[0] for citation in answer["citations"]}


def test_ten_people_ask_while_the_index_swaps(tmp_path):
    """Every question is answered, each from one generation only, while ingest after ingest is published."""
    from ingest.build import build

    corpus, index = tmp_path / "文章", tmp_path / "index"
    corpus.mkdir()
    _write(corpus, 1000)
    build(corpus, index)
    wrong, times, stop = [], [], threading.Event()

    def person(place: str) -> None:
        connection = http.client.HTTPConnection(place, timeout=30)
        body = json.dumps({"data": ["水库的水位是多少米", 5]})
        while not stop.is_set():
            started = time.perf_counter()
            connection.request("POST", "/gradio_api/run/ask", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            raw = answer.read()
            times.append(time.perf_counter() - started)
            if answer.status != 200 or len(_numbers(json.loads(raw)["data"][0])) != 1:
                wrong.append((answer.status, raw[:300]))
        connection.close()

    with serve(index) as opened:
        place = urlsplit(opened.url).netloc
        people = [threading.Thread(target=person, args=(place,)) for _ in range(PEOPLE)]
        for one in people:
            one.start()
        for number in range(1001, 1001 + SWAPS):
            _write(corpus, number)
            build(corpus, index)
            opened.desk.refresh()
        stop.set()
        for one in people:
            one.join(30)
        last = opened.desk.ask("水库的水位是多少米")
    times.sort()
    print(
        f"{len(times)} questions, {SWAPS} swaps, p50 {times[len(times) // 2]:.3f} s, p95 {times[len(times) * 95 // 100]:.3f} s"
    )
    assert not wrong
    assert len(times) >= PEOPLE
    assert _numbers(last) == {str(1000 + SWAPS)}
