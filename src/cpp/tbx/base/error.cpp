#include "tbx/base/error.h"

#include <system_error>

namespace tbx {

Error Error::io(int sys_errno, std::string_view what, std::string_view path) noexcept {
  Error error{ErrorCode::kIo, sys_errno, {}, {}};
  try {
    error.message = std::string(what) + ": " + std::generic_category().message(sys_errno);
    error.path = path;
  } catch (const std::bad_alloc&) {
  }
  return error;
}

}  // namespace tbx
