"""The events of a model's graph, and torch's way to it."""

from __future__ import annotations

from typing import Any


def graph_event(graph: bytes) -> Any:
    """Returns the Event message of a serialized GraphDef."""
    from tbx_native.proto.event import Event

    return Event(graph_def=graph)


def run_metadata_event(tag: str, run_metadata: bytes) -> Any:
    """Returns the Event message of a serialized RunMetadata, shown under `tag`."""
    from tbx_native.proto.event import Event, TaggedRunMetadata

    return Event(tagged_run_metadata=TaggedRunMetadata(tag=tag, run_metadata=run_metadata))


def traced_graph(model: Any, inputs: Any, verbose: bool, use_strict_trace: bool) -> tuple[Any, Any]:
    """Returns the GraphDef and RunMetadata of a torch model, by torch's own tracer.

    Args:
        model: A torch.nn.Module, or a scripted function.
        inputs: What it is called with: a tensor, or a tuple of them.
        verbose: Whether the tracer prints the graph.
        use_strict_trace: False allows lists and dicts as outputs; see torch.jit.trace().

    Raises:
        ImportError: There is no torch, or no tensorboard, which the tracer needs too.
        TypeError: `model` is no model.
        RuntimeError: It cannot be traced.
    """
    try:
        import torch
        from torch.utils.tensorboard._pytorch_graph import graph
    except ImportError as error:
        message = "add_graph() needs torch and tensorboard: pip install torch tensorboard"
        raise ImportError(message) from error
    if not isinstance(model, (torch.nn.Module, torch.jit.ScriptFunction)):
        kind = type(model).__name__
        raise TypeError(f"add_graph() needs a torch.nn.Module or a scripted function, not {kind}")
    trace: Any = graph  # which has no types
    graph_def, run_metadata = trace(model, inputs, verbose, use_strict_trace)
    return graph_def, run_metadata
