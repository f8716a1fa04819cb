#include "server/execute/backup/survey_places.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/guard.h"
#include "base/text_parts.h"
#include "catalog/values/temporal.h"
#include "server/execute/context/await.h"

namespace breakwater::server::execute {
namespace {

using JobThread = Services::JobThread;

// One look, from the statement's thread to that of jobs and back. Both hold it, so that neither has to outlive the other.
class Look {
 public:
  Look(Services& services, std::vector<storage::MediumPtr> media, std::size_t most_sets,
       std::function<Result<>(Surveys&)> judge, Deadline last)
      : services_(services),
        media_(std::move(media)),
        most_sets_(most_sets),
        judge_(std::move(judge)),
        last_(last) {}

  // On the thread of jobs.
  Task<Result<Surveys>> run(storage::Cancellation& ending) {
    const storage::Cancellation::Watch end(&ending, [this] { cancel(error::server_shutdown()); });
    if (ending.cancelled()) co_return fail(error::server_shutdown());
    Surveys found;
    for (const storage::MediumPtr& medium : media_) {
      storage::SurveyOptions options;
      options.most_sets = most_sets_;
      options.call = [this] {
        return storage::Call{std::min(services_.storage_deadline(), last_), &cancellation_};
      };
      auto survey = co_await storage::survey(*medium, std::move(options));
      if (!survey) co_return fail(std::move(survey).error());
      found.push_back(*std::move(survey));
    }
    // Off this thread: each set may be tried with each piece.
    BW_CO_CHECK(co_await run_on<Result<>>(services_.derivers(), [&] { return judge_(found); }));
    co_return found;
  }
  void cancel(Error why) { cancellation_.cancel(std::move(why)); }
  // The media are the thread's: they go there, whoever goes last.
  void close() { media_.clear(); }

 private:
  Services& services_;
  std::vector<storage::MediumPtr> media_;
  const std::size_t most_sets_;
  const std::function<Result<>(Surveys&)> judge_;
  const Deadline last_;
  storage::Cancellation cancellation_;
};

using Done = std::move_only_function<void(Result<Surveys>)>;

Task<> run_look(std::shared_ptr<Look> look, storage::Cancellation* ending, std::shared_ptr<Done> done) {
  Result<Surveys> found;
  try {
    found = co_await look->run(*ending);
  } catch (...) {
    found = fail(caught_error());
  }
  look->close();
  (*done)(std::move(found));
}

Deadline last_moment(const Statement& statement) {
  const Deadline now = std::chrono::steady_clock::now();
  const Deadline longest = now + kLongestLook;
  return statement.session.sets_query_timeout() ? std::min(longest, statement.query_deadline(now)) : longest;
}

}  // namespace

Result<std::vector<Secret>> split_sources(const Secret& from) {
  const std::vector<std::string_view> uris = split(from.reveal());
  if (uris.empty() || uris.size() > 2) {
    return fail(error::invalid_backup_dest().with_hint(
        "FROM 'data,archive' names the destination of the sets and that of the log, or the first alone"));
  }
  std::vector<Secret> secrets;
  secrets.reserve(uris.size());
  for (const std::string_view uri : uris) secrets.emplace_back(uri);
  return secrets;
}

Task<Result<Surveys>> survey_places(const Statement& statement, std::vector<storage::MediumPtr> media,
                                    std::size_t most_sets, std::function<Result<>(Surveys&)> judge) {
  Services& services = statement.services;
  const auto& thread = services.job_thread();
  if (!thread) co_return fail(error::out_of_resources().with_hint("the server runs no jobs"));
  const Deadline last = last_moment(statement);
  const storage::Call call{last, &statement.cancellation};
  const session::Identity& who = statement.session.identity();
  BW_CO_TRY(const FairQueue::Guard place,
            co_await services.surveys().acquire(who.account.tenant_id, who.is_sys(), call));
  const auto look = std::make_shared<Look>(services, std::move(media), most_sets, std::move(judge), last);
  const storage::Cancellation::Watch watch(&statement.cancellation, [&] {
    boost::asio::post(thread->executor, [look, why = statement.cancellation.why()] { look->cancel(why); });
  });
  auto begin = [&](auto done) {
    auto shared = std::make_shared<Done>(std::move(done));
    boost::asio::co_spawn(thread->executor, run_look(look, thread->ending, std::move(shared)),
                          boost::asio::detached);
  };
  auto found = co_await await_callback<Result<Surveys>>(std::move(begin));
  if (!found && std::chrono::steady_clock::now() >= last) {
    co_return fail(error::timeout().with_hint(
        "the destination took too long altogether: `breakwater backups` looks without this limit"));
  }
  co_return found;
}

std::string shown_scn(const Statement& statement, std::int64_t scn) {
  constexpr std::int64_t kNanos = 1000;  // of a microsecond
  constexpr unsigned kMicros = 6;        // digits
  if (scn <= 0) return "";
  std::array<char, catalog::temporal::kBufferSize> text{};
  const std::int64_t local = statement.session.time_zone().to_local(scn / kNanos);
  return {text.data(), catalog::temporal::write_datetime(local, kMicros, text.data())};
}

}  // namespace breakwater::server::execute
