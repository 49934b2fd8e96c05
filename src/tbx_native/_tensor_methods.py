"""Tensors, and the kinds of summaries that are tensors, of both SummaryWriters."""

from __future__ import annotations

from typing import Any

from tbx_native._summary_sink import SummarySink, check_tag
from tbx_native.plugins.mesh import TENSORBOARDX_STYLE, MeshStyle, mesh
from tbx_native.plugins.pr_curve import pr_curve, pr_curve_raw
from tbx_native.plugins.tensor import tensor as tensor_summary


class TensorMethods(SummarySink):
    """Mixed into RunWriter. Tags are not cleaned, as in tensorboardX."""

    _mesh_style: MeshStyle = TENSORBOARDX_STYLE

    def add_tensor(
        self,
        tag: str,
        tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Adds a tensor as it is, for programs that read event files.

        ``tensorboard.util.tensor_util.make_ndarray()`` gives it back, but for bfloat16, which needs
        TensorFlow.

        Args:
            tag: Its name.
            tensor: An array or tensor of any shape and of a bool, integer, float or complex type,
                float8 excepted; a number; or nested sequences of numbers. Or the same of str, which
                is written as UTF-8, or bytes.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
        """
        tag = check_tag(tag)
        self._append_summary(tag, tensor_summary(tag, tensor), global_step, walltime)

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: Any = None,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Adds meshes or point clouds, which TensorBoard shows in three dimensions.

        Args:
            tag: Name of the mesh.
            vertices: Coordinates of shape (batch, vertices, 3).
            colors: RGB of each vertex, of shape (batch, vertices, 3), in [0, 255].
            faces: Indices of each triangle's vertices, of shape (batch, faces, 3); None shows
                points.
            config_dict: Names of three.js classes and how to configure them: camera, lights,
                material.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
        """
        tag = check_tag(tag)
        summary = mesh(tag, vertices, colors, faces, config_dict, self._mesh_style)
        self._append_summary(tag, summary, global_step, walltime)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Adds the precision-recall curve of a binary classifier.

        Args:
            tag: Name of the curve.
            labels: What is true, an array of any shape: bool, or numbers in [0, 1].
            predictions: What the classifier holds likely, of the same shape, in [0, 1]. Those
                outside, and NaN, are left out.
            global_step: An integer in int64. None writes no step.
            num_thresholds: How many points the curve has, at least 1; 127 if more.
            weights: Of each prediction: None, a number, or an array of a shape that broadcasts to
                theirs.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
        """
        tag = check_tag(tag)
        summary = pr_curve(tag, labels, predictions, num_thresholds, weights)
        self._append_summary(tag, summary, global_step, walltime)

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Adds a precision-recall curve that the caller has computed.

        Args:
            tag: Name of the curve.
            true_positive_counts, false_positive_counts, true_negative_counts,
                false_negative_counts, precision, recall: One number a threshold, each of shape
                (thresholds,).
            global_step: An integer in int64. None writes no step.
            num_thresholds: What TensorBoard is told of the number of thresholds; 127 if more.
            weights: Not used, as in tensorboardX: the counts are weighted already.
            walltime: Seconds since the Unix epoch. None is now.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
        """
        tag = check_tag(tag)
        rows = (
            true_positive_counts,
            false_positive_counts,
            true_negative_counts,
            false_negative_counts,
            precision,
            recall,
        )
        summary = pr_curve_raw(tag, rows, num_thresholds)
        self._append_summary(tag, summary, global_step, walltime)
