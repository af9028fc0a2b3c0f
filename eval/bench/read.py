"""How fast files are read: `python -m eval.bench.read [FOLDER] [PAGES]`.

Reads each .html file of FOLDER in the child that can be killed, as an ingest does, until
PAGES of them were read; without FOLDER, pages made here from our own corpus, with as much
markup around the text as pages of news sites have. Wall time of the whole round trip.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from ingest.errors import SkippedFile
from ingest.read.encodings import decode
from ingest.read.isolate import Reader

CORPUS = Path(__file__).parents[2] / "corpus"
PAGES = 200  # a steady figure within a few seconds
MENU_LINKS = 300  # tags beside the article; a page of a news site has 300 to 1,500 tags in all
SCRIPT = 60_000  # characters of script and style in it: half of such a page
COLD_STARTS = 5  # of which the median counts


def make_pages(folder: Path) -> None:
    """One page of HTML for each text of our corpus."""
    menu = "".join(f'<li class="m"><a href="/c/{n}" target="_blank">栏目{n}</a></li>' for n in range(MENU_LINKS))
    for path in sorted(CORPUS.glob("*.txt")):
        lines = decode(path.read_bytes()).splitlines()
        body = "".join(f'<p style="margin:0"><span>{line}</span></p>\n' for line in lines if line)
        page = f"<html><head><title>{lines[0]}</title><script>{'var a=1;' * (SCRIPT // 8)}</script></head>"
        page += f"<body><nav><ul>{menu}</ul></nav><article>{body}</article></body></html>"
        (folder / f"{path.stem}.html").write_text(page, encoding="utf-8")


def measure(folder: Path, pages: int) -> dict[str, float]:
    """Files read a second, their mean size in kB, and the seconds that starting the child adds to the first."""
    files = sorted(folder.glob("*.html"))
    if not files:
        raise SystemExit(f"no .html file in {folder}")
    jobs = [(files[n % len(files)], str(n)) for n in range(pages)]
    starts = []
    for _ in range(COLD_STARTS):
        with Reader() as reader:
            starts.append(_seconds(reader, jobs[:1]))
    with Reader() as reader:
        _seconds(reader, jobs[:1])
        seconds = _seconds(reader, jobs)
    size = sum(path.stat().st_size for path, _ in jobs) / len(jobs) / 1000
    return {"pages/s": pages / seconds, "mean kB": size, "first page s": sorted(starts)[COLD_STARTS // 2]}


def _seconds(reader: Reader, jobs: list[tuple[Path, str]]) -> float:
    started = time.perf_counter()
    for id_, result in reader.read_many(jobs):
        if isinstance(result, SkippedFile):
            raise SystemExit(f"{id_}: {result.en}")
    return time.perf_counter() - started


def main(argv: list[str]) -> int:
    """Print the figures."""
    pages = int(argv[1]) if len(argv) > 1 else PAGES
    if argv:
        figures = measure(Path(argv[0]), pages)
    else:
        with tempfile.TemporaryDirectory() as folder:
            make_pages(Path(folder))
            figures = measure(Path(folder), pages)
    print("  ".join(f"{name} {value:.3g}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
