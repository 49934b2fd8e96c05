// Begins an event file: its directory, its name, its first records.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tbx/base/error.h"
#include "tbx/writer/event_file.h"

namespace tbx {

struct NewFileOptions {
  std::string_view filename_suffix{};
  std::string_view source_writer{};  // name of the writing code, for the first record
  // TensorBoard is asked to forget what the run has from this step on.
  std::optional<std::int64_t> purge_step{};
};

// Creates `directory` where it is missing, and in it an event file that nobody else has. The first
// records are in the file when this returns; after an error there is no file.
Error create_event_file(const std::string& directory, const NewFileOptions& options,
                        std::shared_ptr<EventFile>& file);

}  // namespace tbx
