// Records: framing one payload, and reading the payloads of a file.
#include "bindings/registers.h"
#include "tbx/event/scalar_decoder.h"
#include "tbx/record/record_framer.h"
#include "tbx/record/record_reader.h"

namespace tbx::bindings {
namespace {

py::bytes frame(const py::bytes& payload) {
  const std::string_view content = payload;
  if (content.size() > kMaxPayloadBytes) {
    throw py::value_error("a record holds less than 2 GiB, not " + std::to_string(content.size()) +
                          " bytes");
  }
  PyObject* record =
      PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(framed_size(content.size())));
  if (record == nullptr) throw py::error_already_set();
  frame_record(reinterpret_cast<std::byte*>(PyBytes_AS_STRING(record)),
               std::as_bytes(std::span(content)));
  return py::reinterpret_steal<py::bytes>(record);
}

// The payloads of a record file, to its end or to the first damage.
class RecordIterator {
 public:
  explicit RecordIterator(const std::string& path) : source_(path), reader_(source_) {}

  py::bytes next() {
    const ReadResult result = reader_.next();
    if (result.status == ReadStatus::kEnd) throw py::stop_iteration();
    if (result.status != ReadStatus::kRecord) {
      throw py::value_error(std::string(describe(result.status)) + " at byte " +
                            std::to_string(result.offset));
    }
    return {reinterpret_cast<const char*>(result.payload.data()), result.payload.size()};
  }

 private:
  FileSource source_;
  RecordReader reader_;
};

// [(wall_time, step, value), …] of the simple_value scalars in the whole records of a file.
py::list read_scalars(const std::string& path) {
  py::list scalars;
  FileSource source(path);
  RecordReader reader(source);
  for (;;) {
    const ReadResult result = reader.next();
    if (result.status != ReadStatus::kRecord) return scalars;
    decode_scalars(result.payload, [&scalars](const DecodedScalar& scalar) {
      scalars.append(py::make_tuple(scalar.wall_time, scalar.step, scalar.value));
    });
  }
}

}  // namespace

void register_records(py::module_& module) {
  module.def("frame", &frame, py::arg("payload"),
             "The record of a payload: header, payload, footer.");
  module.def("read_scalars", &read_scalars, py::arg("path"),
             "The (wall_time, step, value) of every simple_value scalar in a file, up to its end "
             "or first damage.");
  py::class_<RecordIterator>(module, "RecordReader", "Iterates over the payloads of a record file.")
      .def(py::init<const std::string&>(), py::arg("path"))
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", &RecordIterator::next);
}

}  // namespace tbx::bindings
