#include "tbx/base/error.h"

#include <system_error>

namespace tbx {

Error Error::io(int sys_errno, std::string what, std::string path) {
  return {ErrorCode::kIo, sys_errno,
          std::move(what) + ": " + std::generic_category().message(sys_errno), std::move(path)};
}

}  // namespace tbx
