"""A folder full of broken and malicious files: every one is skipped with a reason or read right, and the good ones are found."""

import io
import os
import resource
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from ingest.build import build
from ingest.read import Limits
from ingest.read.isolate import Reader
from ingest.reasons import SKIP_REASONS
from ingest.types import Article
from qa.ask import Asker

GOOD = "早停是指在验证误差不再下降时提前结束训练的方法,常与耐心值一起使用。\n"
PROSE = "正则化通过在损失里加入惩罚项来限制模型的复杂程度,从而减轻过拟合。" * 4
HUGE = 100_000_000  # bytes
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


def _pdf_of_pages(count: int) -> bytes:
    """A PDF of `count` pages, each with its number on it."""
    kids = b" ".join(b"%d 0 R" % (5 + 2 * n) for n in range(count))
    parts = [
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[%s]/Count %d>>endobj\n" % (kids, count),
    ]
    for n in range(count):
        draw = b"BT /F 12 Tf 50 700 Td (This is page %d.) Tj ET" % n
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>" % (6 + 2 * n)
        parts.append(b"%d 0 obj%sendobj\n%d 0 obj<</Length %d>>stream\n%s\nendstream endobj\n" % (5 + 2 * n, page, 6 + 2 * n, len(draw), draw))
    return b"".join(parts) + b"trailer<</Root 1 0 R>>\n%%EOF"


def _locked() -> bytes:
    """A PDF that asks for a password."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("geheim", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _zip_bomb() -> bytes:
    """A Word document whose text inflates to 1 GB of spaces."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(1024):
            part.write(b" " * (1 << 20))
    return stream.getvalue()


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
    "+many comments.html": (f"<p>{PROSE}</p>" + "<!-- x -->" * 500_000).encode(),
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
    "-spoilt.txt": PROSE.encode().decode("latin-1").encode(),
    "-shift jis.txt": ("これは正則化についての説明です。モデルの複雑さを抑えます。" * 5).encode("shift_jis"),
    "-locked.pdf": _locked(),
    "-bomb.docx": _zip_bomb(),
    "-not a zip.epub": PROSE.encode(),
    "-no page.mhtml": b"MIME-Version: 1.0\r\n\r\n",
    "+many pages.pdf": _pdf_of_pages(300),
    "+many fences.md": ("# 一\n```\nx\n```\n" * 3000 + PROSE).encode(),
    "+unclosed head.html": f"<head><title>题</title><body><p>{PROSE}".encode(),
    "+one form.html": f"<form><p>{PROSE}</p></form>".encode(),
    "+crossing tags.html": ("<section><table><tr><td>" + "<div><span>" * 3000 + "</section></span>" * 3000 + PROSE).encode(),
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
    (corpus / "?closed.txt").write_text(PROSE, "utf-8")
    (corpus / "?closed.txt").chmod(0)
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


def test_reasons_are_the_right_ones(report):
    """A password is not damage, and text in another encoding is not an empty file."""
    reasons = {id_: problem.reason for id_, problem in report.skipped}
    assert reasons["-locked.pdf"] == "encrypted" and reasons["-bomb.docx"] == "too-large"
    assert reasons["-spoilt.txt"] == reasons["-shift jis.txt"] == reasons["-random.txt"] == "garbled"
    assert reasons["-empty.txt"] == reasons["-only script.html"] == "empty" and reasons["-broken.pdf"] == "broken"
    assert os.name == "nt" or (reasons["-pipe.txt"], reasons["-link out.txt"]) == ("not-a-file", "outside")
    assert os.name == "nt" or os.geteuid() == 0 or reasons["?closed.txt"] == "unreadable"  # root may read all


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_a_hundred_megabytes_on_one_line_are_refused(tmp_path, encoding, suffix):
    """Named within seconds, and the next file is read."""
    huge, good = tmp_path / f"a{suffix}", tmp_path / "b.html"
    huge.write_bytes(PROSE.encode(encoding) * (HUGE // len(PROSE.encode(encoding))))
    good.write_text(GOOD, "utf-8")
    with Reader(Limits(seconds=20)) as reader:
        results = dict(reader.read_many([(huge, "a"), (good, "b")]))
    huge.unlink()
    assert results["a"].reason == "too-long" and results["b"].text.strip() == GOOD.strip()


def test_ten_thousand_pages_are_read_or_given_up_in_time(tmp_path):
    """Either all pages, or a reason; nothing in between."""
    (tmp_path / "a.pdf").write_bytes(_pdf_of_pages(10_000))
    with Reader() as reader:
        result = dict(reader.read_many([(tmp_path / "a.pdf", "a.pdf")]))["a.pdf"]
    assert len(result.page_starts) == 10_000 if isinstance(result, Article) else result.reason == "too-slow"


def test_no_module_of_the_current_folder_is_imported(tmp_path, monkeypatch):
    """The child runs our code, wherever the user stands."""
    (tmp_path / "html.py").write_text("raise SystemExit('shadowed')", "utf-8")
    (tmp_path / "a.html").write_text(GOOD, "utf-8")
    monkeypatch.chdir(tmp_path)
    with Reader() as reader:
        assert dict(reader.read_many([(Path("a.html"), "a")]))["a"].text.strip() == GOOD.strip()


def test_a_pipe_in_place_of_a_file_is_refused(tmp_path):
    """Also when it took the place of a file after the folder was listed: nobody waits for a writer."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    os.mkfifo(tmp_path / "a.txt")
    with Reader(Limits(seconds=2)) as reader:
        assert dict(reader.read_many([(tmp_path / "a.txt", "a")]))["a"].reason == "not-a-file"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_no_child_is_left_behind(tmp_path):
    """Neither after reading nor after a kill."""
    (tmp_path / "a.html").write_text("<p>" + PROSE * 20_000, "utf-8")
    for limits in (Limits(), Limits(seconds=0.01)):
        with Reader(limits) as reader:
            list(reader.read_many([(tmp_path / "a.html", "a")]))
            child = reader._child
        assert child is None or not Path(f"/proc/{child.pid}").exists()


def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    """The child is killed, the file named, and the next one read."""
    (tmp_path / "a.html").write_text("<p>" + PROSE * 20_000, "utf-8")
    (tmp_path / "b.txt").write_text(GOOD, "utf-8")
    jobs = [(tmp_path / "a.html", "a.html"), (tmp_path / "b.txt", "b.txt")]
    with Reader(Limits(seconds=0.01)) as reader:
        results = dict(reader.read_many(jobs))
    assert results["a.html"].reason == "too-slow"
    assert results["b.txt"].text == GOOD
