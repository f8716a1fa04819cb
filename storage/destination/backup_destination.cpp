#include "storage/destination/backup_destination.h"

#include "storage/formats/plain_text.h"

namespace breakwater::storage {
namespace {

// Names come from whoever can write there.
std::string shortened(std::string_view name) {
  constexpr std::size_t kLongest = 120;
  std::string text = without_control(name.substr(0, kLongest));
  if (name.size() > kLongest) text += "...";
  return text;
}

}  // namespace

bool belongs_to_the_file_system(std::string_view name) {
  return name == "lost+found" || name == ".snapshot" || name == ".snapshots" || name == ".zfs" ||
         name.starts_with(".Trash") || name == "System Volume Information";
}

Error not_empty(std::string_view what, std::string_view first_entry) {
  std::string hint("the ");
  hint.append(what).append(first_entry.empty() ? " is not empty" : " holds ");
  hint.append(shortened(first_entry)).append(" and has no format file; ");
  if (belongs_to_the_file_system(first_entry)) {
    hint.append("that belongs to the file system: take a directory below it");
  } else if (is_probe_file_name(first_entry)) {
    hint.append("a check of an earlier version may have left it: remove it if none is running");
  } else {
    hint.append("take a new or an empty one");
  }
  return error::format_file_not_exist().with_hint(std::move(hint));
}

std::string holds_more(std::string_view entry) {
  return "it holds " + shortened(entry) +
         " as well. RETIRE gives up a place that holds backups; otherwise remove that first";
}

}  // namespace breakwater::storage
