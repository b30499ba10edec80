"""The losses of torch: what each expects as its prediction."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.layer import Range


@dataclass(frozen=True, slots=True)
class LossKind:
    """A loss class, the function that computes the same, and the range that it `expects` of the prediction.

    A `symmetric` loss gives the same for swapped arguments; a `pairwise` one takes no prediction and target.
    Every other takes `input` first and `target` second. `settings` are the arguments, in order, with which the class is
    built, and which the function takes after those two.
    """

    name: str
    functional: str
    expects: Range = Range.UNKNOWN
    symmetric: bool = False
    pairwise: bool = False
    settings: str = ""


_PLAIN = "size_average reduce reduction"
_WEIGHTED = "weight size_average reduce reduction"
_OF_CLASSES = "weight size_average ignore_index reduce reduction"
_ALL = (
    LossKind("CrossEntropyLoss", "cross_entropy", Range.RAW, settings=_OF_CLASSES),
    LossKind("NLLLoss", "nll_loss", Range.LOG_PROBABILITIES, settings=_OF_CLASSES),
    LossKind("NLLLoss2d", "nll_loss", Range.LOG_PROBABILITIES, settings=_OF_CLASSES),
    LossKind("BCELoss", "binary_cross_entropy", Range.UNIT, settings=_WEIGHTED),
    LossKind("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", Range.RAW, settings=_WEIGHTED),
    LossKind("KLDivLoss", "kl_div", Range.LOG_PROBABILITIES, settings=_PLAIN),
    LossKind("MSELoss", "mse_loss", symmetric=True, settings=_PLAIN),
    LossKind("L1Loss", "l1_loss", symmetric=True, settings=_PLAIN),
    LossKind("SmoothL1Loss", "smooth_l1_loss", symmetric=True, settings=_PLAIN),
    LossKind("HuberLoss", "huber_loss", symmetric=True, settings="reduction delta"),
    LossKind("PoissonNLLLoss", "poisson_nll_loss"),
    LossKind("GaussianNLLLoss", "gaussian_nll_loss", symmetric=True),
    LossKind("HingeEmbeddingLoss", "hinge_embedding_loss", settings="margin size_average reduce reduction"),
    LossKind("MultiLabelMarginLoss", "multilabel_margin_loss", Range.RAW, settings=_PLAIN),
    LossKind("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", Range.RAW, settings=_WEIGHTED),
    LossKind("MultiMarginLoss", "multi_margin_loss", Range.RAW),
    LossKind("SoftMarginLoss", "soft_margin_loss", Range.RAW, symmetric=True, settings=_PLAIN),
    LossKind("CTCLoss", "ctc_loss", Range.LOG_PROBABILITIES, pairwise=True),
    LossKind("CosineEmbeddingLoss", "cosine_embedding_loss", pairwise=True),
    LossKind("MarginRankingLoss", "margin_ranking_loss", pairwise=True),
    LossKind("TripletMarginLoss", "triplet_margin_loss", pairwise=True),
    LossKind("TripletMarginWithDistanceLoss", "triplet_margin_with_distance_loss", pairwise=True),
)
LOSSES: dict[str, LossKind] = {kind.name: kind for kind in _ALL}
OF_TOKENS = frozenset(("CrossEntropyLoss", "NLLLoss", "NLLLoss2d"))
"""Losses whose targets are the numbers of classes, or of words; they leave out the one that `ignore_index` names."""
FUNCTIONS: dict[str, str] = {kind.functional: kind.name for kind in _ALL if kind.name != "NLLLoss2d"}

LOSSES_ELSEWHERE: dict[str, str] = {
    "SoftTargetCrossEntropy": "CrossEntropyLoss",
    "LabelSmoothingCrossEntropy": "CrossEntropyLoss",
}
"""Loss layers of other packages (timm) that take a prediction and a target, by the loss of torch that they are like."""
