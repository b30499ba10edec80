"""The pages of the rules in HTML."""

import json
import re
import subprocess
from html import unescape
from shutil import which

import pytest

from torchlint.facts.fact import Fact
from torchlint.finding import Severity
from torchlint.report.pages import index, rule_page
from torchlint.rule import Check, LoadedRule, Rule


def body(markdown: str, *codes: str) -> str:
    page = rule_page("a page", markdown, codes)
    return page[page.index("</p>\n") + 5 : page.index("<footer>")]


def test_headings_code_lists_and_links() -> None:
    markdown = (
        "## Use <this>\n\nCall `a < b`,\nor **not**.\n\n```python\nif a < b:\n\n    `x`\n```\n\n- one\n  more\n- two\n"
    )
    assert body(markdown) == (
        "<h2>Use &lt;this&gt;</h2>\n"
        "<p>Call <code>a &lt; b</code>,\nor <strong>not</strong>.</p>\n"
        "<pre><code>if a &lt; b:\n\n    `x`</code></pre>\n"
        "<ul><li>one\n  more</li><li>two</li></ul>\n"
    )


def test_addresses_are_links_without_what_follows_them() -> None:
    assert body("See https://a.org/b_(c), and [this](https://d.org).") == (
        '<p>See <a href="https://a.org/b_(c">https://a.org/b_(c</a>), and <a href="https://d.org">this</a>.</p>\n'
    )
    assert "<a" not in body("[run](javascript:x)")


def test_codes_of_rules_lead_to_their_pages() -> None:
    assert body("As TL704 and TL999 say, `TL704`.", "TL704") == (
        '<p>As <a href="TL704.html">TL704</a> and TL999 say, <code>TL704</code>.</p>\n'
    )


def test_the_index_is_searched_by_the_words_of_a_page() -> None:
    rule = Rule("TL204", "missing-zero-grad", Severity.ERROR)
    loaded = LoadedRule(rule, '## Source\n\nA "Book".\n', (Check(Fact, lambda _: ()),))
    page = index([loaded], [{"code": "TL204", "name": "missing-zero-grad", "summary": "Never `cleared`."}])
    assert 'a &quot;book&quot;.">' in page
    assert '<td><a href="TL204.html">TL204</a></td>' in page
    assert "<td>Never <code>cleared</code>.</td>" in page


BROWSER = """
const [script, rows, typed] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const lines = rows.map(words => ({ dataset: { words }, hidden: false }));
const field = { value: "", addEventListener(_, search) { this.search = search; } }, count = {};
globalThis.document = { querySelector: name => (name === "input" ? field : count), querySelectorAll: () => lines };
globalThis.location = { hash: "" };
eval(script);
const shown = typed.map(words => {
  field.value = words;
  field.search();
  return [lines.flatMap((line, turn) => (line.hidden ? [] : [turn])), count.value];
});
console.log(JSON.stringify(shown));
"""


@pytest.mark.skipif(which("node") is None, reason="there is nothing here that runs JavaScript")
def test_the_search_shows_the_pages_that_have_all_its_words() -> None:
    rules = [
        LoadedRule(Rule(code, name, Severity.ERROR), f"## Source\n\n{text}\n", (Check(Fact, lambda _: ()),))
        for code, name, text in (
            ("TL1", "one", "Dropout in eval mode"),
            ("TL2", "two", "Dropout"),
            ("TL3", "three", ""),
        )
    ]
    page = index(rules, [{"code": each.rule.code, "name": each.rule.name} for each in rules])
    script = page[page.index("<script>") + 8 : page.index("</script>")]
    words = [unescape(found) for found in re.findall(r'data-words="([^"]*)"', page)]
    given = json.dumps([script, words, ["", "dropout", " EVAL  dropout", "tl3", "nowhere"]])
    shown = subprocess.run(["node", "-e", BROWSER], input=given, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(shown.stdout) == [
        [[0, 1, 2], "3 of 3 rules"],
        [[0, 1], "2 of 3 rules"],
        [[0], "1 of 3 rules"],
        [[2], "1 of 3 rules"],
        [[], "0 of 3 rules"],
    ]
