#include "server/execute/backup/archive_dest_value.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "server/execute/parameters/config_time.h"
#include "storage/destination/scheme.h"
#include "storage/formats/plain_text.h"

namespace breakwater::server::execute {
namespace {

using std::chrono::days;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::chrono::seconds kShortestInterval{60};
constexpr days kMinInterval{1};
constexpr days kMaxInterval{7};

std::unexpected<Error> bad_value(std::string hint) {
  return fail(error::invalid_argument().with_hint(std::move(hint)));
}

Result<> set_location(ArchiveDestValue& dest, std::string_view value, const storage::UriRules& rules) {
  BW_TRY(dest.destination, storage::parse_destination(value, rules));
  dest.uri = Secret(value);
  return {};
}

Result<> set_binding(ArchiveDestValue& dest, std::string_view value, const storage::UriRules& /*rules*/) {
  if (!iequals(value, "OPTIONAL") && !iequals(value, "MANDATORY"))
    return bad_value("BINDING is Optional or Mandatory");
  dest.binding = ascii_upper(value);
  return {};
}

Result<> set_interval(ArchiveDestValue& dest, std::string_view value, const storage::UriRules& /*rules*/) {
  const auto interval = parse_config_time(value);
  if (!interval || *interval < kShortestInterval)
    return bad_value("PIECE_SWITCH_INTERVAL is a time with its unit, from 1d to 7d");
  if (*interval < kMinInterval || *interval > kMaxInterval)
    return fail(error::not_supported("invalid piece_switch_interval out of range [1d,7d] is"));
  dest.piece_switch_interval = std::to_string(std::chrono::floor<days>(*interval).count()) + "d";
  return {};
}

Result<> set_compression(ArchiveDestValue& dest, std::string_view value, const storage::UriRules& /*rules*/) {
  if (!iequals(value, "enable") && !iequals(value, "disable"))
    return fail(error::not_supported().with_hint("COMPRESSION is enable or disable"));
  dest.notes.emplace_back("COMPRESSION is accepted and has no effect");
  return {};
}

struct Attribute {
  std::string_view key;
  Result<> (*set)(ArchiveDestValue& dest, std::string_view value, const storage::UriRules& rules);
};
constexpr std::array kAttributes = {
    Attribute{"LOCATION", set_location},
    Attribute{"BINDING", set_binding},
    Attribute{"PIECE_SWITCH_INTERVAL", set_interval},
    Attribute{"COMPRESSION", set_compression},
};

bool begins_with_key(std::string_view text, std::string_view key) {
  return iequals(text.substr(0, key.size()), key) &&
         text.substr(std::min(key.size(), text.size())).starts_with('=');
}

bool begins_attribute(std::string_view text) {
  return std::ranges::any_of(kAttributes,
                             [&](const Attribute& known) { return begins_with_key(text, known.key); });
}

bool begins_object_store(std::string_view text) {
  if (!begins_with_key(text, "LOCATION")) return false;
  text.remove_prefix(text.find('=') + 1);
  const auto scheme = storage::scheme_of(text);
  return scheme && *scheme != storage::Scheme::file;
}

// The attributes one after the other.
class AttributeReader {
 public:
  explicit AttributeReader(std::string_view value) : rest_(value) {}

  /// Nothing at the end.
  std::optional<Secret> next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    if (rest_.empty()) return std::nullopt;
    return begins_object_store(rest_) ? with_uri() : Secret(take(rest_.find(' ')));
  }

  /// Whether blanks were dropped.
  bool dropped() const { return dropped_; }

 private:
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  static bool separates_options(char c) { return c == '?' || c == '&'; }

  Secret with_uri() {
    std::string text;
    text.reserve(rest_.size());  // so that no copy is left behind by growing
    for (bool more = true; more;) {
      text += take(rest_.find_first_of(kBlanks));
      const std::size_t gap = std::min(rest_.find_first_not_of(kBlanks), rest_.size());
      const std::string_view after = rest_.substr(gap);
      const bool around =
          !after.empty() && (separates_options(after.front()) || separates_options(text.back()));
      if (around && !begins_attribute(after)) {
        take(gap);
        dropped_ = true;
      } else {
        const std::size_t blank = rest_.substr(0, gap).find(' ');
        more = gap != 0 && blank == std::string_view::npos;
        text += take(std::min(blank, gap));
      }
    }
    return Secret::take(std::move(text));
  }

  std::string_view rest_;
  bool dropped_ = false;
};

// The keys of other versions, and what people forget.
std::string hint_for(std::string_view key) {
  if (iequals(key, "LAG_TARGET"))
    return "it is the parameter archive_lag_target: ALTER SYSTEM SET archive_lag_target";
  if (key.find("://") != std::string_view::npos) return "a destination is given as LOCATION=uri";
  return "the attributes are LOCATION, BINDING and PIECE_SWITCH_INTERVAL";
}

Result<> apply(ArchiveDestValue& dest, std::string_view text, const storage::UriRules& rules) {
  text.remove_prefix(std::min(text.find_first_not_of('='), text.size()));
  if (text.empty()) return fail(error::internal_error().with_hint("an attribute is a name, '=' and a value"));
  const std::size_t end = std::min(text.find('='), text.size());
  const std::string_view key = text.substr(0, end);
  const std::string_view value = text.substr(std::min(end + 1, text.size()));
  const auto* known =
      std::ranges::find_if(kAttributes, [&](const Attribute& row) { return iequals(row.key, key); });
  if (known == kAttributes.end()) {
    BW_CHECK(storage::refuse_control("an unknown attribute", text));
    return fail(error::not_supported().with_hint(hint_for(key)));
  }
  // The URI has parts of its own, and blanks in it to drop.
  if (known->set != set_location) BW_CHECK(storage::refuse_control(known->key, value));
  if (value.empty()) return bad_value(std::string(known->key) + " has no value");
  return known->set(dest, value, rules);
}

// 'LOCATION=file:///d/x, BINDING=Optional' would make a directory "x,".
Result<> refuse_other_separators(std::string_view value) {
  for (std::size_t at = value.find_first_of(",;"); at != std::string_view::npos;
       at = value.find_first_of(",;", at + 1)) {
    std::string_view after = value.substr(at + 1);
    after.remove_prefix(std::min(after.find_first_not_of(kBlanks), after.size()));
    if (begins_attribute(after))
      return bad_value("attributes are separated by blanks alone, not by ',' or ';'");
  }
  return {};
}

}  // namespace

Result<ArchiveDestValue> parse_archive_dest(const Secret& value, const storage::UriRules& rules) {
  BW_CHECK(refuse_other_separators(value.reveal()));
  ArchiveDestValue dest;
  AttributeReader attributes(value.reveal());
  while (const auto attribute = attributes.next()) BW_CHECK(apply(dest, attribute->reveal(), rules));
  if (attributes.dropped())
    dest.notes.emplace_back("blanks around '?' and '&' in the backup destination were dropped");
  return dest;
}

bool is_archive_dest(std::string_view value) {
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return begins_attribute(value);
}

}  // namespace breakwater::server::execute
