#include "storage/file/file_medium.h"

#include <optional>
#include <string>
#include <utility>

#include "storage/file/file_destination.h"
#include "storage/file/file_objects.h"
#include "storage/file/file_system_of.h"
#include "storage/formats/temp_name.h"
#include "storage/pool/await.h"

namespace breakwater::storage {
namespace {

struct Nothing {};

class FileMedium final : public Medium {
 public:
  FileMedium(std::string root, PathRules rules, FilePool& pool, const Entropy& entropy)
      : root_(std::move(root)), rules_(std::move(rules)), pool_(pool), entropy_(entropy) {}

  Task<Result<Put>> put_new(std::string name, Content content, Call call) override {
    BW_CO_CHECK(check(name, content));
    Job<Put> job = [name, content, token = random_token(entropy_)](const FileDestination& place,
                                                                   const StopFlag& stop) {
      return put_new_object(place.anchor(), name, *content, token, stop);
    };
    co_return co_await in_place<Put>(std::move(job), call);
  }

  Task<Result<>> replace(std::string name, Content content, Call call) override {
    BW_CO_CHECK(check(name, content));
    Job<Nothing> job = [name, content, token = random_token(entropy_)](const FileDestination& place,
                                                                       const StopFlag& stop) {
      return nothing(replace_object(place.anchor(), name, *content, token, stop));
    };
    BW_CO_CHECK(co_await in_place<Nothing>(std::move(job), call));
    co_return Result<>{};
  }

  Task<Result<std::optional<Bytes>>> get(std::string name, std::size_t limit, Call call) override {
    BW_CO_CHECK(check_object_name(name));
    Job<std::optional<Bytes>> job = [name, limit](const FileDestination& place, const StopFlag& stop) {
      return read_object(place.anchor(), name, limit, stop);
    };
    BW_CO_TRY(auto bytes, co_await in_place<std::optional<Bytes>>(std::move(job), call));
    if (bytes && bytes->size() > limit) co_return fail(too_long(name));
    co_return std::move(bytes);
  }

  Task<Result<Page>> list(std::string prefix, std::string after, Call call) override {
    Job<Page> job = [prefix, after](const FileDestination& place, const StopFlag& stop) {
      return list_objects(place.anchor(), prefix, after, stop);
    };
    co_return co_await in_place<Page>(std::move(job), call);
  }

  Task<Result<std::vector<std::string>>> others(std::string directory, std::string prefix,
                                                Call call) override {
    Job<std::vector<std::string>> job = [directory, prefix](const FileDestination& place,
                                                            const StopFlag& stop) {
      return list_others(place.anchor(), directory, prefix, stop);
    };
    co_return co_await in_place<std::vector<std::string>>(std::move(job), call);
  }

  Task<Result<>> remove(std::string name, Call call) override {
    BW_CO_CHECK(check_object_name(name));
    Job<Nothing> job = [name](const FileDestination& place, const StopFlag& stop) {
      return nothing(remove_object(place.anchor(), name, stop));
    };
    BW_CO_CHECK(co_await in_place<Nothing>(std::move(job), call));
    co_return Result<>{};
  }

  Task<Result<>> discard(std::string name, Call call) override { return remove(std::move(name), call); }

  Task<Result<bool>> is_discarded(std::string /*name*/, Call /*call*/) override { co_return false; }

  Task<Result<>> sweep(std::string directory, Call call) override {
    Job<Nothing> job = [directory](const FileDestination& place, const StopFlag& stop) {
      return nothing(sweep_objects(place.anchor(), directory, stop));
    };
    BW_CO_CHECK(co_await in_place<Nothing>(std::move(job), call));
    co_return Result<>{};
  }

  Task<Result<std::optional<FoundFormat>>> read_format(Call call) override {
    Job<std::optional<FoundFormat>> job = [](const FileDestination& place, const StopFlag& stop) {
      return place.read_format(stop);
    };
    co_return co_await in_place<std::optional<FoundFormat>>(std::move(job), call);
  }

  Task<Result<Ground>> ground(Call call) override {
    Job<Ground> job = [](const FileDestination& place, const StopFlag& stop) -> Result<Ground> {
      BW_TRY(const struct stat status, posix::status(place.anchor().base(), stop));
      return Ground{.directory = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino),
                    .system = file_system_of(place.anchor().base(), stop)};
    };
    co_return co_await in_place<Ground>(std::move(job), call);
  }

 private:
  template <class T>
  using Job = std::move_only_function<Result<T>(const FileDestination&, const StopFlag&)>;

  // What a job on the pool gives back: also the place, which the next one uses.
  template <class T>
  struct Done {
    FileDestination place;
    T value;
  };

  static Result<Nothing> nothing(Result<> done) {
    if (!done) return fail(std::move(done).error());
    return Nothing{};
  }

  // The first job opens the place. One that isn't there isn't held: it may come to be.
  template <class T>
  Task<Result<T>> in_place(Job<T> function, Call call) {
    FilePool::Job<Done<T>> job = [place = place_, root = root_, rules = rules_,
                                  function =
                                      std::move(function)](const StopFlag& stop) mutable -> Result<Done<T>> {
      if (!place) {
        BW_TRY(place, FileDestination::open(root, rules, stop));
      }
      BW_TRY(T value, function(*place, stop));
      return Done<T>{*std::move(place), std::move(value)};
    };
    if (!group_) group_ = current_mount_of(root_).mount_point;
    BW_CO_TRY(Done<T> done, co_await run_on<Done<T>>(pool_, call, *group_, std::move(job)));
    if (!place_) place_ = std::move(done.place);
    co_return std::move(done.value);
  }

  const std::string root_;
  const PathRules rules_;
  FilePool& pool_;
  const Entropy& entropy_;
  std::optional<std::string> group_;      // the mount's, on the pool
  std::optional<FileDestination> place_;  // the directory as it was opened first
};

}  // namespace

MediumPtr make_file_medium(std::string root, PathRules rules, FilePool& pool, const Entropy& entropy) {
  return std::make_unique<FileMedium>(std::move(root), std::move(rules), pool, entropy);
}

}  // namespace breakwater::storage
