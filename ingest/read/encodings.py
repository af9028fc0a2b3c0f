"""Bytes -> text: which encoding it is, decided by what makes sense as Chinese."""

from __future__ import annotations

import codecs
import re

from ingest.errors import SkippedFile

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 200_000  # characters judged; a file does not change its encoding in the middle
_SAMPLE_BYTES = 400_000  # bytes that the candidates are compared on; even, so that UTF-16 stays whole
_BAD_SHARE = 0.002  # undecodable characters up to this share are a few damaged bytes, not a wrong encoding
_FEW = 40  # characters beyond ASCII: too few to refuse a text for their rarity
_RARE = 0.24  # a guessed text with fewer common characters is of another script: of 1,000 sentences the least
# had .30, decoded rightly; Shift-JIS and EUC-KR taken for Chinese had .07 and less
_DECLARED = 0.1  # of sense for the encoding that the file names; right and wrong decodings lie further apart
_MOJIBAKE = 0.5  # of what the text would hold were it wrongly decoded; refuses 99 % of such sentences, none of 1,000 real
_LOST = "\u951f\u65a4\u62f7"  # what two replacement characters look like once taken for GBK
_LOST_SHARE = 0.05  # texts that write about it stay far below
_COMMON = "的一是不了在人有我他这中大来上国们到说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运這個們來說時會對經發後過還進現無種學實開間長問關點與當動機體業產於將為國"  # fmt: skip
_COMMON_SET = frozenset(_COMMON)
_WESTERN = {ord(bytes([n]).decode("cp1252")): n for n in range(0x80, 0xA0) if n not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_WESTERN_RUNS = re.compile(f"[\x80-\xff{''.join(map(chr, _WESTERN))}]+")
_BEYOND = re.compile(r"[^\x00-\x7f]+")
_ENOUGH = 20_000  # characters on which spoilt text is recognised


_MARKS = "，。、；：？！“”‘’（）《》…—·　"


def decode(content: bytes, declared: str | None = None) -> str:
    """The text of `content`, without its byte order mark, NUL as a space. SkippedFile if it makes no sense.

    `declared` is the encoding that the file says it has; it decides only where the bytes hardly do.
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
    sample = content[:_SAMPLE_BYTES]
    family = _family(declared)
    scores = {one: _sense(sample.decode(one, "replace")) + _DECLARED * (one == family) for one in _guesses(content)}
    best = max(scores, key=scores.__getitem__)
    text = content.decode(best, "replace")
    beyond = sum(map(len, _BEYOND.findall(text[:_SAMPLE])))
    if best != "utf-8" and beyond > _FEW and scores[best] < _RARE:
        raise _garbled()
    return _finished(text)


def _guesses(content: bytes) -> list[str]:
    head = content[:4096]
    if head.count(0) > len(head) // 50 or len(content) % 2 == 0:
        return ["utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be"]
    return ["utf-8", "gb18030", "big5hkscs"]


def _family(declared: str | None) -> str:
    """The widest encoding of the family that `declared` names: gb2312 pages hold GB18030."""
    name = (declared or "").lower()
    return "gb18030" if name.startswith("gb") else "big5hkscs" if name.startswith("big5") else name


def _sense(text: str) -> float:
    """How much `text` reads like Chinese or plain ASCII: common characters count, damage is punished."""
    sample = text[:_SAMPLE]
    beyond = "".join(_BEYOND.findall(sample))
    if not beyond:
        return 1.0 - sample.count("\0") / max(len(sample), 1)
    common = sum(char in _COMMON_SET or char in _MARKS for char in beyond) / len(beyond)
    damage = (sample.count("\ufffd") + sample.count("\0")) / len(sample)
    return common - 20 * damage


def _finished(text: str) -> str:
    """Refuse what is not text; a lone NUL becomes a space, so that offsets stay."""
    sample = text[:_SAMPLE]
    bad = sample.count("\ufffd") + sample.count("\0")
    if bad > max(3, _BAD_SHARE * len(sample)) or _is_mojibake(sample):
        raise _garbled()
    return text.replace("\0", " ")


def _is_mojibake(sample: str) -> bool:
    """True for Chinese that was once decoded wrongly and saved so: it turns into better text when taken back."""
    beyond = "".join(_BEYOND.findall(sample))
    if not beyond:
        return False
    if beyond.count(_LOST) * len(_LOST) > _LOST_SHARE * len(beyond):
        return True
    text = beyond[:_ENOUGH]
    western = sum(map(len, _WESTERN_RUNS.findall(text)))
    if western > _MOJIBAKE * len(text):
        content = sample[:_ENOUGH].translate(_WESTERN).encode("latin-1", "replace")
        western = sum(map(len, _WESTERN_RUNS.findall(sample[:_ENOUGH])))
        pieces = [content.decode("utf-8", "ignore")]
        if western > _MOJIBAKE * len("".join(sample[:_ENOUGH].split())):  # bytes of GBK; French has a tenth of them
            pieces.append(content.decode("gb18030", "ignore"))
        least = _MOJIBAKE * western / 3  # three bytes a character in UTF-8, two in GBK
    else:
        pieces = [text.encode("gb18030", "replace").decode("utf-8", "ignore")]
        least = _MOJIBAKE * 2 * len(text) / 3  # two bytes a character became three
    return any(sum(char in _COMMON_SET for char in piece) > max(1, _MOJIBAKE * least) for piece in pieces)


def _garbled() -> SkippedFile:
    return SkippedFile(
        "garbled",
        "认不出文字编码，或者不是文本文件。请另存为 UTF-8 后再试。",
        "the encoding is not recognised, or this is no text; save it as UTF-8 and try again",
    )
