// Tensors, byte for byte, and the rule of which fields are written.
#include "tbx/event/tensor_encoder.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "support/test_bytes.h"
#include "tbx/event/wire_reader.h"

using tbx::TensorValue;
using tbx::wire::Field;
using tbx::wire::Reader;
using tbx::wire::WireType;
using tbx_test::Bytes;
using tbx_test::bytes_of_hex;

namespace {

Bytes encoded(const TensorValue& tensor) {
  // What lies behind must stay as it is.
  const std::size_t size = tbx::tensor_value_size(tensor);
  Bytes bytes(size + 8, std::byte{0xa5});
  tbx::wire::Writer out(bytes.data());
  tbx::write_tensor_value(out, tensor);
  REQUIRE(out.position() == bytes.data() + size);
  for (std::size_t i = size; i < bytes.size(); ++i) REQUIRE(bytes[i] == std::byte{0xa5});
  bytes.resize(size);
  return bytes;
}

std::span<const std::byte> content_of(Reader& reader, std::uint32_t number) {
  Field field;
  REQUIRE(reader.next(field));
  REQUIRE(field.is(number, WireType::kBytes));
  return field.content;
}

}  // namespace

// Equal to protobuf's Python runtime, like the other dumps here:
//   from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
//   from tensorboard.compat.proto.tensor_pb2 import TensorProto
//   from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
//   dims = [TensorShapeProto.Dim(size=n) for n in (2, 0, 300)]
//   data = SummaryMetadata.PluginData(plugin_name="p", content=b"\x10\x7f")
//   Summary(value=[Summary.Value(tag="w", tensor=TensorProto(dtype=1,
//     tensor_shape=TensorShapeProto(dim=dims), float_val=[1, -2]),
//     metadata=SummaryMetadata(plugin_data=data, display_name="d",
//     summary_description="s"))]).SerializeToString().hex()
TEST_CASE("a tensor is byte for byte protobuf's") {
  const std::int64_t shape[] = {2, 0, 300};
  const Bytes values = bytes_of_hex("0000803f 000000c0");
  TensorValue tensor{};
  tensor.tag = "w";
  tensor.plugin_name = "p";
  tensor.plugin_content = "\x10\x7f";
  tensor.dtype = tbx::fields::DataType::kFloat;
  tensor.shape = shape;
  tensor.value_field = tbx::fields::TensorProto::kFloatVal;
  tensor.values = values;
  tensor.display_name = "d";
  tensor.summary_description = "s";
  CHECK(encoded(tensor) == bytes_of_hex("0a 2f 0a 01 77 42 19 08 01"
                                        "12 0b 12 02 08 02 12 00 12 03 08 ac02"  // shape
                                        "2a 08 0000803f 000000c0"                // float_val
                                        "4a 0f 0a 07 0a 01 70 12 02 10 7f 12 01 64 1a 01 73"));
}

TEST_CASE("an empty string is an element, and the shape of a number is there") {
  TensorValue tensor{};
  tensor.tag = "w";
  tensor.plugin_name = "p";
  tensor.dtype = tbx::fields::DataType::kString;
  tensor.shape.emplace();
  tensor.value_field = tbx::fields::TensorProto::kStringVal;
  CHECK(encoded(tensor) ==
        bytes_of_hex("0a 12 0a 01 77 42 06 08 07 12 00 42 00 4a 05 0a 03 0a 01 70"));
}

TEST_CASE("a shape that is not there and a run of no numbers are not written") {
  TensorValue tensor{};
  tensor.tag = "w";
  tensor.plugin_name = "p";
  tensor.dtype = tbx::fields::DataType::kFloat;
  tensor.value_field = tbx::fields::TensorProto::kFloatVal;
  CHECK(encoded(tensor) == bytes_of_hex("0a 0e 0a 01 77 42 02 08 01 4a 05 0a 03 0a 01 70"));
}

TEST_CASE("the size is what gets written, whatever the lengths, and everything can be read back") {
  std::mt19937_64 random(1);
  // Around the counts at which a length needs another byte.
  const std::size_t lengths[] = {0, 1, 90, 110, 127, 128, 200, 16'300, 16'383, 16'384, 70'000};
  const auto some_bytes = [&] { return Bytes(lengths[random() % std::size(lengths)]); };
  for (int round = 0; round < 500; ++round) {
    const std::string tag(random() % 200, 't'), name(1 + random() % 130, 'n');
    const std::string content(random() % 3 ? 0 : random() % 300, 'c');
    const Bytes values = some_bytes();
    std::vector<std::int64_t> shape(random() % 20);
    for (std::int64_t& length : shape) {
      length = static_cast<std::int64_t>(random() >> (1 + random() % 63));
    }
    TensorValue tensor{};
    tensor.tag = tag;
    tensor.plugin_name = name;
    tensor.plugin_content = content;
    tensor.dtype = random() % 200;
    tensor.shape = shape;
    tensor.value_field = static_cast<tbx::fields::Field>(4 + random() % 15);
    tensor.values = values;
    const Bytes bytes = encoded(tensor);

    Reader summary(bytes);
    Reader value(content_of(summary, 1));
    if (!tag.empty()) REQUIRE(content_of(value, 1).size() == tag.size());
    Reader proto(content_of(value, 8));
    Field dtype;
    REQUIRE(proto.next(dtype));
    REQUIRE(dtype.is(1, WireType::kVarint));
    Reader dims(content_of(proto, 2));
    for (const std::int64_t length : shape) {
      REQUIRE(content_of(dims, 2).empty() == (length == 0));
    }
    Field none;
    REQUIRE(!dims.next(none));
    if (!values.empty() || tensor.value_field == 8) {
      REQUIRE(content_of(proto, tensor.value_field).size() == values.size());
    }
    REQUIRE(!proto.next(none));
    Reader metadata(content_of(value, 9));
    Reader plugin(content_of(metadata, 1));
    REQUIRE(content_of(plugin, 1).size() == name.size());
    if (!content.empty()) REQUIRE(content_of(plugin, 2).size() == content.size());
    for (Reader* reader : {&plugin, &metadata, &value, &summary}) {
      REQUIRE(!reader->next(none));
      REQUIRE(reader->problem().empty());
    }
  }
}
