#include "storage/file/io_error.h"

#include <cerrno>
#include <cstring>

#include "storage/formats/plain_text.h"

namespace breakwater::storage {
namespace {

Error row_for(int errno_value) {
  switch (errno_value) {
    case ENOENT:
      return error::backup_file_not_exist();
    case EACCES:
    case EPERM:
      return error::backup_permission_denied();
    case ENOSPC:
    case EDQUOT:
      return error::device_out_of_space();
    case EILSEQ:
      return error::invalid_backup_dest();
    default:
      return error::io_error();
  }
}

std::string_view advice(int errno_value) {
  switch (errno_value) {
    case ENOENT:
      return " Is the file system mounted?";
    case EACCES:
      return " The user that runs the server needs to read, write and search there.";
    case EPERM:
      return " It is not the modes that forbid it: look for an immutable or append-only flag (lsattr), and "
             "what"
             " the file system or a security module allows.";
    case ENOSPC:
      return " Free space (or inodes) and try again.";
    case EDQUOT:
      return " The quota is used up.";
    case EROFS:
      return " The file system is mounted or exported read-only.";
    case ENOTDIR:
      return " A part of the path is a file, not a directory.";
    case EILSEQ:
      return " A name holds no control characters, and only what its file system takes.";
    case ENAMETOOLONG:
      return " A name takes at most 255 bytes.";
    case ESTALE:
      return " The NFS server changed what is exported; mount it again.";
    case EIO:
    case ETIMEDOUT:
      return " The storage or the connection to it fails; look into the system's log.";
    default:
      return "";
  }
}

}  // namespace

std::string errno_name(int errno_value) {
  const char* name = strerrorname_np(errno_value);
  return name != nullptr ? name : "errno " + std::to_string(errno_value);
}

Error io_error(int errno_value, std::string_view call, std::string_view what) {
  const char* description = strerrordesc_np(errno_value);
  std::string hint(call);
  hint.append(" failed on ").append(without_control(what)).append(": ").append(errno_name(errno_value));
  if (description != nullptr) hint.append(" (").append(description).append(")");
  hint.append(".").append(advice(errno_value));
  return row_for(errno_value).with_hint(std::move(hint));
}

}  // namespace breakwater::storage
