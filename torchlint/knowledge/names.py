"""The words by which people name what they train with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

MODEL_WORDS = frozenset(
    "model models net network nets encoder decoder generator discriminator critic classifier "
    "backbone regressor actor policy student teacher netg netd cnn rnn lstm gru mlp vae unet "
    "resnet bert transformer".split()
)
NOT_MODEL_WORDS = frozenset(
    "tokenizer tokenize processor transform collate criterion loss metric fn func function name "
    "path dir config cfg args state dict file id type size parallel summary params parameters "
    "ema load save get build create make init update output outputs".split()
)
OPTIMIZER_WORDS = frozenset("optimizer optimiser optim opt optimizers opts optimizerd optimizerg".split())

ITERATION_WORDS = frozenset("step steps iter iters iteration iterations batch batches update updates".split())
STEPPING_WORDS = frozenset("step steps optimize optimise".split())
SCHEDULER_WORDS = frozenset("scheduler schedulers sched schedule lr".split())
SCALER_WORDS = frozenset("scaler".split())
WEIGHT_WORDS = frozenset(
    "weight weights wt w lambda lam lamda lmbda lambd alpha beta gamma coef coeff coefficient".split()
)
"""How people call what they weight the terms of a loss with."""
SIZE_WORDS = frozenset("num n number count counts size sizes dim dims len length numel classes".split())
LOSS_WORDS = frozenset("criterion criteria loss crit objective".split())
TARGET_WORDS = frozenset("target targets label labels y gt truth tgt class classes".split())
INPUT_WORDS = frozenset("input inputs image images img imgs x data pixel pixels features src source text".split())
DATA_WORDS = frozenset(
    "loader loaders dataloader dataloaders dl data dataset datasets batches iterator iter "
    "trainloader testloader valloader".split()
)
RANK_WORDS = frozenset("rank world shard shards sharded replicas replica node process".split())
WEIGHT_NAMES = frozenset(("weight", "bias"))
"""What layers call their own parameters."""
PARAMETER_WORDS = frozenset("parameter parameters param params weight weights bias".split())

ROLE_NAMES = frozenset(
    "criterion loss_fn optim optimizer loader dataloader train_loader val_loader test_loader".split()
)
"""Names by which alone a function can be told to train or to evaluate."""
FLAG_WORDS = frozenset("mode is training flag train phase bool".split())

_GRADIENT_FLAG = re.compile(r"re?q[a-z]{1,7}_?(?:grad|gard|grd)(?:s|ients?)?_?", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@lru_cache(maxsize=4096)
def words_of(identifier: str) -> tuple[str, ...]:
    """The words of an identifier, in lower case: split at underscores, digits and capitals."""
    words = tuple(word.lower() for word in _WORD.findall(identifier))
    return tuple(part for word in words for part in _RUN_TOGETHER.get(word, (word,)))


_PARTS = "train training trn val valid validation dev test testing tst eval".split()
_HELD = "loader loaders set sets dl ds data dataset datasets dataloader dataloaders iter iterator batch gen".split()
_RUN_TOGETHER = {part + held: (part, held) for part in _PARTS for held in _HELD}


def is_data_name(name: str) -> bool:
    """Whether a name says that something holds data, or gives it out."""
    return not DATA_WORDS.isdisjoint(words_of(name))


def is_gradient_flag(attribute: str) -> bool:
    """Whether an attribute is meant to be `requires_grad`, spelled rightly or not."""
    return _GRADIENT_FLAG.fullmatch(attribute) is not None


def says_rank(name: str) -> bool:
    """Whether a name tells one process of several from another."""
    return not RANK_WORDS.isdisjoint(words_of(name))


def may_step(name: str) -> bool:
    """Whether a name says that a call may be what steps an optimizer."""
    return bool(set(words_of(name)) & STEPPING_WORDS)


def counts_iterations(name: str) -> bool:
    """Whether a name says that a number counts batches or steps, and not epochs."""
    return not ITERATION_WORDS.isdisjoint(words_of(name))


def is_flag_name(name: str) -> bool:
    """Whether a name says that something is a mode flag."""
    return bool(set(words_of(name)) & FLAG_WORDS)


def mentions_model(name: str) -> bool:
    """Whether a name speaks of a model: itself, or a part or property of one."""
    return not MODEL_WORDS.isdisjoint(words_of(name))


def names_model(name: str) -> bool:
    """Whether a name says that something is a model."""
    return mentions_model(name) and NOT_MODEL_WORDS.isdisjoint(words_of(name))


def names_optimizer(name: str) -> bool:
    """Whether a name says that something is an optimizer."""
    return not OPTIMIZER_WORDS.isdisjoint(words_of(name))


def names_scheduler(name: str) -> bool:
    """Whether a name says that something is a scheduler."""
    return not SCHEDULER_WORDS.isdisjoint(words_of(name))


def names_scaler(name: str) -> bool:
    """Whether a name says that something is a scaler of losses."""
    return not SCALER_WORDS.isdisjoint(words_of(name))


def names_loss(name: str) -> bool:
    """Whether a name says that something is a loss."""
    return not LOSS_WORDS.isdisjoint(words_of(name))


def names_size(name: str) -> bool:
    """Whether a name says how many there are of something."""
    return not SIZE_WORDS.isdisjoint(words_of(name))


def names_weight(name: str) -> bool:
    """Whether a name says that something weights a term of a loss."""
    return not WEIGHT_WORDS.isdisjoint(words_of(name))


def expression_of_sampler(names: Iterable[str], of_loader: Iterable[str]) -> str:
    """How a script gets at a sampler: by its own name, or through its loader; empty where neither has one."""
    own, loader = shortest(names), shortest(of_loader)
    return own or (f"{loader}.sampler" if loader else "")


def shortest(names: Iterable[str]) -> str:
    """The name by which something is told of; empty where it has none."""
    return min(names, key=lambda name: (len(name), name), default="")
