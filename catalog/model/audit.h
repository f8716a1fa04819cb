// A line of the audit: what one statement or login came to. Nothing in it may be a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/model/event.h"

namespace breakwater::catalog {

struct AuditEntry {
  /// Bytes; what is longer is cut.
  static constexpr std::size_t kMaxStatement = 4096;
  static constexpr std::size_t kMaxNote = 512;
  static constexpr std::size_t kMaxAnswer = 1024;

  std::int64_t id = 0;  ///< the store's; 0: the catalogue doesn't have it, since nothing was changed
  Timestamp time = 0;   ///< when it began
  std::string_view what = "statement";  ///< or "login"
  std::uint64_t connection_id = 0;
  Origin who{};
  TenantId works_in_id = 0;
  std::string works_in{};   ///< the tenant worked in
  std::string tls{};        ///< "TLSv1.3"; empty: not over TLS
  std::string statement{};  ///< as Parsed::shown
  int code = 0;             ///< of the error, as clients see it; 0: OK
  int ob_code = 0;          ///< OceanBase's, negative, where it has one
  std::string error{};      ///< its text in the table, which repeats nothing that a client wrote
  std::string note{};       ///< the error's hint
  std::string answer{};     ///< what a destination's proof saw
  std::int64_t microseconds = 0;
  /// What was changed: a JSON array with an object for each event, with the old and the new value where they are no
  /// secret. Empty: nothing.
  std::string changes{};
  /// The statement's end isn't known: the server ended between its commit and this line.
  bool recovered = false;
};

}  // namespace breakwater::catalog
