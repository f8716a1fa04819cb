// Functions whose result has the type of their arguments taken together, or that look at nothing but types.
#include <algorithm>

#include "catalog/bind/call_binder.h"
#include "catalog/values/collation.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kTruthWidth = 1, kCollationLength = 64;

Bound coalesce(const Args& args) {
  Bound b = bound_of("", common_type(args));
  b.type.nullable = std::all_of(args.begin(), args.end(),
                                [](const Bound& a) { return a.type.nullable || a.type.kind == Kind::null; });
  std::vector<std::string> parts;
  for (const Bound& a : args) parts.push_back(as_operand(a, b));
  if (parts.size() == 1) parts.emplace_back("NULL");
  b.sql = "coalesce(" + joined(parts) + ")";
  b.wide = b.type.kind == Kind::integer && b.type.is_unsigned;
  return b;
}

Bound extreme(const Args& args, std::string_view function) {
  Bound b = bound_of("", common_type(args));
  b.wide = b.type.kind == Kind::integer && b.type.is_unsigned;
  if (b.type.kind == Kind::text && std::any_of(args.begin(), args.end(), [](const Bound& a) {
        return a.type.kind != Kind::text && a.type.kind != Kind::null && a.type.kind < Kind::timestamp;
      }))
    b.type = real_type(b.type.nullable);
  std::vector<std::string> parts;
  for (const Bound& a : args) parts.push_back(sort_term(b, as_operand(a, b)));
  b.sql = extreme_sql(function, b, joined(parts));
  return b;
}

Bound greatest(const Args& args) {
  return extreme(args, "max");
}

Bound least(const Args& args) {
  return extreme(args, "min");
}

Bound conditional(const Args& args) {
  Bound b = bound_of("", common_type({args[1], args[2]}));
  b.sql = "(CASE WHEN " + truth(args[0]) + " THEN " + as_operand(args[1], b) + " ELSE " +
          as_operand(args[2], b) + " END)";
  b.wide = b.type.kind == Kind::integer && b.type.is_unsigned;
  return b;
}

Bound is_null(const Args& args) {
  return bound_of("(" + args[0].sql + " IS NULL)", integer_type(kTruthWidth, false));
}

Result<Bound> nullif(CallBinder& c) {
  BW_TRY(const Bound same, c.compare(ast::BinaryOp::equal, c.args[0], c.args[1]));
  Bound b = bound_of("(CASE WHEN " + same.sql + " THEN NULL ELSE " + c.args[0].sql + " END)", c.args[0].type);
  b.type.nullable = true;
  b.wide = c.args[0].wide;
  b.unrounded = c.args[0].unrounded;
  return b;
}

/// The position of the first of the others that equals the first: as texts, as exact numbers, or else as
/// doubles.
Result<Bound> field(CallBinder& c) {
  Args args = c.args;
  const auto exact = [](const Bound& b) {
    return b.type.kind == Kind::integer || b.type.kind == Kind::decimal;
  };
  const bool texts =
      std::ranges::none_of(args, [&](const Bound& b) { return exact(b) || b.type.kind == Kind::real; });
  const bool reals = !texts && !std::ranges::all_of(args, [&](const Bound& b) {
    return exact(b) || b.type.kind == Kind::null;
  });
  std::string sql = "(CASE";
  for (Bound& b : args) {
    if (texts) b = bound_of(as_text(b), text_type(text_length(b.type), text_collation({b}), b.type.nullable));
    if (reals) b = bound_of(as_real(b), real_type(b.type.nullable));
  }
  for (std::size_t i = 1; i < args.size(); ++i) {
    BW_TRY(const Bound same, c.compare(ast::BinaryOp::equal, args[0], args[i]));
    sql += " WHEN " + same.sql + " THEN " + std::to_string(i);
    BW_CHECK(check_size(sql));
  }
  return bound_of(sql + " ELSE 0 END)", integer_type(3, false));
}

/// INTERVAL(n, a, b ...): how many of the others are not greater than the first.
Result<Bound> interval(CallBinder& c) {
  const Args& args = c.args;
  std::string sql = "(CASE WHEN " + args[0].sql + " IS NULL THEN -1";
  for (std::size_t i = 1; i < args.size(); ++i) {
    BW_TRY(const Bound below, c.compare(ast::BinaryOp::less, args[0], args[i]));
    sql += " WHEN " + below.sql + " THEN " + std::to_string(i - 1);
    BW_CHECK(check_size(sql));
  }
  return bound_of(sql + " ELSE " + std::to_string(args.size() - 1) + " END)", integer_type(10, false));
}

Result<Bound> modulo(CallBinder& c) {
  return c.arithmetic(ast::BinaryOp::modulo, c.args[0], c.args[1]);
}

Bound pi(const Args& /*args*/) {
  Bound b = bound_of("3.141592653589793", real_type(false));
  b.type.decimals = 6;
  b.type.length = 8;
  return b;
}

Bound regexp_like(const Args& args) {
  const bool nullable = std::ranges::any_of(args, [](const Bound& b) { return b.type.nullable; });
  return bound_of(regexp(args[0], args[1], args.size() == 3 ? as_text(args[2]) : "''"),
                  integer_type(kTruthWidth, nullable));
}

// ---- of types alone

bool has_characters(const Bound& b) {
  return b.type.kind == Kind::text && b.type.collation != Collation::binary;
}

Result<Bound> charset(CallBinder& c) {
  return bound_of(c.text_slot(has_characters(c.args[0]) ? "utf8mb4" : "binary"),
                  text_type(kCollationLength, Collation::general_ci, false));
}

Result<Bound> collation(CallBinder& c) {
  return bound_of(
      c.text_slot(has_characters(c.args[0]) ? collation_name(c.args[0].type.collation) : "binary"),
      text_type(kCollationLength, Collation::general_ci, false));
}

/// Of bytes alone: a text has no address, whatever its length.
Result<Bound> inet6_ntoa(CallBinder& c) {
  constexpr std::uint32_t kIpv6Length = 39;
  const SqlType& type = c.args[0].type;
  const bool bytes = type.kind == Kind::text && type.collation == Collation::binary;
  return bound_of(bytes ? c.rendered("inet6_ntoa") : "NULL",
                  text_type(kIpv6Length, Collation::general_ci, true));
}

const FunctionRow kChoiceCalls[] = {
    bound_by(of_args<conditional>, "if", {3, 3}),
    bound_by(of_args<coalesce>, "ifnull", {2, 2}),
    bound_by(of_args<coalesce>, "nvl", {2, 2}),
    bound_by(of_args<coalesce>, "coalesce", {1, kMany}),
    bound_by(of_args<greatest>, "greatest", {2, kMany}),
    bound_by(of_args<least>, "least", {2, kMany}),
    bound_by(of_args<is_null>, "isnull", {1, 1}),
    bound_by(nullif, "nullif", {2, 2}),
    bound_by(field, "field", {2, kMany}),
    bound_by(interval, "interval", {2, kMany}),
    bound_by(modulo, "mod", {2, 2}),
    bound_by(of_args<pi>, "pi", {0, 0}),
    bound_by(of_args<regexp_like>, "regexp_like", {2, 3}),
    bound_by(charset, "charset", {1, 1}),
    bound_by(inet6_ntoa, "inet6_ntoa", {1, 1}),
    bound_by(collation, "collation", {1, 1}),
};

}  // namespace

FunctionFamily choice_calls() {
  return kChoiceCalls;
}

}  // namespace breakwater::catalog
