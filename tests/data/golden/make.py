"""Writes the golden index of the format that this program writes: `python tests/data/golden/make.py`."""

import shutil
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
sys.path.insert(0, str(HOME.parents[2]))

from ingest.build import build  # noqa: E402
from ingest.generation import FORMAT_VERSION  # noqa: E402

target = HOME / f"format-{FORMAT_VERSION}"
shutil.rmtree(target, ignore_errors=True)
build(HOME / "articles", target)
(target / "lock").unlink()
print(target, sum(path.stat().st_size for path in target.rglob("*") if path.is_file()) // 1024, "KB")
