"""The house: which package may import which, and that the command line starts light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {"ingest": {"ingest"}, "qa": {"qa", "ingest"}, "eval": {"eval", "qa", "ingest"}}
HEAVY = "torch transformers sentence_transformers openvino faiss jieba rjieba pypinyin gradio numpy rich pypdf pypdfium2 lxml".split()


def _imports(path: Path) -> set[str]:
    """Top-level names that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package):
    """ingest imports only itself, qa only ingest and itself, and nobody imports eval from below."""
    for path in (ROOT / package).rglob("*.py"):
        ours = _imports(path) & set(MAY_IMPORT)
        assert ours <= MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {ours}"


@pytest.mark.parametrize(
    ("library", "door"),
    [
        ("faiss", {"ingest/vectors.py"}),
        ("jieba", {"ingest/terms.py"}),
        ("rjieba", {"ingest/terms.py"}),
        ("gradio", {"qa/page.py"}),
        ("distributed", {"ingest/daskcluster.py"}),
        ("watchfiles", {"qa/cmd_watch.py"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_heavy_library_has_one_door(library, door):
    """Only one module imports each heavy library."""
    found = {
        path.relative_to(ROOT).as_posix()
        for package in ("ingest", "qa")
        for path in (ROOT / package).rglob("*.py")
        if library in _imports(path)
    }
    assert found <= door


def _loaded_after(code: str) -> set[str]:
    """The heavy libraries that a fresh Python holds after running `code`."""
    program = f"{code}\nimport sys\nprint(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(result.stdout.split("\n")[-2].split())


def test_importing_the_command_line_is_light():
    """`import qa.cli` loads no heavy library."""
    assert _loaded_after("import qa.cli") == set()


def test_importing_the_core_is_light():
    """Even the core of asking loads its libraries only when a question comes."""
    assert _loaded_after("import qa.ask, ingest.build") == set()
