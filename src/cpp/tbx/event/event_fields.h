// Field numbers of TensorBoard's messages, once. proto/README.md has the same table in prose.
//
// Source: tensorboard/compat/proto/{event,summary,tensor,tensor_shape,types}.proto;
// proto/tbx_native/*.proto repeats them and a test compares the three.
#pragma once

#include <cstdint>

namespace tbx::fields {

using Field = std::uint32_t;

struct Event {
  static constexpr Field kWallTime = 1;           // double, seconds since the epoch
  static constexpr Field kStep = 2;               // int64
  static constexpr Field kFileVersion = 3;        // string, first record of a file only
  static constexpr Field kGraphDef = 4;           // bytes: a serialized GraphDef
  static constexpr Field kSummary = 5;            // Summary
  static constexpr Field kSessionLog = 7;         // SessionLog
  static constexpr Field kTaggedRunMetadata = 8;  // TaggedRunMetadata
  static constexpr Field kSourceMetadata = 10;    // SourceMetadata
};

struct SourceMetadata {
  static constexpr Field kWriter = 1;  // string
};

struct SessionLog {
  static constexpr Field kStatus = 1;  // enum
  static constexpr std::uint64_t kStatusStart = 1;
};

struct Summary {
  static constexpr Field kValue = 1;  // repeated Value
};

struct Value {
  static constexpr Field kTag = 1;          // string
  static constexpr Field kSimpleValue = 2;  // float
  static constexpr Field kImage = 4;        // Image
  static constexpr Field kHisto = 5;        // HistogramProto
  static constexpr Field kAudio = 6;        // Audio
  static constexpr Field kNodeName = 7;     // string
  static constexpr Field kTensor = 8;       // TensorProto
  static constexpr Field kMetadata = 9;     // SummaryMetadata
};

struct HistogramProto {
  static constexpr Field kMin = 1;  // double, like the next four
  static constexpr Field kMax = 2;
  static constexpr Field kNum = 3;
  static constexpr Field kSum = 4;
  static constexpr Field kSumSquares = 5;
  static constexpr Field kBucketLimit = 6;  // repeated double, packed
  static constexpr Field kBucket = 7;       // repeated double, packed
};

struct SummaryMetadata {
  static constexpr Field kPluginData = 1;  // PluginData
  static constexpr Field kDisplayName = 2;
  static constexpr Field kSummaryDescription = 3;
};

struct PluginData {
  static constexpr Field kPluginName = 1;
  static constexpr Field kContent = 2;  // bytes: a message of the plugin's own
};

struct Image {
  static constexpr Field kHeight = 1;  // int32, pixels
  static constexpr Field kWidth = 2;
  static constexpr Field kColorspace = 3;          // int32, number of channels
  static constexpr Field kEncodedImageString = 4;  // bytes: PNG, JPEG or GIF
};

struct Audio {
  static constexpr Field kSampleRate = 1;          // float, Hz
  static constexpr Field kNumChannels = 2;         // int64
  static constexpr Field kLengthFrames = 3;        // int64
  static constexpr Field kEncodedAudioString = 4;  // bytes
  static constexpr Field kContentType = 5;         // string, a MIME type
};

struct TaggedRunMetadata {
  static constexpr Field kTag = 1;
  static constexpr Field kRunMetadata = 2;  // bytes: a serialized RunMetadata
};

struct TensorShapeProto {
  static constexpr Field kDim = 2;  // repeated Dim
};

struct Dim {
  static constexpr Field kSize = 1;  // int64
};

struct TensorProto {
  static constexpr Field kDtype = 1;          // enum DataType
  static constexpr Field kTensorShape = 2;    // TensorShapeProto
  static constexpr Field kTensorContent = 4;  // bytes: the elements, little-endian
  static constexpr Field kFloatVal = 5;       // repeated float, packed
  static constexpr Field kDoubleVal = 6;      // repeated double, packed
  static constexpr Field kIntVal = 7;         // repeated int32, packed varints
  static constexpr Field kStringVal = 8;      // repeated bytes
  static constexpr Field kScomplexVal = 9;    // repeated float, packed: real, imaginary, real, …
  static constexpr Field kInt64Val = 10;      // repeated int64, packed varints
  static constexpr Field kBoolVal = 11;       // repeated bool, packed varints
  static constexpr Field kDcomplexVal = 12;   // repeated double, packed: real, imaginary, real, …
  static constexpr Field kHalfVal = 13;    // repeated int32, packed varints: bits of 16-bit floats
  static constexpr Field kUint32Val = 16;  // repeated uint32, packed varints
  static constexpr Field kUint64Val = 17;  // repeated uint64, packed varints
};

struct DataType {
  static constexpr std::uint64_t kFloat = 1;
  static constexpr std::uint64_t kDouble = 2;
  static constexpr std::uint64_t kInt32 = 3;
  static constexpr std::uint64_t kString = 7;
  static constexpr std::uint64_t kInt64 = 9;
  static constexpr std::uint64_t kBfloat16 = 14;
  static constexpr std::uint64_t kHalf = 19;
};

}  // namespace tbx::fields
