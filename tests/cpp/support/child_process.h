// A forked child that runs a function and says how it went.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace tbx_test {

// In a child: ends it unless `condition` holds. doctest's checks count in the parent only.
inline void child_check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "child %d: not so: %s\n", static_cast<int>(getpid()), what);
  _exit(1);
}

class ChildProcess {
 public:
  // Runs `body()` in the child, then _exit(0): no destructor of the parent's runs twice.
  template <typename Body>
  explicit ChildProcess(Body body) : pid_(fork()) {
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ != 0) return;
    alarm(60);  // a child that hangs fails the test instead of outliving it
    try {
      body();
    } catch (const std::exception& error) {
      child_check(false, error.what());
    }
    _exit(0);
  }
  ~ChildProcess() {
    if (pid_ > 0) (void)wait();
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // True if the child ended well.
  bool wait() {
    int status = -1;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_;
};

}  // namespace tbx_test
