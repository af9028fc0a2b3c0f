"""The page goes on answering while ingests are killed."""

from __future__ import annotations

import http.client
import json
import random
import signal
import threading
import time
from urllib.parse import urlsplit

import qa.opened
from eval.bench.synthetic import Synthetic
from tests.faults import LONG, ingest, make_corpus, start, write
from tests.pages import serve

KILLS = 20 if LONG else 1
PEOPLE = 3


def _write(corpus, number: int) -> None:
    for name in "甲乙":
        write(corpus / f"{name}.txt", f"{name}号水库的记录\n\n水位\n\n{name}号水库的水位是{number}米，由值班员每天早上记录一次。\n")


def _numbers(answer: dict) -> set[str]:
    quotes = [citation["quote"] for citation in answer["citations"] if "水位是" in citation["quote"]]
    return {quote.split("水位是")[1].split("米")[0] for quote in quotes}


def test_page_answers_while_ingests_are_killed(tmp_path, monkeypatch):
    """Every question to the page is answered, from one generation, while ingest after ingest is killed with -9."""
    monkeypatch.setattr(qa.opened, "open_embedder", lambda *_, **__: Synthetic())
    corpus, index, chance = make_corpus(tmp_path / "文章"), tmp_path / "索引", random.Random(3)
    _write(corpus, 1000)
    started = time.monotonic()
    assert ingest(corpus, index)[0] == 0
    whole = time.monotonic() - started
    wrong, answered, stop = [], [], threading.Event()

    def person(place: str) -> None:
        connection = http.client.HTTPConnection(place, timeout=30)
        body = json.dumps({"data": ["水库的水位是多少米", 5]})
        while not stop.is_set():
            try:
                connection.request("POST", "/gradio_api/run/ask", body, {"content-type": "application/json"})
                answer = connection.getresponse()
                raw = answer.read()
                answered.append(answer.status)
                if answer.status != 200 or len(_numbers(json.loads(raw)["data"][0])) != 1:
                    wrong.append((answer.status, raw[:300]))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shall show it
                wrong.append(error)
                return
            time.sleep(0.02)

    with serve(index) as opened:
        place = urlsplit(opened.url).netloc
        people = [threading.Thread(target=person, args=(place,)) for _ in range(PEOPLE)]
        for one in people:
            one.start()
        for number in range(1001, 1001 + KILLS):
            _write(corpus, number)
            process = start("ingest", corpus, "--index", index)
            time.sleep(chance.uniform(0.3, 1.1) * whole)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert ingest(corpus, index)[0] == 0
        opened.desk.refresh()
        last = _numbers(opened.desk.ask("水库的水位是多少米"))
        stop.set()
        for one in people:
            one.join(30)
    print(f"{KILLS} kills, {len(answered)} questions")
    assert not wrong and len(answered) >= PEOPLE
    assert last == {str(1000 + KILLS)}
