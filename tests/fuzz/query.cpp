// A statement that reads, run to its end: over the views of an empty catalogue, with the limits that a server
// has. Whatever it computes, it asks in time whether it is to stop, and takes no more memory than its own.
#include "catalog/bind/query.h"

#include <chrono>
#include <ctime>
#include <memory>
#include <variant>

#include <sqlite3.h>

#include "base/memory_account.h"
#include "catalog/run/sqlite_runner.h"
#include "catalog/sqlite/sqlite_memory.h"
#include "catalog/store/schema.h"
#include "fuzz/fuzz.h"
#include "grammar/parser.h"

namespace breakwater {

namespace {

using namespace std::chrono_literals;

/// How long a statement may run, and how long without being asked; both of this thread's processor time, and
/// the second one with what the sanitizers take.
constexpr auto kPatience = 50ms;
constexpr auto kLongestStretch = 5s;

std::chrono::nanoseconds worked() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

class Patience : public catalog::Interrupt {
 public:
  catalog::Verdict check() override {
    const auto now = worked();
    fuzz::require(now - last_ < kLongestStretch);
    last_ = now;
    return now - begun_ > kPatience ? catalog::Verdict::timed_out : catalog::Verdict::go_on;
  }

 private:
  std::chrono::nanoseconds begun_ = worked();
  std::chrono::nanoseconds last_ = begun_;
};

class NoVariables : public catalog::Variables {
 public:
  Result<catalog::Value> system_variable(ast::VariableScope /*scope*/, std::string_view name) const override {
    return fail(error::var_unknown(name));
  }
  catalog::Value user_variable(std::string_view /*name*/) const override { return {}; }
  void set_user_variable(std::string_view /*name*/, catalog::Value /*value*/) override {}
};

/// Made once: a catalogue in memory and what runs on it.
class Place {
 public:
  Place() {
    catalog::sqlite::count_memory();
    sqlite3_open_v2(":memory:", &connection_,
                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    for (const catalog::schema::Step step : catalog::schema::steps())
      fuzz::require(sqlite3_exec(connection_, step, nullptr, nullptr, nullptr) == SQLITE_OK);
    runner_ = std::make_unique<catalog::SqliteRunner>(dictionary_, connection_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() = delete;

  void run(const ast::Select& select, bool is_oracle) {
    catalog::BindContext bind;
    bind.database = is_oracle ? "SYS" : "oceanbase";
    bind.variables = &variables_;
    if (is_oracle) bind.visibility = catalog::Visibility::oracle;
    const auto plan = catalog::bind(dictionary_, select, bind);
    if (!plan) return;
    Patience patience;
    StatementMemory memory(server_memory_);
    catalog::QueryContext context(patience);
    context.now = 1'706'704'496'789'012;
    context.variables = &variables_;
    context.database = bind.database;
    context.memory = &memory;
    step_through(*plan, context);
    (void)patience.check();  // the end counts as a question
  }

 private:
  void step_through(const std::shared_ptr<const catalog::Plan>& plan, const catalog::QueryContext& context) {
    auto cursor = runner_->open(plan, context, {}, {});
    while (cursor) {
      const auto step = cursor->step();
      if (!step || *step != catalog::Step::row) return;
    }
  }

  sqlite3* connection_ = nullptr;
  catalog::Dictionary dictionary_;
  NoVariables variables_;
  ServerMemory server_memory_;
  std::unique_ptr<catalog::SqliteRunner> runner_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Place& place = *new Place;
  fuzz::Input input(data, size);
  const bool is_oracle = (input.byte() & 1U) != 0;
  const auto parsed =
      grammar::parse(input.text(), is_oracle ? grammar::ParseOptions::oracle() : grammar::ParseOptions{});
  if (!parsed) return 0;
  if (const auto* select = std::get_if<ast::Select>(&parsed->statement)) place.run(*select, is_oracle);
  return 0;
}

}  // namespace breakwater
