"""Embeddings of both SummaryWriters, which are files beside the event file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, get_args

from tbx_native._arguments import shown, to_step
from tbx_native._encoding_queue import Encoding
from tbx_native._projector_config import add_to_config, write_unsynced
from tbx_native._remote_runs import local_path
from tbx_native._summary_sink import SummarySink, check_tag
from tbx_native.plugins.embedding import (
    Matrix,
    TensorFormat,
    metadata_tsv,
    read_images,
    read_points,
    sprite_png,
    tensor_file,
)

if TYPE_CHECKING:
    from tbx_native._pixels import Array


class EmbeddingMethods(SummarySink):
    """Mixed into RunWriter."""

    _checks_sprites = True  # for squares, and for what the page can load

    if TYPE_CHECKING:
        _base: str | None
        _default_step: int | None

        def _do_later(
            self,
            tag: object,
            step: int | None,
            encoding: Encoding,
            deliver: Callable[[bytes], None],
        ) -> None: ...

    def add_embedding(
        self,
        mat: Any,
        metadata: Any = None,
        label_img: Any = None,
        global_step: int | None = None,
        tag: str = "default",
        metadata_header: Sequence[Any] | None = None,
        *,
        tensor_format: TensorFormat = "tsv",
    ) -> None:
        """Adds points for TensorBoard's projector, with labels and images.

        Another thread writes the files, into a directory of this tag and step: they are complete
        when flush() returns. The same tag and step again replaces them.

        ``add_embedding(mat, images_or_labels, tag, step)`` works too: images in the place of
        `metadata`, and a str in the place of `label_img`, are taken for what they are.

        Args:
            mat: (points, dimensions), numbers; written as float32, which the page works with.
            metadata: A label for each point, written as its str(); with a `metadata_header` a
                row of labels for each.
            label_img: (points, channels, height, width), an image for each point: floats in [0, 1]
                or uint8, grey or RGB, square, in all at most 8192 pixels wide side by side in
                a square.
            global_step: An integer in int64. None is 0.
            tag: Name of the embedding.
            metadata_header: Names of the columns of `metadata`.
            tensor_format: "tsv", or "bytes": a third of the size, and faster; float32, which
                TensorBoard reads but not the standalone projector. Points whose bytes happen to be
                valid text, such as zeros, are written as "tsv" all the same.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
            OSError: The directory cannot be created.
        """
        if isinstance(label_img, str):
            label_img, tag = None, label_img
        if label_img is None and getattr(metadata, "ndim", 0) == 4:
            metadata, label_img = None, metadata
        subdirectory, step = self._embedding_directory(tag, global_step)
        if tensor_format not in get_args(TensorFormat):
            raise ValueError(f"tensor_format must be 'tsv' or 'bytes', not {tensor_format!r}")
        points = read_points(tag, mat)
        labels = images = None
        if metadata is not None:
            labels = metadata_tsv(tag, metadata, metadata_header, len(points))
        if label_img is not None:
            images = read_images(tag, label_img, len(points), only_squares=self._checks_sprites)
        if not self._write_to_disk:
            return
        logdir = os.path.join(self._base or "", local_path(os.fsdecode(self.get_logdir())))
        os.makedirs(os.path.join(logdir, subdirectory), exist_ok=True)
        files = _EmbeddingFiles(logdir, subdirectory, points, labels, images)
        held = points.nbytes + len(labels or b"") + (0 if images is None else images.nbytes)
        self._do_later(
            tag,
            step,
            Encoding(held, lambda: files.write(f"{tag}:{step:05}", tensor_format)),
            files.add_to_config,  # in the order of the calls, and behind the files that it names
        )

    def _embedding_directory(self, tag: object, global_step: int | None) -> tuple[str, int]:
        """The directory of an embedding, relative to the run's, and its step."""
        name = check_tag(tag)
        if "\0" in name:
            raise ValueError(f"tag {shown(tag)} names no directory: it has a null")
        step = self._default_step if global_step is None else to_step(tag, global_step)
        step = step or 0
        return f"{step:05}/{self._encode(name)}", step

    @staticmethod
    def _encode(rawstr: str) -> str:
        """`rawstr` as the name of a directory."""
        encoded = rawstr.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c")
        # Two names that lead elsewhere.
        return encoded.replace(".", "%2e") if encoded in (".", "..") else encoded


class _EmbeddingFiles:
    def __init__(
        self,
        logdir: str,
        subdirectory: str,
        points: Matrix,
        labels: bytes | None,
        images: Array | None,
    ) -> None:
        self._logdir = logdir
        self._subdirectory = subdirectory
        self._points = points
        self._labels = labels
        self._images = images
        self._unsynced: list[str] = []

    def write(self, name: str, tensor_format: TensorFormat) -> bytes:
        """Writes the files. Returns the EmbeddingInfo that names them, serialized."""
        from tbx_native.proto.plugin_projector import EmbeddingInfo

        tensor_name, content = tensor_file(self._points, tensor_format)
        info = EmbeddingInfo(tensor_name=name, tensor_path=self._write(tensor_name, content))
        if tensor_name == "tensors.bytes":
            info.tensor_shape.extend(self._points.shape)
        if self._labels is not None:
            info.metadata_path = self._write("metadata.tsv", [self._labels])
        if self._images is not None:
            info.sprite.image_path = self._write("sprite.png", [sprite_png(self._images)])
            _, _, height, width = self._images.shape
            info.sprite.single_image_dim.extend([width, height])
        return bytes(info.SerializeToString())

    def _write(self, name: str, content: Iterable[bytes]) -> str:
        path = f"{self._subdirectory}/{name}"
        self._unsynced.append(os.path.join(self._logdir, path))
        write_unsynced(self._unsynced[-1], content)
        return path

    def add_to_config(self, embedding: bytes) -> None:
        from tbx_native.proto.plugin_projector import EmbeddingInfo

        add_to_config(self._logdir, EmbeddingInfo.FromString(embedding), self._unsynced)
