"""The projector's files, one function each, as both packages' modules for embeddings have them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from tbx_native._projector_config import write_file
from tbx_native.plugins.embedding import (
    metadata_tsv,
    read_images,
    read_points,
    sprite_png,
    tensor_file,
)

TENSORS, METADATA, SPRITE = "tensors.tsv", "metadata.tsv", "sprite.png"


def make_tsv(metadata: Any, save_path: str, metadata_header: Sequence[Any] | None = None) -> None:
    """Writes metadata.tsv into the directory `save_path`: a label, or a row of them, a line."""
    labels = metadata if hasattr(metadata, "__len__") else list(metadata)
    _write(save_path, METADATA, [metadata_tsv("metadata", labels, metadata_header, len(labels))])


def make_sprite(label_img: Any, save_path: str) -> None:
    """Writes sprite.png: images, (images, 1 or 3 channels, height, width), in a square."""
    images = read_images("label_img", label_img, len(label_img), only_squares=True)
    _write(save_path, SPRITE, [sprite_png(images)])


def make_mat(matlist: Any, save_path: str) -> None:
    """Writes tensors.tsv: points, (points, dimensions), a line each."""
    _, content = tensor_file(read_points("matlist", matlist), "tsv")
    _write(save_path, TENSORS, content)


def embedding_info(metadata: Any, label_img: Any, subdir: str, global_step: Any, tag: str) -> Any:
    """Returns the EmbeddingInfo message of the files that the functions above write."""
    from tbx_native.proto.plugin_projector import EmbeddingInfo

    info = EmbeddingInfo(
        tensor_name=f"{tag}:{str(global_step).zfill(5)}", tensor_path=f"{subdir}/{TENSORS}"
    )
    if metadata is not None:
        info.metadata_path = f"{subdir}/{METADATA}"
    if label_img is not None:
        info.sprite.image_path = f"{subdir}/{SPRITE}"
        info.sprite.single_image_dim.extend([label_img.shape[3], label_img.shape[2]])
    return info


def _write(directory: str, name: str, content: Iterable[bytes]) -> None:
    write_file(os.path.join(directory, name), content)
