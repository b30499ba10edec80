"""The words by which people say what something is for, or that it is meant as it is written."""

from __future__ import annotations

EVALUATION_WORDS = frozenset(
    "val valid validation validate dev test testing tester eval evaluate evaluation evaluating "
    "infer inference predict prediction tst holdout heldout evaluator validator validating "
    "predicting".split()
)
TRAINING_WORDS = frozenset("train training trn".split())
MEASURING_WORDS = EVALUATION_WORDS | frozenset("accuracy acc score metric metrics measure".split())
CHECKING_WORDS = frozenset("overfit overfitting sanity debug smoke toy demo single".split())
"""Words of a check on one batch, which trains to see whether training works."""
ADAPTING_WORDS = frozenset(
    "adapt adaptation adapter adversarial attack attacks attribution calibrate calibration explain finetune "
    "interpret meta optimize saliency search tta ttt tune tuning".split()
)
"""Words of what learns from evaluation data, or from its gradients, on purpose."""
REPEATING_WORDS = frozenset(
    "fold folds k kf trial trials run runs seed seeds task tasks experience exp client clients round rounds stage "
    "phase rep repeat repeats repetition cycle generation lr rate config cfg params model net method experiment "
    "split subject".split()
)
"""Words of loops in which each iteration is an experiment, or a task, of its own."""
ACCUMULATING_WORDS = frozenset("accum accumulate accumulation accumulations acc micro microbatch microbatches".split())
"""Words of a loop over the batches of which one step uses the gradients."""
STOPPING_WORDS = frozenset(
    "stop stopped detach detached target targets teacher momentum ema frozen freeze fixed pretrained reference "
    "straight through quantize quantizer quantized".split()
)
"""Words of what no gradient is to reach."""
SHARING_WORDS = frozenset("shared share sharing tied tie same".split())
"""Words of a layer that several places are to have in common."""
LABELLING_WORDS = frozenset("target targets mask masks label labels".split())
"""Words of a transform that is for labels and masks, and not for the input."""
WHOLE_BATCH_WORDS = frozenset(
    "contrastive retrieval infonce nce ntxent fid kid inception benchmark throughput latency speed profile".split()
)
"""Words of what is measured on whole batches: against the other samples of the batch, or by the clock."""
TRANSFORMING_WORDS = frozenset(
    "transform transforms transformation transformations augment augments augmentation augmentations aug augs tfm tfms "
    "preprocess preprocessing".split()
)
"""Words of what a dataset does to its samples."""
MODE_WORDS = frozenset(
    "mode modes eval evaluate evaluation evaluating train training trains inference infer predict dropout mc bayes "
    "bayesian sample samples sampling stochastic deterministic uncertainty ensemble".split()
)
"""Words of a condition that chooses the mode of a model on purpose."""
RESIDUAL_WORDS = frozenset("residual baird bellman".split())
"""Words of methods that let the gradient through the target as well."""
COPY_WORDS = frozenset(
    "target targets targ tgt teacher momentum ema average averaged avg shadow slow key reference ref frozen old copy "
    "delayed".split()
)
"""Words of a network that follows another one."""
SAMPLING_WORDS = frozenset(
    "sample samples sampler sampling sampled reparameterize reparametrize reparameterise reparameterization reparam "
    "vae cvae vqvae variational diffusion ddpm ddim bayes bayesian mc monte stochastic uncertainty gumbel latent "
    "policy actor generate".split()
)
"""Words of a function or class that draws random numbers in evaluation too, and is to."""
MOMENT_WORDS = frozenset(
    "best backup before init initial last old original prev previous snapshot snapshots start".split()
)
"""Words of what is to stay as it was at some moment."""
TEST_TIME_WORDS = frozenset(("tta",))
