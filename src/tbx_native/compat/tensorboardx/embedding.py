"""As tensorboardX.embedding: the projector's files, one function each."""

from __future__ import annotations

from typing import Any

from tbx_native._projector_config import add_to_config
from tbx_native.compat._embedding import embedding_info, make_mat, make_sprite, make_tsv

__all__ = ["TB_MAX_SPRITE_SIZE", "append_pbtxt", "make_mat", "make_sprite", "make_tsv"]

TB_MAX_SPRITE_SIZE = 8192
"""In pixels, of a side."""


def append_pbtxt(
    metadata: Any, label_img: Any, save_path: str, subdir: str, global_step: Any, tag: str
) -> None:
    """Adds an embedding to projector_config.pbtxt in the directory `save_path`."""
    add_to_config(save_path, embedding_info(metadata, label_img, subdir, global_step, tag))
