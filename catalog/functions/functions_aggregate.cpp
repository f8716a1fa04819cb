// Aggregates that SQLite lacks or has otherwise.
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "catalog/functions/call.h"
#include "catalog/sqlite/sqlite_callback.h"
#include "catalog/values/collation.h"
#include "catalog/values/decimal.h"

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
            *static_cast<Session*>(sqlite3_user_data(context)), State::kName);
  State* state = state_of<State>(context, true);
  if (state == nullptr) return sqlite3_result_error_nomem(context);
  state->add(call);
}

template <class State>
void finish(sqlite3_context* context) {
  Call call(context, {}, *static_cast<Session*>(sqlite3_user_data(context)), State::kName);
  const std::unique_ptr<State> state(state_of<State>(context, false));
  if (state == nullptr) return State().give(call);
  state->give(call);
}

/// What a window's frame leaves behind.
template <class State>
void step_back(sqlite3_context* context, int argc, sqlite3_value** argv) {
  Call call(context, {argv, static_cast<std::size_t>(argc)},
            *static_cast<Session*>(sqlite3_user_data(context)), State::kName);
  if (State* state = state_of<State>(context, false)) state->remove(call);
}

/// The value so far; the state goes on.
template <class State>
void current(sqlite3_context* context) {
  Call call(context, {}, *static_cast<Session*>(sqlite3_user_data(context)), State::kName);
  State* state = state_of<State>(context, false);
  State empty;
  (state == nullptr ? empty : *state).give(call);
}

/// SUM of integers and decimals, exactly.
struct Sum {
  static constexpr const char* kName = "sum";
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
  static constexpr const char* kName = "avg";
  void give(Call& c) {
    if (count == 0) return c.give_null();
    const auto value = decimal::calculate(decimal::Op::divide, result(c), std::to_string(count));
    value ? c.give(*value) : c.fail(error::data_out_of_range("DECIMAL", "avg"));
  }
};

/// Welford's method: (value, sample?, root?)
struct Variance {
  static constexpr const char* kName = "variance";
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
  static constexpr const char* kName = "bit";
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
  static constexpr const char* kName = "subquery";
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
  static constexpr const char* kName = "any";
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

/// A value of SQLite's that lives on beyond its row.
class Kept {
 public:
  explicit Kept(sqlite3_value* value) : value_(sqlite3_value_dup(value)) {}
  ~Kept() { sqlite3_value_free(value_); }
  Kept(Kept&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Kept& operator=(Kept&&) = delete;
  sqlite3_value* get() const { return value_; }

 private:
  sqlite3_value* value_;
};

std::string_view text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

/// How ORDER BY within an aggregate takes a key's values.
struct KeyOrder {
  std::int64_t collation;  ///< 3: a number
  bool descending;
  Work* work;

  int compare_values(sqlite3_value* a, sqlite3_value* b) const {
    if (!work->walk(1)) return 0;  // so that sorting comes to its end
    const bool a_null = sqlite3_value_type(a) == SQLITE_NULL;
    const bool b_null = sqlite3_value_type(b) == SQLITE_NULL;
    if (a_null || b_null) return static_cast<int>(b_null) - static_cast<int>(a_null);
    const int type = sqlite3_value_type(a);
    if (type == SQLITE_TEXT && collation <= 2)
      return compare(text_of(a), text_of(b), static_cast<Collation>(collation), *work);
    if (type == SQLITE_TEXT) return decimal::compare(text_of(a), text_of(b));
    if (type == SQLITE_FLOAT) return three_way(sqlite3_value_double(a), sqlite3_value_double(b));
    return three_way(sqlite3_value_int64(a), sqlite3_value_int64(b));
  }
  template <class T>
  static int three_way(T a, T b) {
    return static_cast<int>(a > b) - static_cast<int>(a < b);
  }
  int compare_keys(sqlite3_value* a, sqlite3_value* b) const {
    return descending ? -compare_values(a, b) : compare_values(a, b);
  }
};

/// GROUP_CONCAT(separator, collation, distinct?, value, keys ...); keys come in threes: key, collation (3: a
/// number), descending?
///
/// Holds what can still show alone: the items that come first in the order, until they fill the longest
/// result. With DISTINCT the set of these; what falls behind them is forgotten.
struct GroupConcat {
  static constexpr const char* kName = "group_concat";
  struct Item {
    std::string text;         ///< no longer than what can show
    bool clipped;             ///< it was longer
    std::vector<Kept> keys;   ///< of ORDER BY
    const std::string* same;  ///< in `seen`, with DISTINCT
    std::size_t least;        ///< bytes that this item, or one equal to it, shows at least
    std::size_t bytes;        ///< of the account
  };
  struct Before {
    const std::vector<KeyOrder>* orders;
    bool operator()(const Item& a, const Item& b) const {
      for (std::size_t i = 0; i < orders->size(); ++i) {
        const int order = (*orders)[i].compare_keys(a.keys[i].get(), b.keys[i].get());
        if (order != 0) return order < 0;
      }
      return false;
    }
  };
  using Items = std::multiset<Item, Before>;

  static constexpr std::size_t kFixed = 4;  ///< arguments before the keys

  std::string separator;
  Collation collation = Collation::general_ci;
  bool distinct = false;
  bool any = false;
  bool forgotten = false;  ///< something that no longer shows
  std::vector<KeyOrder> orders;
  Items items{Before{&orders}};
  std::map<std::string, Items::iterator, std::less<>> seen;
  std::size_t least = 0;  ///< bytes that the items show at least, without separators
  TakenMemory taken;

  GroupConcat() = default;
  GroupConcat(const GroupConcat&) = delete;
  GroupConcat& operator=(const GroupConcat&) = delete;

  void add(Call& c) {
    if (c.null(3)) return;
    if (!any) begin(c);
    any = true;
    const std::size_t limit = c.context().group_concat_max_bytes;
    // What comes last in the order shows no more, and nor does what has no characters.
    const std::string_view text = c.text(3);
    if (text.empty() && separator.empty()) return;
    if (is_full(limit, items.size()) && !comes_earlier(c, *items.rbegin())) {
      forgotten = forgotten || !is_shown(c, text);
      return;
    }
    if (distinct) return add_distinct(c, text, limit);
    insert(c, text, text.size(), seen.end());
    forget_hidden(limit);
  }

  void begin(Call& c) {
    taken = TakenMemory(c.context().memory);
    separator = c.text(0).substr(0, c.context().group_concat_max_bytes);
    collation = static_cast<Collation>(c.integer(1));
    distinct = c.integer(2) != 0;
    for (std::size_t i = kFixed; i + 2 < c.size(); i += 3)
      orders.push_back({c.integer(i + 1), c.integer(i + 2) != 0, &c.work()});
  }

  /// With DISTINCT: it is there already.
  bool is_shown(Call& c, std::string_view text) const {
    return distinct && seen.contains(sort_key(text, collation, c.work()));
  }

  /// The row's keys stand before the item's, not beside them.
  bool comes_earlier(Call& c, const Item& item) const {
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const int order = orders[i].compare_keys(c.raw(kFixed + 3 * i), item.keys[i].get());
      if (order != 0) return order < 0;
    }
    return false;
  }

  /// Of equal texts the one that comes first in the order stays, and equal ones may differ in length.
  void add_distinct(Call& c, std::string_view text, std::size_t limit) {
    std::string key = sort_key(text, collation, c.work());
    const std::size_t shows =
        collation == Collation::general_ci ? character_count(key, c.work()) : key.size();
    const auto found = seen.find(key);
    if (found != seen.end()) {
      if (!comes_earlier(c, *found->second)) return;
      remove(found->second);
    }
    if (!taken.add(key.size())) return c.fail(taken.memory()->error());
    const auto [at, added] = seen.emplace(std::move(key), items.end());
    if (insert(c, text, shows, at)) return forget_hidden(limit);
    taken.drop(at->first.size());
    seen.erase(at);
  }

  using Seen = std::map<std::string, Items::iterator, std::less<>>::iterator;

  bool insert(Call& c, std::string_view text, std::size_t shows, Seen same) {
    constexpr std::size_t kNodes = 256;  ///< bytes of the item, of its places in set and map
    const std::string_view shown = whole_characters(text, c.context().group_concat_max_bytes);
    Item item{.text = {},
              .clipped = shown.size() < text.size(),
              .keys = {},
              .same = same == seen.end() ? nullptr : &same->first,
              .least = shows,
              .bytes = shown.size() + kNodes};
    if (!taken.add(item.bytes)) return refuse(c);
    item.text = shown;
    item.keys.reserve(orders.size());
    for (std::size_t i = 0; i < orders.size(); ++i) item.keys.emplace_back(c.raw(kFixed + 3 * i));
    for (const Kept& key : item.keys) {
      if (key.get() != nullptr) continue;
      taken.drop(item.bytes);
      return refuse(c);
    }
    least += shows;
    const auto at = items.insert(std::move(item));
    if (same != seen.end()) same->second = at;
    return true;
  }

  bool refuse(Call& c) const {
    if (taken.memory() != nullptr && taken.memory()->refused()) {
      c.fail(taken.memory()->error());
    } else {
      sqlite3_result_error_nomem(c.sqlite());
    }
    return false;
  }

  void remove(Items::iterator item) {
    least -= item->least;
    taken.drop(item->bytes);
    if (item->same != nullptr) {
      taken.drop(item->same->size());
      seen.erase(*item->same);
    }
    items.erase(item);
  }

  /// So many items with so many bytes of texts fill the result.
  bool is_full(std::size_t limit, std::size_t count) const {
    return count != 0 && least + separator.size() * (count - 1) >= limit;
  }

  void forget_hidden(std::size_t limit) {
    while (items.size() > 1) {
      const auto last = std::prev(items.end());
      const std::size_t others = least - last->least + separator.size() * (items.size() - 2);
      if (others < limit) return;
      remove(last);
      forgotten = true;
    }
  }

  struct Joined {
    std::string text;      ///< longer than the limit, where the last row is what makes it so
    std::size_t rows = 0;  ///< that stand in it, the last one perhaps in part
    bool cut = false;
  };
  Joined joined(std::size_t limit) const {
    Joined out;
    for (const Item& item : items) {
      if (out.rows++ > 0) out.text += separator;
      out.text += item.text;
      out.cut = item.clipped || out.text.size() > limit;
      if (out.cut) return out;
    }
    out.cut = forgotten;
    if (forgotten) ++out.rows;
    return out;
  }
  void give(Call& c) const {
    if (!any) return c.give_null();
    const std::size_t limit = c.context().group_concat_max_bytes;
    const Joined text = joined(limit);
    if (text.cut) warn_of_cut(c.context(), text.rows);
    c.give(whole_characters(text.text, limit));
  }
};

template <class State>
void add_aggregate(sqlite3* connection, Session& session, const char* name, int arguments) {
  sqlite3_create_function_v2(connection, name, arguments, SQLITE_UTF8, &session, nullptr,
                             sqlite::guarded<step<State>>, sqlite::guarded<finish<State>>, nullptr);
}

template <class State>
void add_window_aggregate(sqlite3* connection, Session& session, const char* name) {
  sqlite3_create_window_function(connection, name, 1, SQLITE_UTF8, &session, sqlite::guarded<step<State>>,
                                 sqlite::guarded<finish<State>>, sqlite::guarded<current<State>>,
                                 sqlite::guarded<step_back<State>>, nullptr);
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
