// How jobs that fail are tried again, and what COMMENT says of it.
#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace breakwater::server::jobs {

/// Between one attempt and the next; behind the last a job fails.
inline constexpr std::chrono::seconds kPauses[] = {std::chrono::seconds(1), std::chrono::seconds(10),
                                                   std::chrono::seconds(60)};

inline constexpr std::chrono::hours kFarAway{24 * 365};  ///< a place is waited for as long as it takes
inline constexpr std::chrono::seconds kLookAgain{60};    ///< if nothing is due
inline constexpr std::chrono::seconds kAfterFailure{1};  ///< the catalogue can't be read or written
inline constexpr std::size_t kMaxJobComment = 4096;      ///< bytes of COMMENT

Timestamp micros_in(std::chrono::milliseconds time);

/// At most kMaxJobComment bytes, cut at a character's start.
std::string cut_comment(std::string text);
/// An error's text and hint.
std::string job_comment(const Error& why);

/// The destination isn't the tenant's: no attempt would find it otherwise.
bool is_final(const Error& why);

}  // namespace breakwater::server::jobs
