// PREPARE, EXECUTE and DEALLOCATE PREPARE as text.
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "base/overloaded.h"
#include "base/text.h"
#include "catalog/values/number.h"
#include "server/execute/client/client_session.h"
#include "server/execute/query/long_text.h"

namespace breakwater::server::execute {
namespace {

/// Of a number or NULL it is no statement, which is then what is wrong.
std::string text_of(const catalog::Value& value) {
  return std::visit(Overloaded{
                        [](std::monostate) { return std::string("NULL"); },
                        [](const std::string& text) { return text; },
                        [](double number) { return catalog::number::text_of(number); },
                        [](auto whole) { return std::to_string(whole); },
                    },
                    static_cast<const catalog::Value::Variant&>(value));
}

}  // namespace

Task<> ClientSession::run_of_texts(const ast::Statement& parsed, Answer answer) {
  state_.diagnostics.begin(false);
  if (const auto* prepare = std::get_if<ast::PrepareText>(&parsed)) return prepare_text(*prepare, answer);
  if (const auto* execute = std::get_if<ast::ExecuteText>(&parsed)) return execute_text(*execute, answer);
  const std::string& name = std::get<ast::DeallocateText>(parsed).name;
  if (prepared_.remove(std::string_view(name))) {
    finish(Outcome{}, answer);
  } else {
    fail_with(error::unknown_stmt_handler(name, "DEALLOCATE PREPARE"), answer);
  }
  return {};
}

// What had the name is gone, also if the new text can't be prepared: as in MySQL.
Task<> ClientSession::prepare_text(const ast::PrepareText& prepare, Answer answer) {
  if (prepare.name.size() > limits::kMaxIdentifier) {
    fail_with(error::too_long_ident(prepare.name.substr(0, limits::kMaxIdentifier)), answer);
    return {};
  }
  prepared_.remove(std::string_view(prepare.name));
  const Secret sql =
      prepare.text ? prepare.text->clone() : Secret::take(text_of(state_.user_variable(prepare.variable)));
  const auto added = add_prepared(sql.reveal());
  if (!added) {
    fail_with(added.error(), answer);
    return {};
  }
  PreparedStatement& prepared = **added;
  const auto statement = begin(prepared.text(), prepared.options());
  if (statement && prepared.text().size() > kLongPrepare)
    return prepare_long_text(prepared, *statement, prepare.name, answer);
  finish_prepare_text(prepared, statement ? prepared.prepare(*statement) : Result<>(fail(statement.error())),
                      prepare.name, answer);
  return {};
}

Task<> ClientSession::prepare_long_text(PreparedStatement& prepared, Statement statement, std::string name,
                                        Answer answer) {
  const auto done = co_await read_on_worker<void>(statement, [&](const Statement& there, Watch& watch) {
    return watched(watch, [&](const grammar::Stop& stop) { return prepared.prepare(there, stop); });
  });
  finish_prepare_text(prepared, done, name, answer);
}

void ClientSession::finish_prepare_text(PreparedStatement& prepared, const Result<>& done,
                                        std::string_view name, Answer answer) {
  if (!done) {
    prepared_.remove(prepared.id());
    return fail_with(done.error(), answer);
  }
  prepared_.name(name, prepared);
  finish(Outcome{}, answer);
}

Task<> ClientSession::execute_text(const ast::ExecuteText& execute, Answer answer) {
  PreparedStatement* prepared = prepared_.find(std::string_view(execute.name));
  if (prepared == nullptr) {
    fail_with(error::unknown_stmt_handler(execute.name, "EXECUTE"), answer);
    return {};
  }
  static const catalog::Value kNull;
  std::vector<const catalog::Value*> values;  // a variable may be large, and stand here thousands of times
  for (const std::string& variable : execute.variables) {
    const auto found = state_.user_variables().find(ascii_lower(variable));
    values.push_back(found == state_.user_variables().end() ? &kNull : &found->second);
  }
  prepared->forget_ahead();
  const auto statement = begin(prepared->text(), prepared->options());
  const auto given = statement ? prepared->give_values(values) : Result<>(fail(statement.error()));
  if (given) return run_prepared(*prepared, *statement, answer);
  prepared->forget_ahead();
  fail_with(given.error(), answer);
  return {};
}

}  // namespace breakwater::server::execute
