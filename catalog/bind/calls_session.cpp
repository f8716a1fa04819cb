// Functions of the session and the clock: a value each that is bound when the plan is run. And those that are refused.
#include "base/text.h"
#include "catalog/bind/call_binder.h"
#include "catalog/values/number.h"

namespace breakwater::catalog {

namespace {

constexpr std::uint32_t kNameLength = 64, kAccountLength = 77, kVersionLength = 64, kIdWidth = 10;

template <From F, std::uint32_t Length, bool Nullable = false>
Result<Bound> session_text(CallBinder& c) {
  return bound_of(c.slot({.from = F}), text_type(Length, Collation::general_ci, Nullable));
}

template <From F, std::uint32_t Width, bool Unsigned>
Result<Bound> session_integer(CallBinder& c) {
  return bound_of(c.slot({.from = F}), integer_type(Width, false, Unsigned));
}

Result<Bound> last_insert_id(CallBinder& c) {
  if (c.count() > 0) return fail(error::not_supported("LAST_INSERT_ID(expr)"));
  return session_integer<From::last_insert_id, kBigintWidth, true>(c);
}

/// RAND(n) has a row of its own among SQLite's.
Result<Bound> rand(CallBinder& c) {
  if (c.count() > 0) return c.ordinary();
  return bound_of("bw_rand(" + c.slot({.from = From::random_seed}) + ")", real_type(false));
}

// ---- NOW() and its kin

enum class Clock : std::uint8_t { moment, date, time };

template <From F, Clock What>
Result<Bound> clock(CallBinder& c) {
  std::uint32_t decimals = 0;
  if (c.count() == 1) {
    const auto* literal = std::get_if<ast::Literal>(&c.written(0).node);
    const bool digits = literal != nullptr && literal->kind == ast::LiteralKind::integer;
    if (digits && !c.oracle() && number::uint64_of(literal->text) > kMicros)
      return fail(error::too_big_precision(literal->text, c.node.name, std::to_string(kMicros)));
    if (literal == nullptr || literal->text.size() != 1 || literal->text[0] < '0' || literal->text[0] > '6')
      return fail(error::invalid_argument(c.node.name));
    decimals = static_cast<std::uint32_t>(literal->text[0] - '0');
  }
  Bound moment = bound_of(c.slot({.from = F, .index = decimals}), datetime_type(decimals, false));
  if constexpr (What == Clock::date) return bound_of(as_date(moment), date_type(false));
  if constexpr (What == Clock::time) return bound_of(as_time(moment), time_type(decimals, false));
  return moment;
}

// ---- refused

/// MySQL's functions that wait, lock, read files or burn time for their caller.
Result<Bound> refused(CallBinder& c) {
  return fail(error::not_supported(ascii_upper(c.node.name) + "()"));
}

/// Where SLEEP(n) may stand it isn't bound as a call: Binder::item().
Result<Bound> misplaced(CallBinder& /*c*/) {
  return fail(misplaced_sleep());
}

constexpr Arity kNone = {0, 0}, kDigits = {0, 1}, kAny = {0, kMany};

const FunctionRow kSessionCalls[] = {
    bound_by(session_text<From::database, kNameLength, true>, "database", kNone),
    bound_by(session_text<From::database, kNameLength, true>, "schema", kNone),
    bound_by(session_text<From::user, kAccountLength>, "user", kNone),
    bound_by(session_text<From::user, kAccountLength>, "session_user", kNone),
    bound_by(session_text<From::user, kAccountLength>, "system_user", kNone),
    bound_by(session_text<From::account, kAccountLength>, "current_user", kNone),
    bound_by(session_text<From::version, kVersionLength>, "version", kNone),
    bound_by(session_text<From::ob_version, kVersionLength>, "ob_version", kNone),
    bound_by(session_text<From::effective_tenant, kNameLength>, "effective_tenant", kNone),
    bound_by(session_integer<From::effective_tenant_id, kBigintWidth, true>, "effective_tenant_id", kNone),
    bound_by(session_integer<From::connection_id, kIdWidth, true>, "connection_id", kNone),
    bound_by(session_integer<From::row_count, kBigintWidth, false>, "row_count", kNone),
    bound_by(session_integer<From::found_rows, kBigintWidth, false>, "found_rows", kNone),
    bound_by(last_insert_id, "last_insert_id", kAny, {ArgKind::written}),
    bound_by(rand, "rand", {0, 1}, {ArgKind::integer}, {Rule::real}),
    bound_by(clock<From::now_local, Clock::moment>, "now", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_local, Clock::moment>, "current_timestamp", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_local, Clock::moment>, "localtime", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_local, Clock::moment>, "localtimestamp", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_local, Clock::moment>, "sysdate", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_utc, Clock::moment>, "utc_timestamp", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_local, Clock::date>, "curdate", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_local, Clock::date>, "current_date", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_utc, Clock::date>, "utc_date", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_local, Clock::time>, "curtime", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_local, Clock::time>, "current_time", kDigits, {ArgKind::written}),
    bound_by(clock<From::now_utc, Clock::time>, "utc_time", kDigits, {ArgKind::written}),
    bound_by(misplaced, "sleep", kAny, {ArgKind::written}),
    bound_by(refused, "benchmark", kAny, {ArgKind::written}),
    bound_by(refused, "get_lock", kAny, {ArgKind::written}),
    bound_by(refused, "is_free_lock", kAny, {ArgKind::written}),
    bound_by(refused, "is_used_lock", kAny, {ArgKind::written}),
    bound_by(refused, "load_file", kAny, {ArgKind::written}),
    bound_by(refused, "master_pos_wait", kAny, {ArgKind::written}),
    bound_by(refused, "password", kAny, {ArgKind::written}),
    bound_by(refused, "release_lock", kAny, {ArgKind::written}),
    bound_by(refused, "release_all_locks", kAny, {ArgKind::written}),
};

}  // namespace

FunctionFamily session_calls() {
  return kSessionCalls;
}

}  // namespace breakwater::catalog
