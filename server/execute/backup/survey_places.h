// Statements that look at what lies at destinations: SHOW BACKUPS and SHOW RESTORE PREVIEW.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/task.h"
#include "server/execute/context/statement.h"
#include "storage/destination/medium.h"
#include "storage/survey/survey.h"

namespace breakwater::server::execute {

/// "data,archive", or the data alone, as RESTORE's FROM. invalid_backup_dest (9026); errors of parse_destination().
Result<std::vector<Secret>> split_sources(const Secret& from);

using Surveys = std::vector<storage::Survey>;

/// What lies in these, one behind the other, and what `judge` makes of it. On the thread of jobs, since what is there may take
/// long to read through; holds one of Services::surveys() meanwhile. `judge` may use the coroutine's locals. Ends with the
/// session's ob_query_timeout, and after kLongestLook in any case: timeout (4012). Other errors: those of the media, of acquire(),
/// of the cancellation and of `judge`.
Task<Result<Surveys>> survey_places(const Statement& statement, std::vector<storage::MediumPtr> media,
                                    std::size_t most_sets, std::function<Result<>(Surveys&)> judge);
inline constexpr std::chrono::minutes kLongestLook{2};

/// An SCN in the session's time zone, as the columns …_SCN_DISPLAY have it.
std::string shown_scn(const Statement& statement, std::int64_t scn);

}  // namespace breakwater::server::execute
