"""As tensorboardX.embedding: the projector's files, one function each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from tbx_native._projector_config import CONFIG, add_to_config
from tbx_native._remote_factories import registered_factory
from tbx_native.compat import _embedding

__all__ = [
    "TB_MAX_SPRITE_SIZE",
    "append_pbtxt",
    "make_mat",
    "make_sprite",
    "make_tsv",
    "maybe_upload_file",
]

TB_MAX_SPRITE_SIZE = 8192
"""In pixels, of a side."""


def maybe_upload_file(local_path: str) -> None:
    """Copies a file of an s3:// or gs:// path to where the path leads; does nothing for all others.

    The file itself is where the file system finds that path: in a directory "s3:" or "gs:".

    Raises:
        ImportError: The package for such paths is missing.
        OSError: The file cannot be read.
    """
    factory = registered_factory(local_path) if local_path.startswith(("s3://", "gs://")) else None
    if factory is None:
        return
    with open(local_path, "rb") as file:
        content = file.read()
    remote = factory.open(local_path)
    remote.write(content)
    remote.close()


def make_tsv(metadata: Any, save_path: str, metadata_header: Sequence[Any] | None = None) -> None:
    """Writes metadata.tsv into the directory `save_path`: a label, or a row of them, a line."""
    _embedding.make_tsv(metadata, save_path, metadata_header)
    maybe_upload_file(os.path.join(save_path, _embedding.METADATA))


def make_sprite(label_img: Any, save_path: str) -> None:
    """Writes sprite.png: images, (images, 1 or 3 channels, height, width), in a square."""
    _embedding.make_sprite(label_img, save_path)
    maybe_upload_file(os.path.join(save_path, _embedding.SPRITE))


def make_mat(matlist: Any, save_path: str) -> None:
    """Writes tensors.tsv: points, (points, dimensions), a line each."""
    _embedding.make_mat(matlist, save_path)
    maybe_upload_file(os.path.join(save_path, _embedding.TENSORS))


def append_pbtxt(
    metadata: Any, label_img: Any, save_path: str, subdir: str, global_step: Any, tag: str
) -> None:
    """Adds an embedding to projector_config.pbtxt in the directory `save_path`."""
    info = _embedding.embedding_info(metadata, label_img, subdir, global_step, tag)
    add_to_config(save_path, info)
    maybe_upload_file(os.path.join(save_path, CONFIG))
