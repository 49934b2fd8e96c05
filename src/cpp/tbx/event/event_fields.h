// Field numbers of TensorBoard's messages, once. proto/README.md has the same table in prose.
//
// Source: tensorboard/compat/proto/{event,summary,tensor,tensor_shape,types}.proto;
// proto/tbx_native/*.proto repeats them and a test compares the three.
#pragma once

#include <cstdint>

namespace tbx::fields {

using Field = std::uint32_t;

struct Event {
  static constexpr Field kWallTime = 1;         // double, seconds since the epoch
  static constexpr Field kStep = 2;             // int64
  static constexpr Field kFileVersion = 3;      // string, first record of a file only
  static constexpr Field kSummary = 5;          // Summary
  static constexpr Field kSessionLog = 7;       // SessionLog
  static constexpr Field kSourceMetadata = 10;  // SourceMetadata
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
  static constexpr Field kHisto = 5;        // HistogramProto; 6 is an Audio
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
};

struct TensorProto {
  static constexpr Field kDtype = 1;      // enum DataType
  static constexpr Field kFloatVal = 5;   // repeated float, packed
  static constexpr Field kDoubleVal = 6;  // repeated double, packed
};

struct DataType {
  static constexpr std::uint64_t kFloat = 1;
  static constexpr std::uint64_t kDouble = 2;
};

}  // namespace tbx::fields
