"""The rules: one small module each, and one explicit table."""

from pytest_prevention.rules import (
    prv101_backlog_row_malformed,
    prv102_backlog_field_invalid,
    prv103_action_duplicate,
    prv104_action_of_unknown_incident,
    prv105_incident_record_invalid,
    prv106_incident_without_action,
    prv107_done_without_date,
    prv108_dropped_without_reason,
    prv109_action_without_due,
    prv110_action_without_owner,
    prv201_test_action_unlinked,
    prv202_link_to_unknown_incident,
    prv203_mark_malformed,
    prv204_link_ambiguous,
    prv205_link_never_collected,
    prv301_guard_not_passing,
    prv302_evidence_below_policy,
    prv303_guard_vacuous,
    prv304_guard_flaky,
    prv701_action_overdue,
    prv702_action_stale,
    prv703_postmortem_late,
)
from pytest_prevention.rules.base import Rule

ALL_RULES: tuple[Rule, ...] = (
    prv101_backlog_row_malformed.RULE,
    prv102_backlog_field_invalid.RULE,
    prv103_action_duplicate.RULE,
    prv104_action_of_unknown_incident.RULE,
    prv105_incident_record_invalid.RULE,
    prv106_incident_without_action.RULE,
    prv107_done_without_date.RULE,
    prv108_dropped_without_reason.RULE,
    prv109_action_without_due.RULE,
    prv110_action_without_owner.RULE,
    prv201_test_action_unlinked.RULE,
    prv202_link_to_unknown_incident.RULE,
    prv203_mark_malformed.RULE,
    prv204_link_ambiguous.RULE,
    prv205_link_never_collected.RULE,
    prv301_guard_not_passing.RULE,
    prv302_evidence_below_policy.RULE,
    prv303_guard_vacuous.RULE,
    prv304_guard_flaky.RULE,
    prv701_action_overdue.RULE,
    prv702_action_stale.RULE,
    prv703_postmortem_late.RULE,
)

__all__ = ["ALL_RULES", "Rule"]
