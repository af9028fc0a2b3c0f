"""The `qa` command as a person uses it: answers, exit codes, and one clear line for each mistake."""

import json
import os

import pytest

from ingest.read import read_article


def test_a_definition_is_answered_and_quoted_exactly(qa, small_index, small_corpus):
    """The first passage defines the term; its offsets select the quote in the decoded file."""
    outcome = qa("ask", "什么是涌现", "--json", "--index", small_index)
    answer = json.loads(outcome.out)
    first = answer["citations"][0]
    text = (small_corpus / first["path"]).read_text("utf-8")
    assert outcome.code == 0 and answer["found"]
    assert first["path"] == "涌现.txt" and first["quote"].startswith("涌现是指")
    assert text[first["start"] : first["end"]] == first["quote"]
    assert text.splitlines()[first["line_start"] - 1].startswith("涌现是指")
    assert "涌现是指" in answer["answer"] and "[1]" in answer["answer"]
    for citation in answer["citations"]:
        article = read_article(small_corpus / citation["path"], citation["path"])
        assert article.text[citation["start"] : citation["end"]] == citation["quote"]
        for sentence in citation["answer_sentences"]:
            assert article.text[sentence["start"] : sentence["end"]] == sentence["text"]


def test_the_json_form_is_the_documented_one(qa, small_index):
    """Every documented field is there."""
    answer = json.loads(qa("ask", "过拟合是什么", "--json", "--index", small_index).out)
    assert {"question", "found", "confidence", "answer", "citations", "nearest", "seconds"} <= set(answer)
    fields = "number title path url date headings line_start line_end page start end quote answer_sentences score"
    assert set(fields.split()) <= set(answer["citations"][0])
    assert answer["citations"][0]["url"] == "https://example.org/train"
    assert answer["citations"][0]["date"] == "2023-11-02"
    assert answer["citations"][0]["headings"] == ["过拟合"]


def test_furniture_is_never_cited(qa, small_index):
    """Lines such as a list of related articles stand in no citation."""
    outcome = qa("ask", "相关文章推荐 版权声明 点赞", "--json", "--index", small_index)
    quotes = "".join(c["quote"] for c in json.loads(outcome.out)["citations"])
    assert not any(word in quotes for word in ("相关文章推荐", "版权声明", "点赞", "首页 >"))


def test_an_off_topic_question_is_not_answered(qa, small_index):
    """It says so, names the nearest titles, and exits 4."""
    outcome = qa("ask", "番茄炒蛋放多少糖", "--index", small_index)
    assert outcome.code == 4
    assert outcome.out.startswith("这些文章没有回答")


def test_articles_without_a_date_are_told_where_dates_leave_them_out(qa, tmp_path):
    """Else a user would believe that they were asked and do not answer."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("# 渡口\n\n渡口的船每天清早六点出发，傍晚回来，冬天晚半个钟头。\n", "utf-8")
    (corpus / "b.md").write_text("---\ndate: 2024-05-01\n---\n\n# 盐井\n\n盐井在山坡下，煮盐的人昼夜轮班，灶火从不熄灭。\n", "utf-8")
    assert qa("ingest", "corpus").code == 0
    dated = qa("ask", "渡口的船几点出发", "--since", "2024")
    assert dated.code == 4 and "1 篇文章没有日期" in dated.err
    assert "没有日期" not in qa("ask", "渡口的船几点出发").err
    assert "leave out: 1." in qa("ask", "渡口的船几点出发", "--since", "2024", "--lang", "en").err


def test_questions_from_standard_input(qa, small_index):
    """One JSON object a line for each line that is not blank."""
    outcome = qa("ask", "-", "--index", small_index, "-k", "2", stdin="什么是涌现\n\n什么是过拟合\n")
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.code == 0
    assert [a["question"] for a in answers] == ["什么是涌现", "什么是过拟合"]
    assert all(len(a["citations"]) <= 2 for a in answers)


def test_plain_output_has_no_escape_codes(qa, small_index):
    """Piped output is plain text."""
    assert "\x1b" not in qa("ask", "什么是幻觉", "--index", small_index).out


def test_messages_in_english(qa, small_index):
    """--lang and LANG switch the messages, not the quotes."""
    assert "do not answer" in qa("ask", "番茄炒蛋放多少糖", "--lang", "en", "--index", small_index).out
    assert "There is no index yet" in qa("ask", "x", LANG="en_US.UTF-8").err


def test_the_limits_of_reading_can_be_set(qa, tmp_path):
    """By option, and with a clear line when they make no sense."""
    (tmp_path / "文章").mkdir()
    (tmp_path / "文章" / "长.txt").write_text("早停是指提前结束训练的方法。" * 50)
    outcome = qa("ingest", "文章", "--read-chars", "100")
    assert outcome.code == 3 and "长.txt" in outcome.err
    assert qa("ingest", "文章", WENJU_READ_CHARS="many").code == 2
    assert qa("ingest", "文章", "--read-seconds", "0").code == 2


MISTAKES = {
    "no index": (["ask", "什么是涌现"], 10, "qa ingest"),
    "missing folder": (["ingest", "没有这个文件夹"], 2, "不存在"),
    "empty folder": (["ingest", "空"], 2, "没有可读的文章"),
    "file as folder": (["ingest", "一个文件.txt"], 2, "不是文件夹"),
    "empty question": (["ask", "  "], 2, "问题是空的"),
    "long question": (["ask", "涌" * 40_000], 2, "40000"),
    "bad k": (["ask", "x", "-k", "0"], 2, "-k"),
    "unknown command": (["fly"], 2, "--help"),
    "status without index": (["status"], 10, "qa ingest"),
}


@pytest.mark.parametrize(("words", "code", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_one_clear_line_and_its_exit_code(qa, tmp_path, words, code, says):
    """Each wrong use is told what to do instead."""
    (tmp_path / "空").mkdir()
    (tmp_path / "一个文件.txt").write_text("内容")
    outcome = qa(*words)
    assert outcome.code == code
    assert says in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1


def test_a_skipped_file_is_named_and_the_rest_goes_on(qa, tmp_path):
    """Exit code 3, the file and the reason; the good article answers."""
    folder = tmp_path / "文章"
    folder.mkdir()
    (folder / "好.txt").write_text("正则化是指在损失里加入惩罚项,让模型更简单,从而减轻过拟合的方法。\n" * 2)
    (folder / "坏.pdf").write_bytes(b"%PDF-1.7 but nothing more")
    outcome = qa("ingest", folder)
    assert outcome.code == 3 and "坏.pdf" in outcome.err
    assert qa("ask", "什么是正则化").code == 0
    again = qa("ingest", folder)
    assert again.code == 3 and "坏.pdf" in again.err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_an_unreadable_file_is_skipped(qa, tmp_path):
    """A file without permission is named, not fatal."""
    folder = tmp_path / "文章"
    folder.mkdir()
    (folder / "好.txt").write_text("正则化是指在损失里加入惩罚项的方法。")
    (folder / "锁.txt").write_text("x")
    (folder / "锁.txt").chmod(0)
    outcome = qa("ingest", folder)
    assert outcome.code == 3 and "锁.txt" in outcome.err


def test_another_corpus_is_refused_with_both_ways_out(qa, small_index, tmp_path):
    """An index stays with its folder unless told otherwise."""
    (tmp_path / "别的").mkdir()
    (tmp_path / "别的" / "a.txt").write_text("内容。")
    outcome = qa("ingest", tmp_path / "别的", "--index", small_index)
    assert outcome.code == 2 and "--index" in outcome.err and "--replace" in outcome.err


def test_show_tells_kept_and_dropped_apart(qa, small_index):
    """Line numbers, a sign, and the reason of each dropped line."""
    outcome = qa("show", "涌现.txt", "--index", small_index)
    lines = outcome.out.splitlines()
    assert any(line.startswith("    6   涌现是指") for line in lines)
    assert any(" - " in line and "版权声明" in line and "←" in line for line in lines)
    assert qa("show", "涌现.txt:6", "--index", small_index).code == 0
    assert qa("show", "涌现.txt:600", "--index", small_index).code == 2
    assert qa("show", "没有.txt", "--index", small_index).code == 2


def test_dropped_lists_lines_with_reasons(qa, small_index):
    """What was dropped can be looked through, as text and as JSON."""
    assert "版权声明" in qa("dropped", "--index", small_index).out
    rows = json.loads(qa("dropped", "涌现.txt", "--json", "--index", small_index).out)
    assert {"path", "number", "text", "reason", "partly"} == set(rows[0])


def test_status_and_doctor(qa, small_index):
    """Both say what there is; doctor verifies it."""
    facts = json.loads(qa("status", "--json", "--index", small_index).out)
    assert facts["articles"] == 3 and facts["passages"] >= 4
    assert facts["search"] == {"index": "flat", "segments": 1, "recall": 1.0}
    assert "逐一比较" in qa("status", "--index", small_index).out
    outcome = qa("doctor", "--index", small_index)
    assert outcome.code == 0, outcome.out
    assert all(line.startswith("✓") for line in outcome.out.splitlines())


def test_settings_come_from_option_environment_and_file_in_that_order(qa, small_index, tmp_path):
    """wenju.toml serves unless the environment or an option says otherwise."""
    (tmp_path / "wenju.toml").write_text(f'index = "{small_index}"\nk = 1\n', "utf-8")
    citations = lambda outcome: len(json.loads(outcome.out)["citations"])  # noqa: E731
    assert citations(qa("ask", "什么是涌现", "--json")) == 1
    assert citations(qa("ask", "什么是涌现", "--json", WENJU_K="2")) == 2
    assert citations(qa("ask", "什么是涌现", "--json", "-k", "3", WENJU_K="2")) == 3
    assert qa("ask", "什么是涌现", "--index", tmp_path / "nowhere").code == 10
    (tmp_path / "wenju.toml").write_text("index = ")
    assert qa("ask", "x").code == 2


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        ((), "缺少 命令", "the following arguments are required: COMMAND"),
        (("frob",), "没有 'frob' 这一项", "invalid choice: 'frob'"),
        (("ask",), "缺少 问题", "the following arguments are required: QUESTION"),
        (("ask", "x", "-k", "many"), "-k 应为整数，不是 'many'", "invalid int value"),
        (("ask", "x", "-k"), "-k 后面缺少值", "expected one argument"),
        (("ask", "x", "--loud"), "不认识 --loud", "unrecognized arguments: --loud"),
        (("ingest", "--read-seconds", "long"), "应为数字，不是 'long'", "invalid float value"),
        (("page", "--mcp=1"), "--mcp 不带值", "ignored explicit argument"),
    ],
)
def test_wrong_usage_is_told_in_the_users_language(qa, words, zh, en):
    """One line in Chinese, or in English where that is wanted, that names what is wrong and where help is."""
    outcome = qa(*words)
    assert outcome.code == 2 and zh in outcome.err and "--help 可看用法" in outcome.err and outcome.err.count("\n") == 1
    outcome = qa(*words, WENJU_LANG="en")
    assert outcome.code == 2 and en in outcome.err and outcome.err.count("\n") == 1


def test_help_is_in_the_users_language(qa):
    """Headings and options of the help too."""
    outcome = qa("ask", "--help")
    assert outcome.code == 0 and outcome.out.startswith("用法：qa ask") and "options" not in outcome.out
    outcome = qa("ask", "--help", WENJU_LANG="en")
    assert outcome.code == 0 and outcome.out.startswith("usage: qa ask") and "options" in outcome.out


def test_the_doctor_judges_a_file_as_an_ingest_would(qa, small_corpus, tmp_path):
    """An article is well; nothing, a folder and a format that no ingest reads are named as such."""
    outcome = qa("doctor", small_corpus / "涌现.txt")
    assert outcome.code == 0 and "标题:" in outcome.out and outcome.out.endswith("正常\n")
    (tmp_path / "旧.doc").write_text("冷藏室放在四度左右。", "utf-8")
    for name, told in (("旧.doc", "不是支持的格式"), ("没有.txt", "没有文件"), (".", "是文件夹")):
        outcome = qa("doctor", tmp_path / name)
        assert outcome.code == 2 and told in outcome.err and not outcome.out


def test_articles_can_be_named_by_their_path(qa, small_index, small_corpus, tmp_path):
    """`qa show` and `qa dropped` take what a shell completes, from wherever they are run (here: `tmp_path`)."""
    by_id = qa("show", "涌现.txt:3", "--index", small_index).out
    assert by_id and qa("show", f"{os.path.relpath(small_corpus, tmp_path)}/涌现.txt:3", "--index", small_index).out == by_id
    assert qa("dropped", small_corpus / "涌现.txt", "--index", small_index).out == qa("dropped", "涌现.txt", "--index", small_index).out
    assert qa("show", "别处/涌现.txt", "--index", small_index).code == 2


def test_the_language_can_be_said_before_or_after_the_command(qa, small_index):
    """`--lang` is understood in both places; the later one decides."""
    for words in (("--lang", "en", "status"), ("status", "--lang", "en"), ("--lang", "zh", "status", "--lang", "en")):
        assert "Articles" in qa(*words, "--index", small_index).out


def test_files_that_are_not_read_are_told_by_suffix(qa, tmp_path):
    """What an ingest leaves alone is counted by kind, for a person and in JSON."""
    for name in ("a.txt", "b.doc", "c.doc", "d"):
        (tmp_path / "文章" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "文章" / name).write_text("冷藏室放在四度左右，冷冻室放在零下十八度。", "utf-8")
    outcome = qa("ingest", tmp_path / "文章", "--index", tmp_path / "索引")
    assert "另有 3 个文件不是支持的格式，未读取（.doc 2、无后缀 1）" in outcome.err
    report = json.loads(qa("ingest", tmp_path / "文章", "--index", tmp_path / "索引", "--json").out)
    assert report["ignored"] == 3 and report["ignored_suffixes"] == {".doc": 2, "": 1}


@pytest.mark.parametrize("inside", ["", "索引"])
def test_a_file_in_place_of_the_index_folder_is_named(qa, small_corpus, tmp_path, inside):
    """A file where the index should be, or above it: the message says so, and another place is asked for."""
    (tmp_path / "占着").write_text("一份笔记", "utf-8")
    for words in (("ingest", small_corpus), ("ask", "什么是涌现"), ("status",)):
        outcome = qa(*words, "--index", tmp_path / "占着" / inside)
        assert outcome.code == 2 and "占着 不是文件夹" in outcome.err
    assert (tmp_path / "占着").read_text("utf-8") == "一份笔记"
