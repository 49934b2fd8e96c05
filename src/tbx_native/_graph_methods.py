"""Graphs of models, of both SummaryWriters."""

from __future__ import annotations

import os
from typing import Any

from tbx_native._summary_sink import SummarySink
from tbx_native.plugins.graph import traced_graph


class GraphMethods(SummarySink):
    """Mixed into RunWriter. A run shows one graph: TensorBoard keeps the last."""

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
    ) -> None:
        """Adds the graph of a torch model, traced by torch.

        Args:
            model: A torch.nn.Module, or a scripted function.
            input_to_model: What it is called with: a tensor, or a tuple of them.
            verbose: Whether the tracer prints the graph.
            use_strict_trace: False allows lists and dicts as outputs; see torch.jit.trace().

        Raises:
            ImportError: There is no torch, or no tensorboard, which torch's tracer needs.
            TypeError: `model` is no model.
            RuntimeError: It cannot be traced; nothing was written.
        """
        if self._write_to_disk:  # or tracing, which runs the model, would be for nothing
            graph = traced_graph(model, input_to_model, verbose, use_strict_trace)
            self._get_file_writer().add_graph(graph)

    def add_onnx_graph(self, onnx_model_file: str | os.PathLike[str]) -> None:
        """Adds the graph of the ONNX model in a file.

        Raises:
            ImportError: There is no onnx.
            OSError: The file cannot be read.
            ValueError: It holds no ONNX model; nothing was written.
        """
        from tbx_native.plugins.onnx_graph import load_onnx_graph

        self._get_file_writer().add_onnx_graph(load_onnx_graph(onnx_model_file))

    def add_openvino_graph(self, xmlname: str | os.PathLike[str]) -> None:
        """Adds the graph of the OpenVINO model that an .xml file describes.

        Raises:
            OSError: The file cannot be read.
            ValueError: It describes no such model; nothing was written.
        """
        from tbx_native.plugins.openvino_graph import load_openvino_graph

        self._get_file_writer().add_openvino_graph(load_openvino_graph(xmlname))
