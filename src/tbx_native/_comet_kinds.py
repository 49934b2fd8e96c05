"""What Comet gets of each kind that a SummaryWriter adds."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tbx_native._arguments import clean_tag, to_step, to_value
from tbx_native._arrays import to_numbers


class Destination(NamedTuple):
    """An experiment, and the writer whose habits it follows."""

    experiment: Any
    writer: Any

    def step(self, step: Any) -> int | None:
        """The step of the event: its own, or that of use_metadata()."""
        if step is not None:
            return to_step(None, step)
        default: int | None = self.writer._default_step
        return default

    def skips(self, step: int | None) -> bool:
        """Tells whether log_freq does."""
        return step is not None and step % self.writer._log_freq != 0


# ---- from the arguments of a call ----


def _scalar(
    to: Destination,
    tag: str,
    scalar_value: Any,
    global_step: Any = None,
    walltime: Any = None,
    display_name: str | None = "",
    *_: Any,
    **__: Any,
) -> None:
    step = to.step(global_step)
    if not to.skips(step):
        name = display_name or clean_tag(tag)
        to.experiment.log_metric(name, to_value(tag, scalar_value), step)


def _scalars(
    to: Destination,
    main_tag: str,
    tag_scalar_dict: Mapping[str, Any],
    global_step: Any = None,
    walltime: Any = None,
) -> None:
    step = to.step(global_step)
    if not to.skips(step):
        numbers = {tag: to_value(tag, value) for tag, value in tag_scalar_dict.items()}
        to.experiment.log_metrics(numbers, main_tag, step)


def _log(
    to: Destination, metrics: Mapping[str, Any], step: Any = None, walltime: Any = None
) -> None:
    step = to.step(step)
    if not to.skips(step):
        numbers = {tag: to_value(tag, value) for tag, value in _flat("", metrics)}
        to.experiment.log_metrics(numbers, step=step)


def _flat(prefix: str, metrics: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in metrics.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{key}/", value)
        else:
            yield prefix + key, value


def _histogram(
    to: Destination, tag: str, values: Any, global_step: Any = None, *_: Any, **__: Any
) -> None:
    numbers = np.asarray(to_numbers(tag, values))
    to.experiment.log_histogram_3d(numbers, tag, to.step(global_step))


def _histograms(
    to: Destination, prefix: str, named_arrays: Any, step: Any = None, *_: Any, **__: Any
) -> None:
    pairs = named_arrays.items() if isinstance(named_arrays, Mapping) else named_arrays
    for name, values in pairs:
        _histogram(to, f"{prefix}/{name}" if prefix else name, values, step)


def _text(
    to: Destination, tag: str, text_string: str, global_step: Any = None, walltime: Any = None
) -> None:
    to.experiment.log_text(text_string, to.step(global_step), {"tag": tag})


def _mesh(
    to: Destination,
    tag: str,
    vertices: Any,
    colors: Any = None,
    faces: Any = None,
    config_dict: Any = None,
    global_step: Any = None,
    walltime: float | None = None,
) -> None:
    arrays = {"vertices": vertices, "colors": colors, "faces": faces}
    mesh = {
        name: None if array is None else to_numbers(tag, array).tolist()
        for name, array in arrays.items()
    }
    mesh |= {"tag": tag, "config_dict": config_dict, "walltime": walltime, "asset_type": "mesh"}
    to.experiment.log_asset_data(mesh, tag, step=to.step(global_step))


def _hparams(
    to: Destination,
    hparam_dict: dict[str, Any],
    metric_dict: dict[str, Any],
    name: str | None = None,
    global_step: Any = None,
    **_: Any,
) -> None:
    step = to.step(global_step)
    to.experiment.log_parameters(hparam_dict, step=step)
    _log(to, metric_dict, step)


def _embedding(
    to: Destination,
    mat: Any,
    metadata: Any = None,
    label_img: Any = None,
    global_step: Any = None,
    tag: str = "default",
    *_: Any,
    **__: Any,
) -> None:
    if metadata is None:
        return  # Comet's projector needs labels
    images = image_size = None
    if label_img is not None:
        images = to_numbers(tag, label_img)
        image_size = images.shape[2:] if images.shape[1] == 1 else images.shape[1:]
    vectors, labels = to_numbers(tag, mat), np.asarray(metadata)
    to.experiment.log_embedding(
        vectors, labels, images, image_size, title=tag, template_filename=f"{tag}.json"
    )


def _graph(to: Destination, model: Any, *_: Any, **__: Any) -> None:
    to.experiment.set_model_graph(str(model))


def _graph_file(to: Destination, path: Any, *_: Any) -> None:
    to.experiment.log_asset(str(path))


LOG_CALL: dict[str, Callable[..., None]] = {
    "add_scalar": _scalar,
    "add_custom_scalar": _scalar,
    "add_scalars": _scalars,
    "log": _log,
    "add_histogram": _histogram,
    "add_histograms": _histograms,
    "add_text": _text,
    "add_mesh": _mesh,
    "add_hparams": _hparams,
    "add_embedding": _embedding,
    "add_graph": _graph,
    "add_onnx_graph": _graph_file,
    "add_openvino_graph": _graph_file,
}


# ---- from the value of a Summary, as it is in the event file ----


def _image(to: Destination, value: Any, step: int | None) -> None:
    content = value.image.encoded_image_string
    if content.startswith(b"GIF8"):
        to.experiment.log_video(io.BytesIO(content), f"{value.tag}.gif", format="gif", step=step)
    else:
        to.experiment.log_image(io.BytesIO(content), value.tag, step=step)


def _audio(to: Destination, value: Any, step: int | None) -> None:
    # Not log_audio(), which takes no WAV file that is in memory.
    content = io.BytesIO(value.audio.encoded_audio_string)
    to.experiment.log_asset(content, f"{value.tag}.wav", step=step)


def _histogram_raw(to: Destination, value: Any, step: int | None) -> None:
    from google.protobuf.json_format import MessageToDict

    histogram = MessageToDict(value.histo) | {"name": value.tag}
    to.experiment.log_asset_data(histogram, value.tag, step=step)


def _pr_curve(to: Destination, value: Any, step: int | None) -> None:
    shape = [dim.size for dim in value.tensor.tensor_shape.dim]
    rows = np.reshape(value.tensor.float_val, shape).tolist()
    curve = dict(zip(("TP", "FP", "TN", "FN", "precision", "recall"), rows, strict=True))
    curve["thresholds"] = [number / shape[1] for number in range(shape[1])]
    to.experiment.log_asset_data(curve | {"name": value.tag}, value.tag, step=step)


LOG_VALUE: dict[str, Callable[[Destination, Any, int | None], None]] = {
    "image": _image,
    "audio": _audio,
    "histo": _histogram_raw,
    "pr_curves": _pr_curve,
}
