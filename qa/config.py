"""Where a setting comes from: the option, else WENJU_… in the environment, else wenju.toml or pyproject.toml."""

from __future__ import annotations

import os
from pathlib import Path

from ingest.errors import UsageError

DEFAULT_CORPUS = "corpus"
DEFAULT_INDEX = ".wenju"
SETTINGS = (
    "corpus", "index", "model", "device", "lang", "k", "host", "port", "password",
    "read_seconds", "read_memory_mb", "read_chars", "store", "uri", "token", "prefix", "replicas",
)  # fmt: skip


def setting(name: str, option: object = None, default: object = None) -> object:
    """The value of `name`: `option` if given, else environment, else file, else `default`."""
    if option is not None:
        return option
    value = os.environ.get(f"WENJU_{name.upper()}")
    if value:
        return value
    return _file_settings().get(name, default)


def _file_settings() -> dict:
    """[tool.wenju] of ./pyproject.toml, overruled by the top level of ./wenju.toml; {} without either."""
    found: dict = {}
    for path, keys in ((Path("pyproject.toml"), ("tool", "wenju")), (Path("wenju.toml"), ())):
        if not path.is_file():
            continue
        import tomllib

        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UsageError(
                f"设置文件 {path} 无法读取：{error}。请改正或删除它。",
                f"The settings file {path} cannot be read: {error}. Correct or remove it.",
            ) from error
        for key in keys:
            table = table.get(key, {})
        found.update({name: table[name] for name in SETTINGS if name in table})
    return found


def index_folder(option: str | None) -> Path:
    """The index folder to use."""
    return Path(str(setting("index", option, DEFAULT_INDEX)))
