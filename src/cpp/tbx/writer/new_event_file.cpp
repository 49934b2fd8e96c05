#include "tbx/writer/new_event_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "tbx/base/clock.h"
#include "tbx/event/event_encoder.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/event_file_name.h"

namespace tbx {
namespace {

Error make_directory(const std::string& directory, std::filesystem::path& absolute) {
  std::error_code code;
  // At once, before it is asked which of its parents are there: mostly all are.
  if (mkdir(directory.c_str(), 0777) != 0) {
    std::filesystem::create_directories(directory, code);
    if (code) return Error::io(code.value(), "cannot create log directory", directory);
    if (!std::filesystem::is_directory(directory, code)) {
      return Error::io(ENOTDIR, "cannot create log directory", directory);
    }
  }
  // Absolute: the file may be opened again after the program has changed its working directory.
  absolute = std::filesystem::absolute(directory, code);
  if (code) return Error::io(code.value(), "cannot resolve log directory", directory);
  return {};
}

// The first records of a file, in the file when this returns.
Error write_first_records(EventFile& file, const NewFileOptions& options) {
  file.add(encode_file_version({wall_time_secs(), 0}, options.source_writer).bytes());
  // Without the purge: it is the same for who has attached to the file.
  file.begin_with_pending();
  if (const auto purge_step = options.purge_step) {
    file.add(encode_file_version({wall_time_secs(), *purge_step}, {}).bytes());
    // Twice: TensorBoard's Python loader takes the first START of a run for its beginning, and
    // purges at the second.
    file.add(encode_session_start({wall_time_secs(), *purge_step}).bytes());
    file.add(encode_session_start({wall_time_secs(), *purge_step}).bytes());
  }
  return file.write_pending();
}

}  // namespace

Error create_event_file(const std::string& directory, const NewFileOptions& options,
                        std::shared_ptr<EventFile>& file) {
  std::filesystem::path absolute;
  if (Error error = make_directory(directory, absolute)) return error;
  std::unique_ptr<FileSink> sink;
  Error error;
  do {
    // EEXIST: another container with our hostname and pid was here in this second; the next name
    // differs.
    error =
        FileSink::create((absolute / next_event_file_name(options.filename_suffix)).string(), sink);
  } while (error && error.sys_errno == EEXIST);
  if (error) return error;
  file = std::make_shared<EventFile>(std::move(sink));
  error = write_first_records(*file, options);
  if (error) unlink(file->path().c_str());
  return error;
}

}  // namespace tbx
