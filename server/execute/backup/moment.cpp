#include "server/execute/backup/moment.h"

#include "base/text.h"
#include "catalog/values/temporal.h"

namespace breakwater::server::execute {

Result<catalog::Scn> moment_of(const Statement& statement, const std::optional<std::string>& scn,
                               const std::optional<std::string>& time) {
  if (scn) {
    const auto number = whole_number<catalog::Scn>(*scn);
    if (!number || *number <= 0)
      return fail(error::invalid_argument("until scn").with_hint("an SCN is nanoseconds since the epoch"));
    return *number;
  }
  if (!time) return 0;
  constexpr std::int64_t kNanos = 1000;  // of a microsecond
  const auto local = catalog::temporal::read_datetime(*time);
  const Timestamp moment = local ? statement.session.time_zone().to_utc(*local) : 0;
  if (moment <= 0 || moment > INT64_MAX / kNanos) {
    return fail(error::invalid_argument("until time")
                    .with_hint("a time is '2024-01-31 12:00:00[.ffffff]', in the session's time zone"));
  }
  return moment * kNanos;
}

}  // namespace breakwater::server::execute
