#include "catalog/functions/call.h"

#include "base/guard.h"
#include "catalog/sqlite/sqlite_callback.h"
#include "catalog/values/collation.h"
#include "catalog/values/decimal.h"

namespace breakwater::catalog {

void Call::give(const Value& value) {
  std::visit(
      [this](const auto& v) {
        using Held = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Held, std::monostate>)
          give_null();
        else if constexpr (std::is_same_v<Held, std::string>)
          give_whole(v);
        else
          give(v);
      },
      value);
}

void Call::give(Output&& output) {
  if (output.too_long()) return refuse_length();
  give_whole(output.text());
}

void Call::refuse_length() {
  constexpr std::uint16_t kAllowedPacketOverflowed = 1301;
  constexpr std::string_view kOracle = "oracle_";
  give_null();
  if (context().warnings == nullptr) return;
  std::string_view name = name_;
  if (name.starts_with(kOracle)) name.remove_prefix(kOracle.size());
  context().warnings->add(kAllowedPacketOverflowed, "Result of " + std::string(name) +
                                                        "() was larger than max_allowed_packet (" +
                                                        std::to_string(most_bytes()) + ") - truncated");
}

void Call::stop(Verdict verdict) {
  session_.work.stop(verdict);
  sqlite3_result_error_code(context_, SQLITE_INTERRUPT);
}

void Call::fail(Error error) {
  sqlite3_result_error(context_, "", 0);
  // What was told to stop works with half of a text.
  if (!session_.error && !session_.work.stopped()) session_.error = std::move(error);
}

namespace {

/// What SQLite gives back with each call.
struct Registered {
  const FunctionRow* function;
  Session* session;
};

void run(sqlite3_context* context, int argc, sqlite3_value** argv) {
  const auto* registered = static_cast<const Registered*>(sqlite3_user_data(context));
  std::span<sqlite3_value*> args(argv, static_cast<std::size_t>(argc));
  auto collation = Collation::general_ci;
  if (registered->function->traits.collates) {
    collation = static_cast<Collation>(sqlite3_value_int(args.back()));
    args = args.first(args.size() - 1);
  }
  Call call(context, args, *registered->session, registered->function->name, collation);
  if (!registered->function->traits.sees_null) {
    for (std::size_t i = 0; i < call.size(); ++i) {
      if (call.null(i)) return call.give_null();
    }
  }
  registered->function->run(call);
}

void register_one(sqlite3* connection, Session& session, const FunctionRow& function) {
  const std::string name = std::string("bw_") + function.name;
  const int flags = SQLITE_UTF8 | (function.traits.varies ? 0 : SQLITE_DETERMINISTIC);
  const auto [least, most] = function.arity;
  const int more = function.traits.collates ? 1 : 0;
  for (int n = most == kMany ? -1 : least; n <= most; ++n) {
    sqlite3_create_function_v2(connection, name.c_str(), n < 0 ? n : n + more, flags,
                               new Registered{&function, &session}, sqlite::guarded<run>, nullptr, nullptr,
                               [](void* p) { delete static_cast<Registered*>(p); });
  }
}

std::string_view bytes_of(int size, const void* data) {
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

/// What a comparison counts for beside the texts.
constexpr std::size_t kBytesOfComparison = 16;

// A collation can't fail: the statement is told to end, and meanwhile all is equal.
template <class Compare>
int order_or_end(Session& session, Compare compare) noexcept {
  try {
    return compare(session.work);
  } catch (...) {
    sqlite3_interrupt(session.connection);
    call_guarded(null_log(), "", [&session] {
      if (!session.error) session.error = caught_error();
    });
    return 0;
  }
}

// Who is told to stop answers "equal": SQLite's sorter asks nobody else whether to go on.
template <Collation C>
int collate(void* session, int a_size, const void* a, int b_size, const void* b) {
  return order_or_end(*static_cast<Session*>(session), [&](Work& work) {
    if (!work.walk(kBytesOfComparison)) return 0;
    const int order = compare(bytes_of(a_size, a), bytes_of(b_size, b), C, work);
    return work.stopped() ? 0 : order;
  });
}

int collate_decimal(void* session, int a_size, const void* a, int b_size, const void* b) {
  return order_or_end(*static_cast<Session*>(session), [&](Work& work) {
    constexpr std::size_t kBytesOfDecimals = 256;  // two numbers are made of the texts
    if (!work.walk(kBytesOfDecimals)) return 0;
    return decimal::compare(bytes_of(a_size, a), bytes_of(b_size, b));
  });
}

void register_collations(sqlite3* connection, Session& session) {
  const auto add = [&](const char* name, auto* order) {
    sqlite3_create_collation(connection, name, SQLITE_UTF8, &session, order);
  };
  add("bw_ci", collate<Collation::general_ci>);
  add("bw_bin", collate<Collation::bin>);
  add("bw_bytes", collate<Collation::binary>);
  add("bw_decimal", collate_decimal);
}

}  // namespace

void warn_of(const QueryContext& context, std::string_view what, std::string_view value) {
  constexpr std::uint16_t kTruncatedWrongValue = 1292;
  constexpr std::size_t kShown = 128;
  if (context.warnings == nullptr) return;
  Work work;
  const std::string_view shown = value.substr(0, character_offset(value, kShown, work));
  context.warnings->add(kTruncatedWrongValue, std::string(what) + " value: '" + std::string(shown) + "'");
}

void warn_of_characters(const QueryContext& context, std::string_view charset) {
  constexpr std::uint16_t kInvalidCharacterString = 1300;
  if (context.warnings == nullptr) return;
  context.warnings->add(kInvalidCharacterString, "Invalid " + std::string(charset) + " character string");
}

void warn_out_of_range(const QueryContext& context, std::string_view column) {
  constexpr std::uint16_t kOutOfRange = 1264;
  if (context.warnings == nullptr) return;
  context.warnings->add(kOutOfRange, "Out of range value for column '" + std::string(column) + "' at row 1");
}

void warn_of_overflow(const QueryContext& context) {
  constexpr std::uint16_t kDatetimeOverflow = 1441;
  if (context.warnings == nullptr) return;
  context.warnings->add(kDatetimeOverflow, "Datetime function: datetime field overflow");
}

void warn_of_cut(const QueryContext& context, std::size_t row) {
  constexpr std::uint16_t kCutByGroupConcat = 1260;
  if (context.warnings == nullptr) return;
  context.warnings->add(kCutByGroupConcat, "Row " + std::to_string(row) + " was cut by GROUP_CONCAT()");
}

std::array<FunctionFamily, 7> runnable_families() {
  return {text_functions(),     math_functions(),   time_functions(),  other_functions(),
          internal_functions(), regexp_functions(), oracle_functions()};
}

void register_functions(sqlite3* connection, Session& session) {
  for (const FunctionFamily& family : runnable_families()) {
    for (const FunctionRow& function : family) register_one(connection, session, function);
  }
  register_aggregates(connection, session);
  register_collations(connection, session);
}

}  // namespace breakwater::catalog
