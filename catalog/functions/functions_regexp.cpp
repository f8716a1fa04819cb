// REGEXP and REGEXP_LIKE, by RE2: its time is linear in the text whatever the pattern, which is a client's.
// What is linear is the product of text and compiled pattern, and neither compiling nor matching can be
// stopped: so both have limits that are reached within a tenth of a second.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <re2/re2.h>

#include "catalog/functions/call.h"
#include "catalog/values/collation.h"

namespace breakwater::catalog {

namespace {

/// Bytes for a compiled pattern and what matching remembers; what would take more is refused.
constexpr std::int64_t kMaxMemory = std::int64_t{512} << 10U;
constexpr std::size_t kMaxPattern = 1024;  ///< bytes
/// \p{..}: each stands for hundreds of ranges.
constexpr std::size_t kMaxUnicodeClasses = 8;
/// Bytes of the text times instructions of the compiled pattern, at up to 25 ns each.
constexpr std::size_t kMaxSteps = std::size_t{4} << 20U;
/// Compiled patterns that a connection of the catalogue keeps.
constexpr std::size_t kMaxKept = 8;

struct Compiled {
  std::string text;
  std::string flags;
  Collation collation;
  std::unique_ptr<re2::RE2> pattern;

  bool is(std::string_view wanted, std::string_view how, Collation order) const {
    return text == wanted && flags == how && collation == order;
  }
};

/// The most recently used first.
using Kept = std::vector<Compiled>;

/// Letters of REGEXP_LIKE's third argument: c and i for the case, m for ^ and $ at lines, n for a dot that
/// matches a line's end, u for lines that end with \n only, as they do here anyway.
bool read_flags(std::string_view flags, re2::RE2::Options& options, bool& lines) {
  for (const char flag : flags) {
    switch (flag) {
      case 'c':
        options.set_case_sensitive(true);
        break;
      case 'i':
        options.set_case_sensitive(false);
        break;
      case 'm':
        lines = true;
        break;
      case 'n':
        options.set_dot_nl(true);
        break;
      case 'u':
        break;
      default:
        return false;
    }
  }
  return true;
}

std::size_t unicode_classes(std::string_view pattern) {
  std::size_t count = 0;
  for (std::size_t at = pattern.find('\\'); at != std::string_view::npos && at + 1 < pattern.size();
       at = pattern.find('\\', at + 2)) {
    if (pattern[at + 1] == 'p' || pattern[at + 1] == 'P') ++count;
  }
  return count;
}

Result<> check_pattern(std::string_view pattern) {
  if (pattern.empty()) return fail(error::regexp("empty (sub)expression"));
  if (pattern.size() > kMaxPattern)
    return fail(error::regexp("pattern too long").with_hint("a pattern has at most 1024 bytes"));
  if (unicode_classes(pattern) > kMaxUnicodeClasses)
    return fail(error::regexp("pattern too large").with_hint("a pattern has at most 8 classes \\p and \\P"));
  return {};
}

Result<Compiled> compile(std::string_view text, std::string_view flags, Collation collation) {
  BW_CHECK(check_pattern(text));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  options.set_never_capture(true);
  options.set_case_sensitive(collation != Collation::general_ci);
  if (collation == Collation::binary) options.set_encoding(re2::RE2::Options::EncodingLatin1);
  bool lines = false;
  if (!read_flags(flags, options, lines)) return fail(error::invalid_argument("regexp_like"));
  std::string pattern = lines ? "(?m)" : "";
  pattern += text;
  auto compiled = std::make_unique<re2::RE2>(pattern, options);
  if (!compiled->ok()) return fail(error::regexp(compiled->error()));
  return Compiled{std::string(text), std::string(flags), collation, std::move(compiled)};
}

/// Kept from row to row, and from statement to statement.
Result<const re2::RE2*> compiled(Call& c) {
  const std::string_view text = c.text(1);
  const std::string_view flags = c.text(2);
  const auto collation = static_cast<Collation>(c.integer(3));
  if (c.session().regexps == nullptr) c.session().regexps = std::make_shared<Kept>();
  Kept& kept = *std::static_pointer_cast<Kept>(c.session().regexps);
  auto found =
      std::ranges::find_if(kept, [&](const Compiled& one) { return one.is(text, flags, collation); });
  if (found == kept.end()) {
    if (!c.work().ask()) return fail(error::query_interrupted());
    BW_TRY(Compiled fresh, compile(text, flags, collation));
    if (kept.size() == kMaxKept) kept.pop_back();
    found = kept.insert(kept.end(), std::move(fresh));
  }
  std::rotate(kept.begin(), found, found + 1);
  return kept.front().pattern.get();
}

// (text, pattern, flags, collation)
void regexp(Call& c) {
  const auto pattern = compiled(c);
  if (!pattern) return c.fail(pattern.error());
  const std::string_view text = c.text(0);
  const auto instructions = static_cast<std::size_t>((*pattern)->ProgramSize());
  if (text.size() > kMaxSteps / std::max<std::size_t>(instructions, 1))
    return c.fail(
        error::regexp("text too long for this pattern")
            .with_hint("a text's bytes times the pattern's size are at most 4194304; match a part, as "
                       "LEFT() gives it, or use LIKE"));
  // Half a byte for each step: the time of a whole stretch in the worst case.
  if (!c.work().walk(text.size() * instructions / 2)) return;
  c.give(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), **pattern));
}

const FunctionRow kFunctions[] = {
    rendered_to("regexp", {4, 4}, regexp),
};

}  // namespace

FunctionFamily regexp_functions() {
  return kFunctions;
}

}  // namespace breakwater::catalog
