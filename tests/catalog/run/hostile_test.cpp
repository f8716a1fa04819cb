// Whatever walks bytes asks whether to stop: every function, aggregate and collation that SQLite is given,
// with the longest texts. BREAKWATER_HOSTILE=all takes every call, else a part of them by chance (the seed is
// shown).
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "catalog/bind/call_binder.h"
#include "catalog/functions/call.h"
#include "catalog/run/query_fixture.h"
#include "catalog/sqlite/sqlite_memory.h"
#include "catalog/values/collation.h"
#include "catalog/values/search.h"

namespace breakwater::catalog::test {
namespace {

using namespace std::chrono_literals;

/// What this thread has worked, however loaded the machine is.
std::chrono::nanoseconds worked() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlower = 10;
#else
constexpr int kSlower = 1;
#endif
/// KILL and limits of time end a statement within a second.
constexpr auto kLongestStretch = 500ms * kSlower;
/// What is linear is far below it, what is quadratic far above.
constexpr auto kLinear = 2s * kSlower;
/// How long a call may go on before it is told to stop.
constexpr auto kPatience = 50ms;

/// Tells a statement to stop after a while, and knows the longest time in which it wasn't asked.
class Patience : public Interrupt {
 public:
  explicit Patience(std::chrono::milliseconds patience = kPatience) : patience_(patience) {}
  Verdict check() override {
    look();
    ++asked;
    return worked() - begun_ > patience_ ? Verdict::killed : Verdict::go_on;
  }
  /// The end counts as a question.
  std::chrono::nanoseconds longest() {
    look();
    return longest_;
  }
  std::size_t asked = 0;

 private:
  void look() {
    const auto now = worked();
    longest_ = std::max(longest_, now - last_);
    last_ = now;
  }
  std::chrono::milliseconds patience_;
  std::chrono::nanoseconds begun_ = worked();
  std::chrono::nanoseconds last_ = begun_;
  std::chrono::nanoseconds longest_{};
};

std::string repeated(std::string_view part, std::size_t bytes) {
  std::string out;
  out.reserve(bytes + part.size());
  while (out.size() < bytes) out += part;
  return out;
}

/// Texts of about that size, each the worst for somebody.
std::vector<std::string> long_texts(std::size_t bytes) {
  return {repeated("a", bytes),
          repeated("a", bytes / 2) + "b",
          repeated("ab", bytes),
          repeated("\u00e9", bytes),
          repeated("e", bytes / 4),
          repeated(" ", bytes),
          repeated("9", bytes),
          "0." + repeated("0", bytes) + "1",
          "1e" + repeated("9", bytes),
          repeated("%a", bytes),
          "%" + repeated("a", bytes / 2) + "_" + repeated("a", bytes / 4) + "b%",
          repeated("a,", bytes),
          repeated("%W", bytes),
          repeated("'\\", bytes),
          repeated("1-", bytes),
          repeated("(a?)*", bytes),
          repeated("0", bytes) + "1"};
}

/// The calls that the binder renders, whose arguments aren't all a client's to choose. A letter for each:
/// those of kLetters, and D a decimal's text, L a collation, O an arithmetic operation, E an escape, F flags, N
/// a name, C a character set, M a moment, K a count, 0 to 9 that number.
const std::map<std::string_view, std::string_view> kRendered = {
    {"inet6_ntoa", "t"},
    {"iadd", "ii00t"},
    {"isub", "ii00t"},
    {"imul", "ii00t"},
    {"idiv", "ii00t"},
    {"imod", "ii00t"},
    {"ineg", "i"},
    {"uneg", "it"},
    {"dcalc", "ODD0t"},
    {"rcalc", "Orrt"},
    {"dneg", "D"},
    {"bit_and_op", "ii"},
    {"bit_or_op", "ii"},
    {"bit_xor_op", "ii"},
    {"bit_not_op", "i"},
    {"shift_left", "ii"},
    {"shift_right", "ii"},
    {"count_of", "i"},
    {"unsigned_key", "i"},
    {"like", "ttEL"},
    {"next_step", "i"},
    {"tuple", "tLtL"},
    {"cast_as_char", "tK"},
    {"as_characters", "tCi"},
    {"cast_as_binary", "tK"},
    {"text_of_real", "r"},
    {"text_of_fixed_real", "r2"},
    {"text_of_unsigned", "i"},
    {"text_of_datetime", "M6"},
    {"text_of_date", "M0"},
    {"text_of_time", "M6"},
    {"real_of_text", "t"},
    {"real_of_unsigned", "i"},
    {"int_of_text", "t"},
    {"int_of_real", "r"},
    {"int_of_decimal", "D"},
    {"uint_of_text", "t"},
    {"uint_of_real", "r"},
    {"uint_of_decimal", "D"},
    {"decimal_of", "t"},
    {"fit_decimal", "t92t"},
    {"number_of_date", "M"},
    {"number_of_datetime", "M6"},
    {"number_of_time", "M6"},
    {"datetime_of_text", "t"},
    {"datetime_of_number", "D"},
    {"datetime_of_time", "M"},
    {"time_of_text", "t"},
    {"time_of_datetime", "M"},
    {"date_of_datetime", "M"},
    {"round_time", "M6"},
    {"local", "M"},
    {"utc", "M"},
    {"system_variable", "0N"},
    {"user_variable", "N"},
    {"set_variable", "Nt0"},
    {"same", "t"},
    {"regexp", "ttFL"},
    {"rand", "i"},
    {"date_add", "dtti"},
    {"timestampdiff", "tdd"},
    {"extract", "td"},
    {"extract_days", "tt"},
    {"str_to_date", "tt"},
    {"str_to_time", "tt"},
    {"unix_time", "d"},
    {"unix_time_fraction", "d6"},
    {"from_unixtime", "tt"},
    {"oracle_date_text", "Mt"},
    {"oracle_number_text", "Dt"},
    {"oracle_number", "D"},
    {"oracle_date_of", "tt"},
    {"oracle_number_of", "tt"},
    {"oracle_divide", "DD"},
    {"oracle_truncate", "Di"},
    {"oracle_add_days", "MD"},
    {"oracle_days_between", "MM"},
    {"oracle_add_months", "Mi"},
    {"oracle_months_between", "MM"},
    {"oracle_truncate_date", "Mt"},
    {"oracle_instr", "ttii"},
    {"oracle_substr", "tii"},
    {"oracle_ltrim", "tt"},
    {"oracle_rtrim", "tt"},
    {"oracle_initcap", "t"},
};

/// Every function that has code, as SQLite is given it.
std::vector<const FunctionRow*> all_functions() {
  std::vector<const FunctionRow*> all;
  for (const FunctionFamily& family : runnable_families()) {
    for (const FunctionRow& function : family) all.push_back(&function);
  }
  return all;
}

/// A letter for each form of an argument.
constexpr std::string_view kLetters = "xtiurndamhiDw";
char letter_of(ArgKind kind) {
  return kLetters[static_cast<std::size_t>(kind)];
}

class HostileTest : public testing::Test {
 protected:
  HostileTest() : all_(std::getenv("BREAKWATER_HOSTILE") != nullptr) {
    const char* given = std::getenv("BREAKWATER_SEED");
    seed_ =
        given == nullptr ? std::random_device()() : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
    random_.seed(seed_);
    sqlite::count_memory();  // before SQLite's first use in this process
    sqlite3_open_v2(":memory:", &connection_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    register_functions(connection_, session_);
    context_.variables = &variables_;
    context_.now = kNow;
  }
  ~HostileTest() override { sqlite3_close(connection_); }
  HostileTest(const HostileTest&) = delete;
  HostileTest& operator=(const HostileTest&) = delete;

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  template <class T>
  void bind_one_of(sqlite3_stmt* statement, int index, const std::vector<T>& values) {
    const T& value = values[below(values.size())];
    if constexpr (std::is_same_v<T, std::string>)
      sqlite3_bind_text64(statement, index, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
    else if constexpr (std::is_same_v<T, double>)
      sqlite3_bind_double(statement, index, value);
    else
      sqlite3_bind_int64(statement, index, value);
  }

  void bind(sqlite3_stmt* statement, int index, char letter, const std::vector<std::string>& texts) {
    static const std::vector<std::int64_t> kIntegers = {0, 1, -1, 7, 1000000, INT64_MAX, INT64_MIN};
    static const std::vector<std::string> kCharsets = {"utf8mb4", "latin1", "ascii", "gbk", "gb18030"};
    static const std::vector<std::int64_t> kCounts = {0, 1, 1000, 1 << 30};
    static const std::vector<std::int64_t> kMoments = {0, kNow, -62167219200000000, 253402300799999999};
    static const std::vector<double> kReals = {0, 1.5, -1e300, 1e-300};
    static const std::vector<std::string> kDecimals = {"0", "-1.5", std::string(65, '9'),
                                                       "0." + std::string(30, '3')};
    switch (letter) {
      case 't':
      case 'x':
      case 'h':
        return bind_one_of(statement, index, texts);
      case 'r':
        return bind_one_of(statement, index, kReals);
      case 'n':
      case 'D':
        return bind_one_of(statement, index, kDecimals);
      case 'd':
      case 'a':
      case 'm':
      case 'M':
        return bind_one_of(statement, index, kMoments);
      case 'K':
        return bind_one_of(statement, index, kCounts);
      case 'L':
        return bind_one_of(statement, index, std::vector<std::int64_t>{0, 1, 2});
      case 'O':
        return bind_one_of(statement, index, std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
      case 'E':
      case 'F':
        sqlite3_bind_text(statement, index, letter == 'E' ? "\\" : "", -1, SQLITE_STATIC);
        return;
      case 'C':
        return bind_one_of(statement, index, kCharsets);
      case 'N':
        sqlite3_bind_text(statement, index, "autocommit", -1, SQLITE_STATIC);
        return;
      case 'i':
      case 'u':
        return bind_one_of(statement, index, kIntegers);
      default:
        ASSERT_TRUE(letter >= '0' && letter <= '9') << letter;
        sqlite3_bind_int64(statement, index, letter - '0');
    }
  }

  void begin(Patience& patience) {
    context_.interrupt = &patience;
    session_.context = &context_;
    session_.error.reset();
    session_.work.begin(&patience);
  }

  std::vector<std::string> names(const char* sql) const {
    std::vector<std::string> out;
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(connection_, sql, -1, &statement, nullptr);
    while (sqlite3_step(statement) == SQLITE_ROW)
      out.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    sqlite3_finalize(statement);
    return out;
  }

  /// An aggregate over 200 rows.
  void step_many(const std::string& name, std::string_view letters, const std::vector<std::string>& texts) {
    std::string sql =
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r LIMIT 200) SELECT " + name + "(";
    for (std::size_t i = 0; i < letters.size(); ++i) sql += i == 0 ? "?" : ",?";
    sqlite3_stmt* statement = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(connection_, (sql + ") FROM r").c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(connection_);
    for (std::size_t i = 0; i < letters.size(); ++i)
      bind(statement, static_cast<int>(i + 1), letters[i], texts);
    Patience patience;
    begin(patience);
    sqlite3_step(statement);
    EXPECT_LT(patience.longest(), kLongestStretch) << name << " seed " << seed_;
    if (letters.contains('t')) {
      EXPECT_GE(patience.asked, 1U) << name;
    }
    sqlite3_finalize(statement);
  }

  /// One call. How often it asked is returned.
  std::size_t call(const FunctionRow& function, std::string_view letters,
                   const std::vector<std::string>& texts) {
    std::size_t asked = 0;
    call(function, letters, texts, asked);
    return asked;
  }
  void call(const FunctionRow& function, std::string_view letters, const std::vector<std::string>& texts,
            std::size_t& asked) {
    std::string sql = "SELECT bw_" + std::string(function.name) + "(";
    for (std::size_t i = 0; i < letters.size(); ++i) sql += i == 0 ? "?" : ",?";
    sqlite3_stmt* statement = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(connection_, (sql + ")").c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(connection_);
    for (std::size_t i = 0; i < letters.size(); ++i)
      bind(statement, static_cast<int>(i + 1), letters[i], texts);
    Patience patience;
    begin(patience);
    const int code = sqlite3_step(statement);
    const auto longest = patience.longest();
    asked = patience.asked;
    char* said = sqlite3_expanded_sql(statement);
    const std::string shown = said == nullptr ? sql : std::string(said).substr(0, 300);
    sqlite3_free(said);
    EXPECT_LT(longest, kLongestStretch) << "not asked for that long: " << shown << " seed " << seed_;
    EXPECT_TRUE(code == SQLITE_ROW || session_.error || session_.work.stopped()) << shown;
    if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_TEXT) {
      // What a client sent is as long as it is.
      static const std::set<std::string_view> kGiven = {"same", "set_variable", "user_variable",
                                                        "system_variable", "elt"};
      if (!kGiven.contains(function.name)) {
        EXPECT_LE(sqlite3_column_bytes(statement, 0), context_.max_text_bytes) << shown;
      }
    }
    sqlite3_finalize(statement);
  }

  std::string letters_of(const FunctionRow& function) {
    const auto rendered = kRendered.find(function.name);
    if (rendered != kRendered.end()) return std::string(rendered->second);
    const auto [least, most] = function.arity;
    const int widest = most == kMany ? least + 2 : most;
    const auto count = static_cast<std::size_t>(least) + below(static_cast<std::size_t>(widest - least + 1));
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += letter_of(function.args[i]);
    if (function.traits.collates) out += 'L';
    return out;
  }

  bool all_;
  unsigned seed_ = 0;
  std::mt19937 random_;
  sqlite3* connection_ = nullptr;
  Session session_;
  FakeInterrupt interrupt_;
  QueryContext context_{interrupt_};
  FakeVariables variables_;
};

/// For tests/protocol/hostile.py: what clients call by name, into the file that it names.
TEST(FunctionTable, IsPrinted) {
  const char* name = std::getenv("BREAKWATER_FUNCTIONS");
  if (name == nullptr) GTEST_SKIP() << "BREAKWATER_FUNCTIONS names no file";
  std::ofstream file(name);
  for (const FunctionFamily& family : callable_families()) {
    for (const FunctionRow& row : family) {
      const bool of_values = row.arity.most == 0 || row.args[0] != ArgKind::written;
      if (row.dialects != Dialects::every || row.traits.aggregate || !of_values) continue;
      file << row.name << '\t' << row.arity.least << '\t' << row.arity.most << '\t';
      for (std::size_t i = 0; i < 4; ++i) file << letter_of(row.args[i]);
      file << '\n';
    }
  }
  ASSERT_TRUE(file.flush());
}

TEST_F(HostileTest, KnowsHowToCallEveryFunction) {
  std::set<std::string_view> left;
  for (const auto& [name, letters] : kRendered) left.insert(name);
  for (const FunctionRow* function : all_functions()) {
    const bool ours = function->dialects == Dialects::none;
    left.erase(function->name);
    EXPECT_EQ(kRendered.contains(function->name), ours) << function->name;
  }
  EXPECT_TRUE(left.empty()) << *left.begin();
}

TEST_F(HostileTest, EveryFunctionAsksWhetherToStop) {
  const std::vector<std::string> texts = long_texts(std::size_t{1} << 20U);
  const int calls = all_ ? 60 : 5;
  for (const FunctionRow* function : all_functions()) {
    for (int i = 0; i < calls; ++i) {
      call(*function, letters_of(*function), texts);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(HostileTest, EveryFunctionAsksWhetherToStopOverWhatAClientSent) {
  const std::vector<std::string> texts = long_texts(std::size_t{16} << 20U);
  const auto functions = all_functions();
  for (std::size_t i = 0; i < (all_ ? 20 * functions.size() : 15); ++i) {
    const FunctionRow& function = *functions[below(functions.size())];
    call(function, letters_of(function), texts);
    if (HasFatalFailure()) return;
  }
}

/// By the call itself, so that no function can forget it.
TEST_F(HostileTest, ATextIsCountedWhoeverReadsIt) {
  const std::vector<std::string> texts = {repeated("a", std::size_t{4} << 20U)};
  // They read no text but for an error or a warning, or look at a number first.
  const std::set<std::string_view> spared = {"elt",         "make_set", "iadd",          "isub",  "imul",
                                             "idiv",        "imod",     "uneg",          "dcalc", "rcalc",
                                             "fit_decimal", "sha2",     "cast_as_binary"};
  for (const FunctionRow* function : all_functions()) {
    const std::string letters = letters_of(*function);
    if (!letters.contains('t') || spared.contains(function->name)) continue;
    EXPECT_GE(call(*function, letters, texts), 1U) << function->name;
    if (HasFatalFailure()) return;
  }
}

// ---- aggregates and collations, as SQLite names them

TEST_F(HostileTest, EveryAggregateAsksWhetherToStop) {
  const std::map<std::string_view, std::string_view> calls = {
      {"bw_sum", "D"},     {"bw_avg", "D"},    {"bw_variance", "r00"},
      {"bw_bit_and", "i"}, {"bw_bit_or", "i"}, {"bw_bit_xor", "i"},
      {"bw_only", "t"},    {"bw_any", "i"},    {"bw_group_concat", "t01ttL0"}};
  const std::vector<std::string> texts = long_texts(std::size_t{1} << 20U);
  const auto found =
      names("SELECT DISTINCT name FROM pragma_function_list WHERE name LIKE 'bw%' AND type <> 's'");
  EXPECT_EQ(found.size(), calls.size());
  for (const std::string& name : found) {
    ASSERT_TRUE(calls.contains(name)) << name;
    step_many(name, calls.at(name), texts);
    if (HasFatalFailure()) return;
  }
}

TEST_F(HostileTest, EveryCollationSaysEqualOnceItIsToldToStop) {
  const auto found = names("SELECT name FROM pragma_collation_list WHERE name LIKE 'bw%'");
  EXPECT_EQ(found.size(), 4U);
  for (const std::string& name : found) {
    for (const std::string& text :
         {repeated("a", 100000), repeated("\u00e9", 100000), repeated("1", 100000)}) {
      const std::string sql =
          "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r LIMIT 500) SELECT 1 FROM r ORDER BY "
          "(?1 || "
          "(n * 7919 % 500)) COLLATE " +
          name;
      sqlite3_stmt* statement = nullptr;
      ASSERT_EQ(sqlite3_prepare_v2(connection_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
      sqlite3_bind_text64(statement, 1, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
      Patience patience(0ms);
      begin(patience);
      while (sqlite3_step(statement) == SQLITE_ROW) {
      }
      EXPECT_TRUE(session_.work.stopped()) << name;
      EXPECT_LT(patience.longest(), kLongestStretch) << name;
      sqlite3_finalize(statement);
    }
  }
}

}  // namespace

/// Statements over the engine, told to stop at once.
class HostileQueryTest : public QueryTest {
 protected:
  /// The error's number; how long it went on behind being told to stop is checked.
  void stops(const std::string& sql) {
    const auto bound = plan(sql);
    ASSERT_TRUE(bound) << sql << ": " << bound.error().text();
    Patience patience;
    context.interrupt = &patience;
    const auto result = rows(*bound);
    EXPECT_LT(patience.longest(), kLongestStretch) << sql;
    if (!result && result.error().mysql_errno() != 1317) {
      EXPECT_TRUE(result.error().mysql_errno() == 1037 || result.error().mysql_errno() == 1690 ||
                  result.error().mysql_errno() == 1139)
          << sql << ": " << result.error().text();
    }
    context.interrupt = &interrupt;
  }
};

const std::string kRows =
    "(SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL "
    "SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8)";
const std::string kMany = kRows + " a, " + kRows + " b, " + kRows + " c, " + kRows + " d, " + kRows + " e";

TEST_F(HostileQueryTest, StopsWhereverTheLongTextStands) {
  const std::string text = "CONCAT(REPEAT('a',200000),a.n,b.n,c.n,d.n,e.n)";
  for (const std::string collation : {"utf8mb4_general_ci", "utf8mb4_bin", "binary"}) {
    const std::string value = "(" + text + " COLLATE " + collation + ")";
    for (const std::string& sql : {
             "SELECT DISTINCT " + value + " FROM " + kMany,
             "SELECT COUNT(DISTINCT " + value + ") FROM " + kMany,
             "SELECT COUNT(DISTINCT " + value + ",1) FROM " + kMany,
             "SELECT COUNT(*) FROM " + kMany + " GROUP BY " + value,
             "SELECT 1 FROM " + kMany + " ORDER BY " + value,
             "SELECT MIN(" + value + "), MAX(" + value + ") FROM " + kMany,
             "SELECT GROUP_CONCAT(DISTINCT " + value + " ORDER BY 1) FROM " + kMany,
             "SELECT COUNT(*) FROM " + kMany + " WHERE " + value + " < " + value,
             "SELECT COUNT(*) FROM " + kMany + " WHERE " + value + " IN (" + value + ",'x')",
             "SELECT COUNT(*) FROM " + kMany + " WHERE " + value + " BETWEEN 'a' AND " + value,
             "SELECT COUNT(*) FROM " + kMany + " WHERE " + value + " LIKE '%a%b'",
             "SELECT ROW_NUMBER() OVER (PARTITION BY " + value + " ORDER BY " + value + ") FROM " + kMany,
             "SELECT LAG(" + value + ") OVER (ORDER BY " + value + ") FROM " + kMany,
             "SELECT " + value + " FROM " + kMany + " UNION SELECT 'x'",
             "SELECT COUNT(*) FROM " + kMany + " WHERE " + value + " IN (SELECT " + value +
                 " FROM (SELECT 1 AS n) a, (SELECT 1 AS n) b, (SELECT 1 AS n) c, (SELECT 1 AS n) d, (SELECT "
                 "1 AS n) e)",
         }) {
      stops(sql);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(HostileQueryTest, StopsWhateverCopiesWhatAClientSent) {
  const std::string sent = "'" + repeated("a", std::size_t{16} << 20U) + "'";
  for (const std::string& sql : {
           "SELECT COUNT(DISTINCT x) FROM (SELECT " + sent + " AS x FROM " + kMany + ") t",
           "SELECT x FROM (SELECT " + sent + " AS x FROM " + kMany + ") t ORDER BY x LIMIT 1",
           "SELECT COUNT(*) FROM (SELECT " + sent + " AS x) t, " + kMany + " WHERE CONCAT('a',x) = x",
       })
    stops(sql);
}

TEST_F(HostileQueryTest, ManyShortTextsCountToo) {
  const std::string many = kMany + ", " + kRows + " f, " + kRows + " g";
  stops(
      "SELECT COUNT(DISTINCT CONCAT('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',a.n,b.n,c.n,d.n,e.n,f.n,g.n)) FROM " +
      many);
  stops("SELECT 1 FROM " + many + " ORDER BY a.n*b.n*c.n, CONCAT(a.n,b.n,c.n,d.n,e.n,f.n,g.n)");
}

// ---- what was quadratic

TEST_F(HostileQueryTest, SearchingIsLinear) {
  variables.user["t"] = repeated("a", std::size_t{1} << 20U);
  variables.user["p"] = repeated("a", std::size_t{512} << 10U) + "b";
  variables.user["e"] = repeated("\u00e9", std::size_t{512} << 10U);
  const Case cases[] = {
      {"SELECT LOCATE(@p, @t), INSTR(@t, @p), POSITION(@p IN @t)", "0|0|0"},
      {"SELECT LOCATE(REPEAT('e', 200000), @e)", "0"},
      {"SELECT LENGTH(REPLACE(@t, @p, '')), LENGTH(SUBSTRING_INDEX(@t, @p, -1))", "1048576|1048576"},
      {"SELECT @t LIKE CONCAT('%', @p, '%'), @t LIKE CONCAT('%', @p), @t LIKE REPEAT('%a', 200000)", "0|0|1"},
      {"SELECT BINARY @t LIKE CONCAT('%', @p, '%'), LOCATE(BINARY @p, @t)", "0|0"},
      {"SELECT FIND_IN_SET(@p, @t), STRCMP(@p, @t)", "0|1"},
      {"SELECT CAST(CONCAT('0.', REPEAT('0', 5000), '1') AS DECIMAL(10,2))", "0.00"},
      {"SELECT CAST(CONCAT(REPEAT('0', 500000), '1.5') AS DECIMAL(10,2))", "1.50"},
  };
  for (const Case& one : cases) {
    const auto begun = worked();
    EXPECT_EQ(run(one.sql), one.expected) << one.sql;
    EXPECT_LT(worked() - begun, kLinear) << one.sql;
  }
}

/// What LIKE means, character by character.
bool like_slowly(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%')
    return like_slowly(text, pattern.substr(1)) || (!text.empty() && like_slowly(text.substr(1), pattern));
  const bool escaped = pattern[0] == '\\' && pattern.size() > 1;
  const std::size_t width = escaped ? 2 : 1;
  if (text.empty()) return false;
  const bool any = pattern[0] == '_';
  return (any || text[0] == pattern[width - 1]) && like_slowly(text.substr(1), pattern.substr(width));
}

std::string made_of(std::mt19937& random, std::size_t most, std::string_view letters) {
  std::string out;
  for (std::size_t size = random() % (most + 1); out.size() < size;)
    out += letters[random() % letters.size()];
  return out;
}

TEST(Search, FindsWhatANaiveSearchFinds) {
  std::mt19937 random(7);
  Work work;
  for (int i = 0; i < 60000; ++i) {
    const std::string text = made_of(random, 40, "ab");
    const std::string needle = made_of(random, 9, "ab");
    const std::size_t from = random() % (text.size() + 1);
    Search search(text, needle, from, work);
    for (std::size_t at = text.find(needle, from); at != std::string::npos; at = text.find(needle, at + 1))
      ASSERT_EQ(search.next(), at) << text << " " << needle << " " << from;
    ASSERT_EQ(search.next(), Search::kNone) << text << " " << needle << " " << from;
  }
}

TEST(Like, MeansTheSameInShortAndInLong) {
  std::mt19937 random(7);
  Work work;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = made_of(random, 10, "ab");
    const std::string pattern = made_of(random, 7, "ab%_\\");
    const bool expected = like_slowly(text, pattern);
    ASSERT_EQ(like(text, pattern, '\\', Collation::general_ci, work), expected) << text << " " << pattern;
    // The same behind so much that the way by parts is taken: each 'a' of the front begins the part anew.
    const std::string front = repeated("a", 600) + "c";
    const std::string begin = "%" + repeated("a", 300) + "c";
    for (const Collation collation : {Collation::general_ci, Collation::bin, Collation::binary})
      ASSERT_EQ(like(front + text, begin + pattern, '\\', collation, work), expected)
          << text << " " << pattern;
  }
}

TEST_F(HostileQueryTest, RegularExpressionsHaveLimits) {
  const auto begun = worked();
  EXPECT_EQ(run("SELECT REPEAT('x', 1000000) REGEXP '((((x?){30}){30})y|((x*)*z))'").substr(0, 4), "1139");
  EXPECT_EQ(run("SELECT 'x' REGEXP REPEAT('a', 1025)").substr(0, 4), "1139");
  EXPECT_EQ(run("SELECT 'x' REGEXP REPEAT('\\\\pL', 9)").substr(0, 4), "1139");
  EXPECT_EQ(run("SELECT REPEAT('x', 2000) REGEXP '((((x?){30}){30})y|((x*)*z))'"), "0");
  EXPECT_EQ(run("SELECT REPEAT('ab', 50000) REGEXP 'b$', 'Abc' REGEXP '^a', 'Abc' REGEXP BINARY '^a'"),
            "1|1|0");
  EXPECT_LT(worked() - begun, kLinear);
}

class Collected : public WarningSink {
 public:
  void add(std::uint16_t code, std::string_view text) override {
    last = std::to_string(code) + " " + std::string(text);
  }
  std::string last;
};

TEST_F(HostileQueryTest, ComputedTextsHaveALimit) {
  Collected warnings;
  context.warnings = &warnings;
  const auto refused = [&](const std::string& sql, const std::string& name) {
    warnings.last.clear();
    EXPECT_EQ(run("SELECT LENGTH(" + sql + ")"), "NULL") << sql;
    EXPECT_EQ(warnings.last,
              "1301 Result of " + name + "() was larger than max_allowed_packet (1048576) - truncated");
  };
  refused("REPEAT('a', 1048577)", "repeat");
  refused("REPEAT('ab', 9223372036854775807)", "repeat");
  refused("SPACE(1048577)", "space");
  refused("LPAD('a', 1048577, 'b')", "lpad");
  refused("RPAD('a', 600000, '\u00e9')", "rpad");
  refused("CONCAT(REPEAT('a', 1048576), 'b')", "concat");
  refused("CONCAT_WS(',', REPEAT('a', 1048576), 'b')", "concat_ws");
  refused("REPLACE(REPEAT('a', 600000), 'a', 'bb')", "replace");
  refused("INSERT(REPEAT('a', 1048576), 1, 0, 'b')", "insert");
  refused("HEX(REPEAT('a', 600000))", "hex");
  refused("QUOTE(REPEAT('''', 600000))", "quote");
  refused("DATE_FORMAT('2024-01-31', REPEAT('%W', 200000))", "date_format");
  EXPECT_EQ(run("SELECT LENGTH(REPEAT('a', 1048576)), LENGTH(SPACE(1048576))"), "1048576|1048576");
  // What a client sent is as long as it is.
  const std::string sent = repeated("a", std::size_t{3} << 20U);
  EXPECT_EQ(run("SELECT LENGTH('" + sent + "')"), std::to_string(sent.size()));
  variables.user["v"] = sent;
  EXPECT_EQ(run("SELECT LENGTH(@v), LENGTH(COALESCE(NULL, @v))"),
            std::to_string(sent.size()) + "|" + std::to_string(sent.size()));
  context.max_text_bytes = 2048;
  EXPECT_EQ(run("SELECT LENGTH(REPEAT('a', 2049)), LENGTH(REPEAT('a', 2048))"), "NULL|2048");
}

}  // namespace breakwater::catalog::test
