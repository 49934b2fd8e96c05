"""Lines as people publish them, after install(): they run unchanged and write what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.event_files import payloads_by_directory
from tests.python.programs import run_program

pytest.importorskip("torch", reason="the programs are written for it")

PROGRAM = """
import os, sys
import tbx_native
tbx_native.install()
os.chdir(sys.argv[1])

import numpy as np
import torch
from torch import nn
from {package} import SummaryWriter

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))
x_tensor = torch.randn(8, 4)
writer = SummaryWriter(log_dir="./logs", log_freq=50)
for i in range(100):
    loss = model(x_tensor).pow(2).mean()
    writer.add_scalar('loss', loss.item(), global_step=i)

for epoch in range(2):
    writer.add_graph(model, x_tensor)

for global_step in range(2):
    input_data = torch.rand(8, 4)
    my_value = global_step / 2
    writer.add_histogram('input_data', input_data, global_step)
    writer.add_custom_scalar('my_custom_metric', my_value, global_step)

embedding_matrix = torch.randn(8, 4)
label_img = torch.rand(8, 3, 4, 4)
writer.add_embedding(embedding_matrix, label_img, 'input_data', global_step)
label_img = ["a", "b", "c", "d", "e", "f", "g", "h"]
writer.add_embedding(embedding_matrix, label_img, 'labels', global_step)
writer.close()
"""


@pytest.mark.parametrize("package", ["tensorboardX", "torch.utils.tensorboard"])
def test_a_published_program_runs_unchanged(package: str, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="torch's tracer needs it")
    run_program(PROGRAM.format(package=package), tmp_path)
    from tensorboard.compat.proto.event_pb2 import Event

    (payloads,) = payloads_by_directory(tmp_path).values()
    events = [Event.FromString(payload) for payload in payloads]
    tags = [value.tag for event in events for value in event.summary.value]
    assert {tag: tags.count(tag) for tag in tags} == {
        "loss": 2,  # of 100 steps, every 50th
        "input_data": 2,
        "my_custom_metric": 1,  # a scalar too, of steps 0 and 1
    }
    assert sum(bool(event.graph_def) for event in events) == 2
    config = (tmp_path / "logs/projector_config.pbtxt").read_text()
    assert 'tensor_name: "input_data:00001"' in config and "sprite" in config
    labels = tmp_path / "logs/00001/labels/metadata.tsv"
    assert labels.read_text().split() == list("abcdefgh")
