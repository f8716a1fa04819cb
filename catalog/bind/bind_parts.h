// What the binders' files share.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "catalog/bind/bound.h"
#include "catalog/bind/convert.h"

namespace breakwater::catalog {

inline constexpr std::uint32_t kBigintWidth = 21;
inline constexpr std::uint32_t kMicros = 6;                 ///< digits after the second
inline constexpr std::uint32_t kDivPrecisionIncrement = 4;  ///< div_precision_increment's default

using Args = std::vector<Bound>;

inline Bound bound_of(std::string sql, SqlType type) {
  Bound b;
  b.sql = std::move(sql);
  b.type = type;
  return b;
}

/// A date, with a time or without.
inline bool is_moment(Kind kind) {
  return kind == Kind::timestamp || kind == Kind::datetime || kind == Kind::date;
}

inline bool any_aggregate(const Args& args) {
  return std::ranges::any_of(args, [](const Bound& b) { return b.aggregate; });
}

inline Error wrong_count(const ast::FunctionCall& node) {
  return error::wrong_param_count(ascii_upper(node.name));
}

/// SLEEP() elsewhere than where the rows' reader waits.
inline Error misplaced_sleep() {
  return error::not_supported("SLEEP() in an expression")
      .with_hint("write SLEEP(n) by itself in the select list, or DO SLEEP(n)");
}

/// "a,b,c"
std::string joined(const std::vector<std::string>& parts);
/// The collation of a text made of these; general_ci where none is a text.
Collation text_collation(const std::vector<Bound>& args);
/// max() or min() of sort_term()s of the type of `b`.
std::string extreme_sql(std::string_view function, const Bound& b, const std::string& values);
/// Digits after the second: a text constant has as many as are written, another text may have all six (`unknown`).
std::uint32_t second_decimals(const Bound& b, std::uint32_t unknown);
/// Whether a text matches a pattern; `flags` is the SQL of REGEXP_LIKE's third argument.
std::string regexp(const Bound& text, const Bound& pattern, const std::string& flags);
/// SQLite's lexer has no literal for the least integer.
std::string integer_sql(std::int64_t value);
/// Which of a select list's items this label means; nothing if none has it.
Result<std::optional<std::size_t>> find_label(const std::string& label, const std::vector<Bound>& items,
                                              const std::vector<std::string>& labels, const char* clause);
/// The operands of a chain of the same operator, however it is nested, in order and without recursion.
std::vector<const ast::Expr*> chain_of(const ast::Binary& node);

// ---- Oracle's

/// A call of one of oracle_functions().
std::string oracle_sql(std::string_view function, const std::vector<std::string>& args);
/// A decimal's text: of a text that is no number, an error.
std::string oracle_number(const Bound& b);
/// A NUMBER with all its digits.
Bound oracle_number_of(std::string sql, bool nullable);
SqlType varchar2(std::uint64_t length);

}  // namespace breakwater::catalog
