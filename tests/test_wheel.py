"""The wheel holds all that is needed, and nothing else; it runs from any folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel built from a copy of the sources."""
    import shutil

    source = tmp_path_factory.mktemp("source")
    for name in ("ingest", "qa"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    target = tmp_path_factory.mktemp("wheel")
    result = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", target, source],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    (built,) = target.glob("*.whl")
    return built


def test_the_wheel_holds_every_module_and_data_file(wheel):
    """Each file under ingest/ and qa/ is in it; corpus, tests and evaluation are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in ("ingest", "qa")
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".py", ".json", ".bin", ".css", ".js")
    }
    assert wanted <= names
    assert not [name for name in names if name.split("/")[0] in ("corpus", "tests", "eval")]


def test_the_installed_command_runs_from_another_folder(wheel, tmp_path):
    """Without the sources in sight, `qa --help` speaks and an article is ingested and found."""
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel], check=True, timeout=300
    )
    away = tmp_path / "away"
    (away / "文章").mkdir(parents=True)
    (away / "文章" / "a.txt").write_text("早停是指在验证误差不再下降时提前结束训练的方法。\n", "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(site), "LANG": "C.UTF-8"}

    def run(*words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "qa.cli", *words]
        return subprocess.run(command, cwd=away, env=environment, capture_output=True, encoding="utf-8", timeout=120)

    assert "ingest" in run("--help").stdout
    assert run("ingest", "文章").returncode == 0
    answer = run("ask", "什么是早停")
    assert answer.returncode == 0 and "早停是指" in answer.stdout
