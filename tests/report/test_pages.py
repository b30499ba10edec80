"""The pages of the rules in HTML."""

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
