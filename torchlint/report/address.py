"""Where the page of a rule is read."""

from __future__ import annotations

import re

from torchlint.rule import LoadedRule


def page_file(code: str, ending: str = "html") -> str:
    """The file of a rule's page: the code stays when the name changes."""
    return f"{code}.{ending}"


def address(rule: LoadedRule, site: str | None) -> str | None:
    """The rule's page on a site of `torchlint rules --format html`; without one, the first source that it names."""
    if site:
        return f"{site.rstrip('/')}/{page_file(rule.rule.code)}"
    found = re.search(r"https?://[^\s<>`]+", rule.section("Source"))
    return found[0].rstrip(".,;:)]") if found else None
