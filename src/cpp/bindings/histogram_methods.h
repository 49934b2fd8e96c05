// add_histogram() and add_histograms(), native methods of both SummaryWriters.
#pragma once

#include "bindings/python.h"

namespace tbx::bindings {

PyObject* add_histogram(PyObject* self, PyObject* const* args, Py_ssize_t count,
                        PyObject* keywords);
PyObject* add_histograms(PyObject* self, PyObject* const* args, Py_ssize_t count,
                         PyObject* keywords);

inline constexpr char kAddHistogramDoc[] =
    R"(add_histogram($self, tag, values, global_step=None, bins='tensorflow', walltime=None, max_bins=None)
--

Adds the distribution of an array's values.

Args:
    tag: Name of the chart.
    values: An array or tensor of any shape, strides, real dtype and device, or nested sequences of numbers. It may be
        changed as soon as the call has returned. NaN and infinities are in no bucket; a warning tells of them once per tag.
    global_step: An integer in int64. None writes no step, which TensorBoard shows as 0.
    bins: "tensorflow" are 1,548 buckets that grow by 10 % from 1e-12 to 1e20 on either side of zero; finite values beyond
        count in the outer ones. Else what numpy.histogram takes: a number, a sequence of limits, an estimator's name
        ("fd" and "auto" give at most 65,536 buckets); values outside given limits are in no bucket.
    walltime: Seconds since the Unix epoch. None is now.
    max_bins: Neighbouring buckets are added up until there are about so many.

Raises:
    TypeError, ValueError: An argument is not what it should be, or the array is empty; nothing was written.
    OSError: With on_error="raise", what the last write met.
)";

inline constexpr char kAddHistogramsDoc[] =
    R"(add_histograms($self, prefix, named_arrays, step=None, walltime=None, bins='tensorflow', max_bins=None)
--

Adds the distributions of many arrays in one event: all parameters of a model, say, or all gradients.

Args:
    prefix: The charts are named prefix/name; with an empty prefix, by name alone.
    named_arrays: A mapping from names to arrays, or pairs of both, as model.named_parameters() gives them. Arrays are what
        add_histogram() takes; a None, as the gradient of a parameter that got none, is passed over.
    step: An integer in int64. None writes no step, which TensorBoard shows as 0.
    walltime: Seconds since the Unix epoch. None is now.
    bins, max_bins: As for add_histogram().

Raises:
    TypeError, ValueError: An argument is not what it should be, or an array is empty; nothing was written.
    OSError: With on_error="raise", what the last write met.
)";

}  // namespace tbx::bindings
