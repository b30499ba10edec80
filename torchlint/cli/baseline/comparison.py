"""Findings against a baseline: what is new, what is known, and which entries are gone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from torchlint.cli.baseline.record import Baseline, Entry
from torchlint.finding import Finding
from torchlint.report.enclosing import scopes
from torchlint.report.fingerprint import Fingerprint, Fingerprints

Looked = Callable[[Entry], bool]
Found = list[tuple[Entry, Finding]]


@dataclass(slots=True)
class Comparison:
    """What became of the findings and of the entries of one baseline.

    `new` are findings with the entries that they would be; `known` are the entries that were found again, as they read
    now; `gone` those that were looked for and not found; `aside` those that were not looked for. `renamed` gives the
    new name of a file that is known under an old one.
    """

    baseline: Baseline
    new: Found = field(default_factory=list)
    known: Counter[Entry] = field(default_factory=Counter)
    gone: Counter[Entry] = field(default_factory=Counter)
    aside: Counter[Entry] = field(default_factory=Counter)
    renamed: dict[str, str] = field(default_factory=dict)


def compare(baseline: Baseline, findings: Iterable[Finding], prints: Fingerprints, looked: Looked) -> Comparison:
    """Find the entries again: where they were, in a function of another name, or in a file of another name.

    An edited line is new: who touches it can mend it. `looked` says whether an entry would have been found.
    """
    result = Comparison(baseline)
    left = Counter(baseline.entries)
    found = [(Entry(baseline.file_of(each.site.file), prints.of(each)), each) for each in findings]
    found = _take(found, left, result, lambda entry: entry)
    found = _take(found, left, result, _function_renamed(found, left, baseline, prints))
    result.renamed = _renamed_files(baseline, [entry for entry, _ in found], left)
    old = {new: former for former, new in result.renamed.items()}
    found = _take(found, left, result, lambda entry: replace(entry, file=old.get(entry.file, entry.file)))
    result.new = found
    for entry, count in (+left).items():
        (result.gone if looked(entry) else result.aside)[entry] += count
    return result


def _take(found: Found, left: Counter[Entry], result: Comparison, former: Callable[[Entry], Entry]) -> Found:
    """Tick off the findings that are known as what they were formerly; those that are not are returned."""
    rest: Found = []
    for entry, finding in found:
        before = former(entry)
        if left[before] > 0:
            left[before] -= 1
            result.known[entry] += 1
        else:
            rest.append((entry, finding))
    return rest


def _function_renamed(
    found: Found, left: Counter[Entry], baseline: Baseline, prints: Fingerprints
) -> Callable[[Entry], Entry]:
    """An entry of the same code in the same file, whose function is no longer there, for one in an unknown function."""
    now = {entry.file: scopes(prints.lines(finding.site.file)) for entry, finding in found}
    homeless = [each for each in sorted(+left) if each.file in now and each.fingerprint.within not in now[each.file]]
    known_functions = {(each.file, each.fingerprint.within) for each in baseline.entries}

    def former(entry: Entry) -> Entry:
        if (entry.file, entry.fingerprint.within) in known_functions:
            return entry
        alike = (each for each in homeless if left[each] > 0 and _without_function(each) == _without_function(entry))
        return next(alike, entry)

    return former


def _without_function(entry: Entry) -> tuple[str, str, str]:
    return entry.file, entry.fingerprint.code, entry.fingerprint.text


def _renamed_files(baseline: Baseline, found: Iterable[Entry], left: Counter[Entry]) -> dict[str, str]:
    """The files that are no longer there, each with the new one that most of what was known in it is found in."""
    missing = _by_file(entry for entry in (+left).elements() if not baseline.path_of(entry).exists())
    known_files = {entry.file for entry in baseline.entries}
    fresh = _by_file(entry for entry in found if entry.file not in known_files)
    shared = {(old, new): (missing[old] & fresh[new]).total() for old in missing for new in fresh}
    renamed: dict[str, str] = {}
    for (old, new), count in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
        if count and old not in renamed and new not in renamed.values():
            renamed[old] = new
    return renamed


def _by_file(entries: Iterable[Entry]) -> dict[str, Counter[Fingerprint]]:
    files: dict[str, Counter[Fingerprint]] = defaultdict(Counter)
    for entry in entries:
        files[entry.file][entry.fingerprint] += 1
    return files
