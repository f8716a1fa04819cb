#include "base/json_text.h"

#include <nlohmann/json.hpp>

namespace breakwater {
namespace {

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void JsonObject::add(std::string_view name, std::string_view text) {
  add_json(name, json_text(text));
}

void JsonObject::add_json(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_.append(json_text(name)).append(":").append(json);
}

}  // namespace breakwater
