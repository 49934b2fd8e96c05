// ThreadSanitizer's defaults for programs whose forked children start threads: without this it ends
// such a child, because it cannot check it. The child runs unchecked then, its parent checked.
// Unused in other builds.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options();

extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
