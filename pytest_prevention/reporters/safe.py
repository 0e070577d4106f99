"""Text from a repository made harmless for where it is shown. Everything printed goes through here.

A title or a test id can hold anything: terminal escapes, bidi overrides that reorder what a reviewer reads, the
command lines by which CI systems are steered. Nothing is dropped: what would act is made visible instead.
"""

from __future__ import annotations

import re
import unicodedata

_ODD = re.compile("[^ -~\u200c\u200d]")
_JOINERS = re.compile("[\u200c\u200d]+")
"""Invisible, but Persian and emoji cannot be written without them."""
_BYTES = re.compile("[\udc80-\udcff]")
_HASH_COMMAND = re.compile(r"##(?=(?:vso|teamcity)?\[)", re.IGNORECASE)
"""``##[error]`` works anywhere in a line (actions/runner, ActionCommand.TryParse); the others: Azure's, TeamCity's."""
_COLON_COMMAND = re.compile(r"(?<!\S)::")
"""``::error::`` works at the start of a line, and any word may get there by wrapping. A space behind it disarms it."""


def safe(text: str) -> str:
    """``text`` on one line with nothing in it that acts.

    Control, format and bidi characters and lone surrogates become visible as ``\\x1b``, workflow commands are broken by
    a backslash. Ordinary text in any script stays as it is, and ``safe(safe(t)) == safe(t)``.
    """
    visible = _JOINERS.sub(_joiners, _ODD.sub(_visible, text))
    return _HASH_COMMAND.sub(r"#\\#", _COLON_COMMAND.sub(r":\\:", visible))


def _visible(match: re.Match[str]) -> str:
    return _escaped(match[0]) if unicodedata.category(match[0]) in ("Cc", "Cf", "Cs", "Zl", "Zp") else match[0]


def _joiners(match: re.Match[str]) -> str:
    """Kept between two letters of a script that needs them; next to ASCII they could only hide something."""
    start, end = match.span()
    before, after = match.string[max(start - 1, 0) : start], match.string[end : end + 1]
    return _escaped(match[0]) if before.isascii() or after.isascii() else match[0]


def _escaped(text: str) -> str:
    shown = bytes_visible(text)
    return shown if shown != text else text.encode("unicode_escape").decode("ascii")


def bytes_visible(text: str) -> str:
    """``text`` with the bytes of file names that are not UTF-8 as ``\\xff``; Python carries them as lone surrogates."""
    return text if text.isascii() else _BYTES.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", text)


_INLINE = {ord(char): f"\\{char}" for char in "\\`*_[]|~$"} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord("@"): "@&#8203;",  # GitHub looks for @name and #123 in the rendered text, where a backslash is gone
    ord("#"): "#&#8203;",
}
_ADDRESS = re.compile(r":(?=\S)|(?<=www)\.", re.IGNORECASE)


def markdown(text: str) -> str:
    """``text`` as plain words inside a line of Markdown or a table cell: no markup, link, HTML, mention or reference.

    For use behind words of our own: what makes a list or a rule at the start of a line is not escaped.
    """
    return _ADDRESS.sub(r"\\\g<0>", safe(text).translate(_INLINE))


def markdown_code(text: str) -> str:
    """``text`` as a code span, outside tables; nothing inside one is markup."""
    shown = safe(text)
    fence = "`" * (_longest_run(shown) + 1)
    return (
        f"{fence} {shown} {fence}" if shown.startswith("`") or shown.endswith("`") else f"{fence}{shown or ' '}{fence}"
    )


def markdown_fence(text: str, indent: str = "") -> str:
    """``text`` as a fenced code block of one line, to be copied."""
    shown = safe(text)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return "\n".join(indent + line for line in (fence, shown, fence))


def json_text(text: str) -> str:
    """JSON written in ASCII, without the commands that still act when it is printed; it means the same as before."""
    return _HASH_COMMAND.sub(r"#\\u0023", text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
