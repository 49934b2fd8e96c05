"""A GPT over characters (https://arxiv.org/abs/1706.03762, with norms in front); needs torch."""

from collections.abc import Mapping
from itertools import islice
from math import log
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.python.training.blocks import SCALARS
from benchmarks.python.training.source_text import VOCABULARY, excerpts

CONTEXT: Final = 64  # characters that a guess can see
BATCH: Final = 16
LAYERS: Final = 4
HEADS: Final = 4
LEARNING_RATE: Final = 1e-3


class Layer(nn.Module):
    """Attention to what came before, then a perceptron for each character."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention_in = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp_in = nn.Linear(width, 4 * width)
        self.mlp_out = nn.Linear(4 * width, width)

    def forward(self, batch: Tensor) -> Tensor:
        """(BATCH, CONTEXT, width), as `batch`."""
        heads = self.attention_in(self.norm1(batch)).unflatten(-1, (3, HEADS, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        batch = batch + self.attention_out(seen.transpose(1, 2).flatten(2))
        thought: Tensor = self.mlp_out(functional.gelu(self.mlp_in(self.norm2(batch))))
        return batch + thought


class Gpt(nn.Module):
    """Guesses the next character."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, width)
        self.position = nn.Parameter(torch.randn(CONTEXT, width) / 100)
        self.layers = nn.Sequential(*(Layer(width) for _ in range(LAYERS)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, VOCABULARY, bias=False)

    def forward(self, codes: Tensor) -> Tensor:
        """(BATCH, CONTEXT, VOCABULARY), logits for the character after each of `codes`."""
        batch = self.layers(self.embedding(codes) + self.position)
        logits: Tensor = self.head(self.norm(batch))
        return logits


class GptTraining:
    """A Gpt and its optimizer."""

    def __init__(self, width: int) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(0)
        self._random = np.random.default_rng(0)
        self._model = Gpt(width)
        self._optimizer = torch.optim.AdamW(self._model.parameters(), LEARNING_RATE)
        self._loss = torch.zeros(())
        self.weights: Mapping[str, Tensor] = dict(self._model.named_parameters())

    @property
    def gradients(self) -> Mapping[str, Tensor | None]:
        return {name: weight.grad for name, weight in self.weights.items()}

    def train(self) -> None:
        codes = torch.from_numpy(excerpts(self._random, BATCH, CONTEXT))
        logits = self._model(codes[:, :-1])
        self._loss = functional.cross_entropy(logits.flatten(0, 1), codes[:, 1:].flatten())
        self._optimizer.zero_grad()
        torch.autograd.backward(self._loss)
        self._optimizer.step()

    def metrics(self) -> dict[str, float]:
        loss = self._loss.item()
        metrics = {"train/loss": loss, "train/bits": float(np.float32(loss / log(2)))}
        for name, gradient in self.gradients.items():
            assert gradient is not None
            metrics[f"gradient_norm/{name}"] = gradient.norm().item()
        for name, weight in self.weights.items():
            metrics[f"weight_norm/{name}"] = weight.norm().item()
        return dict(islice(metrics.items(), SCALARS))
