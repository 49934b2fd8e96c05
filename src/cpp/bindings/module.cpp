// Table of contents of tbx_native._core.
#include "bindings/registers.h"

PYBIND11_MODULE(_core, module) {
  using namespace tbx::bindings;
  module.doc() = "The native core of tbx_native; the public API is in the package around it.";
  module.attr("__version__") = TBX_NATIVE_VERSION;
  register_errors(module);           // Error -> ValueError, OSError, WriterClosedError
  register_checksums(module);        // crc32c, masked_crc32c
  register_records(module);          // frame, RecordReader
  register_scans(module);            // EventScan, RecordScan
  register_event_writer(module);     // EventWriter, EventFile
  register_histograms(module);       // encode_histogram, finite_values, default_bucket_limits
  register_summaries(module);        // encode_tensor, encode_image, encode_audio
  register_pixels(module);           // copy_pixels
  register_pr_curves(module);        // count_thresholds
  register_tables(module);           // encode_tsv
  register_step_counters(module);    // StepCounters
  register_summary_methods(module);  // SummaryMethods: add_scalar, log, add_histogram …
}
