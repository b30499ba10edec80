"""The pages of the rules as HTML: one for each, and an index that is searched in the browser, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from torchlint import __version__
from torchlint.report.address import page_file
from torchlint.rule import LoadedRule

INDEX = "index.html"
BLOCK = re.compile(
    r"```\w*\n(?P<code>.*?)\n```"
    r"|(?P<marks>\#+)[ ](?P<heading>[^\n]+)"
    r"|(?P<items>(?:-[ ][^\n]*(?:\n[ ]{2}[^\n]*)*\n?)+)"
    r"|(?P<text>(?:(?!```|\#+[ ]|-[ ])[^\n]+\n?)+)",
    re.DOTALL,
)
INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\[(?P<label>[^\]]+)\]\((?P<target>[^)\s]+)\)"
    r"|(?P<address>https?://[^\s<>`]+[^\s<>`.,;:)\]])|\b(?P<rule>[A-Z]+[0-9]+)\b",
    re.DOTALL,
)
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
pre { padding: .75rem 1rem; overflow-x: auto; background: rgb(127 127 127 / 12%); border-radius: .4rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid rgb(127 127 127 / 30%); }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin: .5rem 0; }
footer { margin-top: 3rem; font-size: .85em; opacity: .7; }
"""
SEARCH = """
const field = document.querySelector("input"), count = document.querySelector("output");
const rows = [...document.querySelectorAll("tbody tr")];
function search() {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const row of rows) row.hidden = !words.every(word => row.dataset.words.includes(word));
  count.value = rows.filter(row => !row.hidden).length + " of " + rows.length + " rules";
}
field.addEventListener("input", search);
field.value = decodeURIComponent(location.hash.slice(1));
search();
"""


def rule_page(title: str, markdown: str, codes: Iterable[str]) -> str:
    """A page, from its markdown; the codes of other rules become links to their pages."""
    body = "".join(_blocks(markdown, frozenset(codes)))
    return _document(title, f'<p><a href="{INDEX}">All rules</a></p>\n{body}')


def index(rules: Sequence[LoadedRule], rows: Sequence[Mapping[str, str]]) -> str:
    """The index: a row for each rule, of which those are shown whose page has all the words that are searched."""
    head = "".join(f"<th>{escape(column)}</th>" for column in rows[0])
    lines = "".join(_row(*each) for each in zip(rules, rows, strict=True))
    search = (
        '<input type="search" placeholder="Search: a code, a name, a word of a page" aria-label="Search" autofocus>'
    )
    return _document(
        "Rules",
        f"<h1>Rules</h1>\n{search}\n<p><output></output></p>\n"
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n<script>{SEARCH}</script>\n",
    )


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} - torchlint</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{body}<footer>torchlint {escape(__version__)}</footer>\n</body>\n</html>\n"
    )


def _row(loaded: LoadedRule, row: Mapping[str, str]) -> str:
    code = loaded.rule.code
    words = " ".join(f"{code} {loaded.rule.name} {' '.join(row.values())} {loaded.page}".lower().split())
    link = f'<a href="{escape(page_file(code))}">'
    cells = [
        f"{link}{escape(value)}</a>" if value in (code, loaded.rule.name) else _inline(value) for value in row.values()
    ]
    return f'<tr data-words="{escape(words)}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>\n'


def _blocks(markdown: str, codes: frozenset[str]) -> Iterator[str]:
    for block in BLOCK.finditer(markdown):
        match block.lastgroup:
            case "code":
                yield f"<pre><code>{escape(block['code'])}</code></pre>\n"
            case "heading":
                level = len(block["marks"])
                yield f"<h{level}>{_inline(block['heading'])}</h{level}>\n"
            case "items":
                items = re.split(r"(?:^|\n)- ", block["items"].strip())[1:]
                yield f"<ul>{''.join(f'<li>{_inline(item, codes)}</li>' for item in items)}</ul>\n"
            case _:
                yield f"<p>{_inline(block['text'].strip(), codes)}</p>\n"


def _inline(text: str, codes: frozenset[str] = frozenset()) -> str:
    parts: list[str] = []
    end = 0
    for found in INLINE.finditer(text):
        parts += [escape(text[end : found.start()]), _marked(found, codes)]
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _marked(found: re.Match[str], codes: frozenset[str]) -> str:
    match found.lastgroup:
        case "code":
            return f"<code>{escape(' '.join(found['code'].split()))}</code>"
        case "strong":
            return f"<strong>{escape(found['strong'])}</strong>"
        case "target" if found["target"].startswith(("https://", "http://")):
            return _link(found["target"], found["label"])
        case "address":
            return _link(found["address"], found["address"])
        case "rule" if found["rule"] in codes:
            return _link(page_file(found["rule"]), found["rule"])
        case _:
            return escape(found[0])


def _link(target: str, label: str) -> str:
    return f'<a href="{escape(target)}">{escape(label)}</a>'
