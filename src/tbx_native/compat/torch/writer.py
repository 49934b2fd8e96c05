"""SummaryWriter and FileWriter with torch.utils.tensorboard's API."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from tbx_native import _core, event_file_writer, file_writer
from tbx_native._engine import (
    DEFAULT_ENCODER_BYTES,
    DEFAULT_OVERFLOW_TIMEOUT,
    DEFAULT_QUEUE_BYTES,
    EngineOptions,
    OnError,
    Overflow,
)
from tbx_native._image_methods import ImageFormat, VideoFormat
from tbx_native._image_style import TORCH
from tbx_native._run_writer import RunWriter
from tbx_native.compat._lending import lend
from tbx_native.plugins.audio import TORCH_STYLE as TORCH_SOUND
from tbx_native.plugins.mesh import TORCH_STYLE as TORCH_MESH


class EventFileWriter(event_file_writer.EventFileWriter):
    """As tbx_native.EventFileWriter; its first record is the same as torch's."""

    _source_writer = "tensorboard.summary.writer.event_file_writer"


class FileWriter(file_writer.FileWriter):
    """As tbx_native.FileWriter.

    Args:
        log_dir, max_queue, flush_secs, filename_suffix: As for EventFileWriter.
        **event_file_options: Keyword-only options of EventFileWriter.
    """

    _run_metadata_tag = "step1"

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        **event_file_options: Any,
    ) -> None:
        super().__init__(log_dir, max_queue, flush_secs, filename_suffix, **event_file_options)

    def _event_file_writer_class(self) -> type[event_file_writer.EventFileWriter]:
        return EventFileWriter  # this module's, as tools replace it here


@_core.own_native_methods
class SummaryWriter(_core.TorchSummaryMethods, RunWriter):
    """Writes a training run for TensorBoard, with torch's parameter order, directories and bytes.

    Tags are written as they are, and values that are not finite are not remarked on.

    Args:
        log_dir: Directory of the run. None is ``runs/<date>_<time>_<hostname><comment>``. Or a URL:
            s3:// (boto3), gs:// (google-cloud-storage), a scheme with a factory of yours, or what
            fsspec knows. Its files are copied there every flush_secs, by flush() and by close().
        comment: Appended to the default directory's name.
        purge_step: TensorBoard is asked to forget what the directory has from this step on.
        max_queue: Accepted for compatibility; see queue_bytes.
        flush_secs: How often the files are synced to the device, in seconds.
        filename_suffix: Appended to event file names.
        log_freq, on_error, overflow, overflow_timeout, queue_bytes, encoder_bytes,
            flush_on_sigterm: As for tbx_native.SummaryWriter.

    Raises:
        OSError: The directory or the event file cannot be created or written.
        ValueError: An option is out of its range.
    """

    _cleans_tags = False
    _warns_of_nan = False
    _writes_bools_as_numbers = True
    _stamps_hparams = True
    _image_style = TORCH
    _audio_style = TORCH_SOUND
    _mesh_style = TORCH_MESH
    _checks_sprites = False
    _file_writer_class = FileWriter

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str | None = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        log_freq: int = 1,
        on_error: OnError = "warn",
        overflow: Overflow = "block",
        overflow_timeout: float = DEFAULT_OVERFLOW_TIMEOUT,
        queue_bytes: int = DEFAULT_QUEUE_BYTES,
        encoder_bytes: int = DEFAULT_ENCODER_BYTES,
        flush_on_sigterm: bool = False,
    ) -> None:
        options = EngineOptions(
            flush_secs,
            queue_bytes,
            overflow,
            overflow_timeout,
            on_error,
            encoder_bytes,
            flush_on_sigterm,
        )
        super().__init__(
            log_dir,
            comment,
            purge_step,
            max_queue,
            flush_secs,
            filename_suffix,
            True,
            log_freq,
            options,
        )
        self.purge_step = None  # as torch has it: done

    @property
    def log_dir(self) -> Any:
        """The run's directory, as it was given."""
        return self._logdir

    @log_dir.setter
    def log_dir(self, directory: Any) -> None:
        self._set_logdir(directory)

    def _curve_directory(self, main_tag: str, tag: str) -> str:
        # As torch names it; "/" in the tag alone makes a directory of its own.
        return f"{main_tag.replace('/', '_')}_{tag}"

    def add_hparams(  # type: ignore[override]  # torch's third to fifth parameters are others than tensorboardX's
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, Sequence[Any]] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """As tbx_native.SummaryWriter.add_hparams(), with torch's order of parameters.

        As in torch, bools are written as numbers, the step is that of the hyperparameters too, and
        a run_name of "" is the time; "." makes this run the row.
        """
        self._add_row(
            hparam_dict, metric_dict, hparam_domain_discrete, run_name or None, global_step
        )

    def add_onnx_graph(self, prototxt: str | os.PathLike[str]) -> None:
        """As tbx_native.SummaryWriter.add_onnx_graph(): adds the graph of the model in a file."""
        super().add_onnx_graph(prototxt)

    def add_image_with_boxes(  # type: ignore[override]  # rescale stands before dataformats
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: str | Sequence[str] | None = None,
        *,
        image_format: ImageFormat = "png",
        compression: int | None = None,
    ) -> None:
        """As tbx_native.SummaryWriter.add_image_with_boxes()."""
        super().add_image_with_boxes(
            tag,
            img_tensor,
            box_tensor,
            global_step,
            walltime,
            dataformats,
            labels,
            rescale=rescale,
            image_format=image_format,
            compression=compression,
        )

    def add_video(  # type: ignore[override]  # torch has no dataformats
        self,
        tag: str,
        vid_tensor: Any,
        global_step: int | None = None,
        fps: float = 4,
        walltime: float | None = None,
        *,
        dataformats: str = "NTCHW",
        video_format: VideoFormat = "gif",
    ) -> None:
        """As tbx_native.SummaryWriter.add_video()."""
        super().add_video(
            tag, vid_tensor, global_step, fps, walltime, dataformats, video_format=video_format
        )


# What torch's writer takes from other modules, and programs from it.
__getattr__ = lend(
    __name__,
    "tbx_native",
    {
        "proto.event": ("Event", "SessionLog"),
        "proto.plugin_projector": ("ProjectorConfig",),
        "compat.torch._embedding": (
            "get_embedding_info",
            "make_mat",
            "make_sprite",
            "make_tsv",
            "write_pbtxt",
        ),
        "compat.torch.summary": (
            "audio",
            "custom_scalars",
            "histogram",
            "histogram_raw",
            "hparams",
            "image",
            "image_boxes",
            "mesh",
            "pr_curve",
            "pr_curve_raw",
            "scalar",
            "tensor_proto",
            "text",
            "video",
        ),
        "compat.torch._utils": ("figure_to_image",),
        "compat.torch._onnx_graph": ("load_onnx_graph",),
        "compat.torch._convert_np": ("make_np",),
    },
)
