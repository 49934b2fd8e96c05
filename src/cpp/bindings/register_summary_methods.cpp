// SummaryMethods and TorchSummaryMethods: the classes that give SummaryWriter its
// add_scalar(), log() and add_histogram().
//
// Plain C types rather than pybind11 ones: pybind11's dispatcher costs more than a whole
// add_scalar(), and its metaclass would keep users from mixing SummaryWriter with classes that have
// one of their own.
#include "bindings/event_file_handle.h"
#include "bindings/fastcall.h"
#include "bindings/histogram_methods.h"
#include "bindings/plain_scalar.h"
#include "bindings/registers.h"
#include "bindings/scalar_arguments.h"
#include "bindings/scalar_docs.h"
#include "bindings/scalar_log.h"
#include "bindings/summary_object.h"
#include "bindings/text_methods.h"
#include "tbx/event/summary_encoder.h"

namespace tbx::bindings {
namespace {

PyObject* new_object(PyTypeObject* type, PyObject*, PyObject*) {
  return without_exceptions([&] {
    auto state = std::make_unique<SummaryState>();
    PyObject* self = type->tp_alloc(type, 0);
    if (self != nullptr) reinterpret_cast<SummaryObject*>(self)->state = state.release();
    return self;
  });
}

void delete_object(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  delete reinterpret_cast<SummaryObject*>(self)->state;
  type->tp_free(self);
  Py_DECREF(type);  // instances of heap types own a reference to their type
}

// Where parse() puts them, and nowhere else: copied in pairs, they would wait for their own stores.
using ScalarSignature = Signature<8>;
using ScalarArguments = ScalarSignature::Values;
enum ScalarParameter : std::size_t {
  kTag,
  kValue,
  kStep,
  kWallTime,
  kDisplayName,
  kDescription,
  kNewStyle,
  kDoublePrecision,
};

// None is no text.
bool text_argument(PyObject* tag, PyObject* object, const char* name, std::string_view& text) {
  if (object == nullptr || object == Py_None) return true;
  if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "%s of tag %R must be a str, not %.200s", name, tag,
                 Py_TYPE(object)->tp_name);
    return false;
  }
  Py_ssize_t size;
  const char* utf8 = PyUnicode_AsUTF8AndSize(object, &size);
  if (utf8 == nullptr) {
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "%s of tag %R cannot be encoded as UTF-8: %R", name, tag,
                 object);
    return false;
  }
  text = {utf8, static_cast<std::size_t>(size)};
  return true;
}

bool flag_argument(PyObject* object, bool& flag) {
  if (object == nullptr) return true;
  const int truth = PyObject_IsTrue(object);
  flag = truth == 1;
  return truth >= 0;
}

bool style_arguments(const ScalarArguments& arguments, ScalarValue& scalar) {
  if (!arguments[kDisplayName] && !arguments[kDescription] && !arguments[kNewStyle] &&
      !arguments[kDoublePrecision]) [[likely]]
    return true;
  bool new_style = false;
  bool double_precision = false;
  if (!text_argument(arguments[kTag], arguments[kDisplayName], "display_name",
                     scalar.display_name) ||
      !text_argument(arguments[kTag], arguments[kDescription], "summary_description",
                     scalar.summary_description) ||
      !flag_argument(arguments[kNewStyle], new_style) ||
      !flag_argument(arguments[kDoublePrecision], double_precision)) {
    return false;
  }
  if (new_style)
    scalar.encoding =
        double_precision ? ScalarEncoding::kTensorDouble : ScalarEncoding::kTensorFloat;
  return true;
}

PyObject* add_scalar(PyObject* self, const ScalarArguments& arguments) {
  SummaryState& state = state_of(self);
  std::string_view raw_tag;
  py::object raw_bytes;
  std::string cleaned;
  EventStamp stamp;
  bool skip;
  if (!raw_tag_from_python(state, arguments[kTag], raw_tag, raw_bytes)) return nullptr;
  if (!stamp_from_python(state, arguments[kTag], arguments[kStep], arguments[kWallTime], stamp,
                         &skip))
    return nullptr;
  if (skip) Py_RETURN_NONE;  // before the value: reading a tensor's may wait for its device
  ScalarValue scalar;
  if (!value_from_python(arguments[kTag], arguments[kValue], scalar.value)) return nullptr;
  if (!clean_tag(state, arguments[kTag], raw_tag, cleaned, scalar.tag) ||
      !style_arguments(arguments, scalar))
    return nullptr;
  if (!warn_if_not_finite(state, scalar.tag, scalar.value, stamp.step)) return nullptr;
  const ScalarField field(scalar);
  if (!append_summary_in_place(self, stamp, field.size(),
                               [&](wire::Writer& out) { out = field.write(out); })) {
    return nullptr;
  }
  Py_RETURN_NONE;
}

// The two APIs agree on the first four parameters; the rest is positional in one and unknown in the
// other. Not inline: the registers that they save are none of the short way's business.
[[gnu::noinline]] PyObject* add_any_scalar_tensorboardx(PyObject* self, PyObject* const* args,
                                                        Py_ssize_t count, PyObject* keywords) {
  static const auto& signature =
      *new ScalarSignature("add_scalar",
                           {"tag", "scalar_value", "global_step", "walltime", "display_name",
                            "summary_description", "new_style", "double_precision"},
                           2, 6);
  ScalarArguments arguments;
  if (!signature.parse(args, count, keywords, arguments)) return nullptr;
  return add_scalar(self, arguments);
}

[[gnu::noinline]] PyObject* add_any_scalar_torch(PyObject* self, PyObject* const* args,
                                                 Py_ssize_t count, PyObject* keywords) {
  static const auto& signature = *new Signature<6>(
      "add_scalar",
      {"tag", "scalar_value", "global_step", "walltime", "new_style", "double_precision"}, 2, 6);
  Signature<6>::Values v;
  if (!signature.parse(args, count, keywords, v)) return nullptr;
  return add_scalar(self, {v[0], v[1], v[2], v[3], nullptr, nullptr, v[4], v[5]});
}

// flatten: the compiler leaves calls in the short way otherwise, which are a tenth of its time.
template <auto* add_any_scalar>
[[gnu::flatten]] PyObject* add_scalar_of(PyObject* self, PyObject* const* args, Py_ssize_t count,
                                         PyObject* keywords) {
  return without_exceptions([&]() -> PyObject* {
    if (count == 3 && keywords == nullptr &&
        add_plain_scalar(state_of(self), args[0], args[1], args[2])) [[likely]]
      Py_RETURN_NONE;
    return add_any_scalar(self, args, count, keywords);
  });
}

PyObject* log(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
  static const auto& signature = *new Signature<3>("log", {"metrics", "step", "walltime"}, 1, 3);
  Signature<3>::Values v;
  if (!signature.parse(args, count, keywords, v)) return nullptr;
  if (!log_metrics(self, v[0], v[1], v[2])) return nullptr;
  Py_RETURN_NONE;
}

// ---- what SummaryWriter sets up ----

PyObject* bind(PyObject* self, PyObject* file) {
  SummaryState& state = state_of(self);
  state.is_intercepted = false;
  if (file == Py_None) {
    state.file = nullptr;
  } else {
    state.file = py::cast<std::shared_ptr<EventFileHandle>>(py::handle(file));
    // Where this is a forked child, which has none yet.
    state.file->writer->keep_ring_in_file();
  }
  Py_RETURN_NONE;
}

PyObject* intercept(PyObject* self, PyObject* /*unused*/) {
  state_of(self).file = nullptr;
  state_of(self).is_intercepted = true;
  Py_RETURN_NONE;
}

PyObject* is_well(PyObject* self, PyObject* /*unused*/) {
  const SummaryState& state = state_of(self);
  return PyBool_FromLong(is_open(state) && !state.file->is_closed() &&
                         !state.file->writer->failures().is_set());
}

PyObject* configure(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
  static const auto& signature = *new Signature<4>(
      "_configure", {"discards", "cleans_tags", "warns_of_nan", "log_freq"}, 4, 0);
  Signature<4>::Values v;
  if (!signature.parse(args, count, keywords, v)) return nullptr;
  SummaryState& state = state_of(self);
  state.log_freq = PyLong_AsLongLong(v[3]);
  if (PyErr_Occurred() != nullptr || !flag_argument(v[0], state.discards) ||
      !flag_argument(v[1], state.cleans_tags) || !flag_argument(v[2], state.warns_of_nan)) {
    return nullptr;
  }
  Py_RETURN_NONE;
}

PyObject* set_defaults(PyObject* self, PyObject* const* args, Py_ssize_t count,
                       PyObject* keywords) {
  static const auto& signature = *new Signature<2>("_set_defaults", {"step", "walltime"}, 2, 2);
  Signature<2>::Values v;
  if (!signature.parse(args, count, keywords, v)) return nullptr;
  SummaryState& state = state_of(self);
  std::optional<std::int64_t> step;
  std::optional<double> wall_time;
  if (!step_from_python(Py_None, v[0], step)) return nullptr;
  if (v[1] != Py_None && !wall_time_from_python(Py_None, v[1], wall_time.emplace())) return nullptr;
  state.default_step = step;
  state.default_wall_time = wall_time;
  Py_RETURN_NONE;
}

constexpr int kFastcall = METH_FASTCALL | METH_KEYWORDS;

PyMethodDef tensorboardx_methods[] = {
    {"add_scalar", fastcall_entry(&add_scalar_of<&add_any_scalar_tensorboardx>), kFastcall,
     kAddScalarDoc},
    {"add_custom_scalar", fastcall_entry(&add_scalar_of<&add_any_scalar_tensorboardx>), kFastcall,
     kAddCustomScalarDoc},
    {"log", fastcall<&log>(), kFastcall, kLogDoc},
    {"add_histogram", fastcall<&add_histogram>(), kFastcall, kAddHistogramDoc},
    {"add_histograms", fastcall<&add_histograms>(), kFastcall, kAddHistogramsDoc},
    {"add_text", fastcall<&add_text>(), kFastcall, kAddTextDoc},
    {"_append_summary", fastcall<&append_summary_bytes>(), kFastcall, kAppendSummaryDoc},
    {"_bind", &plain_call<&bind>, METH_O,
     "Sends scalars to an EventFile; None: to nothing until the next _get_file_writer()."},
    {"_intercept", &plain_call<&intercept>, METH_NOARGS,
     "Hands every event to _hand_over(), as bytes, until the next _bind()."},
    {"_is_well", &plain_call<&is_well>, METH_NOARGS,
     "Whether events go to an open EventFile, and no failure waits to be told of."},
    {"_configure", fastcall<&configure>(), kFastcall, "Sets how tags and values are treated."},
    {"_set_defaults", fastcall<&set_defaults>(), kFastcall,
     "Step and wall time of events that give none."},
    {nullptr, nullptr, 0, nullptr}};

PyMethodDef torch_methods[] = {
    {"add_scalar", fastcall_entry(&add_scalar_of<&add_any_scalar_torch>), kFastcall,
     kTorchAddScalarDoc},
    {"add_custom_scalar", fastcall_entry(&add_scalar_of<&add_any_scalar_torch>), kFastcall,
     kTorchAddCustomScalarDoc},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot tensorboardx_slots[] = {{Py_tp_new, reinterpret_cast<void*>(&new_object)},
                                    {Py_tp_dealloc, reinterpret_cast<void*>(&delete_object)},
                                    {Py_tp_methods, tensorboardx_methods},
                                    {0, nullptr}};
PyType_Slot torch_slots[] = {{Py_tp_methods, torch_methods}, {0, nullptr}};

// Since 3.11 the interpreter calls a C method without detour only on objects of the very class
// that the method was made for. A subclass's objects took 11 ns more, a tenth of an add_scalar().
py::type own_native_methods(const py::type& owner) {
  for (PyMethodDef* method = tensorboardx_methods; method->ml_name != nullptr; ++method) {
    const py::object found = owner.attr(method->ml_name);
    if (!Py_IS_TYPE(found.ptr(), &PyMethodDescr_Type)) continue;  // overridden in Python
    const auto own = py::reinterpret_steal<py::object>(
        PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(owner.ptr()),
                          reinterpret_cast<PyMethodDescrObject*>(found.ptr())->d_method));
    if (!own) throw py::error_already_set();
    owner.attr(method->ml_name) = own;
  }
  return owner;
}

constexpr unsigned kTypeFlags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
PyType_Spec tensorboardx_spec = {"tbx_native._core.SummaryMethods", sizeof(SummaryObject), 0,
                                 kTypeFlags, tensorboardx_slots};
PyType_Spec torch_spec = {"tbx_native._core.TorchSummaryMethods", sizeof(SummaryObject), 0,
                          kTypeFlags, torch_slots};

}  // namespace

void register_summary_methods(py::module_& module) {
  const auto base = py::reinterpret_steal<py::object>(PyType_FromSpec(&tensorboardx_spec));
  if (!base) throw py::error_already_set();
  const auto torch =
      py::reinterpret_steal<py::object>(PyType_FromSpecWithBases(&torch_spec, base.ptr()));
  if (!torch) throw py::error_already_set();
  module.attr("SummaryMethods") = base;
  module.attr("TorchSummaryMethods") = torch;
  module.def("own_native_methods", &own_native_methods, py::arg("cls"), py::pos_only(),
             "Gives a class that inherits methods of SummaryMethods its own entries of them, for "
             "the sake of speed; returns the class.");
}

}  // namespace tbx::bindings
