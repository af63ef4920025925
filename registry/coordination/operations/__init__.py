"""What coordination does: detect, decide about pairs, propose and answer, let the last national offer of a small subject go."""

from registry.coordination.operations.answering import answer_proposal, comment
from registry.coordination.operations.committing import switch_off, switch_on
from registry.coordination.operations.deciding import decide, decide_many, undo, undo_batch
from registry.coordination.operations.detecting import DetectionResult, detect, is_stale
from registry.coordination.operations.following import detect_changed
from registry.coordination.operations.judging import judge_changed
from registry.coordination.operations.learning import learn_duplicates, take_up_again
from registry.coordination.operations.meeting import decide_in_meeting, freeze_meeting, strike_decision, withdraw_papers
from registry.coordination.operations.merging import merge, unmerge
from registry.coordination.operations.permitting import national_decision, withdraw_national_decision
from registry.coordination.operations.proposing import propose, withdraw
from registry.coordination.operations.ruling import change_rule, withdraw_version

__all__ = [
    "DetectionResult",
    "answer_proposal",
    "change_rule",
    "comment",
    "decide",
    "decide_in_meeting",
    "decide_many",
    "detect",
    "detect_changed",
    "freeze_meeting",
    "is_stale",
    "judge_changed",
    "learn_duplicates",
    "merge",
    "national_decision",
    "propose",
    "strike_decision",
    "switch_off",
    "switch_on",
    "take_up_again",
    "undo",
    "undo_batch",
    "unmerge",
    "withdraw",
    "withdraw_national_decision",
    "withdraw_papers",
    "withdraw_version",
]
