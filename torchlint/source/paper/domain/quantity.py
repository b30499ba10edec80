"""What numbers measure on paper."""

from __future__ import annotations

from enum import Enum


class Quantity(Enum):
    """What a number, or a tensor of numbers, measures of the batches of a loader."""

    TRUTHS = "for each sample of a batch, whether it is right"
    COUNT = "how many samples of a batch are right"
    MEAN = "a mean over a batch"
    SUM_OF_COUNTS = "how many samples of all batches so far are right"
    SUM_OF_MEANS = "the sum of the means over all batches so far"
    AVERAGE = "such a sum divided by a number of batches or samples"
