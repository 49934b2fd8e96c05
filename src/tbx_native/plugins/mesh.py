"""Meshes and point clouds: vertices, faces and colors, in a Summary with a value of each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from tbx_native import _core
from tbx_native._arrays import to_numbers

_VERTEX, _FACE, _COLOR = 1, 2, 3  # MeshPluginData.ContentType
_DT_FLOAT, _FLOAT_VAL = 1, 5  # of TensorProto


class MeshStyle(NamedTuple):
    """What one API writes where the other writes something else."""

    tag_suffixes: dict[int, str]
    """Behind the tag and "_", by content type."""

    no_config: str
    """The JSON where there is no config_dict."""

    has_components: bool
    """Whether each value says which others there are."""


TENSORBOARDX_STYLE = MeshStyle({_VERTEX: "1", _FACE: "2", _COLOR: "3"}, "null", False)
TORCH_STYLE = MeshStyle({_VERTEX: "VERTEX", _FACE: "FACE", _COLOR: "COLOR"}, "{}", True)


def mesh(
    tag: str, vertices: Any, colors: Any, faces: Any, config_dict: Any, style: MeshStyle
) -> bytes:
    """Returns the Summary of a mesh.

    Args:
        tag: As it is to be written.
        vertices: Coordinates, of shape (batch, vertices, 3).
        colors: None, or of shape (batch, vertices, 3), in [0, 255].
        faces: None, or the vertices of triangles, of shape (batch, faces, 3).
        config_dict: None, or what three.js is configured with; goes through JSON.
        style: Of the API.

    Raises:
        TypeError: An array holds no numbers, or `config_dict` something that JSON has no form for.
        ValueError: An array does not have three dimensions.
    """
    json_config = _to_json(tag, config_dict, style)
    tensors = {_VERTEX: _to_float32(tag, vertices)}
    for content_type, values in ((_FACE, faces), (_COLOR, colors)):
        if values is not None:
            tensors[content_type] = _to_float32(tag, values)
    components = sum(1 << content_type for content_type in tensors) if style.has_components else 0
    summary = b""
    for content_type, tensor in tensors.items():
        content = _plugin_content(tag, content_type, json_config, tensor.shape, components)
        # Serialized messages behind each other are one message with the values of all.
        summary += _core.encode_tensor(
            f"{tag}_{style.tag_suffixes[content_type]}",
            "mesh",
            content,
            _DT_FLOAT,
            tensor.shape,
            _FLOAT_VAL,
            tensor.data,
        )
    return summary


@lru_cache(maxsize=64)  # at each step the same
def _plugin_content(
    tag: str, content_type: int, json_config: str, shape: tuple[int, ...], components: int
) -> bytes:
    from tbx_native.proto.plugin_mesh import MeshPluginData

    data = MeshPluginData(
        name=tag,
        content_type=content_type,
        json_config=json_config,
        shape=shape,
        components=components,
    )
    return bytes(data.SerializeToString())


def _to_json(tag: str, config_dict: Any, style: MeshStyle) -> str:
    if config_dict is None:
        return style.no_config
    import json  # slow to import, and few meshes have a configuration

    try:
        return json.dumps(config_dict, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise type(error)(f"config_dict of mesh {tag!r} has no form in JSON: {error}") from None


def _to_float32(tag: str, values: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    array = to_numbers(tag, values)
    if array.ndim != 3:
        shape = "x".join(map(str, array.shape)) or "()"
        raise ValueError(f"mesh {tag!r}: Tensor shape should be of shape BxNx3, but got {shape}")
    if array.dtype != np.float32:
        with np.errstate(over="ignore"):  # to an infinity, as protobuf does
            array = array.astype(np.float32)
    return np.ascontiguousarray(array, "<f4")
