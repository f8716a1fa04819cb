#include "base/json_text.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace breakwater {
namespace {

// Nearly all texts stand in quotes as they are, which takes a tenth of the work.
void append_json_text(std::string& out, std::string_view text) {
  const bool plain =
      std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
  if (plain) {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

void append_name(std::string& members, std::string_view name) {
  if (!members.empty()) members += ',';
  append_json_text(members, name);
  members += ':';
}

// (The callback that parse() takes would cost the square of an array's length.)
class Bounds final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Bounds(std::size_t depth, std::size_t values) : most_deep_(depth), most_values_(values) {}

  bool null() override { return one(); }
  bool boolean(bool /*value*/) override { return one(); }
  bool number_integer(number_integer_t /*value*/) override { return one(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return one(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return one(); }
  bool string(string_t& /*value*/) override { return one(); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool key(string_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*elements*/) override { return begin(); }
  bool end_object() override { return end(); }
  bool start_array(std::size_t /*elements*/) override { return begin(); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool one() { return ++values_ <= most_values_; }
  bool begin() { return ++depth_ <= most_deep_ && one(); }
  bool end() {
    --depth_;
    return true;
  }

  const std::size_t most_deep_;
  const std::size_t most_values_;
  std::size_t values_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

bool is_json_within(std::string_view text, std::size_t depth, std::size_t values) {
  Bounds bounds(depth, values);
  return nlohmann::json::sax_parse(text, &bounds);
}

void JsonObject::add(std::string_view name, std::string_view text) {
  append_name(members_, name);
  append_json_text(members_, text);
}

void JsonObject::add_json(std::string_view name, std::string_view json) {
  append_name(members_, name);
  members_.append(json);
}

}  // namespace breakwater
