// Which files this process has open.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace tbx_test {

// The names of the files directly below `directory` that are open, sorted; twice if open twice.
inline std::vector<std::string> open_files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the iterator's own descriptor
    const std::filesystem::path target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && target.parent_path() == directory) names.push_back(target.filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace tbx_test
