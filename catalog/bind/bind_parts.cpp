#include "catalog/bind/bind_parts.h"

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

// What sort_term() makes of an unsigned integer, bw_unsigned_key, is its own inverse.
std::string extreme_sql(std::string_view function, const Bound& b, const std::string& values) {
  std::string sql = std::string(function) + "(" + values + ")";
  return b.wide ? sort_term(b, sql) : sql;
}

std::string integer_sql(std::int64_t value) {
  if (value == std::numeric_limits<std::int64_t>::min()) return "(-9223372036854775807-1)";
  return value < 0 ? "(" + std::to_string(value) + ")" : std::to_string(value);
}

std::vector<const ast::Expr*> chain_of(const ast::Binary& node) {
  std::vector<const ast::Expr*> operands;
  std::vector<const ast::Expr*> pending = {node.right.get(), node.left.get()};
  while (!pending.empty()) {
    const ast::Expr* next = pending.back();
    pending.pop_back();
    const auto* inner = std::get_if<ast::Binary>(&next->node);
    if (inner == nullptr || inner->op != node.op) {
      operands.push_back(next);
      continue;
    }
    pending.push_back(inner->right.get());
    pending.push_back(inner->left.get());
  }
  return operands;
}

std::uint32_t second_decimals(const Bound& b, std::uint32_t unknown) {
  if (b.type.kind >= Kind::timestamp) return b.type.decimals;
  if (b.type.kind == Kind::decimal) return std::min<std::uint32_t>(b.type.decimals, kMicros);
  if (b.type.kind == Kind::real) return kMicros;
  if (b.type.kind == Kind::null) return 0;
  if (b.literal == nullptr || b.type.kind != Kind::text) return unknown;
  const std::size_t point = b.literal->text.find('.');
  const std::size_t digits = point == std::string::npos ? 0 : b.literal->text.size() - point - 1;
  return static_cast<std::uint32_t>(std::min<std::size_t>(digits, kMicros));
}

std::string regexp(const Bound& text, const Bound& pattern, const std::string& flags) {
  return "bw_regexp(" + as_text(text) + "," + as_text(pattern) + "," + flags + "," +
         std::to_string(static_cast<int>(common_collation(text, pattern))) + ")";
}

}  // namespace breakwater::catalog
