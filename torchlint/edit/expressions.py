"""Edits within a statement: arguments, calls, names, and what is put around an expression."""

from __future__ import annotations

import ast
import tokenize

from torchlint.edit.page import CannotEdit, Page
from torchlint.edit.wording import names_in, needs_brackets, part_of, scope_of, worded
from torchlint.fix import (
    BuildEach,
    CallInstead,
    CallWithin,
    Change,
    DropArgument,
    DropComma,
    Enclose,
    Imported,
    Part,
    PassValue,
    Rename,
    Replace,
    SetArgument,
    SwapArguments,
)

Changes = tuple[Change, ...]


def replaced(page: Page, edit: Replace) -> Changes:
    """Other text in place of an expression."""
    node = page.expression(edit.site)
    wording = worded(page, edit.text, page.statement(edit.site))
    return (*wording.imports, page.change(page.start(node), page.end(node), wording.text))


def enclosed(page: Page, edit: Enclose) -> Changes:
    """Text before and behind an expression, which gets brackets where a method follows it and it needs them."""
    node = part_of(page, edit.site, edit.part)
    statement = page.statement(edit.site)
    if isinstance(node, ast.Tuple | ast.Starred):
        raise CannotEdit(f"several values stand on line {node.lineno}")
    before, after = worded(page, edit.before, statement), worded(page, edit.after, statement)
    opened, closed = before.text, after.text
    if closed.startswith(".") and needs_brackets(node):
        opened, closed = opened + "(", ")" + closed
    start, end = page.start(node), page.end(node)
    return (*before.imports, *after.imports, page.change(start, start, opened), page.change(end, end, closed))


def argument_set(page: Page, edit: SetArgument) -> Changes:
    """An argument gets a value, or is added behind the others."""
    call = page.call(edit.call)
    wording = worded(page, edit.value, page.statement(edit.call))
    given = _argument(call, edit.name, edit.position)
    if given is not None:
        value = given.value if isinstance(given, ast.keyword) else given
        _check_not_passed_on(page, value)
        return (*wording.imports, page.change(page.start(value), page.end(value), wording.text))
    older = next((keyword for keyword in call.keywords if keyword.arg == edit.instead_of), None)
    if older is not None:
        change = page.change(page.start(older), page.end(older), f"{edit.name}={wording.text}")
        return (*wording.imports, change)
    if any(keyword.arg is None for keyword in call.keywords):
        raise CannotEdit(f"the call on line {call.lineno} may be given `{edit.name}` already")
    return (*wording.imports, _added(page, call, f"{edit.name}={wording.text}"))


def argument_dropped(page: Page, edit: DropArgument) -> Changes:
    """An argument goes, with the comma that set it apart."""
    call = page.call(edit.call)
    given = _argument(call, edit.name, edit.position)
    written = _arguments(page, call)
    if given is None or (given is not written[-1] and not isinstance(given, ast.keyword)):
        raise CannotEdit(f"the call on line {call.lineno} has no `{edit.name}` that could go")
    _check_not_passed_on(page, given)
    number = written.index(given)
    if number > 0:
        return (page.change(_behind(page, written[number - 1], call), _behind(page, given, call), ""),)
    after = page.start(written[1]) if len(written) > 1 else _behind(page, given, call)
    return (page.change(page.start(given), after, ""),)


def arguments_swapped(page: Page, edit: SwapArguments) -> Changes:
    """The first two arguments change places; where they are named, their values do."""
    call = page.call(edit.call)
    written = _arguments(page, call)
    if len(written) < 2 or any(isinstance(each, ast.Starred) for each in written[:2]):
        raise CannotEdit(f"the call on line {call.lineno} has no two arguments")
    first, second = (each.value if isinstance(each, ast.keyword) else each for each in written[:2])
    if isinstance(written[0], ast.keyword) is not isinstance(written[1], ast.keyword):
        raise CannotEdit(f"the call on line {call.lineno} names one of two arguments")
    return (
        page.change(page.start(first), page.end(first), page.source(second)),
        page.change(page.start(second), page.end(second), page.source(first)),
    )


def called_instead(page: Page, edit: CallInstead) -> Changes:
    """The function of a call is another one."""
    call = page.call(edit.call)
    wording = worded(page, edit.function, page.statement(edit.call))
    return (*wording.imports, page.change(page.start(call.func), page.end(call.func), wording.text))


def called_within(page: Page, edit: CallWithin) -> Changes:
    """A method of what wraps something is called on that something."""
    match part_of(page, edit.site, Part.VALUE):
        case ast.Call(func=ast.Attribute(value=ast.Call(args=[inner, *_]) as wrap)) as call:
            method = page.text[page.end(wrap) : page.end(call)]
            opened, closed = ("(", ")") if needs_brackets(inner) else ("", "")
            return (
                page.change(page.start(inner), page.start(inner), opened),
                page.change(page.end(inner), page.end(inner), closed + method),
                page.change(page.end(wrap), page.end(call), ""),
            )
    raise CannotEdit(f"no method is called on what line {edit.site.line} wraps")


def value_passed(page: Page, edit: PassValue) -> Changes:
    """An assignment becomes a call."""
    statement, value = page.statement(edit.site), part_of(page, edit.site, Part.VALUE)
    if part_of(page, edit.site, Part.TARGET) is value or not isinstance(statement, ast.Assign | ast.AnnAssign):
        raise CannotEdit(f"line {statement.lineno} is no plain assignment")
    before, after = worded(page, edit.before, statement), worded(page, edit.after, statement)
    return (
        *before.imports,
        *after.imports,
        page.change(page.start(statement), page.start(value), before.text),
        page.change(page.end(value), page.end(statement), after.text),
    )


def built_each(page: Page, edit: BuildEach) -> Changes:
    """A list that holds one thing several times holds as many of them."""
    statement = page.statement(edit.site)
    for node in ast.walk(statement):
        match node:
            case ast.BinOp(left=ast.List(elts=[element]) as one, op=ast.Mult(), right=count):
                wording = worded(page, (Imported("copy.deepcopy"),), statement)
                item, imports = f"{wording.text}({page.source(element)})", wording.imports
                if isinstance(element, ast.Call):
                    item, imports = page.source(element), ()
                text = f"[{item} for _ in range({page.source(count)})]"
                return (*imports, page.change(page.start(one), page.end(node), text))
    raise CannotEdit(f"nothing is repeated on line {statement.lineno}")


def renamed(page: Page, edit: Rename) -> Changes:
    """The one name of this spelling in a statement is written otherwise; of a definition, its header is searched."""
    statement = page.statement(edit.site)
    end = page.start(statement.body[0]) if isinstance(statement, ast.FunctionDef) else page.end(statement)
    found = [
        (start, stop)
        for start, stop, token in page.tokens(page.start(statement), end)
        if token.type == tokenize.NAME and token.string == edit.name
    ]
    if len(found) != 1:
        raise CannotEdit(f"`{edit.name}` does not stand once on line {statement.lineno}")
    return (page.change(*found[0], edit.new),)


def comma_dropped(page: Page, edit: DropComma) -> Changes:
    """The comma at the end of an assignment goes."""
    statement = page.statement(edit.site)
    match statement:
        case ast.Assign(value=ast.Tuple(elts=[only]) as pair):
            behind = page.text[page.end(only) : page.end(pair)]
            if behind.count(",") == 1 and not page.text[page.start(pair)].startswith("("):
                comma = page.end(only) + behind.index(",")
                return (page.change(comma, comma + 1, ""),)
    raise CannotEdit(f"no comma ends line {statement.lineno}")


def _argument(call: ast.Call, name: str, position: int | None) -> ast.expr | ast.keyword | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword
    if position is None or position >= len(call.args):
        return None
    if any(isinstance(each, ast.Starred) for each in call.args[: position + 1]):
        raise CannotEdit(f"the arguments of the call on line {call.lineno} are not known one by one")
    return call.args[position]


def _check_not_passed_on(page: Page, given: ast.expr | ast.keyword) -> None:
    """Whether a function decides about an argument itself, and not whoever calls it."""
    scope = scope_of(page, given)
    while isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        parameters = {each.arg for each in ast.walk(scope.args) if isinstance(each, ast.arg)}
        if parameters & names_in(given, ast.Load):
            raise CannotEdit(f"what is given on line {given.lineno} comes from the caller")
        scope = scope_of(page, scope)


def _arguments(page: Page, call: ast.Call) -> list[ast.expr | ast.keyword]:
    """The arguments of a call as they are written."""
    return sorted([*call.args, *call.keywords], key=page.start)


def _added(page: Page, call: ast.Call, text: str) -> Change:
    """The change that puts an argument behind the others, in a row of its own where each of them has one."""
    written = _arguments(page, call)
    close = page.end(call) - 1
    if not written:
        return page.change(close, close, text)
    last = written[-1]
    end = _behind(page, last, call)
    row = page.row(page.start(last))
    before = page.text[page.row_start(row) : page.start(last)]
    has_own_row = not before.strip() and page.row(close) > page.row(end)
    separator = f",{page.newline}{before}" if has_own_row else ", "
    for _, comma, token in page.tokens(end, close):
        if token.string == ",":
            return page.change(comma, comma, separator[1:] + text + ("," if has_own_row else ""))
    return page.change(end, end, separator + text)


def _behind(page: Page, argument: ast.expr | ast.keyword, call: ast.Call) -> int:
    """Where an argument ends with the brackets that it stands in. Raises CannotEdit for a bare generator."""
    end, close = page.end(argument), page.end(call) - 1
    if end > close:
        raise CannotEdit(f"the call on line {call.lineno} is given a generator alone")
    for _, stop, token in page.tokens(end, close):
        if token.string == ")":
            end = stop
        elif token.string == ",":
            break
    return end
