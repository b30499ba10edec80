"""A short text for each finding, by which a platform knows it again when lines have moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from torchlint.finding import Finding
from torchlint.report.fingerprint import Fingerprint, Fingerprints
from torchlint.report.place import relative


def digests(findings: Iterable[Finding], prints: Fingerprints) -> list[str]:
    """The texts, of which no two are the same: findings that look alike are counted."""
    seen: Counter[tuple[str, Fingerprint]] = Counter()
    texts = []
    for finding in findings:
        file, known = relative(finding.site.file), prints.of(finding)
        parts = (file, known.code, known.within, known.text, str(seen[file, known]))
        seen[file, known] += 1
        texts.append(sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return texts
