"""The documents behind Process actions: are they there, and what holds people to them?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.model import (
    Action,
    Backlog,
    Category,
    Document,
    Documents,
    Evidence,
    Incidents,
    Status,
    Unavailable,
)
from pytest_prevention.model.facts import NO_DOCUMENTS
from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.process import reader
from pytest_prevention.sources.process.enforcement import Surroundings
from pytest_prevention.sources.process.reader import read_documents
from tests.repositories import TIME, git
from tests.rules.build import action, incident

RUNBOOK = "# Orders\n\n## Rollback\n\nDeploy the release before.\n\n## Alerts\n\n<!-- to come -->\n"
FILES = {
    "docs/runbooks/orders.md": RUNBOOK,
    "src/orders/api.py": "",
    "src/orders/db/rows.py": "",
    "src/payments.py": "",
}


def process(*names: str, **changes: Any) -> Action:
    """A Process action that is Done, and names these files."""
    entries = tuple(Evidence("file", name) for name in names)
    return action(**{"category": Category.PROCESS, "status": Status.DONE, "evidence": entries, **changes})


def laid(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def committed(root: Path, files: Mapping[str, str]) -> Path:
    root.mkdir(exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    laid(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    return root


def documents(root: Path, *actions: Action, modules: tuple[str, ...] = ("src/orders/**",)) -> Documents | Unavailable:
    return read_documents(root, Backlog(actions), Incidents((incident(modules=modules),)))


def document(root: Path, name: str, **options: Any) -> Document:
    found = documents(root, process(name), **options)
    assert isinstance(found, Documents)
    (one,) = found.by_action["INC-001#1"]
    return one


class TestBeingThere:
    @pytest.mark.parametrize(
        ("name", "fault"),
        [
            ("docs/runbooks/orders.md", ""),
            ("./docs/runbooks/orders.md", ""),
            ("docs/runbooks/orders.md#rollback", ""),
            ("docs/runbooks/orders.md#Rollback", ""),
            ("docs/runbooks/orders.md#roll%62ack", ""),
            ("docs/runbooks/orders.md#", ""),
            ("docs/runbooks/orders.md#rolback", "has no heading #rolback"),
            ("docs/runbooks/orders.md#alerts", "has nothing below that heading"),
            ("docs/runbooks/order.md#rollback", "does not exist"),
            ("docs/runbooks", "is a directory, not a file"),
            ("src/payments.py", "is empty"),
            ("docs/notes.txt#rollback", "is no Markdown file, so it has no headings"),
            ("docs/todo.md", "is empty"),
        ],
    )
    def test_file_and_heading_must_be_there_and_say_something(self, tmp_path: Path, name: str, fault: str) -> None:
        laid(tmp_path, {**FILES, "docs/notes.txt": "# rollback", "docs/todo.md": "<!-- soon -->\n\nTBD\n"})
        assert document(tmp_path, name).fault == fault

    def test_a_heading_that_is_nearly_right_is_offered(self, tmp_path: Path) -> None:
        laid(tmp_path, FILES)
        assert document(tmp_path, "docs/runbooks/orders.md#rolback").hint == "did you mean #rollback?"

    def test_a_crowd_of_headings_is_compared_in_time(self, tmp_path: Path) -> None:
        laid(tmp_path, {"a.md": "".join(f"# {'rollback ' * 50}{number}\n" for number in range(1000))})
        found = document(tmp_path, "a.md#" + "rollbock-" * 50_000)
        assert found.hint == "name one of the headings that are there"

    @pytest.mark.parametrize(
        ("name", "fault"),
        [
            (".github/workflows/ci.yml#smoke", ""),
            (".github/workflows/ci.yml#smok", "has no job smok"),
            (".github/workflows/ci.yml#jobs", "has no job jobs"),
            (".github/workflows/broken.yml#smoke", "cannot be read: "),
            (".gitlab-ci.yml#smoke", ""),
            (".gitlab-ci.yml#.hidden", "has no job .hidden"),
            (".gitlab-ci.yml#variables", "has no job variables"),
            ("config/ci.yml#smoke", "is no Markdown file, so it has no headings"),
        ],
    )
    def test_a_job_of_a_workflow_is_named_like_a_heading(self, tmp_path: Path, name: str, fault: str) -> None:
        jobs = "on: push\njobs:\n  smoke:\n    runs-on: x\n"
        gitlab = "variables: {A: b}\n.hidden: {script: x}\nsmoke: {script: x}\n"
        broken = {".github/workflows/broken.yml": "a: [", "config/ci.yml": jobs, ".gitlab-ci.yml": gitlab}
        laid(tmp_path, {".github/workflows/ci.yml": jobs, **broken})
        found = document(tmp_path, name).fault
        assert found.startswith(fault) if fault.endswith(": ") else found == fault

    @pytest.mark.parametrize(
        "name",
        [
            "/etc/hostname",
            "../outside.md",
            "docs/../../outside.md",
            "docs/..",
            ".git/config",
            "sub/.git/config",
            "..\\outside.md",
            "",
            "#rollback",
            ".",
        ],
    )
    def test_paths_out_of_the_repository_are_refused(self, tmp_path: Path, name: str) -> None:
        """Whether something stands there is nobody's business."""
        (tmp_path / "outside.md").write_text(RUNBOOK)
        committed(tmp_path / "r", FILES)
        assert document(tmp_path / "r", name).fault == "is no path inside the repository"

    def test_no_symbolic_link_leads_out(self, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside/orders.md").write_text(RUNBOOK)
        root = laid(tmp_path / "r", FILES)
        (root / "out.md").symlink_to(tmp_path / "outside/orders.md")
        (root / "folder").symlink_to(tmp_path / "outside")
        (root / "in.md").symlink_to("docs/runbooks/orders.md")
        (root / "loop.md").symlink_to("loop.md")
        assert document(root, "out.md").fault == "is a symbolic link out of the repository"
        assert document(root, "folder/orders.md#rollback").fault == "is a symbolic link out of the repository"
        assert document(root, "loop.md").fault.startswith("cannot be read: ")
        assert document(root, "in.md#rollback").fault == ""

    @pytest.mark.parametrize("name", ["a\0b.md", "a" * 5000 + ".md", "\udcff.md", "docs/\n.md", "pipe.md"])
    def test_odd_names_are_read_or_refused_without_a_crash(self, tmp_path: Path, name: str) -> None:
        """A named pipe does not hold us up."""
        root = committed(tmp_path / "r", FILES)
        os.mkfifo(root / "pipe.md")
        assert document(root, name).fault

    def test_a_file_of_any_bytes_is_there(self, tmp_path: Path) -> None:
        """A PDF is a document too; headings are looked for in text alone."""
        (tmp_path / "a.pdf").write_bytes(b"%PDF\xff\xfe")
        (tmp_path / "a.md").write_bytes(b"# a\n\xff")
        assert document(tmp_path, "a.pdf").fault == ""
        assert document(tmp_path, "a.md#a").fault == "is not UTF-8: byte 0xff"

    def test_a_file_too_large_to_look_for_headings_says_so(self, tmp_path: Path) -> None:
        laid(tmp_path, {"a.md": "# a\n\n" + "b\n" * reader.MAX_BYTES})
        assert document(tmp_path, "a.md#a").fault == f"is larger than {reader.MAX_BYTES:,} bytes"


class TestEnforcement:
    def enforced(self, root: Path, files: Mapping[str, str], **options: Any) -> tuple[str, ...]:
        committed(root, {**FILES, **files})
        return document(root, "docs/runbooks/orders.md#rollback", **options).enforced_by

    @pytest.mark.parametrize(
        ("files", "by"),
        [
            ({}, ()),
            ({".github/CODEOWNERS": "\n/src/orders/ @shop/orders\n"}, (".github/CODEOWNERS:2 asks @shop/orders",)),
            ({"CODEOWNERS": "* @a\n/src/orders/ @b @c\n"}, ("CODEOWNERS:2 asks @b @c",)),
            ({"CODEOWNERS": "/src/orders/api.py @a\n"}, ()),
            ({"CODEOWNERS": "* @a\n/src/orders/db/\n"}, ()),
            ({".github/CODEOWNERS": "# none\n", "CODEOWNERS": "* @a\n"}, ()),
        ],
    )
    def test_every_file_of_the_modules_has_an_owner(
        self, tmp_path: Path, files: Mapping[str, str], by: tuple[str, ...]
    ) -> None:
        """One file without one is a way around; the first CODEOWNERS in GitHub's order counts."""
        assert self.enforced(tmp_path / "r", files) == by

    def test_modules_that_mean_no_file_have_no_owner(self, tmp_path: Path) -> None:
        assert self.enforced(tmp_path / "r", {"CODEOWNERS": "* @a"}, modules=("src/gone/**",)) == ()
        assert document(tmp_path / "r", "docs/runbooks/orders.md", modules=()).enforced_by == ()

    def test_a_repository_of_gitlab_is_read_by_its_rules(self, tmp_path: Path) -> None:
        """There a pattern without a slash at its end means no folder, and an optional section asks nobody."""
        text = "src/orders @a\n"
        assert self.enforced(tmp_path / "a", {"CODEOWNERS": text}) == ("CODEOWNERS:1 asks @a",)
        assert self.enforced(tmp_path / "b", {"CODEOWNERS": text, ".gitlab-ci.yml": "a: {}"}) == ()
        text = "^[Orders] @a\nsrc/orders/\n"
        assert self.enforced(tmp_path / "c", {".gitlab/CODEOWNERS": text}) == ()
        assert self.enforced(tmp_path / "d", {".gitlab/CODEOWNERS": text[1:]}) == (".gitlab/CODEOWNERS:2 asks @a",)

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("- [ ] docs/runbooks/orders.md was followed", 1),
            ("\n- [ ] [rollback](../docs/runbooks/orders.md#rollback) tried", 2),
            ("- [ ] rollback tried (INC-001)", 1),
            ("<!-- docs/runbooks/orders.md -->", 0),
            ("<!--\ndocs/runbooks/orders.md\n-->\nsee INC-001", 4),
            ("- [ ] docs/runbooks/orders.mdx", 0),
            ("- [ ] mydocs/runbooks/orders.md", 0),
            ("- [ ] INC-0011 and XINC-001", 0),
            ("- [ ] tests added", 0),
        ],
    )
    @pytest.mark.parametrize(
        "name",
        [
            ".github/pull_request_template.md",
            "PULL_REQUEST_TEMPLATE.md",
            "docs/pull_request_template.txt",
            ".github/PULL_REQUEST_TEMPLATE/orders.md",
            ".gitlab/merge_request_templates/Default.md",
        ],
    )
    def test_a_template_that_people_see_names_it(self, tmp_path: Path, name: str, text: str, line: int) -> None:
        """By its path, whole, or by the incident; a comment is no item."""
        assert self.enforced(tmp_path / "r", {name: text}) == ((f"{name}:{line} names it",) if line else ())

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("on: push\njobs:\n  a:\n    steps:\n      - run: check docs/runbooks/orders.md\n", 5),
            ("# docs/runbooks/orders.md\non: push\n", 0),
        ],
    )
    def test_a_workflow_names_it(self, tmp_path: Path, text: str, line: int) -> None:
        name = ".github/workflows/ci.yml"
        assert self.enforced(tmp_path / "r", {name: text}) == ((f"{name}:{line} names it",) if line else ())

    @pytest.mark.parametrize("name", [".github/workflows/ci.yml", ".github/pull_request_template.md"])
    def test_what_is_run_or_shown_by_itself_is_in_force(self, tmp_path: Path, name: str) -> None:
        committed(tmp_path / "r", {**FILES, name: "jobs: {smoke: {}}\n"})
        assert document(tmp_path / "r", name).enforced_by == (f"{name} is in force by itself",)

    def test_templates_outside_of_the_repository_count_for_nothing(self, tmp_path: Path) -> None:
        laid(tmp_path / "outside", {"pull_request_template.md": "INC-001", "CODEOWNERS": "* @a"})
        root = committed(tmp_path / "r", FILES)
        (root / ".github").symlink_to(tmp_path / "outside")
        assert Surroundings(root).templates == []
        found = document(root, "docs/runbooks/orders.md")
        assert found.enforced_by == ()
        assert found.unknown
        assert found.unknown.reason == ".github/CODEOWNERS is a symbolic link out of the repository"
        (root / ".github").unlink()
        (root / "PULL_REQUEST_TEMPLATE.md").symlink_to(tmp_path / "outside/pull_request_template.md")
        assert document(root, "docs/runbooks/orders.md").enforced_by == ()

    def test_a_root_below_the_top_is_judged_by_the_files_at_the_top(self, tmp_path: Path) -> None:
        """CODEOWNERS of a repository of many projects stands at its top, and so do its workflows."""
        files = {f"shop/{name}": text for name, text in FILES.items()}
        top = committed(tmp_path / "r", {**files, "CODEOWNERS": "/shop/src/orders/ @a\n"})
        laid(top, {".github/workflows/ci.yml": "run: see shop/docs/runbooks/orders.md"})
        assert document(top / "shop", "docs/runbooks/orders.md").enforced_by == (
            ".github/workflows/ci.yml:1 names it",
            "CODEOWNERS:1 asks @a",
        )

    def test_without_git_the_files_of_modules_are_not_known(self, tmp_path: Path) -> None:
        """What names the document is seen all the same."""
        laid(tmp_path, {**FILES, "CODEOWNERS": "* @a"})
        found = document(tmp_path, "docs/runbooks/orders.md")
        assert found.enforced_by == ()
        assert found.unknown
        assert "without git" in found.unknown.reason
        laid(tmp_path, {".github/pull_request_template.md": "INC-001"})
        assert document(tmp_path, "docs/runbooks/orders.md").enforced_by


class TestWhenItChanged:
    def test_it_is_the_last_commit_of_the_file(self, tmp_path: Path) -> None:
        """A path is no pattern."""
        root = committed(tmp_path / "r", {**FILES, "docs/*.md": "a"})
        laid(root, {"docs/runbooks/orders.md": RUNBOOK + "more\n"})
        git(root, "commit", "-qam", "second", at=TIME + 500)
        assert document(root, "docs/runbooks/orders.md").changed_at == datetime.fromtimestamp(TIME + 500, UTC)
        assert document(root, "docs/*.md").changed_at == datetime.fromtimestamp(TIME, UTC)

    def test_of_a_file_that_is_not_committed_nothing_is_known(self, tmp_path: Path) -> None:
        root = committed(tmp_path / "r", FILES)
        laid(root, {"new.md": "new"})
        assert document(root, "new.md").changed_at is None
        assert document(laid(tmp_path / "s", FILES), "docs/runbooks/orders.md").changed_at is None


class TestWhatIsAskedFor:
    def test_nothing_is_read_where_no_process_action_names_a_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reader, "clean_room", None)
        assert documents(tmp_path, process("a.md", status=Status.DROPPED)) is NO_DOCUMENTS
        assert documents(tmp_path, process("a.md", category=Category.CODE)) is NO_DOCUMENTS
        assert documents(tmp_path, process()) == Documents()

    def test_several_documents_are_told_in_order(self, tmp_path: Path) -> None:
        laid(tmp_path, FILES)
        found = documents(tmp_path, process("gone.md", "docs/runbooks/orders.md"))
        assert isinstance(found, Documents)
        assert [(one.named, bool(one.fault)) for one in found.by_action["INC-001#1"]] == [
            ("gone.md", True),
            ("docs/runbooks/orders.md", False),
        ]

    def test_an_exported_commit_is_judged_by_its_own_files(self, tmp_path: Path) -> None:
        """The tree that is asked about lies elsewhere; what git knows of it is told in its room."""
        root = committed(tmp_path / "r", {**FILES, "CODEOWNERS": "/src/orders/ @a\n"})
        export = laid(tmp_path / "export", {**FILES, "CODEOWNERS": "/src/orders/ @a\n"})
        with clean_room(root) as room:
            actions = Backlog((process("docs/runbooks/orders.md"),))
            incidents = Incidents((incident(modules=("src/orders/**",)),))
            found = read_documents(export, actions, incidents, (room, room.head))
        assert isinstance(found, Documents)
        (one,) = found.by_action["INC-001#1"]
        assert (one.enforced_by, one.changed_at) == (
            ("CODEOWNERS:1 asks @a",),
            datetime.fromtimestamp(TIME, UTC),
        )
