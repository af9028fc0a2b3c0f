"""What belongs to the sentence that answers: the reasons that follow it, the columns of its row, the other half of the question."""

from __future__ import annotations

import re

from qa.enumerated import whole
from qa.features import UNDER_NAME, defines
from qa.judge import Judge
from qa.lists import opens_list
from qa.parts import parts
from qa.parts import untold as untold_parts
from qa.shapes import BECAUSE, GIVES_REASON
from qa.sides import defined, untold
from qa.tables import is_row

_SAME_THINGS = 0.45  # share of the weight of the question's words in the sentence above that the one after it must say; with .8 two of the four right sentences that are gained on 709 questions are not
_ALL_WANTED = ("why", "list")  # kinds of questions for all that is counted off
_EXPLAINED = 3  # sentences that explain a verdict

# Looked for in folded text: one width, lower case.
_VERDICT = re.compile(
    r"[\W_]*(?:(?:真相|事实|正解|辟谣|答|回答|答案|a)\s?:\s?)?(?:(?:这|其实|答案)?(?:当然|并|也|就)?(?:不[是对行能会]?|是|对|错|能|会|可以|不可以|不一定|不见得|未必|没有(?:[那这]么.{1,2})?|有|需要|不需要|不用)(?:的|了|真的|这样|如此|必)?|恰恰相反|正相反|并非如此|不是真的|是真的|没错|大错特错)[\W_]*"
)
_MOST = re.compile("最(?![早近后初终多少])")
_DIFFERENCE = re.compile("区别|不同|差别|差异|不一样")
_WHETHER = re.compile(r"吗|(.)不\1|有没有|是否|能否")
_POINTS_BACK = re.compile(r"[\W\d]*(?:[它该]|其(?![他实余它])|此(?!外)|这(?!里)|因[此而为]|所以|由于|于是|否则|不然|一旦|原因)")
_SO_MANY = re.compile("(?<![第每这那])[两二三四五六七八九十][次个条种类项点步大](?!月|小时|星期)")  # 三次大灾: all of them


class Together:
    """The sentences of a passage that answer only together with the best one, as `judge` sees them; sentences are told by their numbers."""

    def __init__(self, judge: Judge) -> None:
        key = judge.asked_key
        self._judge = judge
        self._parts = parts(judge.question)
        self._asks_whether = _WHETHER.search(key) is not None
        self.asks_difference = _DIFFERENCE.search(key) is not None
        self.asks_all = judge.question.kind in _ALL_WANTED or _SO_MANY.search(key) is not None

    def of_other_sides(self, picked: set[int]) -> set[int]:
        """Of each thing compared that the `picked` sentences do not tell of, the first sentence that says what it is."""
        missing = untold(self._judge.question.sides, [self._judge.keys[at] for at in picked])
        first = (next((at for at, key in enumerate(self._judge.keys) if defined(side, key)), None) for side in missing)
        return {at for at in first if at is not None}

    def in_tables(self, picked: set[int], best: int) -> set[int]:
        """The `picked` sentences without rows beside the `best` one that say less of the question, with what names their columns.

        All rows of a table that one of them opens, or where it is asked which is the most: a reader compares them.
        """
        if is_row(self._judge.bodies[best]):
            least = self._judge.coverage(self._judge.keys[best])
            picked = {at for at in picked if at == best or not is_row(self._judge.bodies[at]) or self._judge.coverage(self._judge.keys[at]) >= least}
        opened = {at + 1 for at in picked if opens_list(self._judge.bodies[at])}
        compared = {self._judge.heads[at] for at in picked if at in self._judge.heads} if _MOST.search(self._judge.asked_key) else set()
        picked = picked | {at for at, head in self._judge.heads.items() if head in opened | compared}
        return picked | {self._judge.heads[at] for at in picked if at in self._judge.heads}

    def tells_difference(self, at: int) -> bool:
        """True for a sentence that announces how things differ, where that is asked."""
        return self.asks_difference and _DIFFERENCE.search(self._judge.keys[at]) is not None

    def other_parts(self, picked: set[int]) -> set[int]:
        """What tells the other things that the question asks for, beside the `picked` sentences."""
        return untold_parts(self._parts, self._judge.keys, picked, self._judge.empty) if self._parts else set()

    def verdict_before(self, at: int) -> set[int]:
        """Where it is asked whether: a bare 不对 or 可以 above a sentence on its line, and what stands between them, which explains it."""
        first = at
        while self._asks_whether and first and self._judge.same_line[first] and at - first < _EXPLAINED:
            first -= 1
            if _VERDICT.fullmatch(self._judge.keys[first]):
                return set(range(first, at))
        return set()

    def counted_off(self, best: int) -> set[int]:
        """All that is counted off in prose with the best sentence, or behind it; reasons need not be announced."""
        return whole(self._judge.keys, best, announced=self._judge.question.kind != "why")

    def also_defined(self) -> set[int]:
        """The first sentence that says what a thing is, where the question asks that beside something else."""
        name = self._judge.question.also
        ways = (defines(key, name, self._judge.under, at == 0) for at, key in enumerate(self._judge.keys)) if name else ()
        return {at for at in [next((at for at, surely in enumerate(ways) if surely >= UNDER_NAME), None)] if at is not None}

    def reason_after(self, at: int) -> set[int]:
        """The sentence after one, where a reason is asked for: when that gives it, or tells more of what gives none yet."""
        follows = at + 1 < len(self._judge.keys) and self._judge.question.kind == "why" and not self._judge.asks[at]
        if not follows or not (self._judge.goes_on(at + 1) or self._tells_more(at + 1)):
            return set()
        later = at + 2 < len(self._judge.keys) and self._judge.same_line[at + 2] and BECAUSE.search(self._judge.keys[at + 2]) is not None
        told = any(GIVES_REASON.search(self._judge.keys[one]) for one in (at, at + 1))
        return {at + 1, at + 2} if later and not told else {at + 1}

    def _tells_more(self, at: int) -> bool:
        """True when a sentence goes on the line of one that gives no reason, and points back at it or names the same things."""
        key, above = self._judge.keys[at], self._judge.keys[at - 1]
        if not self._judge.same_line[at] or self._judge.empty[at] or opens_list(self._judge.bodies[at]):
            return False
        if GIVES_REASON.search(above) or (at > 1 and self._judge.promises[at - 2]):  # what keeps a promise, or answers the text's own question, is the reason
            return False
        return _POINTS_BACK.match(key) is not None or self._judge.said(key) >= _SAME_THINGS * self._judge.said(above) > 0
