#include "server/execute/parameters/restore_options.h"

#include <cstdint>
#include <set>

#include "base/text.h"
#include "base/text_parts.h"

namespace breakwater::server::execute {
namespace {

std::unexpected<Error> no_option(std::string hint) {
  return fail(error::invalid_argument("restore option").with_hint(std::move(hint)));
}

Result<> take_option(const std::string& name, std::string_view value, RestoreOptions& options) {
  if (name == "pool_list") {
    for (const std::string_view pool : split(value)) options.pools.emplace_back(pool);
  } else if (name == "locality") {
    options.locality = value;
  } else if (name == "primary_zone") {
    options.primary_zone = value;
  } else if (name == "concurrency") {
    if (whole_number<std::uint64_t>(value).value_or(0) == 0)
      return no_option("concurrency is a number from 1 on; a restore here needs none");
  } else if (name == "method") {
    if (!iequals(value, "full") && !iequals(value, "quick")) return no_option("method is full or quick");
  } else if (name == "kms_encrypt") {
    if (iequals(value, "true")) return fail(error::not_supported("kms_encrypt=true"));
    if (!iequals(value, "false")) return no_option("kms_encrypt is true or false");
  } else {
    return no_option("known are pool_list, locality, primary_zone, concurrency, method and kms_encrypt");
  }
  return {};
}

}  // namespace

Result<RestoreOptions> parse_restore_options(std::string_view text) {
  RestoreOptions options;
  std::set<std::string> seen;
  for (const std::string_view part : split(text, '&')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return no_option("options are name=value, with & between them");
    const std::string name = ascii_lower(trim(part.substr(0, equals)));
    if (!seen.insert(name).second) return no_option("an option is given twice");
    BW_CHECK(take_option(name, trim(part.substr(equals + 1)), options));
  }
  if (options.pools.empty())
    return fail(
        error::invalid_argument("pool_list").with_hint("WITH 'pool_list=…' names the new tenant's pools"));
  return options;
}

}  // namespace breakwater::server::execute
