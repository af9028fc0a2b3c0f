"""Where a setting comes from: the option, else WENJU_… in the environment, else wenju.toml or pyproject.toml."""

from __future__ import annotations

import math
import os
from pathlib import Path

from ingest.errors import UsageError

DEFAULT_CORPUS = "corpus"
DEFAULT_INDEX = ".wenju"
SETTINGS = (
    "corpus", "index", "model", "device", "lang", "k", "host", "port", "password",
    "read_seconds", "read_memory_mb", "read_chars", "store", "uri", "token", "prefix", "replicas", "dask",
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
            for key in keys:
                table = table.get(key, {})
            found.update({name: _checked(name, table[name]) for name in SETTINGS if name in table})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as error:
            raise _unusable(path, str(error)) from error
        except AttributeError as error:  # a value where a table should be
            raise _unusable(path, f"[{'.'.join(keys)}]") from error
        except ValueError as error:
            raise _unusable(path, str(error)) from error
    return found


def _checked(name: str, value: object) -> object:
    """A value that an option could have. ValueError for a list, a table, a date, infinity, or a text with NUL."""
    endless = isinstance(value, float) and not math.isfinite(value)
    if endless or not isinstance(value, (str, int, float)) or (isinstance(value, str) and "\0" in value):
        raise ValueError(f"{name} = {value!r}")
    return value


def _unusable(path: Path, what: str) -> UsageError:
    return UsageError(
        f"设置文件 {path} 无法读取：{what}。请改正或删除它。",
        f"The settings file {path} cannot be read: {what}. Correct or remove it.",
    )


def index_folder(option: str | None) -> Path:
    """The index folder to use. UsageError where a file lies, or would have to be a folder."""
    index = Path(str(setting("index", option, DEFAULT_INDEX)))
    there = next((place for place in (index, *index.parents) if os.path.lexists(place)), None)
    if there and not there.is_dir():  # a link that leads nowhere is no folder either
        raise UsageError(
            f"{there} 不是文件夹，不能存放索引。请用 --index 指定另一个位置。",
            f"{there} is no folder, and can hold no index. Choose another place with --index.",
        )
    return index
