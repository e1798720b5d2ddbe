"""Closes `make test`: says how many tests passed in all runs, which were skipped for want of what.

Each run of tests leaves a report in JUnit's form in one folder: `closing_lines.py FOLDER`. The reason
for which a test was skipped ends in the command, between backquotes, that brings what it lacked.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from typing import NamedTuple


class Outcome(NamedTuple):
    """What came of a number of tests."""

    passed: int
    failed: int
    skipped: Counter[str]  # by reason
    repeated: list[str]  # names of tests that were tried more than once


def read_reports(folder: Path) -> Outcome:
    """Count over all reports in a folder."""
    # pytest lists a test once for each try; other runners may give two tests one name.
    tries: dict[str, list[ElementTree.Element]] = {}
    for report in sorted(folder.glob("*.xml")):
        for test in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - our own tests wrote it
            name = f"{test.get('classname')}::{test.get('name')}"
            is_ours = name.startswith("tests.")
            tries.setdefault(name if is_ours else f"{report} {len(tries)}", []).append(test)
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for *_, test in tries.values():
        skipped = test.find("skipped")
        if test.find("failure") is not None or test.find("error") is not None:
            outcomes["failed"] += 1
        elif skipped is not None:
            reasons[skipped.get("message") or "no reason is given"] += 1
        else:
            outcomes["passed"] += 1
    repeated = [name for name, every in tries.items() if len(every) > 1]
    return Outcome(outcomes["passed"], outcomes["failed"], reasons, repeated)


def closing_lines(outcome: Outcome) -> list[str]:
    """Word the counts, each reason once, the one command that lets those run which can be let run."""
    skipped = sum(outcome.skipped.values())
    lines = [f"{outcome.passed} passed, {outcome.failed} failed, {skipped} skipped"]
    lines += [f"      tried twice: {name}" for name in outcome.repeated]
    commands: Counter[str] = Counter()
    for reason, count in outcome.skipped.most_common():
        lines.append(f"{count:5} skipped: {reason}")
        if command := re.search("`([^`]+)`", reason):
            commands[command[1]] += count
    if commands:
        lines.append(f"To run those too: {' && '.join(dict(commands.most_common()))} && make test")
    return lines


def main() -> int:
    """Print the closing lines; 1 if a test failed or none ran."""
    outcome = read_reports(Path(sys.argv[1]))
    print("\n".join(["", "All tests:", *closing_lines(outcome)]))
    return int(outcome.failed > 0 or outcome.passed == 0)


if __name__ == "__main__":
    sys.exit(main())
