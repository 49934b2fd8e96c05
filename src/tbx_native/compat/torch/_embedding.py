"""As torch.utils.tensorboard._embedding: the projector's files, one function each."""

from __future__ import annotations

import os

from tbx_native._projector_config import write_file
from tbx_native.compat._embedding import embedding_info as get_embedding_info
from tbx_native.compat._embedding import make_mat, make_sprite, make_tsv

__all__ = ["get_embedding_info", "make_mat", "make_sprite", "make_tsv", "write_pbtxt"]


def write_pbtxt(save_path: str, contents: str) -> None:
    """Writes projector_config.pbtxt into the directory `save_path`."""
    write_file(os.path.join(save_path, "projector_config.pbtxt"), [contents.encode()])
