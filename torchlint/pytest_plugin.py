"""The live eye in tests: a fixture that watches a test, and an assertion that a model trains.

    from torchlint.pytest_plugin import assert_trains

    def test_the_model_trains():
        assert_trains(Net(), (torch.randn(8, 4), torch.randint(3, (8,))), nn.CrossEntropyLoss())

    def test_the_training_loop(torchlint_watch):
        train(steps=20)

Pytest imports this when it starts; torch is imported when one of the two is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from torchlint.live.watching import Watch


@pytest.fixture
def torchlint_watch() -> Iterator[Watch]:
    """Watch the test; what is found in what it trains makes it fail."""
    from torchlint import live

    with live.watch() as watch:
        yield watch
    if watch.findings:
        pytest.fail(watch.report(), pytrace=False)


def assert_trains(
    model: Any,
    batch: Any,
    loss_fn: Callable[[Any, Any], Any],
    optimizer: Any = None,
    *,
    steps: int = 200,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
) -> None:
    """Fail with what is found when a copy of the model is tried out on a batch, and trained until it knows it.

    The arguments are those of `torchlint.live.check`; `steps` bounds the training. The model, the optimizer and all
    random states stay as they are.
    """
    __tracebackhide__ = True
    from torchlint import live
    from torchlint.live.judging import chosen

    check = live.check(model, batch, loss_fn, optimizer, select=select, ignore=ignore)
    if check.findings or check.notes:
        pytest.fail(check.report(), pytrace=False)
    verdict = live.overfit_one_batch(model, batch, loss_fn, optimizer, steps=steps)
    on = {rule.rule.code for rule in chosen(select, ignore)}
    if not verdict.curve or any(finding.code in on for finding in verdict.findings):
        pytest.fail(verdict.report(), pytrace=False)
