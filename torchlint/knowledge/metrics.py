"""The words by which people name what they measure, by which way it gets better."""

from __future__ import annotations

HIGHER_IS_BETTER = frozenset(
    "acc accs accuracy accuracies top1 top5 f1 fscore fbeta bleu rouge rougel meteor cider auc auroc aucroc auprc ap "
    "map iou miou jaccard dice precision recall sensitivity specificity psnr ssim r2 kappa mcc correct corrects hit "
    "hits reward rewards elo ndcg mrr".split()
)
LOWER_IS_BETTER = frozenset(
    "loss losses error errors err errs mse rmse mae mape nll bce ce elbo perplexity ppl wer cer fid lpips divergence "
    "kld entropy cost wrong incorrect mistakes misses".split()
)
TURNED_ROUND = frozenset("neg negative negated minus inverse inverted inv complement".split())
"""Words of a measure that was given the other sign."""
