"""Escaped HTML, built by hand: the one way by which text of an article reaches the page.

Everything shown goes through `esc`; tags and attributes are literals of this package.
"""

from __future__ import annotations

import html
import re

from qa.render import safe

_WEB = re.compile(r"https?://[^\s<>\"'\\]+$")


def esc(text: object) -> str:
    """`text` as HTML text or attribute value, without controls that reorder or hide text."""
    return html.escape(safe(str(text)), quote=True)


def web_address(url: str | None) -> str | None:
    """`url` if a browser may be sent there (http and https only), else None."""
    return url if url and _WEB.match(url) else None


def tag(name: str, inner: str, **attributes: object) -> str:
    """An element; `inner` is HTML already, attribute values are escaped. `class_` is `class`, `_` is `-`.

    An attribute that is None or False is left out, one that is True has no value.
    """
    said = []
    for key, value in attributes.items():
        key = key.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        # What only the script reads stays exact: a file may well have such a control in its name.
        exact = html.escape(str(value), quote=True) if key.startswith("data-") else esc(value)
        said.append(key if value is True else f'{key}="{exact}"')
    return f"<{' '.join([name, *said])}>{inner}</{name}>"
