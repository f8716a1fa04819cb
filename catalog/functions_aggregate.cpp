// Aggregates that SQLite lacks or has otherwise.
#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "base/text.h"
#include "catalog/call.h"
#include "catalog/collation.h"
#include "catalog/decimal.h"

namespace breakwater::catalog {

namespace {

/// State is made in SQLite's aggregate memory on the first row and destroyed by the final call.
template <class State>
State* state_of(sqlite3_context* context, bool create) {
  struct Slot {
    State* state;
  };
  auto* slot = static_cast<Slot*>(sqlite3_aggregate_context(context, create ? sizeof(Slot) : 0));
  if (slot == nullptr) return nullptr;
  if (slot->state == nullptr && create) slot->state = new State();
  return slot->state;
}

template <class State>
void step(sqlite3_context* context, int argc, sqlite3_value** argv) {
  Call call(context, {argv, static_cast<std::size_t>(argc)},
            *static_cast<Session*>(sqlite3_user_data(context)));
  State* state = state_of<State>(context, true);
  if (state == nullptr) return sqlite3_result_error_nomem(context);
  state->add(call);
}

template <class State>
void finish(sqlite3_context* context) {
  Call call(context, {}, *static_cast<Session*>(sqlite3_user_data(context)));
  State* state = state_of<State>(context, false);
  if (state == nullptr) return State().give(call);
  state->give(call);
  delete state;
}

/// What a window's frame leaves behind.
template <class State>
void step_back(sqlite3_context* context, int argc, sqlite3_value** argv) {
  Call call(context, {argv, static_cast<std::size_t>(argc)},
            *static_cast<Session*>(sqlite3_user_data(context)));
  if (State* state = state_of<State>(context, false)) state->remove(call);
}

/// The value so far; the state goes on.
template <class State>
void current(sqlite3_context* context) {
  Call call(context, {}, *static_cast<Session*>(sqlite3_user_data(context)));
  State* state = state_of<State>(context, false);
  State empty;
  (state == nullptr ? empty : *state).give(call);
}

/// SUM of integers and decimals, exactly.
struct Sum {
  std::string total;
  std::int64_t small = 0;  ///< what was added as an integer and isn't in `total` yet
  std::int64_t count = 0;

  void add(Call& c) {
    if (c.null(0)) return;
    ++count;
    std::int64_t sum = 0;
    if (c.is_integer(0) && !__builtin_add_overflow(small, c.integer(0), &sum)) {
      small = sum;
      return;
    }
    add_text(c, c.text(0));
  }
  void remove(Call& c) {
    if (c.null(0)) return;
    --count;
    auto rest = decimal::calculate(decimal::Op::subtract, total.empty() ? "0" : total, c.text(0));
    if (!rest) return c.fail(error::data_out_of_range("DECIMAL", "sum"));
    total = *std::move(rest);
  }
  void add_text(Call& c, std::string_view value) {
    auto sum = decimal::calculate(decimal::Op::add, total.empty() ? "0" : total, value);
    if (!sum) return c.fail(error::data_out_of_range("DECIMAL", "sum"));
    total = *std::move(sum);
  }
  std::string result(Call& c) {
    if (small != 0 || total.empty()) add_text(c, std::to_string(small));
    small = 0;
    return total;
  }
  void give(Call& c) { count == 0 ? c.give_null() : c.give(result(c)); }
};

struct Average : Sum {
  void give(Call& c) {
    if (count == 0) return c.give_null();
    const auto value = decimal::calculate(decimal::Op::divide, result(c), std::to_string(count));
    value ? c.give(*value) : c.fail(error::data_out_of_range("DECIMAL", "avg"));
  }
};

/// Welford's method: (value, sample?, root?)
struct Variance {
  double mean = 0;
  double squares = 0;
  std::int64_t count = 0;
  bool sample = false;
  bool root = false;

  void add(Call& c) {
    sample = c.integer(1) != 0;
    root = c.integer(2) != 0;
    if (c.null(0)) return;
    const double delta = c.real(0) - mean;
    mean += delta / static_cast<double>(++count);
    squares += delta * (c.real(0) - mean);
  }
  void give(Call& c) const {
    const std::int64_t divisor = sample ? count - 1 : count;
    if (divisor <= 0) return c.give_null();
    const double variance = squares / static_cast<double>(divisor);
    c.give(root ? std::sqrt(variance) : variance);
  }
};

template <std::uint64_t Start, class Combine>
struct Bits {
  std::uint64_t value = Start;
  void add(Call& c) {
    if (!c.null(0)) value = Combine()(value, static_cast<std::uint64_t>(c.integer(0)));
  }
  void give(Call& c) const { c.give(value); }
};
using BitAnd = Bits<~std::uint64_t{0}, std::bit_and<>>;
using BitOr = Bits<0, std::bit_or<>>;
using BitXor = Bits<0, std::bit_xor<>>;

/// The one value of a scalar sub-query.
struct Only {
  sqlite3_value* value = nullptr;
  Only() = default;
  Only(const Only&) = delete;
  Only& operator=(const Only&) = delete;
  ~Only() { sqlite3_value_free(value); }
  void add(Call& c) {
    if (value != nullptr) return c.fail(error::subquery_too_many_rows());
    value = sqlite3_value_dup(c.raw(0));
  }
  void give(Call& c) const { value == nullptr ? c.give_null() : sqlite3_result_value(c.sqlite(), value); }
};

/// OR over rows in three-valued logic.
struct Any {
  bool yes = false;
  bool unknown = false;
  void add(Call& c) {
    if (c.null(0))
      unknown = true;
    else
      yes = yes || c.integer(0) != 0;
  }
  void give(Call& c) const {
    if (!yes && unknown) return c.give_null();
    c.give(yes);
  }
};

/// GROUP_CONCAT(separator, collation, distinct?, value, keys ...); keys come in threes: key, collation (3: a
/// number), descending?
struct GroupConcat {
  struct Key {
    sqlite3_value* value;
    std::int64_t collation;
    bool descending;
  };
  struct Item {
    std::string text;
    std::vector<Key> keys;
  };
  std::string separator = ",";
  Collation collation = Collation::general_ci;
  bool distinct = false;
  std::vector<Item> items;
  std::size_t bytes = 0;

  GroupConcat() = default;
  GroupConcat(const GroupConcat&) = delete;
  GroupConcat& operator=(const GroupConcat&) = delete;
  ~GroupConcat() {
    for (const Item& item : items) {
      for (const Key& key : item.keys) sqlite3_value_free(key.value);
    }
  }

  void add(Call& c) {
    constexpr std::size_t kFixed = 4;
    if (c.null(3)) return;
    separator = c.text(0);
    collation = static_cast<Collation>(c.integer(1));
    distinct = c.integer(2) != 0;
    Item item{std::string(c.text(3)), {}};
    bytes += item.text.size();
    // Without an order what is beyond the limit never shows.
    if (!c.fits(bytes) || (c.size() == kFixed && !distinct &&
                           bytes > 2 * std::size_t{c.context().group_concat_max_bytes} + item.text.size()))
      return;
    for (std::size_t i = kFixed; i + 2 < c.size(); i += 3)
      item.keys.push_back({sqlite3_value_dup(c.raw(i)), c.integer(i + 1), c.integer(i + 2) != 0});
    items.push_back(std::move(item));
  }

  static int order(const Key& a, const Key& b) {
    const bool a_null = sqlite3_value_type(a.value) == SQLITE_NULL;
    const bool b_null = sqlite3_value_type(b.value) == SQLITE_NULL;
    if (a_null || b_null) return static_cast<int>(b_null) - static_cast<int>(a_null);
    if (sqlite3_value_type(a.value) == SQLITE_TEXT && a.collation <= 2)
      return compare(text_of(a.value), text_of(b.value), static_cast<Collation>(a.collation));
    if (sqlite3_value_type(a.value) == SQLITE_TEXT)
      return decimal::compare(text_of(a.value), text_of(b.value));
    const double x = sqlite3_value_double(a.value);
    const double y = sqlite3_value_double(b.value);
    if (sqlite3_value_type(a.value) == SQLITE_FLOAT) return (x > y) - (x < y);
    const std::int64_t i = sqlite3_value_int64(a.value);
    const std::int64_t j = sqlite3_value_int64(b.value);
    return (i > j) - (i < j);
  }
  static std::string_view text_of(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return text == nullptr ? std::string_view()
                           : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
  }
  static bool before(const Item& a, const Item& b) {
    for (std::size_t i = 0; i < a.keys.size(); ++i) {
      const int o = order(a.keys[i], b.keys[i]);
      if (o != 0) return (o < 0) != a.keys[i].descending;
    }
    return false;
  }

  std::string joined(std::size_t limit) {
    std::stable_sort(items.begin(), items.end(), before);
    std::vector<std::string> seen;
    std::string out;
    bool first = true;
    for (const Item& item : items) {
      if (distinct && is_repeated(seen, item.text)) continue;
      if (!first) out += separator;
      first = false;
      out += item.text;
      if (out.size() >= limit) break;
    }
    out.resize(whole_characters(out, limit).size());
    return out;
  }
  bool is_repeated(std::vector<std::string>& seen, std::string_view text) const {
    std::string key = sort_key(text, collation);
    const auto at = std::lower_bound(seen.begin(), seen.end(), key);
    if (at != seen.end() && *at == key) return true;
    seen.insert(at, std::move(key));
    return false;
  }
  void give(Call& c) { items.empty() ? c.give_null() : c.give(joined(c.context().group_concat_max_bytes)); }
};

template <class State>
void add_aggregate(sqlite3* connection, Session& session, const char* name, int arguments) {
  sqlite3_create_function_v2(connection, name, arguments, SQLITE_UTF8, &session, nullptr, step<State>,
                             finish<State>, nullptr);
}

template <class State>
void add_window_aggregate(sqlite3* connection, Session& session, const char* name) {
  sqlite3_create_window_function(connection, name, 1, SQLITE_UTF8, &session, step<State>, finish<State>,
                                 current<State>, step_back<State>, nullptr);
}

}  // namespace

void register_aggregates(sqlite3* connection, Session& session) {
  add_window_aggregate<Sum>(connection, session, "bw_sum");
  add_window_aggregate<Average>(connection, session, "bw_avg");
  add_aggregate<Variance>(connection, session, "bw_variance", 3);
  add_aggregate<BitAnd>(connection, session, "bw_bit_and", 1);
  add_aggregate<BitOr>(connection, session, "bw_bit_or", 1);
  add_aggregate<BitXor>(connection, session, "bw_bit_xor", 1);
  add_aggregate<Only>(connection, session, "bw_only", 1);
  add_aggregate<Any>(connection, session, "bw_any", 1);
  add_aggregate<GroupConcat>(connection, session, "bw_group_concat", -1);
}

}  // namespace breakwater::catalog
