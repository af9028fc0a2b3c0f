"""PDF: text by pypdfium2, page by page; what a PDF broke is joined again."""

from __future__ import annotations

from ingest.errors import SkippedFile
from ingest.types import Article


def read(content: bytes, id: str) -> Article:
    """The article of a PDF. SkippedFile for one that is encrypted, broken or scanned."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise SkippedFile("encrypted", "PDF 有密码。请先去掉密码。", "the PDF asks for a password") from error
        raise SkippedFile("broken", "PDF 已损坏,无法打开。", "the PDF is broken and cannot be opened") from error
    pages = [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
    if not "".join(pages).strip():
        raise SkippedFile("scanned", "PDF 里没有文字(可能是扫描件)。", "the PDF holds no text (a scan, perhaps)")
    starts, text = [], ""
    for page in pages:
        starts.append(len(text))
        text += page.rstrip("\n").replace("\0", " ") + "\n"
    return Article(id=id, path=id, title="", text=text, digest="", page_starts=tuple(starts))
