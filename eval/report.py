"""`python -m eval report FILE… --index DIR --out report.html`: the figures as one page that needs nothing else.

Charts are inline SVG; the worst questions stand with what was returned instead.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from eval.questions import load, texts_of
from eval.questions_cmd import Outcome, ask_all, measure
from qa.ask import Asker

WORST = 40  # questions shown
_KINDS = {
    "definition": "定义", "paraphrase": "换说法", "number": "数字", "list": "列举", "compare": "比较", "why": "原因",
    "how": "方法", "multi": "多处", "variant": "变体", "dated": "时间", "near": "同题无答案", "offtopic": "无关",
    "furniture": "页面杂物", "all": "全部",
}  # fmt: skip
_STYLE = """
body{font:16px/1.6 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.6rem} h2{font-size:1.2rem;margin-top:2.5rem} table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d9dee6;vertical-align:top} td.n{text-align:right}
.bar{fill:#2f6fb3}.bar.two{fill:#8db5dd}.bar.bad{fill:#b3522f} text{font:12px system-ui,sans-serif;fill:currentColor}
.big{display:flex;gap:1.5rem;flex-wrap:wrap}.big div{min-width:7rem}.big b{display:block;font-size:1.7rem}
@media(prefers-color-scheme:dark){body{color:#e3e8ef;background:#14181f}th,td{border-color:#333c49}}
"""


def bars(rows: Sequence[tuple[str, float, float | None]], style: str = "bar") -> str:
    """A bar chart of (label, value 0 to 1, a second value or None)."""
    step, left, width = 26, 110, 420
    parts = []
    for at, (label, value, second) in enumerate(rows):
        y = at * step
        parts.append(f'<text x="{left - 8}" y="{y + 16}" text-anchor="end">{escape(label)}</text>')
        if second is not None:
            parts.append(f'<rect class="bar two" x="{left}" y="{y + 4}" width="{second * width:.1f}" height="17"/>')
        parts.append(f'<rect class="{style}" x="{left}" y="{y + 4}" width="{value * width:.1f}" height="17"/>')
        shown = f"{value:.3f}" + (f" / {second:.3f}" if second is not None else "")
        parts.append(f'<text x="{left + width + 8}" y="{y + 16}">{shown}</text>')
    return f'<svg viewBox="0 0 660 {len(rows) * step + 6}" role="img" width="100%">{"".join(parts)}</svg>'


def page(outcomes: Sequence[Outcome], figures: dict) -> str:
    """The whole report."""
    found = figures["answerable"]
    big = "".join(
        f"<div><b>{value:.3f}</b>{label}</div>"
        for label, value in (
            ("首位命中", found["hit@1"]), ("前三命中", found["hit@3"]), ("前五命中", found["hit@5"]),
            ("答句正确", found["sentence"]), ("拒答 AUROC", figures["refusing"]["auroc"]),
            ("校准误差", figures["calibration_error"]),
        )
    )  # fmt: skip
    kinds = [(_KINDS[kind], row["hit@1"], row["hit@3"]) for kind, row in figures["by_kind"].items()]
    refused = [(_KINDS[kind], row["answered"], None) for kind, row in figures["refusing"]["by_kind"].items()]
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>问据评测报告</title><style>{_STYLE}</style>'
        f"<h1>问据评测报告</h1><p>{found['questions']} 个有答案的问题，{len(outcomes) - found['questions']} 个没有答案的问题。</p>"
        f'<div class="big">{big}</div>'
        f"<h2>各类问题：首位命中 / 前三命中</h2>{bars(kinds)}"
        f"<h2>没有答案的问题里，仍被回答的比例（越低越好）</h2>{bars(refused, 'bar bad')}"
        f"<h2>最差的问题，以及返回了什么</h2>{_worst(outcomes)}</html>\n"
    )


def _worst(outcomes: Sequence[Outcome]) -> str:
    """Questions that were missed, ranked low, or answered without an answer; the surest mistakes first."""
    wrong = [one for one in outcomes if _is_wrong(one)]
    wrong.sort(key=lambda one: (one.question.answerable and one.rank > 0, -one.answer.confidence, one.question.id))
    rows = []
    for one in wrong[:WORST]:
        wanted = one.question.evidence[0].text[:80] if one.question.evidence else "（没有答案）"
        got = one.answer.text or (one.answer.citations[0].quote[:80] if one.answer.citations else "")
        cells = (one.question.id, _KINDS[one.question.kind], one.question.text, wanted, got[:120])
        rank = str(one.rank or "–") if one.question.answerable else ""
        filled = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr>{filled}<td class="n">{rank}</td><td class="n">{one.answer.confidence:.2f}</td></tr>')
    head = "".join(f"<th>{name}</th>" for name in ("编号", "类别", "问题", "应有", "得到", "名次", "把握"))
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _is_wrong(one: Outcome) -> bool:
    return one.rank != 1 or not one.sentence if one.question.answerable else one.answer.found


def main(argv: Sequence[str]) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval report", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--index", type=Path, default=Path(".wenju"))
    parser.add_argument("--part", choices=("tune", "test", "all"), default="tune")
    parser.add_argument("--out", type=Path, default=Path("eval/report.html"))
    options = parser.parse_args(argv)
    asker = Asker(options.index)

    outcomes = ask_all(asker, load(options.files, texts_of(asker.opened.store), options.part))
    figures = measure(outcomes)
    options.out.write_text(page(outcomes, figures), "utf-8")
    # The page's own tab shows the figures from here.
    options.out.with_suffix(".json").write_text(json.dumps(figures, ensure_ascii=False, indent=1), "utf-8")
    print(options.out)
    return 0
