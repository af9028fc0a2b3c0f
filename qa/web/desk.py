"""What every door of the page asks: one `Asker`, kept up to date while others ask."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
from pathlib import Path

from ingest.errors import NoIndexError, UsageError, WenjuError
from ingest.store import Store
from ingest.types import Span
from qa.ask import DEFAULT_K, MAX_K, Asker, warm_up
from qa.cmd_inspect import _facts as article_facts
from qa.cmd_inspect import find_article, line_table, status
from qa.config import DEFAULT_CORPUS, setting
from qa.filter import Filter, day
from qa.places import page_of, staleness
from qa.question import check
from qa.render import as_json, safe
from qa.stores import Place, open_asker, publish
from qa.web.articles import articles_html, forms_html
from qa.web.cards import answer_html
from qa.web.examples import examples
from qa.web.html import esc, tag
from qa.web.picture import picture
from qa.web.shelf import Shelf
from qa.web.source import source_html
from qa.web.words import word

_REFRESH_SECONDS = 1.0  # how long a new generation may go unnoticed; a look costs one small file
_MARK = re.compile(r"\b\d{1,9}-\d{1,9}\b")
_MOST_MARKS = 2000  # characters of a list of sentences; an answer names three


def _filter(since: str, until: str, source: str) -> Filter:
    """The filter that three fields ask for; empty fields ask for nothing. UsageError for a bad date."""
    return Filter(day(since.strip()), day(until.strip(), last=True), source.strip() or None)


class Desk:
    """Answers, articles and facts of one index. Safe to use from several threads."""

    def __init__(self, index: Path, lang: str = "zh", editing: bool = True, where: Place | None = None) -> None:
        """`where`: the Milvus that the index is published to, if any; articles are edited where their folder is."""
        self.index = Path(index)
        self.where = where or Place(self.index)
        self.lang = lang
        self.editing = editing
        self._asker: Asker | None = None
        self._looked = 0.0
        self._examples: tuple[str, list[str]] = ("", [])
        self._lock = threading.Lock()
        self.shelf = Shelf(self.index, self.corpus, self.refresh, lang, self._publish)
        warm_up()
        try:
            self.editing = self.asker().opened.corpus is not None and editing
        except NoIndexError:
            pass  # the page opens all the same: the first article can be added there

    def asker(self) -> Asker:
        """The asker, on the newest generation. NoIndexError before the first ingest."""
        if self._asker is None:
            with self._lock:
                if self._asker is None:
                    self._asker = open_asker(self.where)
                    self._warn()
        elif time.monotonic() - self._looked > _REFRESH_SECONDS and self._lock.acquire(blocking=False):
            # One question looks for a new generation; those beside it go on with what is open.
            try:
                self._take_up()
            finally:
                self._lock.release()
        return self._asker

    def refresh(self) -> None:
        """Take up a generation that was published this moment."""
        if self._asker is None:
            self.asker()
        with self._lock:
            self._take_up()

    def _take_up(self) -> None:
        self._looked = time.monotonic()
        before = self._asker.opened
        with contextlib.suppress(WenjuError, OSError):  # what is open serves on when what came later cannot
            self._asker.refresh()
        if self._asker.opened is not before:
            self._warn()

    def _warn(self) -> None:
        """Say on the terminal what had to be said on opening the index: that an older one serves."""
        for text in self._warnings():
            print("qa: " + text, file=sys.stderr, flush=True)

    def _warnings(self) -> list[str]:
        way = 1 if self.lang == "en" else 0
        return [both[way] for both in self._asker.opened.generation.warnings] if self._asker else []

    def _publish(self) -> None:
        """After an ingest: tell Milvus what changed."""
        if self.where.uri:
            publish(self.where, self.where.connect(create=True))

    def ask(self, question: str, k: int = DEFAULT_K, since: str = "", until: str = "", source: str = "") -> dict:
        """The JSON form of the answer, as `qa ask --json` prints it. UsageError unless `k` is 1 to 50."""
        if not 1 <= k <= MAX_K:
            raise UsageError(f"k 应为 1 到 {MAX_K} 的整数,不是 {k}。", f"k must be 1 to {MAX_K}, not {k}.")
        return as_json(self.asker().ask(question, k, where=_filter(since, until, source)))

    def show(self, article: str, first: int = 1, last: int = 0) -> dict:
        """Lines `first` to `last` (0: all) of an article, as `qa show --json` prints them."""
        entry = find_article(self.store(), article)
        table = line_table(entry)
        until = last if last > 0 else len(table)
        return {**article_facts(entry), "lines": [row for row in table if first <= row["number"] <= until]}

    def status(self) -> dict:
        """What the index holds, as `qa status --json` prints it."""
        opened = self.asker().opened
        return status(self.where.uri or self.index, opened.generation, opened.store)

    def store(self) -> Store:
        """The store of the newest generation."""
        return self.asker().opened.store

    def answer_html(self, question: str, since: str = "", until: str = "", source: str = "") -> str:
        """The answer as HTML; an error that a user can mend comes as HTML too."""
        try:
            check(question)
            asker = self.asker()
            before = asker.opened
            answer = asker.ask(question, where=_filter(since, until, source))
            if asker.opened is not before:  # the question met damage
                self._warn()
            store = asker.opened.store
            return self._warned_html() + answer_html(answer, self.lang, store.entry)
        except NoIndexError:
            return tag("p", esc(word("none_yet", self.lang)), class_="wj-none", role="status")
        except WenjuError as error:
            return self.error_html(error)

    def start_html(self) -> str:
        """What stands below the box before the first question: examples."""
        try:
            asker = self.asker()
        except NoIndexError:
            return tag("p", esc(word("none_yet", self.lang)), class_="wj-none", role="status")
        except WenjuError as error:
            return self.error_html(error)
        name = asker.opened.generation.folder.name
        if self._examples[0] != name:
            self._examples = (name, examples(asker))
        buttons = "".join(
            tag("button", esc(one), type="button", class_="wj-example") for one in self._examples[1]
        )
        head = tag("h2", esc(word("examples", self.lang)), class_="wj-h")
        return self._warned_html() + (head + tag("div", buttons, class_="wj-row") if buttons else "")

    def _warned_html(self) -> str:
        return "".join(tag("p", esc(text), class_="wj-error", role="alert") for text in self._warnings())

    def source_html(self, path: str, start: int, end: int, marks: str) -> str:
        """An article with its passage `[start, end)` and the sentences `marks` ("a-b c-d") highlighted."""
        try:
            entry = self.store().entry(path)
            if entry is None:
                raise UsageError(
                    f"索引里没有文章 {safe(path)}。", f"The index holds no article {safe(path)}."
                )
            length = len(entry.article.text)
            cited = _span(start, end, length)
            marked = tuple(
                _span(*map(int, pair.split("-")), length) for pair in _MARK.findall(marks[:_MOST_MARKS])
            )
            return source_html(entry, cited, marked, self.lang, self.editing)
        except WenjuError as error:
            return self.error_html(error)

    def picture(self, path: str, start: int, end: int) -> bytes | None:
        """The PDF page on which `[start, end)` begins, that passage marked; None where there is none to show."""
        opened = self.asker().opened
        article = opened.store.article(path)
        if article is None or not article.page_starts or opened.corpus is None:
            return None
        span = _span(start, end, len(article.text))
        number = page_of(article, span.start)
        # Only the file that was ingested: another one would show another passage.
        if number is None or staleness(opened.corpus, article):
            return None
        begins = [*article.page_starts, len(article.text)]
        on_page = Span(span.start, max(span.start, min(span.end, begins[number])))
        return picture(opened.corpus / article.id, number, on_page.of(article.text))

    def forms_html(self) -> str:
        """The head of the articles tab."""
        return forms_html(self.lang, self.editing, str(self.corpus()))

    def articles_html(self, search: str, page: int) -> str:
        """One page of the list of articles."""
        try:
            return articles_html(self.store(), search, page, self.lang, self.editing)
        except NoIndexError:
            return tag("p", esc(word("none_yet", self.lang)), class_="wj-none")
        except WenjuError as error:
            return self.error_html(error)

    def corpus(self) -> Path:
        """The corpus folder: that of the index, or the one that is set."""
        try:
            corpus = self.asker().opened.corpus
        except NoIndexError:
            corpus = None
        if corpus is None:
            return Path(str(setting("corpus", None, DEFAULT_CORPUS)))
        return corpus

    def edit(self, what: str, *values) -> dict:
        """Do "add", "remove" or "put_back" on the shelf: {"error": "" or what to tell, "name": file}."""
        if not self.editing:
            return {"error": word("no_editing", self.lang), "name": ""}
        try:
            if what == "put_back":
                path, number = values
                entry = find_article(self.store(), path)
                row = next((row for row in line_table(entry) if row["number"] == number), None)
                return {"error": "", "name": self.shelf.keep_line(row["text"] if row else "") or ""}
            return {
                "error": "",
                "name": getattr(self.shelf, {"add": "add", "remove": "remove"}[what])(*values) or "",
            }
        except WenjuError as error:
            return {"error": error.message(self.lang), "name": ""}
        except OSError as error:
            return {"error": word("failed", self.lang, message=error.strerror or str(error)), "name": ""}

    def error_html(self, error: WenjuError) -> str:
        """An error as the page shows it."""
        return tag("p", esc(error.message(self.lang)), class_="wj-error", role="alert")


def _span(start: int, end: int, length: int) -> Span:
    """A span inside a text of `length`, whatever was asked for."""
    start = max(0, min(int(start), length))
    return Span(start, max(start, min(int(end), length)))
