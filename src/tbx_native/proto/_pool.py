"""The private descriptor pool, filled from the descriptors that were compiled with the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message_factory import GetMessageClass


def _load() -> Any:
    pool = DescriptorPool()
    content = files("tbx_native.proto").joinpath("descriptors.binpb").read_bytes()
    for file in FileDescriptorSet.FromString(content).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


_pool = _load()


def messages_of(module: str) -> dict[str, Any]:
    """Returns what belongs into the module: message classes, enums and the enums' values."""
    file = _pool.FindFileByName(f"tbx_native/{module.rpartition('.')[2]}.proto")
    names: dict[str, Any] = {"DESCRIPTOR": file}
    for name, descriptor in file.message_types_by_name.items():
        names[name] = GetMessageClass(descriptor)
        # Where pickle finds it again.
        names[name].__module__ = module
    for name, descriptor in file.enum_types_by_name.items():
        names[name] = EnumTypeWrapper(descriptor)
        names.update(names[name].items())
    return names
