// What a line of the log says about a client, apart from its text: a log that writes objects gives each a member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"

namespace breakwater {

/// Empty ones, and a code of 0, aren't shown. None may be a secret: a statement is as Parsed::shown.
struct LogFields {
  std::uint64_t connection_id = 0;
  std::string_view user{};      ///< of the account, or as a client names itself that isn't logged in
  std::string_view tenant{};    ///< in which the account is
  std::string_view works_in{};  ///< the tenant that CHANGE TENANT chose, if that's another
  std::string_view address{};   ///< with the port
  std::string_view statement{};
  int code = 0;             ///< of the error, as the client sees it
  std::string_view note{};  ///< the error's hint
  std::optional<std::int64_t> milliseconds{};
};

/// A log that can show them apart.
class FieldLog : public Log {
 public:
  using Log::write;
  virtual void write(LogLevel level, const LogFields& fields, std::string_view text) = 0;
};

/// Writes the line; the text must say by itself what the fields say, since not every log shows them.
void write(Log& log, LogLevel level, const LogFields& fields, std::string_view text);

/// "root@sys (in t) 127.0.0.1:4711": the user, its tenant, the tenant worked in, the address. Names that could be
/// taken for something else are quoted.
std::string who(const LogFields& fields);

}  // namespace breakwater
