"""The forms that sentences have which answer: "X是指…" for a definition, digits for a number, 因为 for a reason."""

from __future__ import annotations

import re

from qa.features import defines
from qa.question import Question

# Looked for in folded text: one width, lower case.
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万亿两]+(?:年|月|日|个|种|次|倍|层|亿|万|分|成)")
_REASON = re.compile(r"因为|由于|原因|因此|所以|之所以|使得|导致|从而|目的是|为了|才能|以便|避免|免得|否则|担心|容易|用意|意在|为的是|好让")
BECAUSE = re.compile(  # gives a reason in so many words
    r"之所以|(?<!不)(?<!并非)(?:是|正是|也是|就是)(?:因为|由于)|(?<!没有)(?<!什么)原因[^,。没未不]{0,6}(?:是(?!否)|在于|有(?!待))"
    r"|^[\W\d]*(?:因为|由于)|归因于|起因是|缘于|(?<![来起资])源于|一来[^。]{2,60}二来|一则[^。]{2,60}二则|问[^,。]{0,6}为(?:什么|何)[^,。]{0,8},"
)
# In so many words, or in passing.
GIVES_REASON = re.compile(f"{_REASON.pattern}|{BECAUSE.pattern}")
_LIST = re.compile(r"包括|包含|下列|分别[是为]|\(一\)|分为|分成|有以下|如下|主要有|有[一二两三四五六七八九十\d]+[种类个项点条]|第一|其一|一是|以下|[^、]+、[^、]+、|分[一二两三四五六七八九十\d]+[步种类个层]|(?:[^,。;\d]{1,10}\d[\d.]*[^,。;\d]{1,4},){2}")
_CONTACT = re.compile(r"联系|咨询|电话|热线|分机|邮箱|微信号|(?<!\d)(?:1\d{10}|\d{3,4}-\d{3,8}(?:-\d{3,4})?)(?!\d)")
_CONTRAST = re.compile(r"而|区别|不同|相比|相反|前者|后者|但|则|差别|差异")
_HOW = re.compile(r"首先|然后|先|再|步|通过|使用|采用|利用|方法|做法|办法|把|将|可以")


def shape(key: str, question: Question, under: str, first: bool) -> float:
    """0 to 1: how far a folded sentence has the form that the kind of question asks for."""
    if question.kind == "definition" and question.focus:
        return defines(key, question.focus, under, first)
    if question.kind == "compare":
        sides = sum(side in key for side in question.sides)
        return 0.35 * sides + (0.3 if _CONTRAST.search(key) else 0.0)
    if question.contact:
        return 1.0 if _CONTACT.search(key) else 0.0
    if question.kind == "why" and BECAUSE.search(key):
        return 1.0
    shapes = {"number": (_NUMBER, 0.6), "why": (_REASON, 0.6), "list": (_LIST, 0.8), "how": (_HOW, 0.3)}
    pattern, worth = shapes.get(question.kind, (None, 0.0))
    return worth if pattern and pattern.search(key) else 0.0
