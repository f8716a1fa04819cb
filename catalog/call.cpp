#include "catalog/call.h"

#include <unordered_map>

#include "catalog/collation.h"
#include "catalog/decimal.h"

namespace breakwater::catalog {

void Call::give(const Value& value) {
  std::visit(
      [this](const auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::monostate>)
          give_null();
        else
          give(v);
      },
      value);
}

bool Call::fits(std::size_t bytes) {
  if (bytes <= context().max_text_bytes) return true;
  give_null();
  return false;
}

void Call::stop(Verdict verdict) {
  session_.verdict = verdict;
  sqlite3_result_error_code(context_, SQLITE_INTERRUPT);
}

void Call::fail(Error error) {
  sqlite3_result_error(context_, "", 0);
  if (!session_.error) session_.error = std::move(error);
}

namespace {

/// What SQLite gives back with each call.
struct Registered {
  const Function* function;
  Session* session;
};

void run(sqlite3_context* context, int argc, sqlite3_value** argv) {
  const auto* registered = static_cast<const Registered*>(sqlite3_user_data(context));
  Call call(context, {argv, static_cast<std::size_t>(argc)}, *registered->session);
  if (!registered->function->sees_null) {
    for (std::size_t i = 0; i < call.size(); ++i) {
      if (call.null(i)) return call.give_null();
    }
  }
  registered->function->run(call);
}

void register_one(sqlite3* connection, Session& session, const Function& function) {
  const std::string name = std::string("bw_") + function.name;
  const int flags = SQLITE_UTF8 | (function.varies ? 0 : SQLITE_DETERMINISTIC);
  const int most = function.most;
  for (int n = most < 0 ? -1 : function.least; n <= most; ++n) {
    sqlite3_create_function_v2(connection, name.c_str(), n, flags, new Registered{&function, &session}, run,
                               nullptr, nullptr, [](void* p) { delete static_cast<Registered*>(p); });
  }
}

std::string_view bytes_of(int size, const void* data) {
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

template <Collation C>
int collate(void* /*unused*/, int a_size, const void* a, int b_size, const void* b) {
  return compare(bytes_of(a_size, a), bytes_of(b_size, b), C);
}

int collate_decimal(void* /*unused*/, int a_size, const void* a, int b_size, const void* b) {
  return decimal::compare(bytes_of(a_size, a), bytes_of(b_size, b));
}

}  // namespace

void warn_of(const QueryContext& context, std::string_view what, std::string_view value) {
  constexpr std::uint16_t kTruncatedWrongValue = 1292;
  constexpr std::size_t kShown = 128;
  if (context.warnings == nullptr) return;
  context.warnings->add(
      kTruncatedWrongValue,
      std::string(what) + " value: '" + std::string(value.substr(0, character_offset(value, kShown))) + "'");
}

void warn_out_of_range(const QueryContext& context, std::string_view column) {
  constexpr std::uint16_t kOutOfRange = 1264;
  if (context.warnings == nullptr) return;
  context.warnings->add(kOutOfRange, "Out of range value for column '" + std::string(column) + "' at row 1");
}

const Function* find_function(std::string_view name) {
  static const auto kByName = [] {
    std::unordered_map<std::string_view, const Function*> map;
    for (const auto& table : {text_functions(), math_functions(), time_functions(), other_functions()}) {
      for (const Function& function : table) map.emplace(function.name, &function);
    }
    return map;
  }();
  const auto found = kByName.find(name);
  return found == kByName.end() ? nullptr : found->second;
}

void register_functions(sqlite3* connection, Session& session) {
  for (const auto& table :
       {text_functions(), math_functions(), time_functions(), other_functions(), internal_functions(),
        internal_time_functions(), regexp_functions(), oracle_functions()}) {
    for (const Function& function : table) register_one(connection, session, function);
  }
  register_aggregates(connection, session);
  sqlite3_create_collation(connection, "bw_ci", SQLITE_UTF8, nullptr, collate<Collation::general_ci>);
  sqlite3_create_collation(connection, "bw_bin", SQLITE_UTF8, nullptr, collate<Collation::bin>);
  sqlite3_create_collation(connection, "bw_decimal", SQLITE_UTF8, nullptr, collate_decimal);
}

}  // namespace breakwater::catalog
