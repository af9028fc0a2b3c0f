"""What the tests of cleaning share: prose of a river, and articles made of it."""

from ingest.boilerplate import clean
from ingest.types import Article, Mark

PROSE = "渡船每天清早出发,傍晚回来,船工把桨收好,再把缆绳系在石桩上。"
MORE = "对岸的集市只开半天,所以赶集的人总要在天亮之前就来到渡口等候。"


def article(text: str, id: str = "a.txt", title: str = "", marks: tuple[Mark, ...] = ()) -> Article:
    """An article of this text."""
    return Article(id, id, title, text, "", marks=marks)


def reasons(text: str, **more) -> dict[str, str]:
    """Dropped line -> reason."""
    return {item.span.of(text).strip(): item.reason for item in clean(article(text), **more).dropped}
