"""The commits behind Code actions: trailers, Evidence cells, reverts, and the files that they touched."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_prevention.model import Action, Backlog, Category, CodeChange, CodeChanges, Evidence, Status, Unavailable
from pytest_prevention.model.facts import NO_CODE_CHANGES
from pytest_prevention.sources import code_changes
from pytest_prevention.sources.code_changes import read_code_changes
from pytest_prevention.sources.git import clean_room
from tests.histories import Writer, writing
from tests.records import STANDARD
from tests.repositories import CLEAN, git
from tests.rules.build import action


def code(number: int = 1, *evidence: str, **changes: Any) -> Action:
    """A Code action whose Evidence cell names these: ids and #123."""
    entries = tuple(Evidence("pull" if one.startswith("#") else "commit", one) for one in evidence)
    return action(number, **{"category": Category.CODE, "status": Status.DONE, "evidence": entries, **changes})


def told(folder: Path, *actions: Action, **options: Any) -> CodeChanges | Unavailable:
    return read_code_changes(folder, STANDARD, Backlog(actions or (code(),)), **options)


def read(folder: Path, *actions: Action) -> CodeChanges:
    found = told(folder, *actions)
    assert isinstance(found, CodeChanges), found
    return found


def of(folder: Path, *evidence: str) -> tuple[CodeChange, ...]:
    """The commits of one action, INC-001#1."""
    return read(folder, code(1, *evidence)).commits["INC-001#1"]


def ids(folder: Path, *evidence: str) -> list[str]:
    return [change.id for change in of(folder, *evidence)]


def standing(folder: Path, *evidence: str) -> list[bool]:
    """Whether each commit stands, newest first."""
    return [change.revert is None for change in of(folder, *evidence)]


class TestTrailers:
    @pytest.mark.parametrize(
        ("value", "links"),
        [
            ("INC-001", {1, 2, 3}),
            ("INC-001#2", {2}),
            ("INC-001#2, INC-001#3", {2, 3}),
            ("INC-002 INC-001#3", {3}),
            ("INC-001#2;INC-002", {2}),
            ("INC-002", set()),
            ("INC-001#", set()),
            ("INC-0011", set()),
            ("inc-001", set()),
            ("INC-001#20", set()),
        ],
    )
    @pytest.mark.parametrize("key", ["Incident", "Prevents", "incident"])
    def test_a_trailer_links_an_incident_or_one_action(
        self, tmp_path: Path, key: str, value: str, links: set[int]
    ) -> None:
        with writing(tmp_path / "r") as to:
            to.commit({"a.py": ""}, f"Validate\n\n{key}: {value}\n")
        found = read(tmp_path / "r", code(1), code(2), code(3))
        assert {int(key[-1]) for key, commits in found.commits.items() if commits} == links

    def test_policy_names_the_trailers_of_fixes(self, tmp_path: Path) -> None:
        """Those that policy lets a fix carry link too, and ``Prevents`` always."""
        with writing(tmp_path / "r") as to:
            to.commit({}, "a\n\nBug: INC-001")
            last = to.commit({}, "a\n\nPrevents: INC-001")
        assert ids(tmp_path / "r") == [last]

    @pytest.mark.parametrize(
        "message",
        [
            "a\n\nIncident: INC-001\n\nand more prose",
            "Incident: INC-001",
            "a\n\nprose\nIncident: INC-001\n",
            "a\n\nIncident: INC-001\nSigned-off-by: A <a@e.org>\n",
            "a\n\nIncident:\n  INC-001\n",
            "a\n\nIncident : INC-001\n",
            "a\n\nIncident=INC-001\n",
            "a\n\nIncident: INC-001\n(cherry picked from commit abc)\n",
            "a\n\nRefs: x\nprose\nprose\nIncident: INC-001\n",
            "a\n\n> Incident: INC-001\n",
            "a\r\n\r\nIncident: INC-001\r\n",
            "a\n\nIncident: INC-001\n---\nb\n",
            "a\n\nIncident: INC-001\n# comment\n",
            "a\n\nIncident: INC-001,\n INC-002\n",
        ],
    )
    def test_what_a_trailer_is_git_says(self, tmp_path: Path, message: str) -> None:
        """Held against git interpret-trailers, which reads the message by itself."""
        with writing(tmp_path / "r") as to:
            to.commit({}, message)
        parsed = subprocess.run(
            ["git", "interpret-trailers", "--parse", "--no-divider"],
            input=git(tmp_path / "r", "log", "-1", "--format=%B").encode(),
            capture_output=True,
            env=CLEAN,
            check=True,
        ).stdout.decode()
        by_git = any(line.partition(":")[0].lower() == "incident" and "INC-001" in line for line in parsed.splitlines())
        assert bool(ids(tmp_path / "r")) is by_git

    def test_configuration_of_the_repository_defines_no_trailer(self, tmp_path: Path) -> None:
        """What is a trailer is the same in every clone."""
        with writing(tmp_path / "r") as to:
            to.commit({}, "a\n\nIncident# INC-001\n")
        git(tmp_path / "r", "config", "trailer.separators", "#")
        assert "INC-001" in git(tmp_path / "r", "log", "-1", "--format=%(trailers:key=Incident)")
        assert ids(tmp_path / "r") == []


class TestEvidence:
    def test_a_commit_is_named_in_full_or_by_its_beginning(self, tmp_path: Path) -> None:
        with writing(tmp_path / "r") as to:
            first, second = to.commit({}, "a"), to.commit({}, "b")
        assert ids(tmp_path / "r", first, second[:8].upper()) == [second, first]
        assert ids(tmp_path / "r", first, first[:10]) == [first]

    def test_the_beginning_of_several_ids_is_ambiguous(self, tmp_path: Path) -> None:
        with writing(tmp_path / "r") as to:
            made = [to.commit({}, f"c{number}") for number in range(1500)]
        head = next(one[:4] for one in made if sum(other.startswith(one[:4]) for other in made) > 1)
        found = read(tmp_path / "r", code(1, head))
        assert found.commits["INC-001#1"] == ()
        ((named, why),) = found.astray["INC-001#1"]
        assert named == f"commit:{head}"
        assert why.startswith(f"is the beginning of several commits: {head}")

    def test_what_did_not_lead_to_head_is_told(self, tmp_path: Path) -> None:
        """A commit of another branch is there, and is not in what runs."""
        with writing(tmp_path / "r") as to:
            base = to.commit({}, "a")
            aside = to.commit({}, "b (#7)")
            to.commit({}, "c", parents=(base,))
        found = read(tmp_path / "r", code(1, aside, "#7", "f" * 40))
        assert found.commits["INC-001#1"] == ()
        assert [why for _, why in found.astray["INC-001#1"]] == [
            "names none that led to HEAD",
            "stands in the subject of no merge that led to HEAD",
            "names none that led to HEAD",
        ]

    @pytest.mark.parametrize(
        ("subject", "is_merge", "found"),
        [
            ("Validate the order (#12)", False, True),
            ("Validate the order (#123)", False, False),
            ("Validate, see #12", False, False),
            ("Backport (#12) (#15)", False, False),
            ("Merge pull request #12 from shop/validate", True, True),
            ("Merge pull request #12 from shop/validate", False, False),
            ("Merged in validate (pull request #12)", True, True),
            ("Merge pull request #120 from shop/validate", True, False),
            ("Merge branch 'fix-#12' of shop", True, False),
        ],
    )
    def test_a_pull_request_is_found_by_the_subject_of_its_merge(
        self, tmp_path: Path, subject: str, is_merge: bool, found: bool
    ) -> None:
        with writing(tmp_path / "r") as to:
            base = to.commit({}, "a")
            side = to.commit({}, "b")
            merge = to.commit({}, subject, parents=(base, side) if is_merge else None)
        assert ids(tmp_path / "r", "#12") == ([merge] if found else [])


class TestReverts:
    def test_a_revert_takes_back_and_one_of_the_revert_restores(self, tmp_path: Path) -> None:
        """By git's own messages, of a history that git made."""
        folder = tmp_path / "r"
        with writing(folder) as to:
            to.commit({"a.py": "1\n"}, "base")
            fix = to.commit({"a.py": "2\n"}, "fix it")
        git(folder, "checkout", "-q", "-f", "main")
        for stands in (False, True, False):
            git(folder, "revert", "--no-edit", "HEAD" if git(folder, "rev-parse", "HEAD") != fix else fix)
            assert standing(folder, fix) == [stands]
        (change,) = of(folder, fix)
        assert change.revert is not None
        assert change.newer == 3

    @pytest.mark.parametrize(
        ("message", "stands"),
        [
            ("Revert it\n\nThis reverts commit {id}.", False),
            ("Revert it\n\nThis reverts commit {short}.", False),
            ('Revert "fix it"', False),
            ('Revert "fix it" (#8)', False),
            ('Revert "fix it (#7)"', False),
            ('Revert "fix it" (#8)\n\nReverts shop/orders#7', False),
            ("Back out\n\nReverts #7", False),
            ('Revert "fix it"\n\nThis reverts commit {gone}.', False),
            ('Revert "fix it"\n\nThis reverts commit {other}.', True),
            ('Revert "fix"', True),
            ('Revert "fix it" again', True),
            ("Revert fix it", True),
            ("see\n\nThat This reverts commit {id} is not so", True),
            ("Back out\n\nReverts #70", True),
        ],
    )
    def test_what_a_revert_says(self, tmp_path: Path, message: str, stands: bool) -> None:
        """By id, by pull request, by subject; an id that the history has outweighs the subject."""
        with writing(tmp_path / "r") as to:
            other = to.commit({}, "other")
            fix = to.commit({}, "fix it (#7)")
            to.commit({}, message.format(id=fix, short=fix[:9], other=other, gone="f" * 40))
        assert standing(tmp_path / "r", fix) == [stands]

    def test_a_subject_means_the_newest_commit_of_that_name(self, tmp_path: Path) -> None:
        """Tried, reverted, tried again: the second try stands until a second revert."""
        with writing(tmp_path / "r") as to:
            tries = [to.commit({}, "fix it"), to.commit({}, 'Revert "fix it"'), to.commit({}, "fix it")]
        assert standing(tmp_path / "r", tries[0], tries[2]) == [True, False]
        with writing(tmp_path / "s") as to:
            first, _, third = (to.commit({}, text) for text in ("fix it", 'Revert "fix it"', "fix it"))
            to.commit({}, 'Revert "fix it"')
        assert standing(tmp_path / "s", first, third) == [False, False]

    def test_one_revert_means_one_commit_of_that_name(self, tmp_path: Path) -> None:
        """Two commits may have one subject; the older one stands."""
        with writing(tmp_path / "r") as to:
            made = [to.commit({}, "fix it"), to.commit({}, "fix it")]
            to.commit({}, 'Revert "fix it"')
        assert standing(tmp_path / "r", *made) == [False, True]

    def test_a_revert_that_went_with_a_reverted_merge_takes_nothing_back(self, tmp_path: Path) -> None:
        with writing(tmp_path / "r") as to:
            fix = to.commit({}, "fix it")
            side = to.commit({}, f"Revert\n\nThis reverts commit {fix}.")
            merge = to.commit({}, "Merge side", parents=(fix, side))
            assert merge
            to.commit({}, 'Revert "Merge side"')
        assert standing(tmp_path / "r", fix) == [True]

    def test_a_clock_that_is_behind_hides_no_revert(self, tmp_path: Path) -> None:
        """By its date the revert on a branch comes before what it reverts."""
        with writing(tmp_path / "r") as to:
            fix = to.commit({}, "fix it", day=10)
            side = to.commit({}, f"Revert\n\nThis reverts commit {fix}.", day=1)
            main = to.commit({}, "go on", day=20, parents=(fix,))
            to.commit({}, "Merge", day=21, parents=(main, side))
        lines = git(tmp_path / "r", "log", "--format=%H", "main").splitlines()
        assert lines.index(fix) < lines.index(side)
        assert standing(tmp_path / "r", fix) == [False]

    def test_reapply_takes_a_revert_back(self, tmp_path: Path) -> None:
        """As git names it since 2.43."""
        with writing(tmp_path / "r") as to:
            fix = to.commit({}, "fix it")
            to.commit({}, 'Revert "fix it"')
            to.commit({}, 'Reapply "fix it"')
        assert standing(tmp_path / "r", fix) == [True]

    @pytest.mark.parametrize(
        ("message", "stands"),
        [
            ("later", True),
            ("Revert\n\nThis reverts commit {merge}, reversing\nchanges made to {base}.", False),
            ('Revert "Fix the orders"', False),
            ("Revert\n\nReverts shop/orders#3", False),
        ],
    )
    def test_a_reverted_merge_takes_its_branch_along(self, tmp_path: Path, message: str, stands: bool) -> None:
        """The title of a merged pull request stands below the subject of its merge."""
        with writing(tmp_path / "r") as to:
            base = to.commit({}, "a")
            fix = to.commit({}, "fix it")
            merge = to.commit({}, "Merge pull request #3 from x/y\n\nFix the orders", parents=(base, fix))
            to.commit({}, message.format(merge=merge, base=base))
        assert standing(tmp_path / "r", fix, base) == [stands, True]

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.integers(0, 99), st.booleans(), st.booleans()), min_size=1, max_size=14))
    def test_who_stands_is_what_the_files_say(
        self, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bool, bool]]
    ) -> None:
        """Each commit adds a file, a revert takes back what a commit did: who stands is whose file is there."""
        folder = tmp_path_factory.mktemp("law") / "r"
        with writing(folder) as to:
            made, files = random_history(to, steps)
        stands = {change.id: change.revert is None for change in of(folder, *made)}
        assert stands == {commit: path in files for commit, path in made.items()}


def random_history(to: Writer, steps: list[tuple[int, bool, bool]]) -> tuple[dict[str, str], set[str]]:
    """The commits that added a file each, and the files that are left at the end.

    A step is (which one of those that stand to revert, whether to revert at all, whether the revert names an id).
    """
    made: dict[str, str] = {}
    files: set[str] = set()
    done: list[tuple[str, str, str, bool]] = []  # what stands: id, subject, file, whether it added the file
    for number, (which, reverts, by_id) in enumerate(steps):
        if reverts and done:
            commit, subject, path, added = done.pop(which % len(done))
            text = f'Revert "{subject}"' + (f"\n\nThis reverts commit {commit}." if by_id else "")
            added = not added
        else:
            commit, path, added, text = "", f"f{number}.py", True, f"add {number}"
        new = to.commit({path: "1\n" if added else None}, text)
        files = files | {path} if added else files - {path}
        if not commit:
            made[new] = path
        # a file that is taken back and restored belongs to the restoring commit now: revert that one next
        done = [one for one in done if one[2] != path]
        done.append((new, text.partition("\n")[0], path, added))
    return made, files


class TestFiles:
    def test_a_commit_touches_what_it_changed_and_a_merge_what_it_brought(self, tmp_path: Path) -> None:
        with writing(tmp_path / "r") as to:
            base = to.commit({"a.py": "1\n", "b.py": "1\n"}, "a\n\nIncident: INC-001")
            side = to.commit({"b.py": None, "c.py": "1\n"}, "b")
            main = to.commit({"d.py": "1\n"}, "d", parents=(base,))
            to.commit({"b.py": None, "c.py": "1\n"}, "Merge\n\nIncident: INC-001", parents=(main, side))
        assert [change.paths for change in of(tmp_path / "r")] == [{"b.py", "c.py"}, {"a.py", "b.py"}]

    def test_paths_are_those_below_the_root(self, tmp_path: Path) -> None:
        with writing(tmp_path / "r") as to:
            to.commit({"shop/a.py": "", "shops/b.py": "", "c.py": ""}, "a\n\nIncident: INC-001")
        git(tmp_path / "r", "checkout", "-q", "-f", "main")
        assert [change.paths for change in of(tmp_path / "r" / "shop")] == [{"a.py"}]

    def test_a_file_may_be_called_like_a_commit(self, tmp_path: Path) -> None:
        """What another commit touched cannot be claimed by the name of a file."""
        with writing(tmp_path / "r") as to:
            first = to.commit({"a.py": ""}, "a\n\nIncident: INC-001")
            to.commit({first: "", "orders.py": "", "é\n\udcff": ""}, "b\n\nIncident: INC-001")
        assert [change.paths for change in of(tmp_path / "r")] == [{first, "orders.py", "é\n\udcff"}, {"a.py"}]


class TestWhatCannotBeRead:
    def test_without_a_code_action_git_is_not_asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(code_changes, "clean_room", None)
        others = [action(category=category) for category in Category if category is not Category.CODE]
        assert told(tmp_path, *others, code(4, status=Status.DROPPED)) is NO_CODE_CHANGES

    def test_without_git_it_is_unknown_and_says_why(self, tmp_path: Path) -> None:
        found = told(tmp_path)
        assert isinstance(found, Unavailable)
        assert found.reason.startswith("no git history here: ")
        assert not found.by_design

    def test_a_shallow_clone_cannot_tell(self, tmp_path: Path) -> None:
        with writing(tmp_path / "r") as to:
            to.commit({}, "a\n\nIncident: INC-001")
            to.commit({}, "b\n\nIncident: INC-001")
        git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/r", "s")
        found = told(tmp_path / "s")
        assert isinstance(found, Unavailable)
        assert "shallow" in found.reason
        assert "--unshallow" in found.remedy

    def test_a_moment_and_a_commit_can_be_asked_for(self, tmp_path: Path) -> None:
        """What came later is not known yet."""
        with writing(tmp_path / "r") as to:
            fix = to.commit({"a.py": ""}, "fix it\n\nIncident: INC-001")
            to.commit({}, 'Revert "fix it"')
        with clean_room(tmp_path / "r", "main~1") as room:
            found = told(tmp_path, commit=(room, room.head))
        assert isinstance(found, CodeChanges)
        (change,) = found.commits["INC-001#1"]
        assert (change.id, change.revert) == (fix, None)
        assert standing(tmp_path / "r") == [False]

    @pytest.mark.parametrize(
        "message", [b"", b"\n\n\n", b"\xff\xfe Incident: INC-001", b"a\n\nIncident: " + b"#" * 99999]
    )
    def test_odd_messages_are_read(self, tmp_path: Path, message: bytes) -> None:
        with writing(tmp_path / "r") as to:
            to.commit({}, message)
            fix = to.commit({}, "b\n\nIncident: INC-001")
        assert ids(tmp_path / "r") == [fix]


class TestHostileRepositories:
    """Plain git falls for each of these; what is read is what the objects say."""

    @pytest.fixture
    def reverted(self, tmp_path: Path) -> tuple[Path, list[str]]:
        folder = tmp_path / "r"
        with writing(folder) as to:
            base = to.commit({"a.py": "0\n"}, "base")
            fix = to.commit({"a.py": "1\n"}, "fix it\n\nIncident: INC-001")
            revert = to.commit({"a.py": "0\n"}, f'Revert "fix it"\n\nThis reverts commit {fix}.')
            head = to.commit({"b.py": ""}, "more")
        git(folder, "checkout", "-q", "-f", "main")
        return folder, [base, fix, revert, head]

    def shown(self, folder: Path) -> list[tuple[str, bool, frozenset[str]]]:
        return [(one.id, one.revert is None, one.paths) for one in of(folder)]

    def test_a_replaced_commit_hides_no_revert(self, reverted: tuple[Path, list[str]]) -> None:
        folder, (_, fix, revert, head) = reverted
        git(folder, "replace", head, fix)
        assert revert not in git(folder, "log", "--format=%H")
        assert self.shown(folder) == [(fix, False, frozenset({"a.py"}))]

    def test_a_graft_hides_no_revert(self, reverted: tuple[Path, list[str]]) -> None:
        folder, (_, fix, revert, head) = reverted
        (folder / ".git/info").mkdir(exist_ok=True)
        (folder / ".git/info/grafts").write_text(f"{head} {fix}\n")
        assert revert not in git(folder, "log", "--format=%H")
        assert self.shown(folder) == [(fix, False, frozenset({"a.py"}))]

    def test_configuration_changes_nothing(self, reverted: tuple[Path, list[str]], tmp_path: Path) -> None:
        """No alias, pager, mailmap, encoding, diff driver, default option or trailer of the repository counts."""
        folder, (_, fix, *_) = reverted
        marker = tmp_path / "ran"
        with (folder / ".git/config").open("a") as config:
            config.write(
                f"[alias]\n\tlog = !touch {marker}\n[core]\n\tpager = touch {marker}\n\tfsmonitor = touch {marker}\n"
                f"[diff]\n\texternal = touch {marker}\n\trenames = copies\n[log]\n\tshowSignature = true\n"
                "\tshowRoot = false\n\tmailmap = true\n[i18n]\n\tlogOutputEncoding = UTF-16\n"
                "[trailer]\n\tseparators = #\n[grep]\n\tpatternType = perl\n[format]\n\tpretty = oneline\n"
            )
        assert self.shown(folder) == [(fix, False, frozenset({"a.py"}))]
        assert not marker.exists()

    def test_refs_and_paths_are_no_options(self, tmp_path: Path) -> None:
        """What an Evidence cell names is looked up among ids; git never sees it."""
        with writing(tmp_path / "r") as to:
            to.commit({"--output=x": "", "-a": ""}, "--format=%H\n\nIncident: INC-001")
        git(tmp_path / "r", "update-ref", "refs/heads/abcd", "main")
        (change,) = of(tmp_path / "r", "--all", "HEAD", "main", "abcd", "\0", "^{/a}")
        assert change.paths == {"--output=x", "-a"}
        assert len(read(tmp_path / "r", code(1, "--all", "abcd")).astray["INC-001#1"]) == 2

    def test_a_crowd_of_reverts_is_read_in_time(self, tmp_path: Path) -> None:
        """Each reverts the one before, and all have one subject and one pull request."""
        with writing(tmp_path / "r") as to:
            commit = fix = to.commit({}, "fix it (#7)")
            for _ in range(2000):
                commit = to.commit({}, f'Revert "fix it" (#7)\n\nReverts #7\n\nThis reverts commit {commit}.')
        assert standing(tmp_path / "r", fix) == [True]
