// A forked child that runs a function and says how it went.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "support/beside_threads.h"

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
  explicit ChildProcess(Body body) : pid_((let_threads_rest(), fork())) {
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

  // True if the child ended well. One that does not end is killed, and told of: its alarm is no
  // help where it hangs before that, in a handler that fork() runs.
  bool wait() {
    if (!ends_within(kPatienceMs)) {
      std::fprintf(stderr, "child %d of %d hangs, and is killed\n", static_cast<int>(pid_),
                   static_cast<int>(getpid()));
      kill(pid_, SIGKILL);
    }
    int status = -1;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  static constexpr int kPatienceMs = 90'000;  // longer than its alarm

  bool ends_within(int ms) const {
    pollfd ended{static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), POLLIN, 0};
    if (ended.fd < 0) throw std::runtime_error("cannot watch a child");
    int result;
    while ((result = poll(&ended, 1, ms)) < 0 && errno == EINTR) {
    }
    close(ended.fd);
    return result > 0;
  }

  pid_t pid_;
};

}  // namespace tbx_test
