"""The page: Gradio's components and endpoints around a `Desk`; the only importer of gradio.

Gradio gives the layout, the theme, the queue and the API. What is shown of articles is
HTML that `qa/web` has escaped; `page.js` asks the endpoints for it and puts it in its
place, since `gr.HTML` evaluates templates, which our content policy forbids.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from ingest.errors import WenjuError
from qa.ask import DEFAULT_K
from qa.question import MAX_QUESTION_CHARS
from qa.web.desk import Desk
from qa.web.guard import Doors, Guard
from qa.web.manual import manual_html
from qa.web.report import REPORT, report_html
from qa.web.words import word, words

_AT_ONCE = 16  # questions answered side by side; more wait in Gradio's queue
_QUEUED = 200  # beyond that the page says that it is busy
_WEB = Path(__file__).parent / "web"
_KINDS = {".css": "text/css", ".js": "text/javascript"}


def make_app(desk: Desk, doors: Doors):
    """The whole page as one ASGI application."""
    # Read when gradio is imported: no statistics, no look for new versions, no sharing.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_SHARE"] = "False"
    import gradio as gr
    from fastapi import FastAPI

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _serve_own_files(app, doors.lang)
    _serve_pictures(app, desk)
    if doors.mcp:
        _serve_mcp(app, desk)
    blocks = _blocks(gr, desk, doors)
    app = gr.mount_gradio_app(
        app, blocks, path="/", server_name=doors.host, server_port=doors.port, theme=_theme(gr), footer_links=[],
        run_history=False, ssr_mode=False, pwa=False, show_error=False, enable_monitoring=False, mcp_server=False,
        max_file_size=0,
    )  # fmt: skip
    return Guard(app, doors)


def _serve_own_files(app, lang: str) -> None:
    """/wenju/page.css and the scripts; base.js has the wordings in front."""
    from fastapi import Response

    spoken = "window.wenjuWords = " + json.dumps({**words(lang), "lang": lang}, ensure_ascii=False) + ";\n"
    for path in sorted(_WEB.iterdir()):
        if path.suffix in _KINDS:
            text = (spoken if path.name == "base.js" else "") + path.read_text("utf-8")
            sent = Response(
                text,
                media_type=f"{_KINDS[path.suffix]}; charset=utf-8",
                headers={"cache-control": "no-cache"},
            )
            # Bound by a call: FastAPI would take a default argument for a query.
            app.add_api_route(f"/wenju/{path.name}", _always(sent), methods=["GET"])


def _serve_pictures(app, desk: Desk) -> None:
    """/wenju/picture: the page of a PDF on which a passage stands."""
    from fastapi import Response

    def own(path: str, start: int, end: int) -> Response:
        image = desk.picture(path, start, end)
        return Response(image, media_type="image/png") if image else Response(status_code=404)

    app.add_api_route("/wenju/picture", own, methods=["GET"])


def _serve_mcp(app, desk: Desk) -> None:
    """/mcp, which lives as long as the application."""
    import contextlib

    from starlette.routing import Route

    from qa.mcp_tools import make_mcp

    endpoint, run = make_mcp({"ask": desk.ask, "show": desk.show, "status": desk.status}, desk.lang)
    app.router.routes.append(Route("/mcp", endpoint))
    outer = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(scope):
        async with outer(scope) as state, run():
            yield state

    app.router.lifespan_context = lifespan


def _always(answer):
    return lambda: answer


def _theme(gr):
    """Gradio's plain theme with the fonts of the reader's machine: nothing is fetched."""
    fonts = (
        "system-ui",
        "PingFang SC",
        "Hiragino Sans GB",
        "Microsoft YaHei",
        "Noto Sans CJK SC",
        "sans-serif",
    )
    theme = gr.themes.Base(
        primary_hue="blue", neutral_hue="slate", font=fonts, font_mono=("ui-monospace", "monospace")
    )
    # Gradio's own blue leaves white letters at a contrast of 3.7; WCAG asks for 4.5.
    fills = {
        f"button_primary_background_fill{kind}": "*primary_700"
        for kind in ("", "_hover", "_dark", "_hover_dark")
    }
    greys = {
        "body_text_color_subdued": "*neutral_600",
        "input_placeholder_color": "*neutral_500",
        "block_label_text_color": "*neutral_700",
    }
    return theme.set(**fills, **greys, input_placeholder_color_dark="*neutral_400")


def _blocks(gr, desk: Desk, doors: Doors):
    """Tabs, the question box, the places that `page.js` fills, and the endpoints."""
    lang = doors.lang
    with gr.Blocks(title=word("name", lang), analytics_enabled=False) as blocks:
        gr.Column(elem_id="wj-head")
        with gr.Row(elem_id="wj-sides"):
            with gr.Column(elem_id="wj-main", scale=5), gr.Tabs(elem_id="wj-tabs"):
                with gr.Tab(word("tab_ask", lang), render_children=True):
                    with gr.Row(elem_id="wj-box"):
                        gr.Textbox(
                            label=word("question", lang), placeholder=word("placeholder", lang), lines=1, max_lines=1,
                            elem_id="wj-question", interactive=True, scale=8, max_length=MAX_QUESTION_CHARS, min_width=160,
                        )  # fmt: skip
                        gr.Button(word("go", lang), variant="primary", elem_id="wj-go", scale=1, min_width=80)
                    with gr.Accordion(word("filter", lang), open=False, elem_id="wj-filter"), gr.Row():
                        for name in ("since", "until", "source"):
                            gr.Textbox(
                                label=word(f"filter_{name}", lang), placeholder=word(f"filter_{name}_like", lang), lines=1,
                                max_lines=1, elem_id=f"wj-only-{name}", interactive=True, min_width=160, max_length=200,
                            )  # fmt: skip
                    gr.Column(elem_id="wj-start")
                    gr.Column(elem_id="wj-result")
                with gr.Tab(word("tab_articles", lang)):
                    gr.Column(elem_id="wj-articles")
                if REPORT.exists():
                    with gr.Tab(word("tab_eval", lang)):
                        gr.Column(elem_id="wj-report")
                with gr.Tab(word("tab_manual", lang)):
                    gr.Column(elem_id="wj-manual")
            gr.Column(elem_id="wj-source", scale=6)
        _public(gr, desk)
        _endpoints(gr, desk, doors)
    blocks.queue(default_concurrency_limit=_AT_ONCE, max_size=_QUEUED, api_open=True)
    return blocks


def _public(gr, desk: Desk) -> None:
    """The documented doors `ask`, `show` and `status`."""

    def told(work, *values):
        """What `work` gives; an error that a user can mend reaches the caller as its message."""
        try:
            return work(*values)
        except WenjuError as error:
            raise gr.Error(error.message(desk.lang), print_exception=False) from error

    def ask(question: str, k: int = DEFAULT_K) -> dict:
        """Answer a question from the indexed articles, with verbatim passages and where each stands.

        Returns what `qa ask --json` prints. `found` is false when the articles do not answer;
        `nearest` then names the nearest titles. `path` of a citation can be given to `show`.

        Args:
            question: One question in Chinese or English, at most 1000 characters.
            k: How many passages to cite, 1 to 50.
        """
        return told(desk.ask, question, k)

    def show(article: str, first: int = 1, last: int = 0) -> dict:
        """An indexed article line by line, with the reason for every line that is not searched.

        Args:
            article: The path of an article as `ask` or `status` names it; a part of it if that is unique.
            first: The first line wanted, counted from 1.
            last: The last line wanted; 0 for all.
        """
        return told(desk.show, article, first, last)

    def status() -> dict:
        """What the index holds: numbers of articles and passages, model, time of the last ingest, list of articles."""
        return told(desk.status)

    # Without Gradio's queue: a thread each, so that a question never waits for another one's turn.
    for function in (ask, show, status):
        gr.api(function, api_name=function.__name__, queue=False)


def _endpoints(gr, desk: Desk, doors: Doors) -> None:
    """The doors that only the page uses: HTML, and what changes articles."""

    def page_answer(question: str, since: str = "", until: str = "", source: str = "") -> str:
        return desk.answer_html(question, since, until, source)

    def page_start() -> str:
        return desk.start_html()

    def page_source(path: str, start: int, end: int, marks: str) -> str:
        return desk.source_html(path, start, end, marks)

    def page_forms() -> str:
        return desk.forms_html()

    def page_articles(search: str, page: int) -> str:
        return desk.articles_html(search, page)

    def page_add(name: str, content: str) -> dict:
        return desk.edit("add", name, content)

    def page_remove(path: str) -> dict:
        return desk.edit("remove", path)

    def page_put_back(path: str, line: int) -> dict:
        return desk.edit("put_back", path, line)

    def page_report() -> str:
        return report_html(REPORT, doors.lang)

    def page_manual(url: str) -> str:
        return manual_html(url, doors.lang, bool(doors.password), doors.mcp)

    def page_job() -> dict:
        return desk.shelf.job()

    show = (
        page_answer,
        page_start,
        page_source,
        page_forms,
        page_articles,
        page_report,
        page_manual,
        page_job,
    )
    for function in (*show, page_add, page_remove, page_put_back):
        gr.api(function, api_name=function.__name__, queue=False, api_visibility="undocumented")
