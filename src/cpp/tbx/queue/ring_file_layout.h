// The layout of the hidden file that a ring lives in: what ring_file.h writes and recovery.h reads
// after the death of the process that wrote it.
//
//   0                RingFileHeader
//   kMarksOffset     kMarkedFiles FileMarks, by file id
//   kBlockOffset     the ring's block (ring_layout.h)
//   names_offset     RingFileName entries: which event file an id stands for; the last one counts
//
// Byte order is the host's.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tbx {

// ".tbx_native.<pid>.<count>.ring": hidden, and without the "tfevents" that would have TensorBoard
// read it.
inline constexpr std::string_view kRingFilePrefix = ".tbx_native.";
inline constexpr std::string_view kRingFileSuffix = ".ring";

inline constexpr std::array<char, 8> kRingFileMagic{'T', 'B', 'X', 'R', 'I', 'N', 'G', '1'};

struct RingFileHeader {
  std::array<char, 8> magic;  // written last: a file without it holds nothing yet
  std::uint64_t block_bytes;
  std::uint64_t names_offset;
};

// Up to where an event file holds what was in the ring before the position `cursor`.
struct FileMark {
  std::atomic<std::uint64_t> cursor;
  std::atomic<std::uint64_t> file_end;  // bytes
};
inline constexpr std::uint64_t kNoCursor = ~std::uint64_t{0};

// Two, because the ring's `consumed` and the mark cannot change in one instruction: whoever reads
// them takes the newest mark that is not ahead of `consumed`.
struct FileMarks {
  std::array<FileMark, 2> marks;
};

// Files with larger ids have no marks; recovery then compares from the beginning of the file.
inline constexpr std::size_t kMarkedFiles = 4096;
inline constexpr std::size_t kMarksOffset = 65536;
inline constexpr std::size_t kBlockOffset = kMarksOffset + kMarkedFiles * sizeof(FileMarks);
static_assert(sizeof(FileMarks) == 32);
static_assert(kBlockOffset % 65536 == 0, "whole pages of any machine, as mmap(2) wants it");

// Followed by path_bytes bytes: the path, relative to the ring file's directory where it is below.
struct RingFileName {
  std::uint32_t file_id;
  std::uint32_t path_bytes;
};

}  // namespace tbx
