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

}  // namespace

void JsonObject::add(std::string_view name, std::string_view text) {
  append_name(members_, name);
  append_json_text(members_, text);
}

void JsonObject::add_json(std::string_view name, std::string_view json) {
  append_name(members_, name);
  members_.append(json);
}

}  // namespace breakwater
