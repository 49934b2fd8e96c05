// add_text() and _append_summary(), native methods of both SummaryWriters.
#pragma once

#include "bindings/python.h"

namespace tbx::bindings {

PyObject* add_text(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords);
PyObject* append_summary_bytes(PyObject* self, PyObject* const* args, Py_ssize_t count,
                               PyObject* keywords);

inline constexpr char kAddTextDoc[] =
    R"(add_text($self, tag, text_string, global_step=None, walltime=None)
--

Adds a text, which TensorBoard shows as Markdown.

Args:
    tag: Name of the text; not cleaned, and "/text_summary" is appended to it, as in tensorboardX.
    text_string: A str.
    global_step: An integer in int64. None writes no step, which TensorBoard shows as 0.
    walltime: Seconds since the Unix epoch. None is now.

Raises:
    TypeError, ValueError: An argument is not what it should be; nothing was written.
    OSError: With on_error="raise", what the last write met.
)";

inline constexpr char kAppendSummaryDoc[] =
    R"(_append_summary($self, tag, summary, global_step=None, walltime=None)
--

Appends an event around a serialized Summary; the tag is named in exceptions only.
)";

}  // namespace tbx::bindings
