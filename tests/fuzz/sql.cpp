// A statement's text through all that is done with it. The first byte says how it is to be read.
#include <string>

#include "fuzz/fuzz.h"
#include "grammar/parser.h"

namespace breakwater {

using namespace grammar;

namespace {

ParseOptions options_of(std::uint8_t bits) {
  if ((bits & 1U) != 0) {
    ParseOptions options = ParseOptions::oracle();
    options.parameters = (bits & 16U) != 0;
    return options;
  }
  return {.ansi_quotes = (bits & 2U) != 0,
          .no_backslash_escapes = (bits & 4U) != 0,
          .pipes_as_concat = (bits & 8U) != 0,
          .parameters = (bits & 16U) != 0};
}

/// The statements lie in the text, in order, and each takes some of it.
void check_split(std::string_view sql, const ParseOptions& options) {
  const char* at = sql.data();
  std::string_view rest = sql;
  do {
    const std::size_t before = rest.size();
    const std::string_view first = split_off(rest, options);
    fuzz::require(first.data() >= at && first.data() + first.size() <= sql.data() + sql.size());
    fuzz::require(rest.empty() ||
                  (rest.size() < before && rest.data() + rest.size() == sql.data() + sql.size()));
    at = first.data() + first.size();
  } while (!rest.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const ParseOptions options = options_of(input.byte());
  const std::string_view sql = input.text();
  check_split(sql, options);
  fuzz::require(redact(sql, options, 200).size() <= 200);
  Fingerprint print;
  fingerprint(sql, options, print);
  const auto parsed = parse(sql, options);
  if (parsed && print.cacheable) {
    fuzz::require(!parsed->has_secret && print.parameters == parsed->parameter_count);
  }
  if (parsed) fuzz::require(parsed->shown.size() <= kMaxShown);
  if (!parsed) fuzz::require(parsed.error().text().size() <= kMaxErrorText);
  return 0;
}

}  // namespace breakwater
