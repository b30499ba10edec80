"""Where the run is: the user's own lines on the stack, the outermost first."""

from __future__ import annotations

import sys
from types import CodeType, FrameType

from torchlint.facts.site import Site
from torchlint.live import script
from torchlint.live.text.pages import NOWHERE
from torchlint.live.text.spots import Spot
from torchlint.live.text.user_files import UserFiles

Entry = tuple[int, Spot]
"""A frame, by its identity, and where it is."""
Chain = list[Entry]


def spots_of(chain: Chain) -> tuple[Spot, ...]:
    """Where each frame of a chain is: the same spots mean the same place, reached in the same way."""
    return tuple([spot for _, spot in chain])


def innermost(chain: Chain) -> Spot | None:
    """Where the innermost frame is, None if no line of the user's led here."""
    return chain[-1][1] if chain else None


def builders(chain: Chain, kind: type) -> tuple[Spot, ...]:
    """The calls that lead to an object being built, without those in the constructors of its own class."""
    constructors = (getattr(vars(base).get("__init__"), "__code__", None) for base in kind.__mro__)
    own = {id(code) for code in constructors if code is not None}
    spots = list(spots_of(chain))
    while spots and id(spots[-1].code) in own:
        spots.pop()
    return tuple(spots)


RUNS_THE_SCRIPT = script.run.__code__


class Places:
    """Finds the user's frames; what was worked out once is kept."""

    def __init__(self) -> None:
        self._spots: dict[tuple[int, int], Spot] = {}
        self._same: dict[tuple[int, tuple[int, int], bool], Spot] = {}
        self.files = UserFiles()

    def chain(self, frame: FrameType | None) -> Chain:
        """The user's frames from this one outwards, the outermost first."""
        mine, spots = self.files.seen, self._spots
        found: Chain = []
        while frame is not None:
            code = frame.f_code
            # By identity: hashing a code object hashes all its bytecode. The spot keeps it, so it stays its own.
            spot = spots.get((id(code), frame.f_lasti))
            if spot is not None:
                found.append((id(frame), spot))
            elif code is RUNS_THE_SCRIPT:
                break  # What is further out is the command that we are, and its launcher.
            else:
                users = mine.get(code.co_filename)
                if users is None:
                    users = self.files.meet(code.co_filename, frame.f_globals.get("__name__", ""))
                if users:
                    found.append((id(frame), self._spot(code, frame)))
            frame = frame.f_back
        found.reverse()
        return found

    def here(self) -> Site | None:
        """The user's innermost place right now, None if no line of the user's leads here."""
        spot = innermost(self.chain(sys._getframe(1)))
        return spot.site if spot is not None else None

    def _spot(self, code: CodeType, frame: FrameType) -> Spot:
        spot = Spot(code, frame.f_lasti, frame.f_lineno, self.files.page)
        # Python 3.11 makes one call from either of two instructions, as it gets warm.
        spot = self._same.setdefault((id(code), spot.order, spot.advances), spot)
        self._spots[id(code), frame.f_lasti] = spot
        return spot


class Here:
    """The place of what is happening now; to be asked for while it happens. Called, it gives the site.

    A recorder has one, and moves it with every event: `frame` is that of the hook, `found` the chain if it was asked
    for.
    """

    __slots__ = ("_places", "found", "frame")

    def __init__(self, places: Places) -> None:
        self._places = places
        self.frame: FrameType | None = None
        self.found: Chain | None = None

    @property
    def chain(self) -> Chain:
        """The user's frames that led here, the outermost first."""
        if self.found is None:
            self.found = self._places.chain(self.frame)
        return self.found

    def kept(self) -> Here:
        """The same place, to be asked for later too."""
        kept = Here(self._places)
        kept.found = self.chain
        return kept

    def __call__(self) -> Site:
        """The user's innermost place."""
        spot = innermost(self.chain)
        return spot.site if spot is not None else NOWHERE

    @property
    def is_direct(self) -> bool:
        """Whether the user's own line made the call that is wrapped, and no library that it called."""
        caller = self.frame.f_back if self.frame is not None else None
        return caller is not None and bool(self.chain) and self.chain[-1][0] == id(caller)

    @property
    def via(self) -> tuple[Site, ...]:
        """The user's calls that led to the place, the outermost first."""
        return tuple(spot.site for _, spot in self.chain[:-1])
