// The table of SQL's functions: a row for each, whoever calls it. A family of rows stands in a file of its own: those
// with code (run) here, in functions_*.cpp, those that only the binder can make anything of (bind) in
// catalog/bind/calls_*.cpp. The binder finds what a client names through one map (catalog/bind/call_binder.h); SQLite is
// given everything that has code.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "base/error.h"

namespace breakwater::catalog {

class Call;
class CallBinder;
struct Bound;

/// In which form a function takes an argument, whatever type it has.
enum class ArgKind : std::uint8_t {
  as_is,
  text,
  integer,
  unsigned_integer,
  real,
  any_number,
  datetime,
  date,
  time,
  integer_or_text,  ///< an integer of any number, else a text
  count,            ///< an integer; what is unsigned and beyond BIGINT is its greatest
  decimal,          ///< a decimal's text
  written,          ///< not a value: the function looks at what is written there
};

/// The forms of a function's arguments. The last one stands for all that follow.
class ArgKinds {
 public:
  constexpr ArgKinds(std::initializer_list<ArgKind> kinds) : count_(kinds.size()) {
    std::ranges::copy(kinds, kinds_.begin());
  }
  constexpr ArgKind operator[](std::size_t i) const {
    return count_ == 0 ? ArgKind::as_is : kinds_[std::min(i, count_ - 1)];
  }

 private:
  std::array<ArgKind, 4> kinds_{};
  std::size_t count_;
};

/// How many arguments there may be.
struct Arity {
  static constexpr int kMany = -1;
  int least;
  int most;  ///< kMany: any number
  constexpr bool allows(std::size_t count) const {
    const auto given = static_cast<std::int64_t>(count);
    return given >= least && (most == kMany || given <= most);
  }
};
inline constexpr int kMany = Arity::kMany;

/// The type of a function's result, from those of its arguments.
enum class Rule : std::uint8_t {
  bound,    ///< by the row's bind
  boolean,  ///< int(1)
  integer,  ///< bigint
  unsigned_integer,
  real,
  same_number,   ///< the first argument's, without a fraction kept: ABS, MOD
  whole_number,  ///< FLOOR, CEILING: an integer, or a decimal without fraction, or a double
  rounded,       ///< ROUND, TRUNCATE
  text,          ///< of ResultType::length characters; 0: of the first argument's length
  text_sum,      ///< CONCAT: of all arguments' lengths
  counted,       ///< a text of as many characters as argument ResultType::length says, where that is written
  repeated,      ///< REPEAT
  inserted,      ///< INSERT
  replaced,      ///< REPLACE
  hex_digits,    ///< HEX
  quoted,        ///< QUOTE
  grouped_digits,  ///< FORMAT
  base64_digits,   ///< TO_BASE64
  listed,          ///< MAKE_SET: its texts with a comma between
  exported,        ///< EXPORT_SET: 64 texts and what stands between
  binary,          ///< ResultType::length bytes; 0: as many as all arguments have
  datetime,        ///< with ResultType::length digits after the second
  date,
  time,
};

struct ResultType {
  Rule rule = Rule::bound;
  std::uint32_t length = 0;
};

struct Traits {
  bool sees_null = false;    ///< else NULL arguments make the result NULL without a call
  bool may_be_null = false;  ///< NULL without a NULL argument
  bool varies = false;       ///< two calls with the same arguments may differ
  bool aggregate = false;
  bool takes_star = false;     ///< COUNT(*)
  bool empty_is_null = false;  ///< Oracle's own: a text without characters comes out as NULL
  bool collates = false;       ///< its code is told the collation of its texts: Call::collation()
};

/// Who finds a function by its name.
enum class Dialects : std::uint8_t {
  none,    ///< nobody: the binder renders operators, conversions and other functions to it
  every,   ///< MySQL's, and an Oracle tenant's where Oracle has none of its own by that name
  oracle,  ///< an Oracle tenant's alone
};

/// Binds a call where it takes more than its arguments in their forms and its result's type.
using BindHook = Result<Bound> (*)(CallBinder&);

struct FunctionRow {
  const char* name;  ///< lower case; SQLite knows `run` as bw_<name>
  Arity arity;
  ArgKinds args = {ArgKind::as_is};
  ResultType result = {};
  void (*run)(Call&) = nullptr;
  Traits traits = {};
  Dialects dialects = Dialects::every;
  BindHook bind = nullptr;
};

/// A row of what a client calls and the binder renders as it is.
constexpr FunctionRow ordinary(const char* name, Arity arity, ArgKinds args, ResultType result,
                               void (*run)(Call&), Traits traits = {}) {
  return {.name = name, .arity = arity, .args = args, .result = result, .run = run, .traits = traits};
}

/// A row of what only the binder names.
constexpr FunctionRow rendered_to(const char* name, Arity arity, void (*run)(Call&), Traits traits = {}) {
  return {
      .name = name, .arity = arity, .result = {}, .run = run, .traits = traits, .dialects = Dialects::none};
}

using FunctionFamily = std::span<const FunctionRow>;

FunctionFamily text_functions();
FunctionFamily math_functions();
FunctionFamily time_functions();
FunctionFamily other_functions();
/// What operators and conversions are rendered to.
FunctionFamily internal_functions();
FunctionFamily regexp_functions();
/// What the functions of an Oracle tenant are rendered to.
FunctionFamily oracle_functions();

/// All that have code.
std::array<FunctionFamily, 7> runnable_families();

}  // namespace breakwater::catalog
