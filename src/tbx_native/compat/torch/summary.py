"""As torch.utils.tensorboard.summary: real protobuf messages, of what SummaryWriter writes."""

from __future__ import annotations

import logging
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tbx_native._image_style import TORCH
from tbx_native._pillow import draw_boxes as draw_boxes_over
from tbx_native._pillow import pillow_array
from tbx_native.compat._lending import lend
from tbx_native.compat._recording import parsed
from tbx_native.compat._recording import torch_summary as _summary_of
from tbx_native.plugins import hparams as hparams_plugin
from tbx_native.plugins import image as image_plugin

__all__ = [
    "audio",
    "compute_curve",
    "custom_scalars",
    "draw_boxes",
    "half_to_int",
    "histogram",
    "histogram_raw",
    "hparams",
    "image",
    "image_boxes",
    "int_to_half",
    "make_histogram",
    "make_image",
    "make_video",
    "mesh",
    "pr_curve",
    "pr_curve_raw",
    "scalar",
    "tensor_proto",
    "text",
    "video",
]

logger = logging.getLogger("tbx_native")


def half_to_int(f: float) -> int:
    """Returns the bits of `f` as a float32."""
    (bits,) = struct.unpack("i", struct.pack("f", f))
    return int(bits)


def int_to_half(i: int) -> float:
    """Returns the float32 whose bits are `i`: half_to_int() undone."""
    (value,) = struct.unpack("f", struct.pack("i", i))
    return float(value)


def hparams(
    hparam_dict: Mapping[str, Any] | None = None,
    metric_dict: Mapping[str, Any] | None = None,
    hparam_domain_discrete: Mapping[str, Sequence[Any]] | None = None,
) -> tuple[Any, Any, Any]:
    """Returns what add_hparams() writes: experiment, start and end of the session."""
    return hparams_plugin.hparams(
        hparam_dict or {}, metric_dict or {}, hparam_domain_discrete, bools_as_numbers=True
    )


def scalar(
    name: str,
    tensor: Any,
    collections: object = None,
    new_style: bool = False,
    double_precision: bool = False,
) -> Any:
    """Returns what add_scalar() writes; `collections` means nothing, as in torch."""
    return _summary_of("add_scalar", name, tensor, None, None, new_style, double_precision)


def tensor_proto(tag: str, tensor: Any) -> Any:
    """Returns what add_tensor() writes."""
    return _summary_of("add_tensor", tag, tensor)


def histogram_raw(
    name: str,
    min: float,
    max: float,
    num: float,
    sum: float,
    sum_squares: float,
    bucket_limits: Any,
    bucket_counts: Any,
) -> Any:
    """Returns what add_histogram_raw() writes."""
    statistics = min, max, num, sum, sum_squares
    return _summary_of("add_histogram_raw", name, *statistics, bucket_limits, bucket_counts)


def histogram(name: str, values: Any, bins: Any, max_bins: int | None = None) -> Any:
    """Returns what add_histogram() writes."""
    return _summary_of("add_histogram", name, values, bins=bins, max_bins=max_bins)


def make_histogram(values: Any, bins: Any, max_bins: int | None = None) -> Any:
    """Returns the HistogramProto of what add_histogram() writes."""
    return histogram("histogram", values, bins, max_bins).value[0].histo


def image(tag: str, tensor: Any, rescale: float = 1, dataformats: str = "NCHW") -> Any:
    """Returns what add_image() writes, resized by the factor `rescale`."""
    encoding = image_plugin.image(tag, tensor, dataformats, TORCH, rescale=rescale)
    return parsed(encoding.encode())


def image_boxes(
    tag: str,
    tensor_image: Any,
    tensor_boxes: Any,
    rescale: float = 1,
    dataformats: str = "CHW",
    labels: str | Sequence[str] | None = None,
) -> Any:
    """Returns what add_image_with_boxes() writes."""
    options = {"dataformats": dataformats, "labels": labels, "rescale": rescale}
    return _summary_of("add_image_with_boxes", tag, tensor_image, tensor_boxes, **options)


def draw_boxes(disp_image: Any, boxes: Any, labels: Sequence[str] | None = None) -> Any:
    """Returns a Pillow image with red boxes, (boxes, 4): left, top, right, bottom in pixels."""
    from PIL import Image

    return Image.fromarray(draw_boxes_over(pillow_array(disp_image), np.asarray(boxes), labels))


def make_image(
    tensor: Any, rescale: float = 1, rois: Any = None, labels: Sequence[str] | None = None
) -> Any:
    """Returns the Summary.Image of an array (height, width, channels), with boxes if there are."""
    if rois is None:
        return image("image", tensor, rescale, "HWC").value[0].image
    return image_boxes("image", tensor, rois, rescale, "HWC", labels).value[0].image


def video(tag: str, tensor: Any, fps: float = 4) -> Any:
    """Returns what add_video() writes."""
    return _summary_of("add_video", tag, tensor, fps=fps)


def make_video(tensor: Any, fps: float) -> Any:
    """Returns the Summary.Image of an array (frames, height, width, channels)."""
    return video("video", np.moveaxis(tensor, -1, 1)[np.newaxis], fps).value[0].image


def audio(tag: str, tensor: Any, sample_rate: int = 44100) -> Any:
    """Returns what add_audio() writes."""
    return _summary_of("add_audio", tag, tensor, sample_rate=sample_rate)


def custom_scalars(layout: Mapping[str, Any]) -> Any:
    """Returns what add_custom_scalars() writes."""
    return _summary_of("add_custom_scalars", layout)


def text(tag: str, text: str) -> Any:
    """Returns what add_text() writes."""
    return _summary_of("add_text", tag, text)


def pr_curve_raw(
    tag: str,
    tp: Any,
    fp: Any,
    tn: Any,
    fn: Any,
    precision: Any,
    recall: Any,
    num_thresholds: int = 127,
    weights: Any = None,
) -> Any:
    """Returns what add_pr_curve_raw() writes."""
    rows = tp, fp, tn, fn, precision, recall
    return _summary_of(
        "add_pr_curve_raw", tag, *rows, num_thresholds=num_thresholds, weights=weights
    )


def pr_curve(
    tag: str, labels: Any, predictions: Any, num_thresholds: int = 127, weights: Any = None
) -> Any:
    """Returns what add_pr_curve() writes."""
    options = {"num_thresholds": num_thresholds, "weights": weights}
    return _summary_of("add_pr_curve", tag, labels, predictions, **options)


def compute_curve(
    labels: Any, predictions: Any, num_thresholds: int | None = None, weights: Any = None
) -> np.ndarray[Any, np.dtype[Any]]:
    """Returns the six rows of the curve that add_pr_curve() writes, of at most 127 points each.

    They are true positives, false positives, true negatives, false negatives, precision, recall.
    """
    points = 127 if num_thresholds is None else num_thresholds
    curve = pr_curve("curve", labels, predictions, points, weights).value[0].tensor
    return np.array(curve.float_val).reshape(6, -1)


def mesh(
    tag: str,
    vertices: Any,
    colors: Any,
    faces: Any,
    config_dict: Mapping[str, Any] | None,
    display_name: str | None = None,
    description: str | None = None,
) -> Any:
    """Returns what add_mesh() writes, with a name and a description to be shown if given."""
    summary = _summary_of("add_mesh", tag, vertices, colors, faces, config_dict)
    for value in summary.value:
        value.metadata.display_name = display_name or ""
        value.metadata.summary_description = description or ""
    return summary


# What torch's summary takes from other modules, and programs from it.
__getattr__ = lend(
    __name__,
    "tbx_native",
    {
        "proto.summary": ("HistogramProto", "Summary", "SummaryMetadata"),
        "proto.tensor": ("TensorProto", "TensorShapeProto"),
        "proto.plugin_pr_curve": ("PrCurvePluginData",),
        "proto.plugin_text": ("TextPluginData",),
        "compat.torch._utils": ("convert_to_HWC",),
        "compat.torch._convert_np": ("make_np",),
    },
)
