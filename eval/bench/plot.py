"""How figures grow with the size of a collection, as one svg: both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Mapping

# figure, what it is, and its unit
SHOWN = (
    ("ingest_s", "ingest", "s"),
    ("ingest_cpu_s", "ingest, on all cores", "s"),
    ("ingest_peak_mb", "peak memory of ingest", "MB"),
    ("index_mb", "index on disk", "MB"),
    ("add_s", "one more article", "s"),
    ("cold_s", "cold qa ask", "s"),
    ("warm_p95", "warm question, 95th percentile", "ms"),
)
_WIDTH, _HEIGHT, _EDGE = 320, 190, 44  # of one chart, in pixels; half the longest number fits beside its point
_COLUMNS = 3


def growth_svg(report: Mapping[int, Mapping[str, float]]) -> str:
    """One small chart a figure; a grey line shows linear growth from the first point."""
    charts = []
    for at, (name, title, unit) in enumerate(SHOWN):
        points = [(size, _figure(facts, name)) for size, facts in sorted(report.items()) if _figure(facts, name)]
        x, y = at % _COLUMNS * _WIDTH, at // _COLUMNS * _HEIGHT
        charts.append(f'<g transform="translate({x},{y})">{_chart(points, f"{title} ({unit})")}</g>')
    rows = -(-len(SHOWN) // _COLUMNS)
    size = f'viewBox="0 0 {_COLUMNS * _WIDTH} {rows * _HEIGHT}" width="{_COLUMNS * _WIDTH}"'
    style = "text{font:11px sans-serif;fill:#333}.line{fill:none;stroke:#1d6fb8;stroke-width:2}.linear{stroke:#bbb;stroke-dasharray:4 3}"
    background = '<rect width="100%" height="100%" fill="white"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>{background}{"".join(charts)}</svg>\n'


def _figure(facts: Mapping[str, float], name: str) -> float:
    if name == "index_mb":
        return facts["bytes_a_passage"] * facts["passages"] / 1e6
    return facts.get(name, 0.0)


def _chart(points: list[tuple[int, float]], title: str) -> str:
    if not points:
        return f'<text x="{_EDGE}" y="18">{title}: –</text>'
    (x0, x1), (y0, y1) = ((math.log10(min(side)), math.log10(max(side))) for side in zip(*points, strict=True))
    y0, y1 = math.floor(y0), max(math.ceil(y1), math.floor(y0) + 1)
    x1 = max(x1, x0 + 1)

    def spot(size: float, value: float) -> tuple[float, float]:
        across = _EDGE + (math.log10(size) - x0) / (x1 - x0) * (_WIDTH - 2 * _EDGE)
        up = _HEIGHT - 30 - (math.log10(value) - y0) / (y1 - y0) * (_HEIGHT - 60)
        return round(across, 1), round(up, 1)

    line = " ".join("{},{}".format(*spot(*point)) for point in points)
    first, last = points[0], points[-1]
    steepest = min(last[0], first[0] * 10**y1 / first[1])
    ends = [spot(*first), spot(steepest, first[1] * steepest / first[0])]
    parts = [f'<text x="{_EDGE}" y="16">{title}</text>']
    parts.append('<line class="linear" x1="{}" y1="{}" x2="{}" y2="{}"/>'.format(*ends[0], *ends[1]))
    parts.append(f'<polyline class="line" points="{line}"/>')
    for size, value in points:
        across, up = spot(size, value)
        parts.append(f'<circle cx="{across}" cy="{up}" r="3" fill="#1d6fb8"/>')
        shown = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        parts.append(f'<text x="{across}" y="{up - 6}" text-anchor="middle">{shown}</text>')
        parts.append(f'<text x="{across}" y="{_HEIGHT - 12}" text-anchor="middle">{size:,}</text>')
    return "".join(parts)
