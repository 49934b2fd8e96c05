"""A disk that hangs, for programs that are started: the system calls on event files do not return.

A library that is loaded before the C library's takes the place of its calls; a C compiler makes it.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hang_if_asked(const char* call, int fd) {
  const char* asked = getenv("HANGING_CALL");
  if (asked == NULL || strcmp(asked, call) != 0) return;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return;
  path[length] = 0;
  if (strstr(path, "tfevents") != NULL) for (;;) sleep(1000);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  hang_if_asked("write", fd);
  return ((ssize_t (*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write"))(fd, bytes, count);
}

int fdatasync(int fd) {
  hang_if_asked("fdatasync", fd);
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
"""


def load_hanging_calls(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Programs started from now on have calls that hang once `HANGING_CALL` in C names one."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("makes a library with a C compiler")
    source = folder / "hanging_calls.c"
    source.write_text(SOURCE)
    library = folder / "hanging_calls.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True, timeout=60
    )
    monkeypatch.setenv("LD_PRELOAD", str(library))
