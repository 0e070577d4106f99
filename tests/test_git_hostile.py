"""A hostile repository or environment runs nothing and hides nothing: the matrix of attacks on git's history.

Each attack would leave a marker file or change what git tells. Plain git falls for it first, in the user's repository;
so the trap is real. Then the history is read: it is that of the untouched repository, and there is no marker.
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from pytest_prevention.model import History, Unavailable
from tests.histories import DAY, commits, fixes, read, told, writing
from tests.repositories import TIME, git, made, stored

TEXT = "".join(f"line = {number}\n" for number in range(20))
SIGNED = """\
tree {tree}
parent {parent}
author A <a@e.org> {stamp} +0000
committer C <c@e.org> {stamp} +0000
gpgsig -----BEGIN PGP SIGNATURE-----
 {space}
 aaaa
 -----END PGP SIGNATURE-----

fix, signed
"""


class Victim:
    """A repository, and a script that leaves the marker when anything runs it."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "repository"
        self.marker = folder / "ran"
        self.script = folder / "attack.sh"
        self.script.write_text(f"#!/bin/sh\ntouch {self.marker}\n")
        self.script.chmod(0o755)
        self.home = folder / "home"
        self.home.mkdir()
        self.patch = patch
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        self.setenv(HOME=self.home, XDG_CONFIG_HOME=self.home / ".config", TERM="dumb")

    def setenv(self, **variables: object) -> None:
        for name, value in variables.items():
            self.patch.setenv(name, str(value))

    def configure(self, settings: Mapping[str, object]) -> None:
        with (self.folder / ".git/config").open("a", encoding="utf-8") as config:
            config.write(configuration(settings))

    def write(self, path: str, text: object) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
        return file

    def plain(self, *command: str) -> str:
        """What git tells; with -p in front, at a terminal, where it goes by."""
        master, slave = pty.openpty()
        terminal = command[0] == "-p"
        done = subprocess.run(
            ["git", *command[terminal:]],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=slave if terminal else subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=60,
        )
        os.close(slave)
        os.close(master)
        return (done.stdout or b"").decode("utf-8", "replace")

    def files(self) -> dict[str, tuple[int, bytes]]:
        """Time and content of every file of the repository."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def configuration(settings: Mapping[str, object]) -> str:
    """The text of a configuration file: ``filter.evil.clean`` stands in section filter, subsection evil."""
    text = ""
    for key, value in settings.items():
        section, _, rest = key.partition(".")
        subsection, _, name = rest.rpartition(".")
        text += f'[{section} "{subsection}"]' if subsection else f"[{section}]"
        text += f"\n\t{name} = {value}\n"
    return text


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Renames, a merge, fixes, one signed; every file has attributes that name drivers."""
    folder = tmp_path_factory.mktemp("original") / "repository"
    with writing(folder) as to:
        drivers = "* diff=evil filter=evil merge=evil\ng.py linguist-generated\n"
        base = to.commit({"a.py": TEXT, "b.py": "1\n", "g.py": "", ".gitattributes": drivers}, day=0)
        side = to.commit({"a.py": None, "c.py": TEXT + "1\n"}, "fix one", day=1, author="b@e.org")
        main = to.commit({"b.py": "2\n"}, "fix two", day=100, parents=(base,))
        to.commit({"a.py": None, "c.py": TEXT + "1\n", "b.py": "3\n"}, "Merge", day=200, parents=(main, side))
        to.commit({"c.py": TEXT}, day=300)
    tree, parent = git(folder, "rev-parse", "main^{tree}"), git(folder, "rev-parse", "main~1")
    signed = SIGNED.format(tree=tree, parent=parent, stamp=TIME + 400 * DAY, space="")
    git(folder, "update-ref", "refs/heads/main", stored(folder, "commit", signed.encode()))
    git(folder, "checkout", "-q", "-f", "main")
    return folder


@pytest.fixture
def victim(original: Path, tmp_path: Path) -> Iterator[Victim]:
    shutil.copytree(original, tmp_path / "repository")
    with pytest.MonkeyPatch.context() as patch:
        yield Victim(tmp_path, patch)


Attack = Callable[[Victim], None]
ATTACKS: list[tuple[Attack, str, tuple[str, ...]]] = []


def runs(*command: str) -> Callable[[Attack], Attack]:
    """An attack that runs something when plain git is given this command."""
    return _attack("runs", command)


def hides(*command: str) -> Callable[[Attack], Attack]:
    """An attack that makes plain git tell something else when it is given this command."""
    return _attack("hides", command)


def _attack(does: str, command: tuple[str, ...]) -> Callable[[Attack], Attack]:
    def register(attack: Attack) -> Attack:
        ATTACKS.append((attack, does, command))
        return attack

    return register


# Configuration that runs commands.


@runs("status")
def fsmonitor(on: Victim) -> None:
    on.configure({"core.fsmonitor": on.script})


@runs("-p", "log")
def pager(on: Victim) -> None:
    on.configure({"core.pager": on.script})


@runs("-p", "log")
def pager_of_one_command(on: Victim) -> None:
    on.configure({"pager.log": on.script, "pager.ls-tree": on.script})


@runs("l")
def alias(on: Victim) -> None:
    names = ("l", "log", "cat-file", "rev-parse", "ls-tree", "diff-tree", "rev-list", "check-attr")
    on.configure({f"alias.{name}": f"!{on.script}" for name in names})


@runs("diff", "HEAD~1")
def external_diff(on: Victim) -> None:
    on.configure({"diff.external": on.script})


@runs("diff", "HEAD~2")
def diff_driver(on: Victim) -> None:
    on.configure({"diff.evil.command": on.script})


@runs("log", "-p")
def text_conversion(on: Victim) -> None:
    on.configure({"diff.evil.textconv": on.script, "diff.evil.cachetextconv": "true"})


@runs("status")
def clean_filter(on: Victim) -> None:
    on.configure({"filter.evil.clean": on.script, "filter.evil.smudge": on.script, "filter.evil.required": "true"})
    on.write("a.py", "changed")
    on.write("b.py", "4")


@runs("status")
def long_running_filter(on: Victim) -> None:
    on.configure({"filter.evil.process": on.script})
    on.write("b.py", "4")


@runs("log")
def signature_program(on: Victim) -> None:
    on.configure({"log.showSignature": "true", "gpg.program": on.script, "gpg.openpgp.program": on.script})


@runs("fetch", "-q", ".", "HEAD")
def references_of_alternates(on: Victim) -> None:
    other = made(on.folder.parent / "other")
    on.write(".git/objects/info/alternates", other / ".git/objects")
    on.configure({"core.alternateRefsCommand": on.script})


@runs("diff", "HEAD~1")
def included_configuration(on: Victim) -> None:
    other = on.folder.parent / "other.config"
    other.write_text(configuration({"core.fsmonitor": on.script, "diff.external": on.script}))
    on.configure({"include.path": other})


@runs("diff", "HEAD~1")
def conditionally_included_configuration(on: Victim) -> None:
    other = on.folder.parent / "other.config"
    other.write_text(configuration({"core.fsmonitor": on.script, "diff.external": on.script}))
    on.configure({"includeIf.gitdir:/**.path": other})


@runs("status")
def configuration_of_the_work_tree(on: Victim) -> None:
    on.configure({"core.repositoryFormatVersion": 1, "extensions.worktreeConfig": "true"})
    on.write(".git/config.worktree", configuration({"core.fsmonitor": on.script}))


@runs("status")
def configuration_of_the_user(on: Victim) -> None:
    (on.home / ".gitconfig").write_text(configuration({"core.fsmonitor": on.script, "filter.evil.clean": on.script}))


@runs("log", "-p")
def configuration_of_the_desktop(on: Victim) -> None:
    (on.home / ".config/git").mkdir(parents=True)
    (on.home / ".config/git/config").write_text(configuration({"diff.evil.textconv": on.script}))


# Hooks.


@runs("update-ref", "refs/heads/other", "HEAD")
def hooks(on: Victim) -> None:
    (on.folder / ".git/hooks").mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-index-change", "fsmonitor-watchman", "post-checkout", "pre-auto-gc"):
        shutil.copy(on.script, on.folder / ".git/hooks" / name)


@runs("read-tree", "HEAD")
def hooks_elsewhere(on: Victim) -> None:
    on.configure({"core.hooksPath": on.folder.parent / "hooks"})
    (on.folder.parent / "hooks").mkdir()
    shutil.copy(on.script, on.folder.parent / "hooks/post-index-change")


# The environment.


@runs("diff", "HEAD~1")
def variable_of_an_external_diff(on: Victim) -> None:
    on.setenv(GIT_EXTERNAL_DIFF=on.script)


@runs("-p", "log")
def variable_of_a_pager(on: Victim) -> None:
    on.setenv(GIT_PAGER=on.script, PAGER=on.script, GIT_PAGER_IN_USE="1")


@runs("status")
def variables_of_configuration(on: Victim) -> None:
    on.setenv(GIT_CONFIG_COUNT=1, GIT_CONFIG_KEY_0="core.fsmonitor", GIT_CONFIG_VALUE_0=on.script)


@runs("status")
def variable_of_parameters(on: Victim) -> None:
    on.setenv(GIT_CONFIG_PARAMETERS=f"'core.fsmonitor={on.script}'")


@runs("status")
def variables_of_configuration_files(on: Victim) -> None:
    other = on.folder.parent / "other.config"
    other.write_text(configuration({"core.fsmonitor": on.script}))
    on.setenv(GIT_CONFIG_GLOBAL=other, GIT_CONFIG_SYSTEM=other)


@runs("log")
def variables_of_traces(on: Victim) -> None:
    names = ("TRACE", "TRACE2", "TRACE2_EVENT", "TRACE2_PERF", "TRACE_SETUP", "TRACE_PERFORMANCE", "TRACE_REFS")
    on.setenv(**{f"GIT_{name}": on.marker for name in names})


@runs("evil")
def variable_of_the_programs(on: Victim) -> None:
    (on.folder.parent / "programs").mkdir()
    for name in ("evil", "log", "cat-file", "ls-tree"):
        shutil.copy(on.script, on.folder.parent / f"programs/git-{name}")
    on.setenv(GIT_EXEC_PATH=on.folder.parent / "programs")


@hides("log")
def variables_of_another_repository(on: Victim) -> None:
    other = made(on.folder.parent / "other")
    on.setenv(GIT_DIR=other / ".git", GIT_WORK_TREE=other, GIT_COMMON_DIR=other / ".git", GIT_PREFIX="sub/")
    on.setenv(GIT_INDEX_FILE=other / ".git/index", GIT_OBJECT_DIRECTORY=other / ".git/objects", GIT_NAMESPACE="x")


@hides("log")
def variable_of_other_objects(on: Victim) -> None:
    other = made(on.folder.parent / "other")
    on.setenv(GIT_OBJECT_DIRECTORY=other / ".git/objects", GIT_ALTERNATE_OBJECT_DIRECTORIES=on.script)


@hides("log")
def variable_of_a_ceiling(on: Victim) -> None:
    """Git finds no repository then."""
    on.setenv(GIT_CEILING_DIRECTORIES=on.folder.parent, GIT_DIR="nowhere")


@hides("log", "--", "*.py")
def variable_of_path_specifications(on: Victim) -> None:
    on.setenv(GIT_LITERAL_PATHSPECS=1)


@hides("log")
def variable_of_a_shallow_file(on: Victim) -> None:
    on.setenv(GIT_SHALLOW_FILE=on.write("../cut", git(on.folder, "rev-parse", "main")))


@hides("log")
def variable_of_grafts(on: Victim) -> None:
    on.setenv(GIT_GRAFT_FILE=on.write("../cut", git(on.folder, "rev-parse", "main")))


@hides("log")
def variable_of_replacements(on: Victim) -> None:
    replace(on, "refs/other")
    on.setenv(GIT_REPLACE_REF_BASE="refs/other")


# What hides.


def replace(on: Victim, base: str) -> None:
    """In place of a fix stands an empty commit."""
    fix, parent = git(on.folder, "rev-parse", "main"), git(on.folder, "rev-parse", "main~1")
    harmless = git(on.folder, "commit-tree", f"{parent}^{{tree}}", "-p", parent, "-m", "docs")
    git(on.folder, "update-ref", f"{base}/{fix}", harmless)


@hides("log")
def replacement(on: Victim) -> None:
    replace(on, "refs/replace")


@hides("ls-tree", "HEAD")
def replacement_of_a_tree(on: Victim) -> None:
    tree = git(on.folder, "rev-parse", "main^{tree}")
    git(on.folder, "update-ref", f"refs/replace/{tree}", git(on.folder, "mktree"))


@hides("log")
def graft(on: Victim) -> None:
    on.write(".git/info/grafts", git(on.folder, "rev-parse", "main"))


@hides("log")
def commit_graph(on: Victim) -> None:
    """An index of commits says that the newest has no parent."""
    git(on.folder, "commit-graph", "write", "--reachable")
    graph = on.folder / ".git/objects/info/commit-graph"
    data = bytearray(graph.read_bytes())
    start = int.from_bytes(data[data.index(b"CDAT", 8) + 4 :][:8])
    place = start + 36 * sorted(git(on.folder, "rev-list", "--all").split()).index(git(on.folder, "rev-parse", "main"))
    data[place + 20 : place + 24] = (0x70000000).to_bytes(4)
    graph.chmod(0o644)
    graph.write_bytes(data)


@hides("check-attr", "linguist-generated", "b.py")
def attributes_of_the_repository(on: Victim) -> None:
    on.write(".git/info/attributes", "* linguist-generated diff=evil")


@hides("check-attr", "linguist-generated", "b.py")
def attributes_of_the_work_tree(on: Victim) -> None:
    on.write(".gitattributes", "* linguist-generated")


@hides("check-attr", "linguist-generated", "b.py")
def attributes_of_the_configuration(on: Victim) -> None:
    on.configure({"core.attributesFile": on.write("../attributes", "* linguist-generated")})


@hides("check-attr", "linguist-generated", "b.py")
def attributes_of_the_user(on: Victim) -> None:
    on.write("../home/.config/git/attributes", "* linguist-generated")


@hides("log")
def mail_map(on: Victim) -> None:
    on.configure({"mailmap.file": on.write("../map", "One <one@e.org> <a@example.org>\nOne <one@e.org> <b@e.org>")})


@hides("log")
def mail_map_of_the_work_tree(on: Victim) -> None:
    on.write(".mailmap", "One <one@e.org> <a@example.org>\nOne <one@e.org> <b@e.org>")


@hides("log")
def notes(on: Victim) -> None:
    git(on.folder, "notes", "add", "-m", "fix\n\nIncident: INC-001", "main~1")


@hides("log", "--name-status")
def order_of_files(on: Victim) -> None:
    on.configure({"diff.orderFile": on.write("../order", "c.py\nb.py\na.py")})


@hides("log", "--name-status")
def no_renames(on: Victim) -> None:
    on.configure({"diff.renames": "false", "diff.renameLimit": 1})


@hides("log", "--name-status", "-m")
def no_merges(on: Victim) -> None:
    on.configure({"log.diffMerges": "first-parent", "log.showRoot": "false"})


@hides("log", "--name-status", "--", "c.py")
def following(on: Victim) -> None:
    on.configure({"log.follow": "true"})


@hides("log")
def looks_of_the_log(on: Victim) -> None:
    on.configure({"color.ui": "always", "log.decorate": "full", "log.abbrevCommit": "true", "log.date": "raw"})
    on.configure(
        {"format.pretty": "%s", "format.notes": "*", "core.quotePath": "false", "i18n.logOutputEncoding": "UTF-16"}
    )
    on.configure({"core.abbrev": 4, "diff.noprefix": "true", "diff.submodule": "log", "log.graphColors": "red"})


@hides("rev-parse", "HEAD")
def head_elsewhere(on: Victim) -> None:
    """A name that also is a branch, and one that looks like an id."""
    git(on.folder, "update-ref", "refs/heads/HEAD", "main~2")
    git(on.folder, "update-ref", f"refs/heads/{git(on.folder, 'rev-parse', 'main')}", "main~2")
    git(on.folder, "symbolic-ref", "HEAD", "refs/heads/main")
    on.setenv(GIT_DIR=made(on.folder.parent / "other") / ".git")


@pytest.mark.parametrize(("attack", "does", "command"), ATTACKS, ids=[attack.__name__ for attack, *_ in ATTACKS])
def test_an_attack_runs_nothing_and_hides_nothing(
    victim: Victim, attack: Attack, does: str, command: tuple[str, ...]
) -> None:
    """Plain git falls for it; here the history is the true one, and no byte of the repository is touched."""
    truth, said = read(victim.folder), victim.plain(*command)
    assert [len(fixes(truth, path)) for path in ("b.py", "c.py")] == [1, 2]
    assert set(truth.now.lines) == {"b.py", "c.py"}
    victim.marker.unlink(missing_ok=True)
    attack(victim)
    victim.marker.unlink(missing_ok=True)  # laying the trap may have sprung it
    fallen = victim.plain(*command)
    assert victim.marker.exists() if does == "runs" else fallen != said
    victim.marker.unlink(missing_ok=True)
    before = victim.files()
    assert read(victim.folder) == truth
    assert not victim.marker.exists()
    assert victim.files() == before


# A partial clone, whose missing objects git fetches by commands of its configuration.

PROMISES: dict[str, Callable[[Victim], dict[str, object]]] = {
    "upload-pack": lambda on: {"remote.origin.url": on.folder, "remote.origin.uploadpack": on.script},
    "ext": lambda on: {"remote.origin.url": f"ext::{on.script}", "protocol.ext.allow": "always"},
    "ssh": lambda on: {"remote.origin.url": "ssh://nowhere.invalid/x", "core.sshCommand": on.script},
    "proxy": lambda on: {"remote.origin.url": "git://nowhere.invalid/x", "core.gitProxy": on.script},
    "helper": lambda on: {"remote.origin.url": "evil::x", "remote.origin.vcs": "evil"},
    "askpass": lambda on: {
        "remote.origin.url": f"ext::{on.script}",
        "protocol.allow": "always",
        "core.askPass": on.script,
    },
}


@pytest.fixture
def lacking(victim: Victim) -> Victim:
    """The content that two files had before the last changes is missing, as in a clone without blobs."""
    for pack in (victim.folder / ".git/objects/pack").glob("*.pack"):
        content = pack.read_bytes()
        pack.unlink()
        git(victim.folder, "unpack-objects", "-q", stdin=content)
    for name in ("main~1:c.py", "main~2:b.py"):
        blob = git(victim.folder, "rev-parse", name)
        (victim.folder / f".git/objects/{blob[:2]}/{blob[2:]}").unlink()
    victim.write(".git/objects/pack/pack-0.promisor", "")
    return victim


@pytest.mark.parametrize("promise", PROMISES)
def test_nothing_missing_is_fetched(lacking: Victim, promise: str) -> None:
    """What can be told without it is told, as where there is nobody to ask."""
    truth = read(lacking.folder)
    assert isinstance(truth.then, Unavailable)
    assert len(fixes(truth, "b.py")) == 1
    shutil.copy(lacking.script, lacking.folder.parent / "git-remote-evil")
    lacking.setenv(PATH=f"{os.environ['PATH']}{os.pathsep}{lacking.folder.parent}")
    lacking.configure(
        {"core.repositoryFormatVersion": 1, "extensions.partialClone": "origin", "remote.origin.promisor": 1}
    )
    lacking.configure(PROMISES[promise](lacking))
    lacking.plain("log", "-p")
    assert lacking.marker.exists()
    lacking.marker.unlink()
    before = lacking.files()
    assert read(lacking.folder) == truth
    assert not lacking.marker.exists()
    assert lacking.files() == before


def test_a_borrowed_store_adds_no_history(victim: Victim) -> None:
    """Objects of elsewhere are named by what they hold; stores that are none, and ones in a circle, do no harm."""
    truth = read(victim.folder)
    other = made(victim.folder.parent / "other")
    shutil.copytree(victim.folder, victim.folder.parent / "circle")
    stores = [other, Path("/nowhere"), victim.script, victim.folder.parent / "circle", victim.folder]
    victim.write(".git/objects/info/alternates", "\n".join(f"{store}/.git/objects" for store in stores))
    victim.write("../circle/.git/objects/info/alternates", f"{victim.folder}/.git/objects")
    assert read(victim.folder) == truth


def test_a_borrowed_store_that_is_gone_is_told(victim: Victim) -> None:
    """Half a history would be a lie."""
    whole: History = read(victim.folder)
    borrower = victim.folder.parent / "borrower"
    git(victim.folder.parent, "clone", "-q", "--shared", str(victim.folder), str(borrower))
    assert commits(read(borrower), "c.py") == commits(whole, "c.py")
    (victim.folder / ".git/objects").rename(victim.folder / ".git/gone")
    assert isinstance(told(borrower), Unavailable)
