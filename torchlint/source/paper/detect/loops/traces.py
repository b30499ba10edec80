"""What the events of a loop or function say about it: what happens outside its inner loops, and whether it trains."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.event import Backward, Event, Handed, Step, Unseen
from torchlint.source.paper.occurrences.program import LoopRan
from torchlint.source.paper.state.trace import Block, Construct, Fork, Node, events


def outside_loops(nodes: list[Node]) -> list[Event]:
    """What happens in a part of the program, but for what its loops do."""
    found: list[Event] = []
    for node in nodes:
        match node:
            case Event():
                found.append(node)
            case Fork():
                for _, _, alternative in node.alternatives:
                    found += outside_loops(alternative)
            case Block() if node.body_of is Construct.FUNCTION:
                found += outside_loops(node.nodes)
    return found


def is_training_loop(ran: LoopRan) -> bool:
    """Whether a loop itself, not one inside it, steps an optimizer, or runs backward where nothing steps."""
    kind = Step if Step in ran.kinds else Backward
    return kind in ran.kinds and not _only_inside_loops(ran.nodes, kind)


def trains_on_batches(found: Iterable[Event]) -> bool:
    """Whether these events train on the batches that a loop goes over, if only in calls that were not read."""
    kinds = {type(event) for event in found}
    handed = {each for event in found if isinstance(event, Unseen) for each in event.handed}
    stepped = Step in kinds or not handed.isdisjoint((Handed.OPTIMIZER, Handed.SCALER))
    return stepped and (Backward in kinds or Handed.LOSS in handed)


def _only_inside_loops(nodes: list[Node], kind: type[Event]) -> bool:
    """Whether an inner loop holds an event of a kind, and nothing of the kind stands outside it."""
    outside = {type(event) for event in outside_loops(nodes)}
    return kind not in outside and any(_holds(node, kind) for node in nodes)


def _holds(node: Node, kind: type[Event]) -> bool:
    match node:
        case Block() if node.body_of is Construct.LOOP:
            return any(type(event) is kind for event in events(node.nodes))
        case Block():
            return any(_holds(each, kind) for each in node.nodes)
        case Fork():
            return any(_holds(each, kind) for _, _, alternative in node.alternatives for each in alternative)
    return False
