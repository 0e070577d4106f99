"""Git repositories for tests, untouched by the settings of whoever runs them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

TIME = 1_700_000_000
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "1600000000 +0000",
    "GIT_COMMITTER_NAME": "C",
    "GIT_COMMITTER_EMAIL": "c@example.org",
    "GIT_COMMITTER_DATE": f"{TIME} -0730",
}


def git(folder: Path, *arguments: str, stdin: bytes = b"", at: int = TIME) -> str:
    """Standard output of a git command, as text; what it commits is committed ``at`` these seconds."""
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env=CLEAN | {"GIT_COMMITTER_DATE": f"{at} -0730"},
        check=True,
        capture_output=True,
        input=stdin,
    )
    return done.stdout.decode().strip()


def stored(folder: Path, kind: str, content: bytes) -> str:
    """The id of a new object that git would not make by itself."""
    return git(folder, "hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=content)


def made(folder: Path, *init: str) -> Path:
    """A repository with one commit of two files."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", *init)
    (folder / "a.py").write_text("a = 1\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "b.py").write_text("b = 1\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder
