#include "base/json_text.h"

#include <nlohmann/json.hpp>

namespace breakwater {
namespace {

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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
  add_json(name, json_text(text));
}

void JsonObject::add_json(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_.append(json_text(name)).append(":").append(json);
}

}  // namespace breakwater
