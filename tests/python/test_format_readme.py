"""proto/README.md says what is: field tables, checksums and example file are checked."""

import re
from pathlib import Path

from google.protobuf.descriptor import FieldDescriptor
from tensorboard.compat.proto import event_pb2

from benchmarks.reference_record import crc32c, frame, masked_crc32c
from benchmarks.reference_writer import ReferenceWriter
from tests.golden.make_golden import CLOCK, written_by

README = (Path(__file__).resolve().parents[2] / "proto" / "README.md").read_text()

FIELD_ROW = re.compile(r"\| (\d+) \| `(\w+)` \| ([\w.]+)(, repeated)? \|")
TYPE_NAMES = {
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_ENUM: "enum",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_UINT64: "uint64",
}


def test_field_tables() -> None:
    pool = event_pb2.DESCRIPTOR.pool
    tables = re.findall(r"^### `([\w.]+)`\n(.*?)(?=^##)", README, re.MULTILINE | re.DOTALL)
    assert len(tables) == 12
    for name, table in tables:
        rows = [line for line in table.splitlines() if re.match(r"\| \d", line)]
        fields = pool.FindMessageTypeByName(f"tensorboard.{name}").fields_by_number
        assert rows, name
        for row in rows:
            match = FIELD_ROW.match(row)
            assert match is not None, row
            field = fields[int(match[1])]
            type_name = (
                field.message_type.full_name.removeprefix("tensorboard.")
                if field.message_type
                else TYPE_NAMES[field.type]
            )
            expected = (field.name, type_name, field.is_repeated)
            assert (match[2], match[3], match[4] is not None) == expected, row


def test_checksums() -> None:
    rows = re.findall(r"^\| (.+) \| `0x(\w{8})` \| `0x(\w{8})` \|$", README, re.MULTILINE)
    data = {"none": b"", "8 zeros": bytes(8), "`123456789`": b"123456789"}
    assert [row[0] for row in rows] == list(data)
    for name, crc, masked in rows:
        assert (int(crc, 16), int(masked, 16)) == (crc32c(data[name]), masked_crc32c(data[name]))


def test_example_file() -> None:
    (dump,) = re.findall(r"^```\n(0000 .*?)^```", README, re.MULTILINE | re.DOTALL)
    shown = bytearray()
    for line in dump.splitlines():
        match = re.match(r"([0-9a-f]{4})  ((?:[0-9a-f]{2} )+) ", line)
        assert match is not None, line
        assert int(match[1], 16) == len(shown), line
        shown += bytes.fromhex(match[2])
    loss = {"tag": "loss", "scalar_value": 0.5, "global_step": 300, "display_name": "Loss"}
    assert shown == written_by(ReferenceWriter, {}, [loss | {"walltime": CLOCK + 1}])


def test_size_of_a_scalar() -> None:
    ((frame_size, payload_size),) = re.findall(
        r"A scalar costs (\d+) bytes of frame and, .* (\d+) of payload", README
    )
    call = {"tag": "loss", "scalar_value": 0.5, "global_step": 3}
    one, two = (len(written_by(ReferenceWriter, {}, [call] * count)) for count in (1, 2))
    assert two - one == int(frame_size) + int(payload_size)
    assert int(frame_size) == len(frame(b""))
