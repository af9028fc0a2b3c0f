"""The README tells the truth: its commands run, its settings and codes are those of the program."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READMES = ["README.md", "README.zh.md"]


@pytest.mark.parametrize("name", READMES)
def test_every_command_of_the_table_runs(name, qa, small_corpus, small_index, tmp_path):
    """Each `qa …` of the table of commands ends with 0 or, for want of an answer, 4."""
    text = (ROOT / name).read_text("utf-8")
    commands = re.findall(r"^\| `(?:cat \S+ \\\| )?qa ([^`]+)`", text, re.MULTILINE)
    assert len(commands) >= 7
    for command in commands:
        words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', command)]
        if words[0] in ("page", "watch"):
            continue  # they run until they are stopped; their own tests run them
        words = [small_corpus if word in ("articles/", "文件夹") else word for word in words]
        words = ["涌现.txt" if re.match(r"\[?(ARTICLE|文章)", str(word)) else word for word in words]
        words = [word for word in words if word not in ("[FILE]", "[文件]")]
        outcome = qa(*words, "--index", small_index, stdin="什么是涌现\n")
        assert outcome.code in (0, 4), (command, outcome.err)


@pytest.mark.parametrize("name", READMES)
def test_the_sample_answer_is_real(name):
    """The answer shown on the first screen quotes corpus/ word for word."""
    text = (ROOT / name).read_text("utf-8")
    shown = re.search(r"^涌现.*?\[1\]$", text, re.MULTILINE)
    article = (ROOT / "corpus" / "07-大模型涌现与幻觉.txt").read_text("utf-8")
    assert shown and shown[0].removesuffix("[1]") in article


def test_the_exit_codes_are_those_of_the_errors():
    """Every code of the tree of errors stands in both READMEs."""
    from ingest import errors

    codes = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    for name in READMES:
        line = next(line for line in (ROOT / name).read_text("utf-8").splitlines() if " · 13" in line)
        assert codes <= {int(code) for code in re.findall(r"\d+", line)}


def test_both_readmes_name_the_same_commands():
    """What one language tells, the other tells too."""
    found = [set(re.findall(r"`qa (\w+)", (ROOT / name).read_text("utf-8"))) for name in READMES]
    assert found[0] == found[1]
