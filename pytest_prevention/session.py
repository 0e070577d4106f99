"""The whole job: read the sources, build the facts, judge, report. For pytest and the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path

from pluggy import PluginManager

from pytest_prevention import gate, hookspecs, resources
from pytest_prevention.critical_paths import critical_paths, detect_within, in_vain, twice
from pytest_prevention.days import midnight, zone
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.indicators.incident_prone_coverage import concerned, is_concerned
from pytest_prevention.indicators.window import observed_from
from pytest_prevention.ladder.monitor import rules_to_try
from pytest_prevention.model import (
    Action,
    AlertRule,
    Alerts,
    Backlog,
    Category,
    Facts,
    FixedLines,
    Incidents,
    Links,
    Location,
    Problem,
    Proofs,
    Run,
    Unavailable,
    Verdict,
    available,
    covers,
    merged,
    with_skipped,
)
from pytest_prevention.model.facts import NO_ALERTS
from pytest_prevention.policy import Policy
from pytest_prevention.recording import Collected, Uses
from pytest_prevention.reporters import REPORTERS, Report
from pytest_prevention.reporters.guard import guard_text
from pytest_prevention.rules import ALL_RULES, Rule
from pytest_prevention.sources import evidence, git
from pytest_prevention.sources.alerts.reader import read_alerts
from pytest_prevention.sources.alerts.trials import try_rules
from pytest_prevention.sources.backlog import reader as backlog_source
from pytest_prevention.sources.backlog.format import Formatted, formatted
from pytest_prevention.sources.backlog.reader import anchor_days, read_backlog
from pytest_prevention.sources.backlog.words import words
from pytest_prevention.sources.changes import read_changes
from pytest_prevention.sources.code_changes import read_code_changes
from pytest_prevention.sources.coverage_data import read_coverage
from pytest_prevention.sources.coverage_files import find_data
from pytest_prevention.sources.deploys_csv import listed_deploys
from pytest_prevention.sources.files import read_text, shown, unusable, write_text
from pytest_prevention.sources.git_history import commit_date, history_of, read_history
from pytest_prevention.sources.incidents.reader import read_incidents, with_listed_actions
from pytest_prevention.sources.incidents.stamps import StampError, iso_date, read_stamp
from pytest_prevention.sources.policy_file import load_policy
from pytest_prevention.sources.process.reader import read_documents
from pytest_prevention.sources.proof.fingerprint import in_work_tree
from pytest_prevention.sources.proof.places import fixed_files
from pytest_prevention.sources.proof.receipts import read_receipts, standing_receipts
from pytest_prevention.sources.proof.today import read_fixes
from pytest_prevention.sources.pytest_config import CollectionRules, read_config
from pytest_prevention.sources.scan.reader import scan

Reporter = Callable[[Report], str]

FORMATS = {"txt": "terminal", "md": "markdown"}
"""The words for formats that have more than their suffix."""


@dataclass(frozen=True, slots=True)
class Project:
    """A repository, read: everything that can be known of it without running a test."""

    root: Path
    policy: Policy
    facts: Facts
    checkout: git.Checkout | Unavailable
    rules: tuple[Rule, ...]
    reporters: Mapping[str, Reporter]
    declared: Links
    """The links known without a run."""

    @property
    def commit(self) -> str:
        return "" if isinstance(self.checkout, Unavailable) else self.checkout.commit

    def named(self) -> list[tuple[str, str]]:
        """The links of Evidence cells as (incident, node id prefix)."""
        return [(link.incident, link.nodeid) for link in available(self.facts.links).links if link.origin == "evidence"]

    def with_run(self, run: Run) -> Project:
        """The same with what a test run of this checkout showed."""
        if isinstance(self.checkout, git.Checkout):
            run = replace(run, commit=self.checkout.commit, dirty=self.checkout.dirty)
        return self._with(run)

    def _with(self, run: Run) -> Project:
        links = merged(self.declared, run)
        guarded = {link.incident for link in links.links} if isinstance(run.executed, Mapping) else set()
        facts = replace(self.facts, links=links, run=with_skipped(run, links), fixes=self.fixes(guarded))
        return replace(self, facts=facts)

    def fixes(self, incidents: Set[str]) -> dict[str, FixedLines | Unavailable]:
        """Where the fixes of these incidents stand today; of those that name fix commits."""
        asked = {incident: commits for incident, commits in self._fix_commits().items() if incident in incidents}
        return read_fixes(self.root, self.policy, asked) if asked else {}

    def fixed_files(self) -> tuple[str, ...]:
        """The source files of today that may hold lines of any incident's fix: paths from the root, sorted."""
        commits = self._fix_commits()
        return fixed_files(self.root, self.policy, commits) if commits else ()

    def _fix_commits(self) -> dict[str, tuple[str, ...]]:
        records = available(self.facts.incidents).records
        return {incident.id: incident.fix_commits for incident in records if incident.fix_commits}

    def with_evidence(self, files: Sequence[Path]) -> Project:
        """The same with the runs that evidence files hold."""
        runs = [evidence.read(file) for file in files]
        names = [shown(file, Path.cwd()) for file in files]
        return self._with(evidence.combined(runs, names, self.commit))

    def with_coverage(self) -> Project:
        """The same with what tests execute of the files that incidents name, where somebody has measured that."""
        facts, found = self.facts, find_data(self.root, self.policy)
        if isinstance(found, Unavailable):
            return replace(self, facts=replace(facts, coverage=found))
        if isinstance(facts.run, Run) and facts.run.gaps:
            gap = facts.run.gaps[0]
            partial = replace(gap, reason=f"what a part of the tests executes says nothing: {gap.reason}")
            return replace(self, facts=replace(facts, coverage=partial))
        recent = {incident.id for incident in concerned(facts, self.policy)}
        facts = replace(facts, fixes={**self.fixes(recent - facts.fixes.keys()), **facts.fixes})
        sources = () if isinstance(facts.history, Unavailable) else facts.history.now.lines
        coverage = read_coverage(self.root, self.policy, found, is_concerned(facts, self.policy), sources)
        return replace(self, facts=replace(facts, coverage=coverage))

    def with_alert_trials(self, rules: Sequence[AlertRule] | None = None) -> Project:
        """The same with what rule unit tests show of these alert rules; by default where policy asks for it."""
        alerts = self.facts.alerts
        asked = rules_to_try(self.facts, self.policy) if rules is None else rules
        if isinstance(alerts, Unavailable) or not asked:
            return self
        paths = critical_paths(self.policy)
        timed = {rule.location for rule in asked if detect_within(rule, paths) is not None}
        found = {**self.facts.alert_trials, **try_rules(self.root, alerts, asked, timed)}
        return replace(self, facts=replace(self.facts, alert_trials=found))

    def since(self, text: str) -> Project:
        """The same, its indicators and patterns from this day on; PreventionError unless it is one before as-of."""
        try:
            first = iso_date(text)
        except StampError as error:
            raise unusable("--since", f"{text!r} {error.message}", error.hint) from None
        if midnight(first, self.policy) >= self.facts.as_of:
            raise unusable(
                "--since", f"{text} is not before as-of, {self.facts.as_of:%Y-%m-%d %H:%M} UTC", "name an earlier day"
            )
        return replace(self, facts=replace(self.facts, since=first))

    def verdict(self) -> Verdict:
        return gate.judge(self.facts, self.policy, self.rules)

    def report(self, verdict: Verdict | None) -> Report:
        return Report(self.facts, self.policy, verdict, self.root.name)

    def write_report(self, path: Path, report: Report) -> None:
        """Write the report in the format that the suffix names."""
        write_text(path, self.reporters[check_suffix(str(path), self.reporters)](report), Path.cwd())

    def write_evidence(self, path: Path) -> None:
        """Write what the run showed."""
        text = evidence.render(available(self.facts.run), self.declared, available(self.facts.links))
        write_text(path, text, Path.cwd())

    def how_to_guard(self, incident: str) -> str:
        """What to do about an incident that no test guards against."""
        known = available(self.facts.incidents).by_id()
        if incident in known:
            return f'paste above the test that would have caught it: @pytest.mark.incident("{incident}")'
        close = get_close_matches(incident, known, 1)
        return "there is no such incident in incidents/" + (f", did you mean {close[0]}?" if close else "")


def read_project(
    root: Path,
    *,
    policy_file: Path | None = None,
    as_of: str | None = None,
    collection: CollectionRules | None = None,
    need_records: bool = True,
    commit: tuple[git.Room, str] | None = None,
) -> Project:
    """Read the repository at ``root``; PreventionError with everything that makes it unreadable.

    ``as_of`` is a date or an RFC 3339 stamp; by default the commit time of HEAD, so that a report can be reproduced,
    and the clock where there is no git. ``collection`` is what pytest itself says of its test files, where it runs.
    Without ``need_records`` a repository that has no incidents/ yet is read as one without incidents. ``commit`` tells
    that ``root`` is the exported tree of one, whose history is asked for in that room.
    """
    plugins = hookspecs.plugins()
    policy = read_policy(root, policy_file, plugins)
    incidents, backlog, listed, alerts = _read_inputs(root, policy, needed=need_records)
    links = scan(root, collection or read_config(root), backlog.actions)
    checkout = git.checkout(root) if commit is None else _checkout(*commit)
    standings = [one for group in plugins.hook.prevention_evidence(root=root, backlog=backlog) for one in group]
    moment = _moment(as_of, checkout, zone(policy))
    before = None if as_of is None else moment
    facts = Facts(
        as_of=moment,
        incidents=incidents,
        backlog=backlog,
        links=links,
        history=read_history(root, policy, incidents, as_of=before)
        if commit is None
        else history_of(*commit, policy, incidents),
        alerts=alerts,
        code_changes=read_code_changes(root, policy, backlog, as_of=before, commit=commit),
        documents=read_documents(root, backlog, incidents, commit),
        proofs=_standing_proofs(root, incidents, links),
        standings=tuple(standings),
    )
    facts = _with_changes(root, policy, facts, listed, commit)
    return Project(root, policy, facts, checkout, all_rules(plugins), all_reporters(plugins), links)


def _with_changes(
    root: Path, policy: Policy, facts: Facts, listed: Sequence[datetime], commit: tuple[git.Room, str] | None
) -> Facts:
    """The same with deploys and changes of data in the time in which incidents are observed."""
    first, _ = observed_from(facts, policy)
    since = min(midnight(first, policy), facts.as_of) if first else facts.as_of
    deploys, data_changes = read_changes(root, policy, since, listed, commit)
    return replace(facts, deploys=deploys, data_changes=data_changes)


def _standing_proofs(root: Path, incidents: Incidents, links: Links) -> Proofs:
    """What the receipts of earlier proofs say of today's tests."""
    receipts = read_receipts(root)
    return standing_receipts(receipts, incidents, links, in_work_tree(root)) if receipts else Proofs()


def read_policy(root: Path, file: Path | None = None, plugins: PluginManager | None = None) -> Policy:
    """The effective policy: ``file``, else the one at the root, else the preset standard."""
    rules = all_rules(plugins or hookspecs.plugins())
    return load_policy(root, file, codes=[rule.code for rule in rules])


def all_rules(plugins: PluginManager) -> tuple[Rule, ...]:
    """Our rules and other people's."""
    rules = (*ALL_RULES, *(rule for group in plugins.hook.prevention_rules() for rule in group))
    taken: dict[str, Rule] = {}
    for rule in rules:
        for name in (rule.code, rule.name):
            if taken.setdefault(name, rule) is not rule:
                raise unusable(
                    name, "is the name of two rules", "rename the rule of the plugin you wrote, or leave it out"
                )
    return rules


def all_reporters(plugins: PluginManager) -> dict[str, Reporter]:
    """Our report formats and other people's, by name; ours cannot be replaced."""
    others = {name: reporter for group in plugins.hook.prevention_reporters() for name, reporter in group.items()}
    return others | dict(REPORTERS)


def explanation(word: str) -> str:
    """The page of the rule with this code or name; of other people's rules the summary."""
    rules = {name: rule for rule in all_rules(hookspecs.plugins()) for name in (rule.code.lower(), rule.name)}
    rule = rules.get(word.lower())
    if rule is None:
        close = get_close_matches(word.lower(), rules, 1, 0.5)
        hint = (
            f"did you mean {rules[close[0]].code} {rules[close[0]].name}?" if close else "rule codes look like PRV201"
        )
        raise unusable(word, "is no rule", hint)
    if rule not in ALL_RULES:
        return f"# {rule.code} {rule.name}\n\n{rule.summary}\n"
    return resources.text("docs/rules", f"{rule.code}.md")


def read_records(root: Path, policy: Policy, *, needed: bool = True) -> tuple[Incidents, Backlog]:
    """Incidents and backlog; what is wrong with either is told in one go.

    Where they are not ``needed``, what does not exist is read as empty.
    """
    problems: list[Problem] = []
    incidents, backlog = Incidents(), Backlog()
    try:
        if needed or (root / "incidents").is_dir():
            incidents = read_incidents(root, policy)
    except PreventionError as error:
        problems += error.problems
    try:
        if needed or (root / backlog_source.PATH).exists():
            backlog = read_backlog(root, policy, incidents)
            incidents = with_listed_actions(root, policy, incidents, backlog)
    except PreventionError as error:
        problems += error.problems
    if problems:
        raise PreventionError(problems)
    return incidents, backlog


def _read_inputs(
    root: Path, policy: Policy, *, needed: bool
) -> tuple[Incidents, Backlog, tuple[datetime, ...], Alerts | Unavailable]:
    """Records, the listed deploys, and alert rules; what is wrong with any of them is told in one go."""
    problems: list[Problem] = []
    alerts: Alerts | Unavailable = NO_ALERTS
    try:
        alerts = alerts_of(root, policy)
    except PreventionError as error:
        problems += error.problems
    listed: tuple[datetime, ...] = ()
    try:
        listed = listed_deploys(root, policy)
    except PreventionError as error:
        problems += error.problems
    try:
        records = read_records(root, policy, needed=needed)
    except PreventionError as error:
        raise PreventionError([*error.problems, *problems]) from None
    if problems:
        raise PreventionError(problems)
    return *records, listed, alerts


def alerts_of(root: Path, policy: Policy) -> Alerts | Unavailable:
    """The alert rules; PreventionError where policy names some that cannot be meant."""
    alerts = read_alerts(root, policy)
    paths = critical_paths(policy)
    problems = [*twice(paths), *(() if alerts.unread else in_vain(paths, alerts))]
    if problems:
        raise PreventionError(problems)
    return alerts if alerts.rules or alerts.tests or alerts.problems or alerts.test_problems else NO_ALERTS


def _checkout(room: git.Room, commit: str) -> git.Checkout:
    """A commit as if it were checked out."""
    return git.Checkout(commit, datetime.fromtimestamp(commit_date(room, commit), UTC), dirty=False)


def _moment(as_of: str | None, checkout: git.Checkout | Unavailable, local: tzinfo) -> datetime:
    if as_of is not None:
        try:
            return read_stamp(as_of, local, bare_date=True).at
        except StampError as error:
            problem = Problem(Location("--as-of"), "usage", "as-of", f"{as_of!r} {error.message}", error.hint)
            raise PreventionError([problem]) from None
    return datetime.now(UTC).replace(microsecond=0) if isinstance(checkout, Unavailable) else checkout.committed_at


def find_root(start: Path) -> Path:
    """The nearest folder at or above ``start`` that holds ``incidents/`` or a policy; else ``start`` itself."""
    for folder in (start, *start.parents):
        if (folder / "incidents").is_dir() or (folder / "prevention-policy.yaml").is_file():
            return folder
    return start


def format_backlog(root: Path, policy_file: Path | None = None, *, write: bool) -> Formatted:
    """The backlog in canonical form; with ``write`` the file is replaced, whole or not at all, where it differs."""
    policy = read_policy(root, policy_file)
    anchors = anchor_days(policy, read_incidents(root, policy))
    path = root / backlog_source.PATH
    text = read_text(path, root)
    done = formatted(text, backlog_source.PATH, words(policy), anchors)
    if write and done.text != text:
        write_text(path, done.text, root)
    return done


def check_format(name: str, reporters: Mapping[str, object]) -> str:
    """The name of a report format; PreventionError where there is none such."""
    if name not in reporters:
        known = ", ".join(f"{short} ({FORMATS[short]})" if short in FORMATS else short for short in sorted(reporters))
        raise unusable(name or "no suffix", "is no report format", f"use one of {known}")
    return name


def check_suffix(path: str, reporters: Mapping[str, Reporter]) -> str:
    """The format that a file name asks for; PreventionError where there is none such."""
    return check_format(Path(path).suffix.removeprefix(".").lower(), reporters)


class Explainer:
    """Says what a failing test guards. What cannot be read is left out: the test's own failure comes first."""

    def __init__(self, incidents: Incidents, backlog: Backlog) -> None:
        self.incidents = incidents.by_id()
        self.backlog = backlog

    @classmethod
    def of(cls, root: Path) -> Explainer:
        """From the records at ``root``; empty where there are none or they cannot be read."""
        if not (root / "incidents").is_dir():
            return cls(Incidents(), Backlog())
        try:
            return cls(*read_records(root, read_policy(root)))
        except PreventionError:
            return cls(Incidents(), Backlog())

    def text(self, nodeid: str, uses: Uses) -> str:
        """One paragraph per incident that the test guards against; empty where it guards none."""
        collected = Collected()
        collected.add(nodeid, uses, "", 0)
        numbers: dict[str, set[int | None]] = {}
        for incident, number, *_ in collected.marks:
            numbers.setdefault(incident, set()).add(number)
        for action in self.backlog.actions:
            if any(entry.kind == "test" and covers(entry.value, nodeid) for entry in action.evidence):
                numbers.setdefault(action.incident, set()).add(action.number)
        return "\n".join(
            guard_text(incident, self.incidents.get(incident), self._actions(incident, named))
            for incident, named in sorted(numbers.items())
        )

    def _actions(self, incident: str, numbers: set[int | None]) -> list[Action]:
        tests = [action for action in self.backlog.of(incident) if action.category is Category.TEST]
        return [action for action in tests if numbers == {None} or action.number in numbers]
