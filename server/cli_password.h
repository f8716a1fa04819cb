// Where a command of the program takes a password, or another secret, from: never from the command line, which others can see.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace breakwater::cli {

/// The first line of the file, without its end; "-": of standard input. setting_file if it can't be read or is longer than 4096
/// bytes; `what` names the file in that: "the password file".
Result<Secret> read_secret_line(const std::string& file, std::string_view what);
Result<Secret> read_password_file(const std::string& file);

/// Asks on the terminal, and shows nothing of what is typed. Empty where standard input is none.
Secret ask_for_password();

}  // namespace breakwater::cli
