// ThreadSanitizer's defaults for programs that fork beside threads: it would end a child that calls
// pthread_create before it has tried, and blame one for the parent's threads that it cannot join.
// Unused in other builds.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options();

extern "C" const char* __tsan_default_options() { return "die_after_fork=0:report_thread_leaks=0"; }

// A ring is mapped over an empty one with the same words while producers read them, which changes
// nothing for them; ThreadSanitizer takes mmap(2) for a write.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() { return "race:tbx::RingFile::map"; }
