// The statements that the first start of a server runs before it serves anybody: --init-file.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "server/net/handler.h"

namespace breakwater::server {

struct InitFile {
  std::string name{};
  Secret sql{};  ///< may hold passwords and access keys
};

/// `path` is a file, or a directory whose files *.sql are taken in the order of their names. At most 1,000 files of at
/// most 16 MiB each. Error: start_refused if something can't be read, is too large, or there is nothing.
Result<std::vector<InitFile>> read_init_files(const std::string& path);

/// Runs the files one after the other in a session of root@sys each, on a thread of its own, up to the first statement
/// that fails. Nobody else is served meanwhile. Error: start_refused, with the file, the statement's number in it, the
/// error and what it advises.
Result<> run_init_files(const std::vector<InitFile>& files, SessionFactory& factory, Log& log);

}  // namespace breakwater::server
