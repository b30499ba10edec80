"""Which baseline a file has, and what its findings are against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from torchlint.cli.baseline.comparison import Comparison, compare
from torchlint.cli.baseline.record import Baseline, Entry, read
from torchlint.cli.configuration import Configurations
from torchlint.cli.linting import Texts, Work
from torchlint.cli.reporting import plural
from torchlint.finding import Finding
from torchlint.problem import GAVE_UP, UNPARSED, UNREADABLE
from torchlint.report.fingerprint import Fingerprints
from torchlint.report.place import absolute, shown

NOT_LOOKED_AT = (UNPARSED, UNREADABLE, GAVE_UP)
LISTED = 10


@dataclass(slots=True)
class Baselines:
    """The baseline of every file: the one that the command line names, or that of the file's configuration."""

    configurations: Configurations
    named: str | None = None
    off: bool = False
    loaded: dict[str, Baseline] = field(default_factory=dict)

    def of(self, path: str) -> Baseline | None:
        """The baseline that knows the findings of a file, if any does."""
        file = self.named or self.configurations.of(absolute(path)).baseline
        if file is None or self.off:
            return None
        if file not in self.loaded:
            self.loaded[file] = read(file)
        return self.loaded[file]

    def of_all(self, paths: Iterable[str]) -> list[Baseline]:
        """The baselines of some files, each once, and the named one; raises UsageError where one cannot be read."""
        places = [*paths, self.named] if self.named else paths
        return list({each.path: each for path in places if (each := self.of(path)) is not None}.values())


def against(
    baselines: Baselines, findings: Sequence[Finding], texts: Texts, work: Work
) -> tuple[list[Finding], list[Comparison]]:
    """The findings that no baseline knows, in their order, and what became of each baseline."""
    by_baseline: dict[str | None, list[Finding]] = defaultdict(list)
    for finding in findings:
        baseline = baselines.of(finding.site.file)
        by_baseline[baseline.path if baseline else None].append(finding)
    files = [*work.names().values(), *(each.site.file for each in findings)]
    looked = partial(_looked_at, work, frozenset(_checked(work, findings)))
    prints = Fingerprints(texts)
    compared = [
        compare(each, by_baseline[each.path], prints, partial(looked, each)) for each in baselines.of_all(files)
    ]
    new = {id(finding) for each in compared for _, finding in each.new}
    new |= {id(finding) for finding in by_baseline[None]}
    return [finding for finding in findings if id(finding) in new], compared


def _checked(work: Work, findings: Iterable[Finding]) -> Iterator[str]:
    """The files that were linted to their end."""
    cut_short = {absolute(each.site.file) for each in findings if each.code in NOT_LOOKED_AT}
    return (path for path in map(absolute, work.names().values()) if path not in cut_short)


def _looked_at(work: Work, checked: frozenset[str], baseline: Baseline, entry: Entry) -> bool:
    """Whether an entry would have been found if it were still there."""
    file = baseline.path_of(entry)
    path = absolute(str(file))
    return (path in checked and entry.fingerprint.code in work.enabled_in(path)) or not file.exists()


def told(compared: Iterable[Comparison]) -> Iterator[str]:
    """What a reader should know of the baselines: which files have another name, and which entries are gone."""
    for each in compared:
        name = shown(each.baseline.path)
        prune = f"`torchlint baseline --prune -o {name}`"
        for old, new in sorted(each.renamed.items()):
            yield f"{name}: {old} is now {new}; {prune} writes the new name"
        if count := each.gone.total():
            found = f"{count} known {plural('finding', count)} {'is' if count == 1 else 'are'} gone"
            yield f"{name}: {found}; {prune} takes {'it' if count == 1 else 'them'} out"
            entries = sorted(each.gone)
            yield from (f"  {_described(entry, each.gone[entry])}" for entry in entries[:LISTED])
            if len(entries) > LISTED:
                yield f"  and {len(entries) - LISTED} more"


def summed_up(compared: Iterable[Comparison]) -> Iterator[str]:
    """How many findings are not reported because a baseline knows them."""
    for each in compared:
        if count := each.known.total():
            yield f"{count} known {plural('finding', count)} not shown, by {shown(each.baseline.path)}."


def _described(entry: Entry, count: int) -> str:
    known = entry.fingerprint
    where = f" in {known.within}" if known.within else ""
    times = f" ({count} times)" if count > 1 else ""
    return f"{entry.file}: {known.code}{where}: {known.text}{times}"
