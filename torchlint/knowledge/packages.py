"""Packages around torch, and decorators: which are installed as a rule, and what they leave alone."""

from __future__ import annotations

INSTALLED = frozenset(
    "torch torchvision torchaudio torchtext numpy scipy pandas sklearn matplotlib PIL cv2 tqdm wandb tensorboard "
    "tensorboardX yaml lightning pytorch_lightning accelerate transformers timm datasets hydra omegaconf einops "
    "albumentations kornia monai ignite apex deepspeed requests h5py nltk spacy gym gymnasium".split()
)
"""Packages that an import means, and no file of a project that happens to have their name."""
PROGRESS_BARS = frozenset("tqdm trange track".split())
"""Functions that show how far an iteration is, and give its elements on."""
COUNTS = PROGRESS_BARS | {"enumerate"}
"""What gives what it goes through, and only counts it or shows how far it is."""
READ_ONLY_PACKAGES = frozenset(
    "builtins numpy matplotlib PIL tensorboardX wandb torchsummary torchinfo sklearn scipy pandas os sys json math "
    "time logging collections copy random einops thop fvcore rich tqdm yaml pickle shutil re visdom tensorboard mlflow "
    "comet_ml neptune swanlab clearml loguru tabulate prettytable plotly seaborn imageio cv2 skimage".split()
)
"""Packages whose functions leave what they are given as it was."""
OTHER_FRAMEWORKS = frozenset("jax flax haiku equinox tensorflow mlx paddle mindspore numba".split())
"""Packages that compile the functions they decorate, for arrays of their own: nothing in these is torch's."""
HARMLESS_DECORATORS = frozenset(
    "staticmethod classmethod property cached_property record main command option argument wraps lru_cache cache "
    "abstractmethod overload override register_model dataclass setter getter contextmanager script ignore export "
    "unused disable allow_in_graph rank_zero_only fixture parametrize custom_fwd custom_bwd jit typechecked hydra_main "
    "add_start_docstrings".split()
)
"""Decorators that leave modes and gradients alone."""
REMEMBERING_DECORATORS = frozenset("lru_cache cache cached_property".split())
"""Decorators of functions that are run once, and then give back what they gave."""


def reads_only(dotted: str) -> bool:
    """Whether what is given to a package's functions stays as it was."""
    return dotted.partition(".")[0] in READ_ONLY_PACKAGES or dotted.startswith("torch.")


def keeps_results(decorator: str) -> bool:
    """Whether a function that is decorated so is run once, and then gives back what it gave."""
    return decorator.rpartition(".")[2] in REMEMBERING_DECORATORS


def is_harmless_decorator(text: str) -> bool:
    """Whether a decorator leaves modes and gradients alone."""
    return text.rpartition(".")[2] in HARMLESS_DECORATORS or text.endswith(".setter")
