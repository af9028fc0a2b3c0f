"""A folder full of broken and malicious files: every one is skipped with a reason or read right, and the good ones are found."""

import os
import resource
import sys
import zlib
from pathlib import Path

import pytest

from ingest.build import build
from ingest.read import Limits
from ingest.read.isolate import Reader
from ingest.reasons import SKIP_REASONS
from qa.ask import Asker

GOOD = "早停是指在验证误差不再下降时提前结束训练的方法,常与耐心值一起使用。\n"
PROSE = "正则化通过在损失里加入惩罚项来限制模型的复杂程度,从而减轻过拟合。" * 4
PEAK_MB = 2600  # of any child: the limit on its memory and what the interpreter itself takes


def _stream_bomb() -> bytes:
    """A PDF whose one page inflates to 200 MB of drawing commands."""
    packed = zlib.compress(b"0 0 m 1 1 l S " * (14 << 20))
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
    body = b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n" % len(packed) + packed + b"\nendstream endobj\n"
    return head + page + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def _form_bomb() -> bytes:
    """A PDF whose forms call each other twofold, thirty deep."""
    forms = b"".join(
        b"%d 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A %d 0 R>>>>/Length 10>>stream\n/A Do /A Do\nendstream endobj\n"
        % (number, number + 1)
        for number in range(5, 35)
    )
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</A 5 0 R>>>>/Contents 4 0 R>>endobj\n"
    return head + page + b"4 0 obj<</Length 5>>stream\n/A Do\nendstream endobj\n" + forms + b"trailer<</Root 1 0 R>>\n%%EOF"


# name -> content; "+" in front: must be read, "-": must be skipped, "?": either, but never a crash
FILES: dict[str, bytes] = {
    "+bom8.txt": b"\xef\xbb\xbf" + PROSE.encode(),
    "+utf16le.txt": b"\xff\xfe" + PROSE.encode("utf-16-le"),
    "+utf16be.txt": b"\xfe\xff" + PROSE.encode("utf-16-be"),
    "+utf16 no mark.txt": PROSE.encode("utf-16-le"),
    "+gb18030.txt": PROSE.encode("gb18030"),
    "+gbk crlf.txt": (PROSE + "\r\n").encode("gbk"),
    "+big5.txt": ("正則化透過在損失裡加入懲罰項來限制模型的複雜程度,從而減輕過擬合。" * 4).encode("big5"),
    "+one nul.txt": PROSE.encode() + b"\0" + PROSE.encode(),
    "+one bad byte.txt": PROSE.encode() + b"\xff" + PROSE.encode(),
    "+emoji 😀 name.txt": PROSE.encode(),
    "+空格 与 中文.md": PROSE.encode(),
    "+only cr.txt": PROSE.replace("。", "。\r").encode(),
    "+surrogate.txt": PROSE.encode() + "\ud800".encode("utf-8", "surrogatepass"),
    "+UPPER.TXT": PROSE.encode(),
    "+gb2312 page.html": ('<meta charset="gb2312"><p>' + PROSE + "喆</p>").encode("gb18030"),
    "+no tags.html": PROSE.encode(),
    "+deep.html": (f"<p>{PROSE}</p>" + "<div>" * 100_000 + PROSE + "</div>" * 100_000).encode(),
    "+many comments.html": (f"<p>{PROSE}</p>" + "<!-- x -->" * 100_000).encode(),
    "+unclosed.html": f"<p>{PROSE}<b><i><table><tr><td>".encode(),
    "+script.html": f"<script>document.write('坏')</script><p>{PROSE}</p><style>p{{}}</style>".encode(),
    "+long node.html": f"<p>{PROSE * 3000}</p>".encode(),
    "+entities.html": (f"<p>{PROSE}</p>" + "&amp;" * 100_000).encode(),
    "+attributes.html": f'<p {" ".join(f"a{n}=1" for n in range(20_000))}>{PROSE}</p>'.encode(),
    "+open front matter.md": ("---\ntitle: 没有结尾\n" + PROSE).encode(),
    "+open fence.md": (PROSE + "\n\n```\n" + PROSE).encode(),
    "+strange dates.md": ("---\ndate: 2024-99-99\nurl: javascript:alert(1)\n---\n" + PROSE).encode(),
    "+many headings.md": ("".join(f"# {n}\n" for n in range(5000)) + PROSE).encode(),
    "+long line.txt": (PROSE * 20_000).encode(),
    "+many lines.txt": (PROSE + "\n" + "短\n" * 50_000).encode(),
    "-empty.txt": b"",
    "-blank.txt": b" \n\t\n \n",
    "-nuls.txt": b"\0" * 100_000,
    "-random.txt": bytes((n * 7919 + n // 256 * 31) % 256 for n in range(65_536)),
    "-picture.txt": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 200,
    "-broken.pdf": b"%PDF-1.7\n1 0 obj",
    "-not a pdf.pdf": b"<html>" + PROSE.encode(),
    "-empty.pdf": b"",
    "-empty.html": b"<html><body></body></html>",
    "-only script.html": b"<script>alert(1)</script>",
    "?stream bomb.pdf": _stream_bomb(),
    "?form bomb.pdf": _form_bomb(),
    "?open comment.html": ("<!-- " * 20_000 + PROSE).encode(),
    "?open tag.html": ("<" * 50_000 + PROSE).encode(),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """All of them, a good article, and things that are no files."""
    home = tmp_path_factory.mktemp("hostile")
    corpus = home / "corpus"
    corpus.mkdir()
    (corpus / "好.txt").write_text(GOOD, "utf-8")
    for name, content in FILES.items():
        (corpus / name).write_bytes(content)
    (corpus / "deep").mkdir()
    nested = corpus / "deep"
    for number in range(40):
        nested = nested / f"层{number}"
        nested.mkdir()
    (nested / "+底.txt").write_text(PROSE, "utf-8")
    (home / "outside.txt").write_text("外面的秘密。", "utf-8")
    if hasattr(os, "mkfifo"):
        os.mkfifo(corpus / "-pipe.txt")
        (corpus / "-link out.txt").symlink_to(home / "outside.txt")
        (corpus / "-dangling.txt").symlink_to(corpus / "nowhere")
        (corpus / "-loop.txt").symlink_to(corpus / "-loop.txt")
        (corpus / "loop").symlink_to(corpus, target_is_directory=True)
    (corpus / "folder.txt").mkdir()
    return corpus


@pytest.fixture(scope="module")
def report(folder):
    """One ingest over everything, with a short limit of time."""
    return build(folder, folder.parent / "index", limits=Limits(seconds=20))


def test_every_bad_file_is_skipped_with_a_reason(report):
    """Named, with a reason that has words in both languages."""
    skipped = dict(report.skipped)
    expected = {name for name in FILES if name.startswith("-")}
    assert expected <= set(skipped)
    for problem in skipped.values():
        assert problem.reason in SKIP_REASONS and problem.zh and problem.en


def test_every_readable_file_is_read(report, folder):
    """What can be read is in the index, whatever lies beside it."""
    ids = set(Asker(folder.parent / "index").opened.store.ids())
    assert {name for name in FILES if name.startswith("+")} <= ids
    assert not any(id_.startswith("-") for id_ in ids)
    assert any(id_.endswith("+底.txt") for id_ in ids)


def test_the_good_article_is_found(report, folder):
    """The answer comes from the good article, quoted exactly."""
    answer = Asker(folder.parent / "index").ask("什么是早停")
    assert answer.found and answer.citations[0].path == "好.txt"


def test_nothing_from_outside_the_folder_is_read(report, folder):
    """A link that leads out is not followed, and a loop ends."""
    store = Asker(folder.parent / "index").opened.store
    assert not any("外面的秘密" in store.article(id_).text for id_ in store.ids())
    assert not any(id_.startswith("loop/") for id_ in store.ids())


def test_kept_and_dropped_cover_every_text_once(report, folder):
    """Also of the strangest files."""
    store = Asker(folder.parent / "index").opened.store
    for id_ in store.ids():
        entry = store.entry(id_)
        spans = sorted([*entry.cleaned.kept, *(drop.span for drop in entry.cleaned.dropped)])
        assert "\0" not in entry.article.text
        assert spans[0].start == 0 and spans[-1].end == len(entry.article.text)
        assert all(one.end == other.start for one, other in zip(spans, spans[1:], strict=False))


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory of children is counted in kilobytes on Linux only")
def test_memory_of_the_reading_child_stays_bounded(report):
    """No child took more than its limit."""
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 < PEAK_MB


def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    """The child is killed, the file named, and the next one read."""
    (tmp_path / "a.html").write_text("<p>" + PROSE * 20_000, "utf-8")
    (tmp_path / "b.txt").write_text(GOOD, "utf-8")
    jobs = [(tmp_path / "a.html", "a.html"), (tmp_path / "b.txt", "b.txt")]
    with Reader(Limits(seconds=0.01)) as reader:
        results = dict(reader.read_many(jobs))
    assert results["a.html"].reason == "too-slow"
    assert results["b.txt"].text == GOOD
