#include "catalog/bind_parts.h"

#include <limits>

namespace breakwater::catalog {

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
  return out;
}

Collation text_collation(const std::vector<Bound>& args) {
  Bound all;
  for (const Bound& b : args) {
    if (b.type.kind != Kind::text) continue;
    all.type.collation = common_collation(all, b);
    all.type.kind = Kind::text;
    all.column = all.column || b.column;
    all.collated = all.collated || b.collated;
  }
  return all.type.kind == Kind::text ? all.type.collation : Collation::general_ci;
}

// bw_unsigned_key is its own inverse.
std::string unsigned_extreme(std::string_view function, const std::string& values) {
  return "bw_unsigned_key(" + std::string(function) + "(" + values + "))";
}

std::string integer_sql(std::int64_t value) {
  if (value == std::numeric_limits<std::int64_t>::min()) return "(-9223372036854775807-1)";
  return value < 0 ? "(" + std::to_string(value) + ")" : std::to_string(value);
}

}  // namespace breakwater::catalog
