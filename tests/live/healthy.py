"""Healthy training runs, one of each kind that is common: nothing must be found in any of them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.data import DataLoader, TensorDataset

Run = Callable[[], nn.Module]
LossOf = Callable[[nn.Module, list[Tensor]], Tensor]


def fit(model: nn.Module, tensors: tuple[Tensor, ...], loss_of: LossOf, optimizer: torch.optim.Optimizer) -> nn.Module:
    """Train for two epochs, as anyone would."""
    for _ in range(2):
        for batch in DataLoader(TensorDataset(*tensors), batch_size=16, shuffle=True):
            optimizer.zero_grad()
            loss_of(model, batch).backward()
            optimizer.step()
    return model


def images(count: int = 128) -> Tensor:
    return torch.randn(count, 3, 12, 12)


def labels(classes: int = 10, count: int = 128) -> Tensor:
    return torch.randint(0, classes, (count,))


class ConvNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.dropout(self.features(x)))


def classified(model: nn.Module, batch: list[Tensor]) -> Tensor:
    return F.cross_entropy(model(batch[0]), batch[1])


def convolutional() -> nn.Module:
    model = ConvNet()
    return fit(model, (images(), labels()), classified, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9))


def label_smoothing() -> nn.Module:
    model, criterion = ConvNet(), nn.CrossEntropyLoss(label_smoothing=0.1)
    return fit(
        model,
        (images(), labels()),
        lambda net, batch: criterion(net(batch[0]), batch[1]),
        torch.optim.Adam(model.parameters()),
    )


def frozen_backbone() -> nn.Module:
    model = ConvNet()
    model.features.requires_grad_(False)
    model.features.eval()
    return fit(model, (images(), labels()), classified, torch.optim.Adam(model.head.parameters(), lr=1e-2))


def plain_relu() -> nn.Module:
    model = nn.Sequential(
        nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    return fit(model, (torch.randn(128, 20), labels()), classified, torch.optim.SGD(model.parameters(), lr=0.1))


def zero_initialised() -> nn.Module:
    model = nn.Sequential(
        nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    nn.init.zeros_(model[-1].weight)
    nn.init.zeros_(model[-1].bias)
    return fit(model, (torch.randn(128, 20), labels()), classified, torch.optim.SGD(model.parameters(), lr=1e-3))


class Residual(nn.Module):
    """Blocks that start as the identity, as in ReZero."""

    def __init__(self, depth: int = 12) -> None:
        super().__init__()
        self.stem = nn.Linear(20, 32)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32)) for _ in range(depth)
        )
        self.scales = nn.Parameter(torch.zeros(depth))
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for scale, block in zip(self.scales, self.blocks, strict=True):
            x = x + scale * block(x)
        return self.head(x)


def rezero() -> nn.Module:
    model = Residual()
    return fit(model, (torch.randn(128, 20), labels()), classified, torch.optim.Adam(model.parameters(), lr=1e-3))


class LanguageModel(nn.Module):
    """A causal transformer whose head has the weights of its embedding."""

    def __init__(self, words: int = 50, width: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.position = nn.Parameter(torch.zeros(1, 16, width))
        layer = nn.TransformerEncoderLayer(width, 4, 64, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, words, bias=False)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        x = self.embedding(tokens) + self.position[:, :length]
        return self.head(self.norm(self.encoder(x, mask=mask, is_causal=True)))


def next_word(model: nn.Module, batch: list[Tensor]) -> Tensor:
    logits = model(batch[0][:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), batch[0][:, 1:].flatten())


def transformer() -> nn.Module:
    model = LanguageModel()
    return fit(model, (torch.randint(0, 50, (64, 17)),), next_word, torch.optim.AdamW(model.parameters(), lr=3e-4))


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 16, padding_idx=0, sparse=True)
        self.recurrent = nn.LSTM(16, 24, num_layers=2, dropout=0.2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(48, 7)

    def forward(self, tokens: Tensor) -> Tensor:
        states, _ = self.recurrent(self.embedding(tokens))
        return self.head(states)


def recurrent() -> nn.Module:
    """Sparse gradients go to an optimizer of their own."""
    model = Tagger()
    sparse = torch.optim.SparseAdam(list(model.embedding.parameters()), lr=1e-2)
    dense = torch.optim.Adam([*model.recurrent.parameters(), *model.head.parameters()], lr=1e-2)
    tokens, tags = torch.randint(0, 50, (64, 9)), torch.randint(0, 7, (64, 9))
    for batch in DataLoader(TensorDataset(tokens, tags), batch_size=16, shuffle=True):
        sparse.zero_grad()
        dense.zero_grad()
        F.cross_entropy(model(batch[0]).transpose(1, 2), batch[1]).backward()
        nn.utils.clip_grad_norm_([*model.recurrent.parameters(), *model.head.parameters()], 1.0)
        sparse.step()
        dense.step()
    return model


class Forecaster(nn.Module):
    """Time first, and a state that starts at zero."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(1, 24)
        self.head = nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:  # (N, T)
        state = (x.new_zeros(x.shape[0], 24), x.new_zeros(x.shape[0], 24))
        outputs = []
        for step in x.split(1, dim=1):
            state = self.cell(step, state)
            outputs.append(self.head(state[0]))
        return torch.cat(outputs, dim=1)


def forecasting() -> nn.Module:
    model = Forecaster()
    waves = torch.sin(torch.arange(21.0)[None] / 3 + 6 * torch.rand(64, 1))
    return fit(
        model,
        (waves,),
        lambda net, batch: F.mse_loss(net(batch[0][:, :-1]), batch[0][:, 1:]),
        torch.optim.Adam(model.parameters()),
    )


class Autoencoder(nn.Module):
    """A VAE over pixels between 0 and 1."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 48), nn.ReLU())
        self.mean, self.spread = nn.Linear(48, 4), nn.Linear(48, 4)
        self.decoder = nn.Sequential(nn.Linear(4, 48), nn.ReLU(), nn.Linear(48, 64), nn.Sigmoid())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = self.encoder(x)
        mean, spread = self.mean(hidden), self.spread(hidden)
        return self.decoder(mean + torch.randn_like(mean) * (spread / 2).exp()), mean, spread


def elbo(model: nn.Module, batch: list[Tensor]) -> Tensor:
    again, mean, spread = model(batch[0])
    divergence = -0.5 * torch.sum(1 + spread - mean.pow(2) - spread.exp())
    return F.binary_cross_entropy(again, batch[0], reduction="sum") + divergence


def variational() -> nn.Module:
    model = Autoencoder()
    return fit(model, (torch.rand(128, 64),), elbo, torch.optim.Adam(model.parameters(), lr=1e-3))


def adversarial() -> nn.Module:
    """A GAN: two models, two optimizers, the discriminator frozen for neither."""
    generator = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 20), nn.Tanh())
    discriminator = nn.Sequential(nn.Linear(20, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1), nn.Sigmoid())
    of_generator = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    of_discriminator = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    criterion = nn.BCELoss()
    for (real,) in DataLoader(TensorDataset(torch.randn(128, 20)), batch_size=16, shuffle=True):
        ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
        made = generator(torch.randn(len(real), 8))
        of_discriminator.zero_grad()
        criterion(discriminator(real), ones).backward()
        criterion(discriminator(made.detach()), zeros).backward()
        of_discriminator.step()
        of_generator.zero_grad()
        criterion(discriminator(made), ones).backward()
        of_generator.step()
    return nn.Sequential(generator, discriminator)


class TwoHeads(nn.Module):
    """One head is for another task; a pooler runs and is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 32), nn.GELU())
        self.pooler = nn.Linear(32, 32)
        self.head, self.other = nn.Linear(32, 10), nn.Linear(32, 3)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        hidden = self.body(x)
        return {"logits": self.head(hidden), "pooled": torch.tanh(self.pooler(hidden))}


def unused_heads() -> nn.Module:
    model = TwoHeads()
    return fit(
        model,
        (torch.randn(128, 20), labels()),
        lambda net, batch: F.cross_entropy(net(batch[0])["logits"], batch[1]),
        torch.optim.Adam(model.parameters(), lr=1e-3),
    )


class Distilled(nn.Module):
    """A teacher whose output is detached."""

    def __init__(self) -> None:
        super().__init__()
        self.teacher, self.student = nn.Linear(20, 10), nn.Linear(20, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.student(x), self.teacher(x).detach()


def distillation() -> nn.Module:
    model = Distilled()
    return fit(
        model,
        (torch.randn(128, 20),),
        lambda net, batch: F.mse_loss(*net(batch[0])),
        torch.optim.Adam(model.parameters(), lr=1e-3),
    )


def regression_with_large_targets() -> nn.Module:
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1))
    targets = 1e4 * torch.randn(128, 1)
    return fit(
        model,
        (torch.randn(128, 20), targets),
        lambda net, batch: F.mse_loss(net(batch[0]), batch[1]),
        torch.optim.Adam(model.parameters(), lr=1e-3),
    )


def warm_up() -> nn.Module:
    model = ConvNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1e-8, total_iters=1000)

    def loss_of(net: nn.Module, batch: list[Tensor]) -> Tensor:
        if net.head.weight.grad is not None:
            schedule.step()
        return classified(net, batch)

    return fit(model, (images(), labels()), loss_of, optimizer)


def half_precision() -> nn.Module:
    """bfloat16 under autocast, accumulated over two batches, with a scaler that does nothing on a CPU."""
    model = ConvNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for number, (x, y) in enumerate(DataLoader(TensorDataset(images(), labels()), batch_size=16, shuffle=True)):
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(model(x), y) / 2
        loss.backward()
        if number % 2:
            optimizer.step()
            optimizer.zero_grad()
    return model


def closure() -> nn.Module:
    model = nn.Sequential(nn.Linear(20, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4)
    x, y = torch.randn(64, 20), torch.randn(64, 1)

    def evaluate() -> Tensor:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        return loss

    for _ in range(6):
        optimizer.step(evaluate)
    return model


def contrastive() -> nn.Module:
    """Every sample against every other, at a low temperature."""
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32))

    def loss_of(net: nn.Module, batch: list[Tensor]) -> Tensor:
        first, second = (F.normalize(net(view + 0.1 * torch.randn_like(view)), dim=1) for view in (batch[0], batch[0]))
        return F.cross_entropy(first @ second.T / 0.07, torch.arange(len(first)))

    return fit(model, (torch.randn(128, 20),), loss_of, torch.optim.Adam(model.parameters(), lr=1e-3))


class Graph(nn.Module):
    """Nodes of one graph, with a dense matrix of their edges."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(20, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        return edges @ self.second(torch.relu(edges @ self.first(x)))


def graph() -> nn.Module:
    model = Graph()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    x, y, edges = torch.randn(64, 20), labels(count=64), torch.eye(64) + (torch.rand(64, 64) > 0.9)
    edges = edges / edges.sum(1, keepdim=True)
    for _ in range(8):
        optimizer.zero_grad()
        F.cross_entropy(model(x, edges), y).backward()
        optimizer.step()
    return model


class Quantised(nn.Module):
    """A straight-through estimator: rounding forward, the identity backward."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(20, 8), nn.Linear(8, 20)

    def forward(self, x: Tensor) -> Tensor:
        code = self.encoder(x)
        return self.decoder(code + (code.round() - code).detach())


def straight_through() -> nn.Module:
    model = Quantised()
    return fit(
        model,
        (torch.randn(128, 20),),
        lambda net, batch: F.mse_loss(net(batch[0]), batch[0]),
        torch.optim.Adam(model.parameters(), lr=1e-3),
    )


class LowRank(nn.Module):
    """LoRA: a frozen layer and two small ones, of which the second starts at zero."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Linear(20, 10).requires_grad_(False)
        self.down, self.up = nn.Linear(20, 4, bias=False), nn.Linear(4, 10, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + self.up(self.down(x))


def low_rank() -> nn.Module:
    model = LowRank()
    trained = [each for each in model.parameters() if each.requires_grad]
    return fit(model, (torch.randn(128, 20), labels()), classified, torch.optim.AdamW(trained, lr=1e-3))


class Margin(nn.Module):
    """ArcFace: the right class is made harder on purpose, and scores are scaled up."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32))
        self.weight = nn.Parameter(torch.randn(50, 32))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        cosine = F.linear(F.normalize(self.body(x)), F.normalize(self.weight))
        margin = F.one_hot(y, 50) * 0.5
        return 32.0 * torch.cos(torch.acos(cosine.clamp(-0.999, 0.999)) + margin)


def margins() -> nn.Module:
    model = Margin()
    return fit(
        model,
        (torch.randn(128, 20), labels(50)),
        lambda net, batch: F.cross_entropy(net(*batch), batch[1]),
        torch.optim.SGD(model.parameters(), lr=0.01),
    )


RUNS: dict[str, Run] = {
    run.__name__: run
    for run in (
        convolutional,
        label_smoothing,
        frozen_backbone,
        plain_relu,
        zero_initialised,
        rezero,
        transformer,
        recurrent,
        forecasting,
        variational,
        adversarial,
        unused_heads,
        distillation,
        regression_with_large_targets,
        warm_up,
        half_precision,
        closure,
        contrastive,
        graph,
        straight_through,
        low_rank,
        margins,
    )
}
