"""Our .proto files against TensorBoard's own descriptors: what one writes the other reads.

Every message, field, oneof and enum of proto/tbx_native must exist in TensorBoard with the same
number, type, label and packing. What TensorBoard has and we leave out is listed here, so that
nothing is missing by oversight and a field that TensorBoard adds is noticed.
"""

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

ROOT = Path(__file__).resolve().parents[2]
PROTO_ROOT = ROOT / "proto"
GOLDEN = ROOT / "tests" / "golden"

THEIR_MODULES = [
    *(
        f"tensorboard.compat.proto.{name}_pb2"
        for name in ("config", "event", "graph", "step_stats", "summary", "tensor")
    ),
    "tensorboard.plugins.custom_scalar.layout_pb2",
    "tensorboard.plugins.hparams.plugin_data_pb2",
    "tensorboard.plugins.mesh.plugin_data_pb2",
    "tensorboard.plugins.pr_curve.plugin_data_pb2",
    "tensorboard.plugins.projector.projector_config_pb2",
    "tensorboard.plugins.text.plugin_data_pb2",
]

LEFT_OUT_FIELDS = {
    "tensorboard.GraphDef": {"version", "library", "debug_info"},
    "tensorboard.NodeDef": {"experimental_debug_info", "experimental_type"},
    "tensorboard.NodeExecStats": {"output", "referenced_tensor", "memory_stats"},
    "tensorboard.RunMetadata": {"cost_graph", "function_graphs", "session_metadata"},
}


def compile_protos(proto_root: Path, output: Path) -> DescriptorPool:
    """Compiles every file below `proto_root`; the pool is private, as at run time."""
    files = sorted(str(path) for path in proto_root.rglob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{proto_root}", "--include_imports"]
    command.append(f"--descriptor_set_out={output}")
    protoc = subprocess.run([*command, *files], check=False, capture_output=True, text=True)
    # A warning (say, an unused import) is as good as an error.
    assert (protoc.returncode, protoc.stderr) == (0, "")
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(output.read_bytes()).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def our_names(proto_root: Path) -> list[str]:
    return sorted(str(path.relative_to(proto_root)) for path in proto_root.rglob("*.proto"))


def with_nested(message: Descriptor) -> Iterator[Descriptor]:
    yield message
    for nested in message.nested_types:
        yield from with_nested(nested)


def all_messages(pool: DescriptorPool, proto_root: Path) -> Iterator[Descriptor]:
    for name in our_names(proto_root):
        for message in pool.FindFileByName(name).message_types_by_name.values():
            yield from with_nested(message)


def all_enums(pool: DescriptorPool, proto_root: Path) -> Iterator[EnumDescriptor]:
    for name in our_names(proto_root):
        yield from pool.FindFileByName(name).enum_types_by_name.values()
    for message in all_messages(pool, proto_root):
        yield from message.enum_types


def theirs_for(our_full_name: str) -> str:
    return re.sub(r"^tbx_native\b", "tensorboard", our_full_name)


def wire_form(field: FieldDescriptor) -> tuple[object, ...]:
    """All that the bytes and the generated accessors of a field depend on."""
    referenced = field.message_type or field.enum_type
    return (
        field.number,
        field.type,
        field.is_repeated,
        field.is_packed,
        field.has_presence,
        field.containing_oneof.name if field.containing_oneof else None,
        theirs_for(referenced.full_name) if referenced else None,
    )


def differences(pool: DescriptorPool, proto_root: Path) -> list[str]:
    """Every way in which our schema says something else than TensorBoard's."""
    their_pool = importlib.import_module(THEIR_MODULES[0]).DESCRIPTOR.pool
    for module in THEIR_MODULES:
        assert importlib.import_module(module).DESCRIPTOR.pool is their_pool
    found = []
    for ours in all_messages(pool, proto_root):
        try:
            theirs = their_pool.FindMessageTypeByName(theirs_for(ours.full_name))
        except KeyError:
            found.append(f"{ours.full_name} is unknown to TensorBoard")
            continue
        for name, field in ours.fields_by_name.items():
            other = theirs.fields_by_name.get(name)
            if other is None or wire_form(field) != wire_form(other):
                found.append(f"{field.full_name} differs")
        missing = set(theirs.fields_by_name) - set(ours.fields_by_name)
        if missing != LEFT_OUT_FIELDS.get(theirs.full_name, set()):
            found.append(f"{ours.full_name} leaves out {sorted(missing)}")
        if set(ours.oneofs_by_name) != set(theirs.oneofs_by_name):
            found.append(f"{ours.full_name} has other oneofs")
        if ours.GetOptions().map_entry != theirs.GetOptions().map_entry:
            found.append(f"{ours.full_name} differs in being a map's entry")
    for ours_enum in all_enums(pool, proto_root):
        their_enum = their_pool.FindEnumTypeByName(theirs_for(ours_enum.full_name))
        our_values = {value.name: value.number for value in ours_enum.values}
        their_values = {
            value.name: value.number
            for value in their_enum.values
            if not (value.name.startswith("DT_") and value.name.endswith("_REF"))
        }
        if our_values != their_values:
            found.append(f"{ours_enum.full_name} has other values")
    return found


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> DescriptorPool:
    return compile_protos(PROTO_ROOT, tmp_path_factory.mktemp("proto") / "ours.bin")


def test_schema_is_tensorboards(pool: DescriptorPool) -> None:
    messages = list(all_messages(pool, PROTO_ROOT))
    fields = [field for message in messages for field in message.fields]
    enums = list(all_enums(pool, PROTO_ROOT))
    assert len(our_names(PROTO_ROOT)) >= 11
    assert len(messages) >= 45
    assert len(fields) >= 190
    assert sum(len(enum.values) for enum in enums) >= 60
    assert differences(pool, PROTO_ROOT) == []


def test_everything_left_out_exists(pool: DescriptorPool) -> None:
    names = {theirs_for(message.full_name) for message in all_messages(pool, PROTO_ROOT)}
    assert set(LEFT_OUT_FIELDS) <= names


@pytest.mark.parametrize(
    ("file", "line", "mutant", "expected"),
    [
        ("event", "int64 step = 2", "int64 step = 12", "tbx_native.Event.step differs"),
        ("event", "int64 step = 2", "int32 step = 2", "tbx_native.Event.step differs"),
        ("event", "int64 step = 2", "repeated int64 step = 2", "tbx_native.Event.step differs"),
        ("event", "int64 step = 2", "optional int64 step = 2", "tbx_native.Event.step differs"),
        ("event", "START = 1", "START = 4", "tbx_native.SessionLog.SessionStatus has other values"),
        ("summary", "bucket = 7 [packed = true]", "bucket = 7 [packed = false]",
         "tbx_native.HistogramProto.bucket differs"),
        ("summary", "oneof value", "oneof values", "tbx_native.Summary.Value has other oneofs"),
        ("tensor", "  bool unknown_rank = 3;", "",
         "tbx_native.TensorShapeProto leaves out ['unknown_rank']"),
        ("plugin_text", "TextPluginData", "TextData", "tbx_native.TextData is unknown"),
        ("plugin_mesh", "ContentType content_type", "int32 content_type",
         "tbx_native.mesh.MeshPluginData.content_type differs"),
    ],
)  # fmt: skip
def test_check_sees_a_changed_schema(
    tmp_path: Path, file: str, line: str, mutant: str, expected: str
) -> None:
    mutated_root = tmp_path / "proto"
    for name in our_names(PROTO_ROOT):
        text = (PROTO_ROOT / name).read_text()
        if name == f"tbx_native/{file}.proto":
            assert text.count(line) == 1
            text = text.replace(line, mutant)
        (mutated_root / name).parent.mkdir(parents=True, exist_ok=True)
        (mutated_root / name).write_text(text)
    mutated_pool = compile_protos(mutated_root, tmp_path / "mutated.bin")
    found = differences(mutated_pool, mutated_root)
    assert any(difference.startswith(expected) for difference in found), found


def test_golden_events_survive_our_schema(pool: DescriptorPool) -> None:
    event_class = GetMessageClass(pool.FindMessageTypeByName("tbx_native.Event"))
    payloads = [
        payload
        for path in sorted(GOLDEN.glob("*.tfevents"))
        for payload in RawEventFileLoader(str(path)).Load()
    ]
    assert len(payloads) >= 20
    for payload in payloads:
        event = event_class.FromString(payload)
        event.DiscardUnknownFields()
        assert event.SerializeToString(deterministic=True) == payload
