"""Quality does not fall unnoticed."""

import json

from eval.floors import FLOORS, below, data_digest, figures_now


def test_quality_stays_above_its_floors(tmp_path):
    """Every figure measured on our own articles and questions is at least its floor."""
    stored = json.loads(FLOORS.read_text("utf-8"))
    assert stored["data"] == data_digest(), "the data changed: run `python -m eval floors --raise` or `--lower REASON`"
    assert below(stored, figures_now(tmp_path / "index")) == []


def test_a_fallen_figure_is_named():
    """The gate says which figure fell, and how far."""
    assert below({"floors": {"hit@1": 0.9}}, {"hit@1": 0.85}) == ["hit@1: 0.850 < 0.900"]
