#include "storage/file/file_medium.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/file/file_objects.h"
#include "storage/formats/temp_name.h"
#include "storage/support.h"

namespace {
std::mutex fsync_guard;
std::multiset<std::string> synced;  // paths, in this program
}  // namespace

// In the C library's stead: also notes what is synced.
extern "C" int fsync(int file) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t length = readlink(link.c_str(), path.data(), path.size());
  {
    const std::scoped_lock lock(fsync_guard);
    if (length > 0) synced.emplace(path.data(), static_cast<std::size_t>(length));
  }
  return static_cast<int>(syscall(SYS_fsync, file));
}

namespace breakwater::storage {
namespace {

using namespace std::chrono_literals;

Medium::Content content_of(std::string_view text) {
  return std::make_shared<const Bytes>(text.begin(), text.end());
}

class FileMediumTest : public testing::Test {
 protected:
  void SetUp() override { open(); }

  void open() { medium_ = make_file_medium(root_, {}, pool_, entropy_); }

  static Call soon() { return {deadline_in(30s), nullptr}; }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      result.emplace(std::move(value));
    });
    io_.restart();
    io_.run();
    return *std::move(result);
  }

  Result<Medium::Put> put(const std::string& name, std::string_view text) {
    return run(medium_->put_new(name, content_of(text), soon()));
  }
  std::optional<std::string> get(const std::string& name, std::size_t limit = 1000) {
    const auto bytes = run(medium_->get(name, limit, soon())).value();
    return bytes ? std::optional(std::string(as_text(*bytes))) : std::nullopt;
  }
  // The names of all pages.
  std::vector<std::string> names(const std::string& prefix) {
    std::vector<std::string> found;
    std::string after;
    do {
      const auto page = run(medium_->list(prefix, after, soon())).value();
      EXPECT_LE(page.entries.size(), Medium::kPage);
      for (const Medium::Entry& entry : page.entries) found.push_back(entry.name);
      after = page.next;
    } while (!after.empty());
    return found;
  }

  TempDir root_dir_;
  const std::string root_ = root_dir_.path();
  boost::asio::io_context io_{1};  // outlives the pool, whose threads post to it
  FilePool pool_;
  CountingEntropy entropy_;
  MediumPtr medium_;
};

TEST_F(FileMediumTest, WhatIsPutIsThereOnceAndStays) {
  EXPECT_EQ(put("a/b/x", "one").value(), Medium::Put::written);
  EXPECT_EQ(put("a/b/x", "one").value(), Medium::Put::written) << "the same bytes";
  EXPECT_EQ(put("a/b/x", "two").value(), Medium::Put::exists);
  EXPECT_EQ(get("a/b/x"), "one");
  EXPECT_EQ(snapshot(root_).size(), 4U) << "no temporary file is left";
  open();
  EXPECT_EQ(get("a/b/x"), "one");
}

// Whoever made the directories may have been stopped before they were synced.
TEST_F(FileMediumTest, EachDirectoryAboveAnObjectIsSyncedAlsoIfItWasThere) {
  std::filesystem::create_directories(root_ + "/a/b");
  {
    const std::scoped_lock lock(fsync_guard);
    synced.clear();
  }
  EXPECT_EQ(put("a/b/x", "one").value(), Medium::Put::written);
  const std::scoped_lock lock(fsync_guard);
  const std::string root = std::filesystem::canonical(root_).string();
  for (const char* directory : {"", "/a", "/a/b"}) EXPECT_EQ(synced.count(root + directory), 1U) << directory;
}

TEST_F(FileMediumTest, WhatIsNoObjectIsListedByItself) {
  const auto others = [&](const std::string& directory) {
    auto found = run(medium_->others(directory, "set_", soon())).value();
    std::ranges::sort(found);
    return found;
  };
  EXPECT_TRUE(others("marks/").empty());
  put("set_1/x", "one");
  put("set_2", "an object");
  put("other/x", "one");
  std::filesystem::create_directories(root_ + "/set_3/empty");
  std::filesystem::create_symlink("/etc", root_ + "/set_4");
  ASSERT_EQ(mkfifo((root_ + "/set_5").c_str(), 0600), 0);
  ASSERT_TRUE(std::filesystem::create_directory(root_ + "/set_6\n"));
  EXPECT_EQ(others(""), (std::vector<std::string>{"set_1", "set_3", "set_4", "set_5", "set_6\n"}));
  std::filesystem::create_directories(root_ + "/marks/set_7");
  EXPECT_EQ(others("marks/"), (std::vector<std::string>{"marks/set_7"}));
}

TEST_F(FileMediumTest, ReplaceTakesThePlaceOfWhatIsThere) {
  EXPECT_TRUE(run(medium_->replace("a/x", content_of("one"), soon())));
  EXPECT_TRUE(run(medium_->replace("a/x", content_of("two"), soon())));
  EXPECT_EQ(get("a/x"), "two");
  EXPECT_EQ(snapshot(root_).size(), 3U);
}

TEST_F(FileMediumTest, GetKnowsNothingFromTooMuch) {
  EXPECT_EQ(get("a/x"), std::nullopt);
  EXPECT_TRUE(put("x", "12345"));
  EXPECT_EQ(get("x", 5), "12345");
  EXPECT_TRUE(run(medium_->get("x", 4, soon())).error().is(Errc::size_overflow));
  EXPECT_EQ(get("x/y"), std::nullopt) << "a file is no directory";
  write_file(root_ + "/d/y", "y");
  EXPECT_EQ(get("d"), std::nullopt);
}

TEST_F(FileMediumTest, NoLinkIsFollowed) {
  const TempDir other;
  write_file(other / "secret", "s");
  std::filesystem::create_symlink(other.path(), root_ + "/out");
  std::filesystem::create_symlink(other / "secret", root_ + "/file");
  EXPECT_EQ(get("out/secret"), std::nullopt);
  EXPECT_EQ(get("file"), std::nullopt);
  EXPECT_FALSE(put("out/new", "x"));
  EXPECT_EQ(put("file", "x").value(), Medium::Put::exists);
  EXPECT_TRUE(run(medium_->remove("out/secret", soon())));
  EXPECT_TRUE(run(medium_->replace("file", content_of("mine"), soon())));
  EXPECT_EQ(read_file(other / "secret"), "s");
  EXPECT_EQ(names(""), std::vector<std::string>{"file"});
  EXPECT_EQ(snapshot(other.path()).size(), 2U);
}

TEST_F(FileMediumTest, OtherNamesAreRefused) {
  const std::string deep = "1/2/3/4/5/6/7/8/9";
  for (const std::string& name :
       {std::string(), std::string("/x"), std::string("x/"), std::string("a//b"), std::string("../x"),
        std::string("a/../b"), std::string("./x"), std::string("a\nb"), temp_name("t", "object"),
        std::string(600, 'x'), deep}) {
    EXPECT_TRUE(put(name, "x").error().is(Errc::invalid_argument)) << name;
    EXPECT_TRUE(run(medium_->get(name, 1, soon())).error().is(Errc::invalid_argument)) << name;
    EXPECT_TRUE(run(medium_->remove(name, soon())).error().is(Errc::invalid_argument)) << name;
  }
  EXPECT_TRUE(check_object_name(std::string_view(deep).substr(2)));
  EXPECT_TRUE(run(medium_->put_new("x", std::make_shared<Bytes>(Medium::kMaxContent + 1), soon()))
                  .error()
                  .is(Errc::size_overflow));
}

TEST_F(FileMediumTest, ListsByNameAtAnyDepth) {
  for (const std::string name : {"a/2", "a/10", "a/b/c", "ab", "a.x", "b/1", "format"})
    EXPECT_TRUE(put(name, name));
  write_file(root_ + "/a/" + temp_name("t", "object"), "left");
  std::filesystem::create_directory(root_ + "/empty");
  EXPECT_EQ(names(""), (std::vector<std::string>{"a.x", "a/10", "a/2", "a/b/c", "ab", "b/1", "format"}));
  EXPECT_EQ(names("a/"), (std::vector<std::string>{"a/10", "a/2", "a/b/c"}));
  EXPECT_EQ(names("a"), (std::vector<std::string>{"a.x", "a/10", "a/2", "a/b/c", "ab"}));
  EXPECT_EQ(names("a/1"), (std::vector<std::string>{"a/10"}));
  EXPECT_EQ(names("c/"), std::vector<std::string>{});
  EXPECT_EQ(run(medium_->list("b/", "", soon()))->entries[0].size, 3U);
}

TEST_F(FileMediumTest, ListsPageByPage) {
  std::vector<std::string> made;
  for (int i = 0; i < 2500; ++i) {
    std::string name = "d" + std::to_string(i % 7);
    name.append("/").append(std::to_string(i));
    write_file(root_ + "/" + name, "");
    made.push_back(name);
  }
  std::ranges::sort(made);
  EXPECT_EQ(names(""), made);
  EXPECT_EQ(run(medium_->list("", "", soon()))->entries.size(), Medium::kPage);
}

TEST_F(FileMediumTest, ARemovedObjectTakesItsEmptyDirectoriesAlong) {
  EXPECT_TRUE(put("a/b/x", "x"));
  EXPECT_TRUE(put("a/y", "y"));
  EXPECT_TRUE(run(medium_->remove("a/b/x", soon())));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/a/b"));
  EXPECT_TRUE(run(medium_->discard("a/y", soon())));
  EXPECT_TRUE(run(medium_->remove("a/y", soon()))) << "it is gone already";
  EXPECT_EQ(snapshot(root_).size(), 1U);
}

TEST_F(FileMediumTest, ASweepRemovesWhatCutWritesLeftAndNothingElse) {
  EXPECT_TRUE(put("s/infos/x", "x"));
  write_file(root_ + "/s/infos/" + temp_name("t", "object"), "left");
  write_file(root_ + "/s/gone/" + temp_name("u", "object"), "left");
  write_file(root_ + "/s/" + temp_name("t", "probe1"), "a proof's");
  write_file(root_ + "/other/" + temp_name("t", "object"), "another's");
  std::filesystem::create_directories(root_ + "/s/emptied/log");
  EXPECT_TRUE(run(medium_->sweep("s/", soon())));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/s/emptied"));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/s/infos/" + temp_name("t", "object")));
  EXPECT_TRUE(std::filesystem::exists(root_ + "/s/" + temp_name("t", "probe1")));
  EXPECT_TRUE(std::filesystem::exists(root_ + "/other/" + temp_name("t", "object")));
  EXPECT_EQ(get("s/infos/x"), "x");
  EXPECT_TRUE(run(medium_->sweep("nothing/", soon())));
}

TEST_F(FileMediumTest, TheFormatFileIsVerified) {
  FormatFile format = format_for(root_);
  EXPECT_TRUE(run(medium_->verify_format(format, soon())).error().is(Errc::format_file_not_exist));
  write_file(root_ + "/format", encode(format));
  EXPECT_TRUE(run(medium_->verify_format(format, soon())));
  format.tenant_id = 1004;
  EXPECT_TRUE(run(medium_->verify_format(format, soon())).error().is(Errc::format_file_not_match));
  write_file(root_ + "/format", encode(Tombstone{.retired = "now", .by = "me", .was = "that"}));
  EXPECT_TRUE(run(medium_->verify_format(format_for(root_), soon())).error().is(Errc::format_file_not_match));
}

// The directory that was opened first is used, whatever is at its path later: a mount that went away.
TEST_F(FileMediumTest, AnotherDirectoryAtThePathIsNotWrittenTo) {
  EXPECT_TRUE(put("x", "x"));
  std::filesystem::rename(root_, root_ + ".moved");
  std::filesystem::create_directory(root_);
  EXPECT_TRUE(put("y", "y"));
  EXPECT_EQ(snapshot(root_).size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(root_ + ".moved/y"));
  std::filesystem::remove_all(root_ + ".moved");
}

TEST_F(FileMediumTest, AMissingDirectoryIsNotMade) {
  const std::string gone = root_ + "/gone";
  const auto medium = make_file_medium(gone, {}, pool_, entropy_);
  EXPECT_TRUE(run(medium->put_new("x", content_of("x"), soon())).error().is(Errc::backup_file_not_exist));
  EXPECT_TRUE(run(medium->list("", "", soon())).error().is(Errc::backup_file_not_exist));
  EXPECT_FALSE(std::filesystem::exists(gone));
  std::filesystem::create_directory(gone);
  EXPECT_TRUE(run(medium->put_new("x", content_of("x"), soon())));
}

TEST_F(FileMediumTest, TheDeadlineAndTheCancellationCount) {
  EXPECT_FALSE(run(medium_->put_new("x", content_of("x"), {deadline_in(-1ms), nullptr})));
  Cancellation cancellation;
  cancellation.cancel(error::query_interrupted());
  EXPECT_TRUE(
      run(medium_->get("x", 1, {deadline_in(30s), &cancellation})).error().is(Errc::query_interrupted));
}

}  // namespace
}  // namespace breakwater::storage
