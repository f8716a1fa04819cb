#include "server/jobs/jobs.h"

#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/guard.h"

namespace breakwater::server::jobs {
namespace {

// Null if it can't be opened now: each kind of job opens one then, and says why it can't.
std::shared_ptr<catalog::Reader> shared_reader(execute::Services& services) {
  auto reader = services.store().open_reader();
  return reader ? std::shared_ptr<catalog::Reader>(*std::move(reader)) : nullptr;
}

}  // namespace

Jobs::Jobs(execute::Services& services)
    : services_(services),
      runner_(static_cast<std::size_t>(services.settings()->backup_jobs), services.log()),
      reader_(shared_reader(services)),
      maker_(services, system_timers(), reader_),
      backups_(job_world(services), maker_),
      validator_(services, reader_),
      validations_(job_world(services), validator_),
      deleter_(services),
      deletions_(job_world(services), deleter_),
      places_(services, reader_),
      archiver_(archive_world(services)),
      restorer_(services, system_timers(), reader_),
      restores_(job_world(services), restorer_),
      schedules_(schedule_world(services)) {
  maker_.flush_archive_by([this](catalog::TenantId tenant) { archiver_.flush(tenant); });
  restorer_.flush_archive_by([this](catalog::TenantId tenant) { archiver_.flush(tenant); });
  listener_.emplace(services.job_bell(), [this, &log = services.log()] {
    call_guarded(log, "the bell of jobs", [this] { ring(); });
  });
  services_.set_job_thread(
      execute::Services::JobThread{.executor = runner_.executor(), .ending = &runner_.cancellation()});
  runner_.spawn([this] { return backups_.run(); });
  runner_.spawn([this] { return validations_.run(); });
  runner_.spawn([this] { return deletions_.run(); });
  runner_.spawn([this] { return archiver_.run(); });
  runner_.spawn([this] { return restores_.run(); });
  runner_.spawn([this] { return schedules_.run(); });
}

Jobs::~Jobs() {
  services_.set_job_thread(std::nullopt);
  listener_.reset();
  runner_.stop();
}

void Jobs::ring() {
  boost::asio::post(runner_.executor(), [this] {
    backups_.ring();
    restores_.ring();
    validations_.ring();
    deletions_.ring();
    schedules_.ring();
  });
}

JobWorld Jobs::job_world(execute::Services& services) {
  return {.store = services.store(),
          .clock = services.clock(),
          .timers = system_timers(),
          .log = services.log(),
          .slots = runner_.slots(),
          .shares = runner_.shares(),
          .ending = runner_.cancellation(),
          .visible_time =
              [&services] { return std::chrono::milliseconds(services.settings()->job_visible_time); },
          .spawn = [this](std::function<Task<>()> begin) { runner_.spawn(std::move(begin)); },
          .reader = reader_};
}

Schedules::World Jobs::schedule_world(execute::Services& services) {
  return {.store = services.store(),
          .clock = services.clock(),
          .timers = system_timers(),
          .log = services.log(),
          .ending = runner_.cancellation(),
          .deadline = [&services] { return std::chrono::milliseconds(services.settings()->job_deadline); },
          .begun =
              [this] {
                backups_.ring();
                validations_.ring();
              },
          .reader = reader_};
}

Archiver::World Jobs::archive_world(execute::Services& services) {
  return {.archive = {.store = services.store(),
                      .clock = services.clock(),
                      .entropy = services.entropy(),
                      .places = places_},
          .timers = system_timers(),
          .log = services.log(),
          .ending = runner_.cancellation(),
          .spawn = [this](std::function<Task<>()> begin) { runner_.spawn(std::move(begin)); },
          .reader = reader_};
}

}  // namespace breakwater::server::jobs
