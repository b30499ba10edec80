"""What a fix is: edits to the user's text, in words that need no syntax tree.

A rule says what is to change at which places. The room `edit` finds these places in the text and turns every edit into
replaced text; a fix that cannot be carried out there, or would change more than is meant, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum

from torchlint.facts.site import Site


class Part(Enum):
    """A part of what stands at a place: of a call, of an assignment or of a loop.

    RECEIVER is what a method is called on, VALUE what is assigned, or given to a call that is a statement (`append`),
    TARGET what is assigned to or runs through a loop. LOSS is what a backward is called on, or given. PERIOD is the k
    of the condition `i % k == 0` under which a statement stands. OWNER is the module whose parameters a statement
    changes, by a method of it or in a loop over them. COUNTED is what the loop around goes through by index, where the
    call is one of its variable.
    """

    WHOLE = "whole"
    FUNCTION = "function"
    RECEIVER = "receiver"
    FIRST_ARGUMENT = "first argument"
    SECOND_ARGUMENT = "second argument"
    VALUE = "value"
    TARGET = "target"
    LOSS = "loss"
    PERIOD = "period"
    OWNER = "owner"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Text of the user's own."""

    site: Site
    part: Part = Part.WHOLE


@dataclass(frozen=True, slots=True)
class Known:
    """A value in the user's words, where they mean the same at the new place; else in others."""

    site: Site
    otherwise: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A dotted name of a package, written as the file imports it; an import is added where it has none."""

    name: str


Text = tuple["str | Excerpt | Known | Imported", ...]


@dataclass(frozen=True, slots=True)
class Replace:
    """Other text in place of what stands at a site, or at its start where the site is empty."""

    site: Site
    text: Text


@dataclass(frozen=True, slots=True)
class Enclose:
    """Text before and behind an expression."""

    site: Site
    before: Text = ()
    after: Text = ()
    part: Part = Part.WHOLE


@dataclass(frozen=True, slots=True)
class SetArgument:
    """An argument of a call gets a value; it is added by its name where the call has none.

    `position` is where it may stand without its name, counted from 0. Where the call names an older argument that means
    the same, `instead_of`, the new one takes its place.
    """

    call: Site
    name: str
    value: Text
    position: int | None = None
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class DropArgument:
    """A call loses an argument."""

    call: Site
    name: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class SwapArguments:
    """The first two arguments of a call change places."""

    call: Site


@dataclass(frozen=True, slots=True)
class CallInstead:
    """A call goes to another function, with the same arguments."""

    call: Site
    function: Text


@dataclass(frozen=True, slots=True)
class CallNamesake:
    """A call goes to another function, method or class that stands where its own does, with the same arguments.

    `names` has the last word of what may be called there, and the dotted name of what is called instead: of
    `("softmax", "torch.log_softmax")`, `F.softmax(x)` becomes `F.log_softmax(x)`, and `x.softmax()` `x.log_softmax()`.
    """

    call: Site
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReplaceMethod:
    """A method that is called, with its arguments, gives way to other text behind what it is called on."""

    call: Site
    text: Text


@dataclass(frozen=True, slots=True)
class JoinCalls:
    """A call of what another one gives becomes one with it, under another name.

    `torch.log(F.softmax(x, 1))` becomes `F.log_softmax(x, 1)`; so does a logarithm of a name that holds the softmax and
    is used by nothing else.
    """

    outer: Site
    inner: Site
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CallWithin:
    """`wrap(x).method(...)` becomes `wrap(x.method(...))`, in what is assigned at a site."""

    site: Site


@dataclass(frozen=True, slots=True)
class PassValue:
    """An assignment becomes a call that is given the value: `before` and `after` is what stands around it."""

    site: Site
    before: Text
    after: Text


@dataclass(frozen=True, slots=True)
class BuildEach:
    """`[layer] * n` in the statement at a site becomes a list of n layers, built or copied one by one."""

    site: Site


@dataclass(frozen=True, slots=True)
class Unwrap:
    """A call gives way to the tensor that goes into it; a layer that is built there to one that does nothing.

    `part` is what is left instead, where it is not the whole of that; `after` are methods that are called on it.
    """

    call: Site
    part: Part = Part.WHOLE
    after: str = ""


@dataclass(frozen=True, slots=True)
class Rename:
    """A name that stands in the statement at a site, as an attribute or behind `def`, is written otherwise."""

    site: Site
    name: str
    new: str


@dataclass(frozen=True, slots=True)
class Renumber:
    """The one number of this value that stands in the statement at a site is written otherwise."""

    site: Site
    number: float
    new: str


@dataclass(frozen=True, slots=True)
class CallAttribute:
    """The one attribute of a name that the statement at a site reads gives way to the call of a method, if any."""

    site: Site
    name: str
    method: str | None = None


@dataclass(frozen=True, slots=True)
class DropAttribute:
    """The attribute that ends an expression goes: `loader.dataset` becomes `loader`, and `net.forward(x)` `net(x)`."""

    site: Site
    name: str
    part: Part = Part.WHOLE


@dataclass(frozen=True, slots=True)
class AddItem:
    """A list, or the arguments of a call, get another item behind one of them."""

    behind: Site
    item: Text


@dataclass(frozen=True, slots=True)
class MoveItem:
    """An item of a list goes behind another one of the same list."""

    moved: Site
    behind: Site


@dataclass(frozen=True, slots=True)
class DropComma:
    """The comma that ends an assignment, and makes a tuple of its value, goes."""

    site: Site


class Place(Enum):
    """Where a statement goes, seen from another one.

    FIRST_IN is the start of that one's block, IN_FUNCTION that of the function around it, AROUND is in front of the
    loops that it stands in, ON_FUNCTION is where a decorator of the function around it goes.
    """

    BEFORE = "before"
    AFTER = "after"
    FIRST_IN = "first in"
    IN_FUNCTION = "in function"
    ON_FUNCTION = "on function"
    AROUND = "around"


@dataclass(frozen=True, slots=True)
class Insert:
    """A new statement beside the one at a site."""

    place: Place
    site: Site
    statement: Text


@dataclass(frozen=True, slots=True)
class Move:
    """The statement at `moved`, with its comments, goes beside the one at `site`."""

    moved: Site
    place: Place
    site: Site


@dataclass(frozen=True, slots=True)
class Hoist:
    """The statement at a site goes in front of the innermost loop around it."""

    site: Site


@dataclass(frozen=True, slots=True)
class Remove:
    """The statement at a site goes, with the comment in its line."""

    site: Site


@dataclass(frozen=True, slots=True)
class PutUnder:
    """The statement at a site is indented under a header, such as `with torch.no_grad():`."""

    site: Site
    header: Text


Edit = (
    Replace
    | Enclose
    | SetArgument
    | DropArgument
    | SwapArguments
    | CallInstead
    | CallNamesake
    | ReplaceMethod
    | JoinCalls
    | CallWithin
    | PassValue
    | BuildEach
    | Unwrap
    | Rename
    | Renumber
    | CallAttribute
    | DropAttribute
    | AddItem
    | MoveItem
    | DropComma
    | Insert
    | Move
    | Hoist
    | Remove
    | PutUnder
)


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend one finding together; `title` says in the imperative what they do.

    `unsafe` means that it changes what the program does in a way that its author should look at. Where a rule is marked
    unsafe, all its fixes are. `otherwise` is a larger fix, for where this one cannot be carried out or does not do.
    """

    title: str
    edits: tuple[Edit, ...]
    unsafe: bool = False
    otherwise: Fix | None = None

    def sites(self) -> Iterator[Site]:
        """Every place that an edit names."""
        for edit in self.edits:
            yield from _sites(edit)
        if self.otherwise is not None:
            yield from self.otherwise.sites()


@dataclass(frozen=True, slots=True)
class Change:
    """A span of a file, empty where text is only added, and the text that takes its place."""

    span: Site
    text: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A fix that was found in the text: what changes, in the order of the places, and what to try if it does not do."""

    title: str
    unsafe: bool
    changes: tuple[Change, ...]
    otherwise: Patch | None = None


def _sites(value: object) -> Iterator[Site]:
    if isinstance(value, Site):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _sites(each)
    elif isinstance(value, Edit | Excerpt | Known):
        for field in fields(value):
            yield from _sites(getattr(value, field.name))
