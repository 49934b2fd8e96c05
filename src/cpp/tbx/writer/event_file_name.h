// The name of an event file.
#pragma once

#include <string>
#include <string_view>

namespace tbx {

// events.out.tfevents.<seconds, 10 digits>.<hostname>.<pid>.<uid, 5 digits><suffix>
//
// TensorBoard reads any file whose name contains "tfevents", and the files of a run in the order of
// their names; it never returns to one that is not the last. So the names of one process sort in
// the order of their creation: the seconds never step back, even if the clock does, and uid counts
// up with a fixed width. pid and hostname keep processes apart.
std::string next_event_file_name(std::string_view filename_suffix);

}  // namespace tbx
