// Docstrings of the native methods; their first line is the signature that inspect.signature()
// shows.
#pragma once

namespace tbx::bindings {

inline constexpr char kAddScalarDoc[] =
    R"(add_scalar($self, tag, scalar_value, global_step=None, walltime=None, display_name='', summary_description='', *, new_style=False, double_precision=False)
--

Adds one number to the curve `tag`.

Args:
    tag: Name of the curve. Characters outside [-/\w.] become "_", leading slashes go, as in tensorboardX.
    scalar_value: One number: int, float, bool, numpy scalar, or a 0-d or 1-element array or tensor of any real dtype, on
        any device. Stored as float32, unless double_precision; beyond its range it becomes infinite.
    global_step: An integer in int64. None writes no step, which TensorBoard shows as 0.
    walltime: Seconds since the Unix epoch. None is now.
    display_name: What TensorBoard shows in place of the tag.
    summary_description: Markdown that TensorBoard shows beside the curve.
    new_style: Store a tensor with plugin metadata, as torch.utils.tensorboard's new_style does.
    double_precision: With new_style, store float64. TensorBoard's fast data server does not show such scalars.

Raises:
    TypeError, ValueError: An argument is not what it should be; the message names the tag and the value, nothing was
        written, and the writer goes on working.
    OSError: With on_error="raise", what the last write met.
)";

inline constexpr char kAddCustomScalarDoc[] =
    R"(add_custom_scalar($self, tag, scalar_value, global_step=None, walltime=None, display_name='', summary_description='', *, new_style=False, double_precision=False)
--

Another name of add_scalar().
)";

inline constexpr char kTorchAddScalarDoc[] =
    R"(add_scalar($self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False)
--

Adds one number to the curve `tag`.

Args:
    tag: Name of the curve, written as it is.
    scalar_value: One number: int, float, bool, numpy scalar, or a 0-d or 1-element array or tensor of any real dtype, on
        any device. Stored as float32, unless double_precision; beyond its range it becomes infinite.
    global_step: An integer in int64. None writes no step, which TensorBoard shows as 0.
    walltime: Seconds since the Unix epoch. None is now.
    new_style: Store a tensor with plugin metadata instead of a simple_value.
    double_precision: With new_style, store float64. TensorBoard's fast data server does not show such scalars.

Raises:
    TypeError, ValueError: An argument is not what it should be; the message names the tag and the value, nothing was
        written, and the writer goes on working.
    OSError: With on_error="raise", what the last write met.
)";

inline constexpr char kTorchAddCustomScalarDoc[] =
    R"(add_custom_scalar($self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False)
--

Another name of add_scalar().
)";

inline constexpr char kLogDoc[] =
    R"(log($self, metrics, step=None, walltime=None)
--

Adds many numbers of one step in one event.

Args:
    metrics: A mapping from tags to numbers, or to further mappings; nested keys are joined by "/". Numbers are what
        add_scalar() takes.
    step: An integer in int64. None writes no step, which TensorBoard shows as 0.
    walltime: Seconds since the Unix epoch. None is now.

Raises:
    TypeError, ValueError: A key or a value is not what it should be; the message names it. None of the metrics was
        written.
    OSError: With on_error="raise", what the last write met.
)";

}  // namespace tbx::bindings
