#include "storage/object/object_medium.h"

#include <algorithm>
#include <utility>

#include "storage/object/object_content.h"
#include "storage/object/object_probe.h"

namespace breakwater::storage {
namespace {

class ObjectMedium final : public Medium {
 public:
  ObjectMedium(std::unique_ptr<ObjectStore> store, DeleteMode mode) : store_(std::move(store)), mode_(mode) {}

  Task<Result<Put>> put_new(std::string name, Content content, Call call) override {
    BW_CO_CHECK(check(name, content));
    if (!create_only_) {
      BW_CO_TRY(const auto there, co_await store_->head(name, call));
      if (there) co_return co_await compared(name, content, call);
    }
    BW_CO_TRY(const PutResult put, co_await create(name, content, call));
    const bool promised = put == PutResult::written && create_only_;
    if (promised) co_return Put::written;
    BW_CO_TRY(const Put seen, co_await compared(name, content, call));
    if (seen == Put::written && put == PutResult::written) BW_CO_CHECK(co_await learn(name, content, call));
    co_return seen;
  }

  Task<Result<>> replace(std::string name, Content content, Call call) override {
    BW_CO_CHECK(check(name, content));
    const PutOptions options{};
    BW_CO_CHECK(co_await store_->put(name, *content, options, call));
    co_return Result<>{};
  }

  Task<Result<std::optional<Bytes>>> get(std::string name, std::size_t limit, Call call) override {
    BW_CO_CHECK(check_object_name(name));
    auto bytes = co_await store_->get(name, limit, call);
    if (!bytes && bytes.error().is(Errc::size_overflow)) co_return fail(too_long(name));
    co_return bytes;
  }

  Task<Result<Page>> list(std::string prefix, std::string after, Call call) override {
    ListOptions options(prefix);
    options.after = std::move(after);
    BW_CO_TRY(ObjectList listed, co_await store_->list(options, call));
    Page page;
    page.next = std::move(listed.next);
    for (ObjectInfo& object : listed.objects) {
      if (!check_object_name(object.name)) continue;
      page.entries.push_back({.name = std::move(object.name), .size = object.size});
    }
    co_return page;
  }

  Task<Result<>> remove(std::string name, Call call) override {
    BW_CO_CHECK(check_object_name(name));
    co_return co_await store_->remove(name, call);
  }

  Task<Result<>> discard(std::string name, Call call) override {
    BW_CO_CHECK(check_object_name(name));
    co_return co_await storage::discard(*store_, mode_, name, call);
  }

  Task<Result<bool>> is_discarded(std::string name, Call call) override {
    if (mode_ != DeleteMode::tagging) co_return false;
    co_return co_await storage::is_discarded(*store_, name, call);
  }

  // One request writes an object, so nothing is left of one that was cut short.
  Task<Result<>> sweep(std::string /*directory*/, Call /*call*/) override { co_return Result<>{}; }

  Task<Result<std::optional<FoundFormat>>> read_format(Call call) override {
    const ObjectContent content(*store_, mode_);
    co_return co_await content.read_format(call);
  }

 private:
  // A store that has no such condition writes it all the same.
  Task<Result<PutResult>> create(const std::string& name, const Content& content, Call call) {
    PutOptions options{.create_only = true};
    auto put = co_await store_->put(name, *content, options, call);
    if (put && put->result == PutResult::create_only_unsupported) {
      options.create_only = false;
      put = co_await store_->put(name, *content, options, call);
      asked_ = true;
    }
    BW_CO_CHECK(put);
    co_return put->result;
  }

  // What is there decides: an answer may be lost, a condition ignored.
  Task<Result<Put>> compared(const std::string& name, const Content& content, Call call) {
    const auto there = co_await store_->get(name, content->size(), call);
    if (!there && there.error().is(Errc::size_overflow)) co_return Put::exists;
    BW_CO_CHECK(there);
    if (!*there)
      co_return fail(error::backup_file_not_exist().with_hint(
          "the store took an object, and then it was gone: somebody else removes objects there"));
    co_return std::ranges::equal(**there, *content) ? Put::written : Put::exists;
  }

  // Whether the store creates only: it is asked once to create what is there, with the same bytes.
  Task<Result<>> learn(const std::string& name, const Content& content, Call call) {
    if (std::exchange(asked_, true)) co_return Result<>{};
    BW_CO_TRY(const PutResult again, co_await create(name, content, call));
    create_only_ = again == PutResult::exists;
    co_return Result<>{};
  }

  const std::unique_ptr<ObjectStore> store_;
  const DeleteMode mode_;
  bool asked_ = false;        // whether the store was asked already
  bool create_only_ = false;  // it honours the condition
};

}  // namespace

MediumPtr make_object_medium(std::unique_ptr<ObjectStore> store, const Destination& destination) {
  return std::make_unique<ObjectMedium>(std::move(store), destination.delete_mode);
}

}  // namespace breakwater::storage
