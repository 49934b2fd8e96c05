// Scans of event files: their columns as arrays, their damage as tuples.
#include "bindings/gil.h"
#include "bindings/registers.h"
#include "tbx/read/event_scan.h"

namespace tbx::bindings {
namespace {

// A column of numbers that is Python's now; numpy.asarray() makes an array of it without a copy.
template <typename T>
void register_column(py::module_& module, const char* name) {
  py::class_<Column<T>>(module, name, py::buffer_protocol(),
                        "A column of numbers, for numpy.asarray().")
      .def_buffer([](Column<T>& column) {
        static T none{};  // numpy asks for an address where there is nothing, too
        T* const values = column.data() == nullptr ? &none : column.data();
        return py::buffer_info(values, static_cast<py::ssize_t>(column.size()));
      });
}

py::str text(std::string_view utf8) { return py::str(utf8.data(), utf8.size()); }

// Answers whether reading shall go on; if not, a Python exception is set.
bool report(PyObject* progress, std::uint64_t bytes) {
  if (PyErr_CheckSignals() != 0) return false;
  if (progress == Py_None) return true;
  // Nothing is held meanwhile, for that may be where the thread ends: see WithoutGil.
  PyObject* const answer =
      PyObject_CallFunction(progress, "K", static_cast<unsigned long long>(bytes));
  Py_XDECREF(answer);
  return answer != nullptr;
}

class Scan {
 public:
  Scan(std::string path, bool keep_values) : path_(std::move(path)), scan_(path_, keep_values) {}

  void advance(bool stop, bool growing, const py::object& progress) {
    const Use use(*this);
    bool raised = false;
    {
      WithoutGil without_gil;
      scan_.advance(stop, growing, [&](std::uint64_t bytes) {
        raised = without_gil.with_gil([&] { return !report(progress.ptr(), bytes); });
        return !raised;
      });
    }
    if (raised) throw py::error_already_set();
  }

  py::list series() {
    const Use use(*this);
    py::list all;
    for (const auto& series : scan_.series()) {
      all.append(py::make_tuple(text(series->tag), text(series->kind), py::bytes(series->plugin),
                                series->count));
    }
    return all;
  }

  void take(std::size_t index, py::list& pieces) {
    const Use use(*this);
    Series& series = *scan_.series().at(index);
    if (series.kind != "scalar") {
      pieces.append(py::make_tuple(std::move(series.steps), std::move(series.wall_times),
                                   std::move(series.offsets), std::move(series.lengths)));
    } else if (series.has_doubles) {
      pieces.append(py::make_tuple(std::move(series.steps), std::move(series.wall_times),
                                   std::move(series.doubles)));
    } else {
      pieces.append(py::make_tuple(std::move(series.steps), std::move(series.wall_times),
                                   std::move(series.floats)));
    }
  }

  py::list damage() {
    const Use use(*this);
    py::list all;
    for (const DamagedPlace& place : scan_.damage()) {
      all.append(py::make_tuple(place.offset, place.end, text(describe(place.damage))));
    }
    return all;
  }

  py::list remarks() {
    const Use use(*this);
    py::list all;
    for (std::size_t index = 0; index < kRemarks; ++index) {
      const Remarked& remarked = scan_.remarks()[index];
      if (remarked.count == 0) continue;
      all.append(py::make_tuple(text(describe(static_cast<Remark>(index))), remarked.count,
                                remarked.first_offset));
    }
    return all;
  }

  py::list restarts() {
    const Use use(*this);
    py::list all;
    for (const Restart& restart : scan_.restarts()) {
      all.append(py::make_tuple(restart.step, restart.counts));
    }
    return all;
  }

  template <std::uint64_t (EventScan::*kNumber)() const>
  std::uint64_t number() {
    const Use use(*this);
    return (scan_.*kNumber)();
  }

 private:
  // One call at a time, or RuntimeError: advance() gives the GIL up, and a new object may have
  // Python collect garbage, whose __del__ asks. Whoever shares a scan has a lock around it.
  class Use {
   public:
    explicit Use(Scan& scan) : scan_(scan) {
      if (scan.is_used_) {
        const auto path = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefaultAndSize(
            scan.path_.data(), static_cast<Py_ssize_t>(scan.path_.size())));
        if (path) {
          PyErr_Format(PyExc_RuntimeError,
                       "%U is being read by another call, or was so when this process was forked",
                       path.ptr());
        }
        throw py::error_already_set();
      }
      scan.is_used_ = true;
    }
    ~Use() { scan_.is_used_ = false; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Scan& scan_;
  };

  std::string path_;
  EventScan scan_;
  bool is_used_ = false;  // read and written with the GIL
};

// The sound records of a file, one at a time.
class RecordScan {
 public:
  explicit RecordScan(std::string path) : path_(std::move(path)) {}

  // (offset, payload) of the next; (offset, cause) of damage; None at the end, until there is more.
  py::object next(bool growing) {
    if (!file_) {
      file_ = std::make_unique<FileWindow>(path_);
      scanner_ = std::make_unique<RecordScanner>(*file_, position_, growing);
    }
    const ScanStatus status = scanner_->next();
    if (status == ScanStatus::kRecord) {
      position_ = scanner_->position();
      const auto payload = scanner_->payload();
      return py::make_tuple(
          scanner_->offset(),
          py::bytes(reinterpret_cast<const char*>(payload.data()), payload.size()));
    }
    if (status == ScanStatus::kDamage) {
      return py::make_tuple(scanner_->offset(), text(describe(scanner_->damage())));
    }
    position_ = scanner_->position();
    scanner_.reset();
    file_.reset();
    return py::none();
  }

  // Goes on behind the damage that next() has told, and returns where.
  std::uint64_t skip() {
    if (!scanner_) return position_.offset;
    scanner_->skip();
    position_ = scanner_->position();
    return position_.lost ? file_->size() : position_.offset;
  }

  // Looks at the file anew: at its new length, and at what stands now in the place of damage.
  void reload() {
    scanner_.reset();
    file_.reset();
  }

 private:
  std::string path_;
  ScanPosition position_;
  std::unique_ptr<FileWindow> file_;
  std::unique_ptr<RecordScanner> scanner_;
};

}  // namespace

void register_scans(py::module_& module) {
  register_column<std::int64_t>(module, "Int64Column");
  register_column<std::uint64_t>(module, "UInt64Column");
  register_column<double>(module, "Float64Column");
  register_column<float>(module, "Float32Column");
  py::class_<Scan>(module, "EventScan", "Columns and damage of an event file. One call at a time.")
      .def(py::init<std::string, bool>(), py::arg("path"), py::arg("keep_values"))
      .def("advance", &Scan::advance, py::arg("stop"), py::arg("growing"), py::arg("progress"),
           "Reads on to the end of the file, or to the first damage.")
      .def("series", &Scan::series, "(tag, kind, plugin, count) of each.")
      .def("take", &Scan::take, py::arg("index"), py::arg("pieces"),
           "Appends the columns of a series since the last call to a list: steps, wall times, and "
           "values or offsets and lengths in bytes.")
      .def("damage", &Scan::damage, "(offset, end, cause) of each.")
      .def("remarks", &Scan::remarks, "(what, how often, first offset) of each.")
      .def("restarts", &Scan::restarts, "(step, count of each series before) of each START.")
      .def_property_readonly("records", &Scan::number<&EventScan::records>)
      .def_property_readonly("offset", &Scan::number<&EventScan::offset>)
      .def_property_readonly("torn_bytes", &Scan::number<&EventScan::torn_bytes>)
      .def_property_readonly("size", &Scan::number<&EventScan::size>);
  py::class_<RecordScan>(module, "RecordScan", "The records of a file, behind damage as well.")
      .def(py::init<std::string>(), py::arg("path"))
      .def("next", &RecordScan::next, py::arg("growing"))
      .def("skip", &RecordScan::skip)
      .def("reload", &RecordScan::reload);
}

}  // namespace tbx::bindings
