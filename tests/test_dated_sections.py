"""Diaries and lists of versions: the heading says of which day, or which version, a section tells."""

import pytest

from ingest.build import build
from qa.ask import Asker
from qa.demands import days_and_versions

DIARY = """西线自驾小记

2025年7月5日 晴
早上六点半从兰州出发，中午在武威吃面，傍晚到张掖，全天开了512公里，住在一家民宿，老板送了我们一盘人参果。

2025年7月7日 晴
补看丹霞，门票加区间车一共93元，下午往西走，路上开了230公里，在嘉峪关城楼上碰见一队骑行的大学生。

2025年7月8日 大风
从嘉峪关到敦煌，开了370公里，车速压在八十以下，在服务区爆了左后胎，换备胎用了五十分钟。

2025年7月9日 晴
上午看了八个洞窟，窟里不让拍照，晚上爬沙山，开了40公里，一双橙色鞋套租金15元。
"""
VERSIONS = """# 墨舟笔记 更新说明

## 3.4.0（2025-09-16）

- 新增离线语音转写，支持普通话和粤语，单次最长90分钟。
- 新增表格公式，一共支持38个函数。

## 3.3.0（2025-06-10）

- 新增双向链接图谱，节点超过两千个时自动改为分层显示。
- 回收站的保留时间从30天延长到60天。

## 3.2.0（2025-03-04）

- 新增端到端加密，默认关闭，需要在设置里手动打开。
- 不再支持从旧笺导入。
"""


@pytest.fixture(scope="module")
def asker(tmp_path_factory) -> Asker:
    """An index of a diary and a list of versions."""
    folder = tmp_path_factory.mktemp("dated") / "corpus"
    folder.mkdir()
    (folder / "diary.txt").write_text(DIARY, "utf-8")
    (folder / "versions.md").write_text(VERSIONS, "utf-8")
    build(folder, folder.parent / "index")
    return Asker(folder.parent / "index")


@pytest.mark.parametrize(
    ("question", "heading", "says"),
    [
        ("7月8日开了多少公里", "2025年7月8日 大风", "370公里"),
        ("7月5号开了多少公里", "2025年7月5日 晴", "512公里"),
        ("墨舟笔记3.4.0有什么新功能", "3.4.0（2025-09-16）", "38个函数"),
        ("墨舟笔记3.2.0新增了什么", "3.2.0（2025-03-04）", "端到端加密"),
    ],
)
def test_the_day_or_version_that_is_asked_for_answers(asker, question, heading, says):
    """However much the sections are alike otherwise; the citation says where it stands."""
    answer = asker.ask(question)
    assert answer.found and answer.citations[0].headings == (heading,)
    assert says in answer.text


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("7月8号的天气", ["7月8日"]),
        ("2025年7月8日和7 月 9 日", ["7月8日", "7月9日"]),
        ("3.4.0和v3.3.2的区别", ["3.4.0", "3.3.2"]),
        ("3.14是多少", []),
        ("第8日的收成", []),
        ("192.168.0.1是什么地址", ["192.168.0.1"]),
    ],
)
def test_days_and_versions_of_a_question(question, found):
    """As articles write them; a plain number is none."""
    assert days_and_versions(question) == found


def test_one_date_below_the_title_is_a_byline(tmp_path):
    """Not a heading, though text follows."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("渡口的故事\n2025年7月5日 晴\n" + DIARY.split("\n")[3] + "\n", "utf-8")
    build(folder, tmp_path / "index")
    answer = Asker(tmp_path / "index").ask("早上几点从兰州出发")
    assert answer.citations[0].headings == () and str(answer.citations[0].date) == "2025-07-05"
