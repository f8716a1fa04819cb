#include "storage/destination/backup_destination.h"

#include "storage/formats/plain_text.h"

namespace breakwater::storage {
namespace {

// What file systems and their tools put into a directory that nobody has used yet.
bool belongs_to_the_file_system(std::string_view name) {
  return name == "lost+found" || name == ".snapshot" || name == ".snapshots" || name == ".zfs" ||
         name.starts_with(".Trash") || name == "System Volume Information";
}

}  // namespace

Error not_empty(std::string_view what, std::string_view first_entry) {
  std::string hint("the ");
  hint.append(what).append(first_entry.empty() ? " is not empty" : " holds ");
  hint.append(without_control(first_entry)).append(" and has no format file; ");
  if (belongs_to_the_file_system(first_entry)) {
    hint.append("that belongs to the file system: take a directory below it");
  } else {
    hint.append("take a new or an empty one");
  }
  return error::format_file_not_exist().with_hint(std::move(hint));
}

}  // namespace breakwater::storage
