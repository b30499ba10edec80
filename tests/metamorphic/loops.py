"""The same loops, written otherwise."""

from __future__ import annotations

import re

import libcst as cst

from .edits import Rewriting, Statement, block, dotted, in_place_of, marked, statement
from .tracking import mark_of

_DATA = re.compile("load|batch|data", re.IGNORECASE)


class Enumerated(Rewriting):
    """`for x in xs:` becomes `for position_1, x in enumerate(xs):`."""

    title = "enumerate around an iterable"
    at_least = 140

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        iterated = updated_node.iter
        if updated_node.asynchronous or (isinstance(iterated, cst.Call) and dotted(iterated.func) == "enumerate"):
            return updated_node
        target = updated_node.target
        if isinstance(target, cst.Tuple) and not target.lpar:
            target = target.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        position = cst.Element(cst.Name(self.fresh("position")))
        space = cst.SimpleWhitespace(" ")
        return updated_node.with_changes(
            target=cst.Tuple([position, cst.Element(target)], lpar=[], rpar=[]),
            iter=cst.Call(cst.Name("enumerate"), [cst.Arg(iterated)]),
            whitespace_after_for=space,
            whitespace_before_in=space,
            whitespace_after_in=space,
        )


class ForAsWhile(Rewriting):
    """A `for` over data becomes a `while` with `iter`, `next` and `StopIteration`."""

    title = "for as while"
    at_least = 80

    def leave_For(
        self, original_node: cst.For, updated_node: cst.For
    ) -> cst.BaseStatement | cst.FlattenSentinel[Statement]:
        over_data = _DATA.search(cst.Module([]).code_for_node(original_node.iter))
        if updated_node.asynchronous or updated_node.orelse is not None or not over_data:
            return updated_node
        mark = mark_of(block(updated_node.body))
        source = cst.Name(self.fresh("source"))
        takes = statement("{target} = next({source})", mark, target=updated_node.target, source=source)
        tries = statement("try:\n    pass\nexcept StopIteration:\n    break\n")
        assert isinstance(tries, cst.Try)
        tries = tries.with_changes(body=cst.IndentedBlock([takes]))
        loops = statement("while True:\n    pass\n")
        body = block(updated_node.body)
        loops = marked(loops.with_changes(body=body.with_changes(body=[tries, *body.body])), mark)
        return in_place_of(updated_node, statement("{s} = iter({d})", mark, s=source, d=updated_node.iter), loops)
