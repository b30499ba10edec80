"""The report with source lines."""

from itertools import pairwise

from torchlint.facts.site import Site
from torchlint.finding import Finding, Related, Severity
from torchlint.report.full import WIDEST, full

TEXT = "for x in loader:\n\tloss.backward()\n    模型(x).step()\ncall(\n    1,\n)\n"


def finding(site: Site, *related: Related) -> Finding:
    return Finding("TL201", "clip-after-step", Severity.ERROR, "It goes wrong.", "Do this.", site, related)


def report(found: Finding, text: str | None = TEXT) -> list[str]:
    return full([found], lambda _: text).splitlines()


def test_a_finding_has_its_line_its_related_place_and_two_sentences() -> None:
    related = Related(Site("train.py", 2, 2, 2, 17), "the step came first")
    assert report(finding(Site("train.py", 1, 5, 1, 6), related)) == [
        "error[TL201] clip-after-step",
        " --> train.py:1:5",
        "  |",
        "1 | for x in loader:",
        "  |     ^",
        "  |",
        "note: the step came first",
        " --> train.py:2:2",
        "  |",
        "2 |     loss.backward()",
        "  |     ---------------",
        "  |",
        "  = It goes wrong.",
        "  = help: Do this.",
        "",
    ]


def test_marks_stand_under_wide_characters_and_over_several_lines() -> None:
    wide = report(finding(Site("train.py", 3, 5, 3, 7)))
    assert wide[3:5] == ["3 |     模型(x).step()", "  |     ^^^^"]
    several = report(finding(Site("train.py", 4, 1, 6, 2)))
    assert several[3:9] == ["4 | call(", "  | ^^^^^", "5 |     1,", "  |     ^^", "6 | )", "  | ^"]


def test_a_line_without_end_is_cut_around_what_is_meant() -> None:
    lines = report(finding(Site("train.py", 1, 3001, 1, 3005)), "x + " * 750 + "clip" + " + y" * 700)
    assert all(len(line) < WIDEST + 20 for line in lines)
    start = lines[4].index("^^^^")
    assert lines[3][start : start + 4] == "clip"


def test_what_cannot_be_quoted_is_only_named() -> None:
    for text, line in ((None, 1), ("", 1), ("x\n", 90)):
        assert report(finding(Site("train.py", line)), text)[1].endswith(f"--> train.py:{line}:1")


def test_nothing_in_a_source_line_steers_the_terminal() -> None:
    assert "\x1b" not in "".join(report(finding(Site("train.py", 1)), "x = '\x1b[31m'\n"))


def test_calls_and_what_happens_between_them_are_steps_in_the_order_of_the_program() -> None:
    text = (
        "def validate(model):\n    return model(x)\n\ndef main():\n    model.train()\n    validate(model)\n\nmain()\n"
    )
    related = (
        Related(Site("train.py", 5, 5, 5, 18), "trains since here"),
        Related(Site("train.py", 8, 1, 8, 7), "called from here", leads_here=True),
        Related(Site("train.py", 6, 5, 6, 20), "called from here", leads_here=True),
    )
    lines = report(finding(Site("train.py", 2, 12, 2, 20), *related), text)
    told = [f"{line} {place.split(':')[1]}" for line, place in pairwise(lines) if line.startswith("step")]
    assert told == ["step 1: called from here 8", "step 2: trains since here 5", "step 3: called from here 6"]


def test_a_code_leads_to_its_page_where_links_are_followed() -> None:
    links = {"TL201": "https://example.org/TL201.html"}
    first = full([finding(Site("train.py", 1))], lambda _: TEXT, links=links).splitlines()[0]
    assert first == "\x1b]8;;https://example.org/TL201.html\x1b\\error[TL201]\x1b]8;;\x1b\\ clip-after-step"
    assert "\x1b" not in full([finding(Site("train.py", 1))], lambda _: TEXT, links={"TL204": "https://example.org"})
