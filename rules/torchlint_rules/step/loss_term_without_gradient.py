"""TL220 loss-term-without-gradient

## What it finds

A loss that is the sum of several terms, of which one reaches no parameter of the optimizer that steps with it. It may
be an adversarial term over `fake.detach()` in the generator's own step, or one between two outputs of a teacher.

## Why it is bad

The term is computed, logged and weighted, and changes nothing: the model learns from the other terms alone.

## Example

```python
adversarial = criterion(discriminator(fake.detach()), real_label)
loss = adversarial + 0.1 * l1(fake, target)
loss.backward()
generator_optimizer.step()
```

## Use instead

```python
adversarial = criterion(discriminator(fake), real_label)
loss = adversarial + 0.1 * l1(fake, target)
loss.backward()
generator_optimizer.step()
```

## What stays silent

Numbers, and losses that are detached themselves: they are only logged; a weight of 0; a term for the parameters of
another optimizer that steps after the same backward; a term of which it is not known whose parameters it reaches; a
loss that was measured under `no_grad()` and is subtracted, as a reference that the other one is compared with.

## Fix safety

There is no fix: which detach is one too many is for the author to say.

## Source

https://pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html
"""

from collections.abc import Iterator

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.event import Backward, Step, may_train_unseen
from torchlint.facts.loss import LossTerm
from torchlint.facts.run import TrainingIteration
from torchlint.facts.way import Moment
from torchlint.finding import Related, Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL220", name="loss-term-without-gradient", severity=Severity.WARNING)


def check(iteration: TrainingIteration) -> Iterator[Violation]:
    """Object to terms that no optimizer learns from which steps with their sum."""
    told: dict[LossTerm, list[bool]] = {}
    for way in iteration.ways:
        for moment in way.moments(Backward):
            steps = _steps_with(moment)
            reaching = {term: [term.subject.concerns(step.subject) for step in steps] for term in moment.event.terms}
            some = any(Yes in answers and term.graph is Yes for term, answers in reaching.items())
            for term, answers in reaching.items() if steps else ():
                told.setdefault(term, []).append(some and _is_dead(term, answers))
    for term in sorted((term for term, each_way in told.items() if all(each_way)), key=lambda term: term.site):
        yield Violation(
            term.site,
            "This term of the loss reaches no parameter that the optimizer steps, so nothing is learnt from it.",
            "Compute it from what the model gave, without `detach()` or `no_grad()`, or leave it out of the sum.",
            tuple(Related(each.site, "the graph ends here") for each in sorted(term.severed)[:1]),
        )


def _is_dead(term: LossTerm, reached: list[Answer]) -> bool:
    """Whether nothing that steps learns from a term; one without a graph must have had one to lose."""
    if term.graph is No:
        return bool(term.severed)
    return term.graph is Yes and all(each is No for each in reached)


def _steps_with(moment: Moment[Backward]) -> list[Step]:
    """The steps that use the gradients of a backward, and of others beside it; none where that is not known."""
    steps: list[Step] = []
    for event in moment.after:
        if may_train_unseen(event):
            return []
        if isinstance(event, Step):
            steps.append(event)
        elif steps and isinstance(event, Backward):
            break
    return steps
