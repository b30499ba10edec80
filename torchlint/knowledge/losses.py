"""The losses of torch: what each expects as its prediction."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.layer import Range


@dataclass(frozen=True, slots=True)
class LossKind:
    """A loss class, the function that computes the same, and the range that it `expects` of the prediction.

    A `symmetric` loss gives the same for swapped arguments; a `pairwise` one takes no prediction and target.
    Every other takes `input` first and `target` second.
    """

    name: str
    functional: str
    expects: Range = Range.UNKNOWN
    symmetric: bool = False
    pairwise: bool = False


_ALL = (
    LossKind("CrossEntropyLoss", "cross_entropy", Range.RAW),
    LossKind("NLLLoss", "nll_loss", Range.LOG_PROBABILITIES),
    LossKind("NLLLoss2d", "nll_loss", Range.LOG_PROBABILITIES),
    LossKind("BCELoss", "binary_cross_entropy", Range.UNIT),
    LossKind("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", Range.RAW),
    LossKind("KLDivLoss", "kl_div", Range.LOG_PROBABILITIES),
    LossKind("MSELoss", "mse_loss", symmetric=True),
    LossKind("L1Loss", "l1_loss", symmetric=True),
    LossKind("SmoothL1Loss", "smooth_l1_loss", symmetric=True),
    LossKind("HuberLoss", "huber_loss", symmetric=True),
    LossKind("PoissonNLLLoss", "poisson_nll_loss"),
    LossKind("GaussianNLLLoss", "gaussian_nll_loss", symmetric=True),
    LossKind("HingeEmbeddingLoss", "hinge_embedding_loss"),
    LossKind("MultiLabelMarginLoss", "multilabel_margin_loss", Range.RAW),
    LossKind("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", Range.RAW),
    LossKind("MultiMarginLoss", "multi_margin_loss", Range.RAW),
    LossKind("SoftMarginLoss", "soft_margin_loss", Range.RAW, symmetric=True),
    LossKind("CTCLoss", "ctc_loss", Range.LOG_PROBABILITIES, pairwise=True),
    LossKind("CosineEmbeddingLoss", "cosine_embedding_loss", pairwise=True),
    LossKind("MarginRankingLoss", "margin_ranking_loss", pairwise=True),
    LossKind("TripletMarginLoss", "triplet_margin_loss", pairwise=True),
    LossKind("TripletMarginWithDistanceLoss", "triplet_margin_with_distance_loss", pairwise=True),
)
LOSSES: dict[str, LossKind] = {kind.name: kind for kind in _ALL}
FUNCTIONS: dict[str, str] = {kind.functional: kind.name for kind in _ALL if kind.name != "NLLLoss2d"}
