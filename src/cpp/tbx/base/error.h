// Errors of the core: a value where a thread must not throw, an exception where a caller waits for
// an answer.
#pragma once

#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tbx {

// What went wrong, coarsely. src/cpp/bindings/register_errors.cpp maps each code to one Python
// exception.
enum class ErrorCode {
  kOk,
  kInvalidArgument,  // the caller passed something that must not reach a file
  kIo,               // the operating system refused; sys_errno and path say what and where
  kCorruptRecord,    // a record file does not hold what its lengths and CRCs claim
  kClosed,           // the writer was closed before
};

// A result that is either success (kOk, the default) or one failure with everything needed to
// report it.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kOk;
  int sys_errno = 0;  // errno of the failed system call, 0 if none was involved
  std::string message;
  std::string path;  // the file concerned, empty if none was

  explicit operator bool() const { return code != ErrorCode::kOk; }

  static Error invalid_argument(std::string message) {
    return {ErrorCode::kInvalidArgument, 0, std::move(message), {}};
  }
  // The message is strerror(sys_errno) behind `what`. Never throws: where there is no memory for
  // the words, the code and the errno must do.
  static Error io(int sys_errno, std::string_view what, std::string_view path) noexcept;
  // Short enough to need no memory itself.
  static Error out_of_memory() { return {ErrorCode::kIo, ENOMEM, "out of memory", {}}; }
};

class ErrorException : public std::runtime_error {
 public:
  explicit ErrorException(Error error)
      : std::runtime_error(error.message), error_(std::move(error)) {}
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

inline void throw_if(Error error) {
  if (error) throw ErrorException(std::move(error));
}

// The error that `body()` returns or throws: where an exception would end the program.
template <typename Body>
Error error_of(Body body) {
  try {
    return body();
  } catch (const ErrorException& exception) {
    return exception.error();
  } catch (const std::bad_alloc&) {
    return Error::out_of_memory();
  } catch (const std::exception& exception) {
    return Error::io(EIO, exception.what(), {});
  }
}

}  // namespace tbx
