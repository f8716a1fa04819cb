// A destination's objects in a store that keeps its promise to create only, and in one that doesn't know of it.
#include "storage/object/object_medium.h"

#include <algorithm>
#include <map>
#include <mutex>

#include <gtest/gtest.h>

#include "storage/destination/uri.h"
#include "storage/object/object_client_options.h"
#include "storage/object/scripted_server.h"

namespace breakwater::storage {
namespace {

using namespace std::chrono_literals;

class ObjectMediumTest : public testing::Test {
 protected:
  void serve(bool create_only, std::string_view more = {}) {
    create_only_ = create_only;
    server_ =
        std::make_unique<ScriptedServer>([this](const SeenRequest& request) { return handle(request); });
    std::string uri = "s3://bucket/dir?host=http://127.0.0.1:" + std::to_string(server_->port());
    uri.append("&access_id=AK&access_key=SK").append(more);
    const auto destination = parse_destination(uri, {.allow_http = true}).value();
    auto store =
        make_object_store(destination, {.rules = {.allow_http = true, .allow_loopback = true}}).value();
    medium_ = make_object_medium(std::move(store), destination);
  }

  Scripted handle(const SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string key = request.target.substr(0, request.target.find('?'));
    const bool tags = request.target.contains("?tagging");
    const auto there = objects_.find(key);
    if (request.method == "PUT" && tags) return tagged_.insert({key, request.body}), answer(200);
    if (request.method == "PUT") {
      const bool only = create_only_ && request.headers.contains("if-none-match");
      if (only && there != objects_.end()) return answer(412, error_xml("PreconditionFailed"));
      objects_[key] = request.body;
      if (lies_) objects_[key] = "another's";
      return answer(200);
    }
    if (request.method == "DELETE") return objects_.erase(key), answer(204);
    if (there == objects_.end()) return answer(404, error_xml("NoSuchKey"));
    if (tags) return answer(200, tagged_.contains(key) ? tagged_[key] : "<Tagging><TagSet/></Tagging>");
    if (request.method == "HEAD") return {.bytes = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n"};
    return answer(200, there->second);
  }

  template <class T>
  T run(Task<T> task) {
    return storage::run(io_, std::move(task));
  }
  Result<Medium::Put> put(const std::string& name, std::string_view text) {
    return run(medium_->put_new(name, std::make_shared<const Bytes>(text.begin(), text.end()), within(30s)));
  }
  std::size_t requests() const { return server_->seen().size(); }

  boost::asio::io_context io_{1};
  std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::string> tagged_;
  bool create_only_ = false;
  bool lies_ = false;
  std::unique_ptr<ScriptedServer> server_;
  MediumPtr medium_;
};

TEST_F(ObjectMediumTest, NothingIsOverwrittenWhateverTheStorePromises) {
  for (const bool promises : {true, false}) {
    objects_.clear();
    serve(promises);
    EXPECT_EQ(put("a/x", "one").value(), Medium::Put::written);
    EXPECT_EQ(put("a/x", "one").value(), Medium::Put::written) << "the same bytes";
    EXPECT_EQ(put("a/x", "two").value(), Medium::Put::exists);
    EXPECT_EQ(as_text(*run(medium_->get("a/x", 9, within(30s))).value()), "one");
    EXPECT_TRUE(run(medium_->get("a/x", 2, within(30s))).error().is(Errc::size_overflow));
  }
}

TEST_F(ObjectMediumTest, AStoreThatPromisesIsAskedOnceForEachObject) {
  serve(true);
  EXPECT_TRUE(put("a/x", "one"));
  const std::size_t learned = requests();
  EXPECT_TRUE(put("a/y", "two"));
  EXPECT_EQ(requests(), learned + 1);
}

TEST_F(ObjectMediumTest, AnotherWritersObjectBehindOursIsSeen) {
  serve(false);
  lies_ = true;
  EXPECT_EQ(put("a/x", "one").value(), Medium::Put::exists);
}

TEST_F(ObjectMediumTest, RemoveRemovesAndDiscardDoesAsTheDestinationSays) {
  serve(true, "&delete_mode=tagging");
  EXPECT_TRUE(put("a/x", "one"));
  EXPECT_FALSE(run(medium_->is_discarded("a/x", within(30s))).value());
  EXPECT_TRUE(run(medium_->discard("a/x", within(30s))));
  EXPECT_TRUE(run(medium_->is_discarded("a/x", within(30s))).value());
  EXPECT_EQ(objects_.size(), 1U);
  EXPECT_TRUE(run(medium_->remove("a/x", within(30s))));
  EXPECT_TRUE(objects_.empty());
  EXPECT_EQ(run(medium_->get("a/x", 9, within(30s))).value(), std::nullopt);
}

TEST_F(ObjectMediumTest, NamesAreCheckedBeforeTheStoreIsAsked) {
  serve(true);
  EXPECT_TRUE(put("../x", "one").error().is(Errc::invalid_argument));
  EXPECT_EQ(requests(), 0U);
}

}  // namespace
}  // namespace breakwater::storage
