"""Bytes -> text: which encoding it is, decided by what makes sense as Chinese."""

from __future__ import annotations

import codecs

from ingest.errors import SkippedFile

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 200_000  # characters judged; a file does not change its encoding in the middle
_GOOD_SHARE = 0.6  # of the characters beyond ASCII must be common ones; right decodings score .85 and more
_BAD_SHARE = 0.002  # undecodable characters up to this share are a few damaged bytes, not a wrong encoding
_COMMON = "的一是不了在人有我他这中大来上国们到说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运這個們來說時會對經發後過還進現無種學實開間長問關點與當動機體業產於將為國"  # fmt: skip
_COMMON_SET = frozenset(_COMMON)


def decode(content: bytes, declared: str | None = None) -> str:
    """The text of `content`, without its byte order mark, NUL as a space. SkippedFile if it makes no sense.

    `declared` is what the file says of itself; it decides only between decodings that make sense.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _finished(content[len(bom) :].decode(encoding, "replace"))
    try:
        text = content.decode("utf-8")
        if "\0" not in text[:_SAMPLE]:
            return _finished(text)
    except UnicodeDecodeError:
        pass
    candidates = [content.decode(encoding, "replace") for encoding in _guesses(content)]
    best = max(candidates, key=_sense)
    return _finished(best)


def _guesses(content: bytes) -> list[str]:
    head = content[:4096]
    if head.count(0) > len(head) // 50 or len(content) % 2 == 0:
        return ["utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be"]
    return ["utf-8", "gb18030", "big5hkscs"]


def _sense(text: str) -> float:
    """How much `text` reads like Chinese or plain ASCII: common characters count, damage is punished."""
    sample = text[:_SAMPLE]
    beyond = [char for char in sample if char > "\x7f"]
    if not beyond:
        return 1.0 - sample.count("\0") / max(len(sample), 1)
    common = sum(char in _COMMON_SET or char in ",。、;:?!“”‘’()《》…—" for char in beyond) / len(beyond)
    damage = (sample.count("\ufffd") + sample.count("\0")) / len(sample)
    return common - 20 * damage


def _finished(text: str) -> str:
    """Refuse what is not text; a lone NUL becomes a space, so that offsets stay."""
    sample = text[:_SAMPLE]
    bad = sample.count("\ufffd") + sample.count("\0")
    if bad > max(3, _BAD_SHARE * len(sample)):
        raise SkippedFile(
            "garbled",
            "认不出文字编码，或者不是文本文件。请另存为 UTF-8 后再试。",
            "the encoding is not recognised, or this is no text; save it as UTF-8 and try again",
        )
    return text.replace("\0", " ")
