// ThreadSanitizer's defaults for programs whose forked children call pthread_create: without this
// it ends such a child before it has tried. Unused in other builds.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options();

extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
