// REGEXP and REGEXP_LIKE, by RE2: its time is linear in the text whatever the pattern, which is a client's.
#include <memory>
#include <string>

#include <re2/re2.h>

#include "catalog/call.h"
#include "catalog/collation.h"

namespace breakwater::catalog {

namespace {

/// Bytes for a compiled pattern; what would take more is refused.
constexpr std::int64_t kMaxMemory = std::int64_t{2} << 20U;

struct Compiled {
  std::string flags;
  re2::RE2 pattern;
  Compiled(std::string_view text, std::string how, const re2::RE2::Options& options)
      : flags(std::move(how)), pattern(re2::StringPiece(text.data(), text.size()), options) {}
};

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

std::unique_ptr<Compiled> compile(Call& c) {
  const std::string_view flags = c.text(2);
  const auto collation = static_cast<Collation>(c.integer(3));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  options.set_never_capture(true);
  options.set_case_sensitive(collation != Collation::general_ci);
  if (collation == Collation::binary) options.set_encoding(re2::RE2::Options::EncodingLatin1);
  bool lines = false;
  if (!read_flags(flags, options, lines)) {
    c.fail(error::invalid_argument("regexp_like"));
    return nullptr;
  }
  if (c.text(1).empty()) {
    c.fail(error::regexp("empty (sub)expression"));
    return nullptr;
  }
  std::string pattern = lines ? "(?m)" : "";
  pattern += c.text(1);
  auto compiled = std::make_unique<Compiled>(pattern, std::string(flags), options);
  if (compiled->pattern.ok()) return compiled;
  c.fail(error::regexp(compiled->pattern.error()));
  return nullptr;
}

// (text, pattern, flags, collation). SQLite keeps what was compiled from row to row while the pattern is a
// constant.
void regexp(Call& c) {
  constexpr int kPattern = 1;
  auto* compiled = static_cast<Compiled*>(sqlite3_get_auxdata(c.sqlite(), kPattern));
  std::unique_ptr<Compiled> fresh;
  if (compiled == nullptr || compiled->flags != c.text(2)) {
    fresh = compile(c);
    if (fresh == nullptr) return;
    compiled = fresh.get();
  }
  const std::string_view text = c.text(0);
  c.give(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled->pattern));
  if (fresh != nullptr) {
    sqlite3_set_auxdata(c.sqlite(), kPattern, fresh.release(),
                        [](void* kept) { delete static_cast<Compiled*>(kept); });
  }
}

const Function kFunctions[] = {
    {"regexp", 4, 4, "x", Rule::integer, 0, regexp},
};

}  // namespace

std::span<const Function> regexp_functions() {
  return kFunctions;
}

}  // namespace breakwater::catalog
