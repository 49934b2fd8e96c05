// What each register_*.cpp adds to the module.
#pragma once

#include "bindings/python.h"

namespace tbx::bindings {

void register_errors(py::module_& module);
void register_checksums(py::module_& module);
void register_records(py::module_& module);
void register_scans(py::module_& module);
void register_event_writer(py::module_& module);
void register_summary_methods(py::module_& module);
void register_histograms(py::module_& module);
void register_summaries(py::module_& module);
void register_pixels(py::module_& module);
void register_pr_curves(py::module_& module);
void register_step_counters(py::module_& module);
void register_tables(py::module_& module);

}  // namespace tbx::bindings
