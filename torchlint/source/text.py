"""Bytes to text as Python does it, and the cheap questions asked of a text before it is parsed."""

from __future__ import annotations

import codecs
import re

# LibCST ends the process with SIGSEGV at about 2,000 levels; later walks recurse by up to four calls a level.
DEPTH = 300
BLOCKS = 100  # Python's own limit.
PIECES = 1000

_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(?:#.*)?\Z")
_SIGNS = re.compile(
    rb"torch|lightning|accelerate|transformers|\btimm\b|\bignite\b|\bfabric\b|\bmonai\b|\bkornia\b|\bfastai\b"
    rb"|\bskorch\b|\bcatalyst\b|\bmmcv\b|\bmmengine\b|\bdetectron2\b|zero_grad|\.backward\("
)


NOTEBOOK = ".ipynb"


class UnreadableText(Exception):
    """The bytes of a file are not text; the message says why in one line."""


def has_signs(data: bytes) -> bool:
    """Whether the file mentions torch or a framework over it; without that there is nothing to find in it."""
    return _SIGNS.search(data) is not None


def decode(data: bytes) -> str:
    """The text of a source file, by its byte order mark or coding line, else UTF-8; line ends are kept."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableText("The file is UTF-16, which Python does not read as source.")
    marked = data.startswith(codecs.BOM_UTF8)
    body = data[3:] if marked else data
    if b"\0" in body:
        raise UnreadableText("The file holds NUL bytes, so it is not Python source.")
    name = _coding(body)
    if marked and name is not None and not _is_utf8(name):
        raise UnreadableText(f"The file has a UTF-8 byte order mark, but its coding line says {name}.")
    try:
        return body.decode(name or "utf-8")
    except LookupError:
        raise UnreadableText(f"The coding line names an unknown encoding, {name}.") from None
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{body[error.start]:02x} on line {line}"
        raise UnreadableText(f"The file is not {name or 'UTF-8'}: {byte} cannot be decoded.") from None
    except ValueError:
        raise UnreadableText(f"The file cannot be decoded as {name}.") from None


def encoding_of(data: bytes) -> str:
    """The name of the encoding in which a source file is written, without its byte order mark."""
    return _coding(data.removeprefix(codecs.BOM_UTF8)) or "utf-8"


def _coding(data: bytes) -> str | None:
    for line in re.split(rb"\r\n|\r|\n", data[:2000], maxsplit=2)[:2]:
        match = _CODING.match(line)
        if match is not None:
            return match[1].decode("ascii", "replace")
        if not _BLANK.match(line):
            return None
    return None


def _is_utf8(name: str) -> bool:
    try:
        return codecs.lookup(name).name in ("utf-8", "utf-8-sig")
    except LookupError:
        return False


# A line that begins so begins a statement, even where brackets were left open: it cuts the text into chunks
# for a first, rough count, which nearly all files pass.
_BEGINS = re.compile(r"[\r\n][ \t]*(?:def|class|return|import|while|with|try|except|assert|raise|@)\b")
_DEEPENS = re.compile(r"[-+*/%@&|^~(\[{<>]|(?<!\d)\.|:=|\b(?:and|or|not|if|lambda|await|in|is)\b")
_INDENTED = re.compile(rf"^[ \t]{{{BLOCKS}}}", re.MULTILINE)
_TOKEN = re.compile(
    r"(?P<skip>#[^\r\n]*|\\\r?\n)"
    r"|(?P<string>(?P<quote>'''|\"\"\"|'|\")(?:\\.|(?!(?P=quote)).)*?(?P=quote))"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>[,;])|(?P<line>[\r\n]+[ \t]*)"
    r"|(?P<deeper>(?<!\d)\.(?=[^\d])|\*\*|//|<<|>>|[-+*/%@&|^~<>]|\b(?:and|or|not|if|lambda|await|in|is)\b|:=)",
    re.DOTALL,
)


def too_deep(text: str) -> str | None:
    """Say what is nested too deeply for a parser, if anything is; LibCST would end the process over it."""
    if _is_suspicious(text):
        return _deepest(text)
    return None


def _is_suspicious(text: str) -> bool:
    if len(text) < DEPTH:
        return False
    if text.count("elif") > DEPTH or _INDENTED.search(text):
        return True
    return any(len(chunk) > DEPTH and _may_be_deep(chunk) for chunk in _BEGINS.split(text))


def _may_be_deep(chunk: str) -> bool:
    return chunk.count('"') + chunk.count("'") > 2 * PIECES or len(_DEEPENS.findall(chunk)) > DEPTH


def _deepest(text: str) -> str | None:
    """Follow the depth of the tree over all tokens: open brackets, and operators since the last comma."""
    open_: list[int] = [0]  # What each open bracket, and the statement itself, has gathered since its last comma.
    total = pieces = 0
    blocks: list[int] = [0]
    chained: dict[int, int] = {}
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "string":
            pieces += 1
            if pieces > PIECES:
                return f"more than {PIECES} strings are joined in one expression"
        elif kind == "open":
            open_.append(1)
            total += 1
            pieces = 0
        elif kind == "close":
            # What was in brackets is behind, but a further `(...)`, `[...]` or `.name` goes on top of it.
            total -= open_.pop() if len(open_) > 1 else 0
            open_[-1] += 1
            total += 1
        elif kind == "deeper":
            open_[-1] += 1
            total += 1
        elif kind == "comma" or (kind == "line" and len(open_) == 1):
            total -= open_[-1]
            open_[-1] = pieces = 0
            if kind == "line":
                reason = _nested_blocks(text, match, blocks, chained)
                if reason is not None:
                    return reason
        if total > DEPTH:
            return f"an expression is nested more than {DEPTH} levels deep"
    return None


def _nested_blocks(text: str, match: re.Match[str], blocks: list[int], chained: dict[int, int]) -> str | None:
    end = match.end()
    if end == len(text) or text[end] in "#\r\n":
        return None
    indent = len(match[0].lstrip("\r\n"))
    while blocks[-1] > indent:
        chained.pop(blocks.pop(), None)
    if blocks[-1] < indent:
        blocks.append(indent)
        if len(blocks) > BLOCKS:
            return f"blocks are nested more than {BLOCKS} levels deep"
    if text.startswith("elif", end):
        chained[indent] = chained.get(indent, 0) + 1
        if chained[indent] > DEPTH:
            return f"more than {DEPTH} elif branches follow one if"
    elif not text.startswith("else", end):
        chained[indent] = 0
    return None
