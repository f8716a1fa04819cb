// Every operation of an ObjectStore against a store that is really there.
//
//   store_client [--ca FILE] [--create-only honoured|ignored|unsupported] [--tags yes|no] [--append yes|no]
//                [--stream MIB] < URI
//
// The URI comes from the standard input, since it holds a key. Says "ok", or what went otherwise than it
// should.
#include <charconv>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/bytes.h"
#include "storage/object_store.h"

namespace breakwater::storage {
namespace {

using namespace std::chrono_literals;

struct Expected {
  std::string create_only = "honoured";
  bool tags = true;
  bool append = false;
  std::uint64_t stream_mib = 0;
};

class Failed : public std::exception {
 public:
  explicit Failed(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

void check(bool good, const std::string& what) {
  if (!good) throw Failed(what);
}

template <class T>
T value(Result<T> result, const std::string& what) {
  if (!result) throw Failed(what + ": " + std::string(result.error().text()) + ": " + result.error().hint());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// Bytes that depend on their place.
std::uint8_t byte_at(std::uint64_t offset) {
  return static_cast<std::uint8_t>(offset * 31 / 7 + (offset >> 16U));
}

class Pattern final : public Source {
 public:
  explicit Pattern(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Task<Result<std::size_t>> read(std::uint64_t offset, std::span<std::uint8_t> into) override {
    const std::size_t count = std::min<std::uint64_t>(into.size(), size_ - offset);
    for (std::size_t i = 0; i < count; ++i) into[i] = byte_at(offset + i);
    co_return count;
  }

 private:
  std::uint64_t size_;
};

class PatternCheck final : public Sink {
 public:
  explicit PatternCheck(std::uint64_t offset) : at_(offset) {}
  Task<Result<>> write(std::span<const std::uint8_t> bytes) override {
    for (const std::uint8_t byte : bytes) same_ = same_ && byte == byte_at(at_++);
    co_return Result<>();
  }
  bool ends_at(std::uint64_t offset) const { return same_ && at_ == offset; }

 private:
  std::uint64_t at_;
  bool same_ = true;
};

Call soon() {
  return {deadline_in(60s)};
}

Task<std::string> content(ObjectStore& store, std::string name) {
  auto got = co_await store.get(name, 1 << 20U, soon());
  const auto bytes = value(std::move(got), "get " + name);
  check(bytes.has_value(), "get " + name + ": no such object");
  co_return std::string(as_text(*bytes));
}

Task<> whole_objects(ObjectStore& store, const Expected& expected) {
  const std::string name = "format \xc3\xa4+&?%25~(1)";
  auto missing = co_await store.head(name, soon());
  check(!value(std::move(missing), "head before").has_value(), "head finds what isn't there");
  auto nothing = co_await store.get(name, 100, soon());
  check(!value(std::move(nothing), "get before").has_value(), "get finds what isn't there");

  const PutOptions once{.create_only = true};
  auto first = co_await store.put(name, as_bytes("one"), once, soon());
  const PutResult created = value(std::move(first), "create-only put").result;
  const bool unsupported = expected.create_only == "unsupported";
  check(created == (unsupported ? PutResult::create_only_unsupported : PutResult::written),
        "create-only put");
  if (unsupported) {
    auto plain = co_await store.put(name, as_bytes("one"), {}, soon());
    value(std::move(plain), "put");
  }
  auto second = co_await store.put(name, as_bytes("two"), once, soon());
  const PutResult again = value(std::move(second), "create-only put of what is there").result;
  const std::map<std::string, PutResult> known = {{"honoured", PutResult::exists},
                                                  {"ignored", PutResult::written},
                                                  {"unsupported", PutResult::create_only_unsupported}};
  check(again == known.at(expected.create_only), "create-only put of what is there");
  const std::string now = co_await content(store, name);
  check(now == (expected.create_only == "ignored" ? "two" : "one"), "what create-only leaves");

  auto replaced = co_await store.put(name, as_bytes("0123456789"), {}, soon());
  value(std::move(replaced), "overwrite");
  auto info = co_await store.head(name, soon());
  const auto found = value(std::move(info), "head");
  check(found && found->size == 10 && !found->etag.empty(), "head's size and etag");
  Pattern pattern(100'000);
  auto streamed = co_await store.put("stream", pattern, {}, soon());
  value(std::move(streamed), "put of a stream");
  PatternCheck part(70'000);
  auto range = co_await store.get("stream", ByteRange{70'000, 79'999}, part, soon());
  check(value(std::move(range), "get of a range") && part.ends_at(80'000), "the range's bytes");
  PatternCheck behind(0);
  auto outside = co_await store.get("stream", ByteRange{200'000, 200'001}, behind, soon());
  check(!outside && outside.error().is(Errc::invalid_argument), "a range behind the end is 1210");
}

Task<> lists_and_deletes(ObjectStore& store) {
  for (const char* name : {"list/a b+", "list/b&<c>", "list/c", "list/deep/x", "list/deep/y"}) {
    auto put = co_await store.put(name, as_bytes(name), {}, soon());
    value(std::move(put), "put for lists");
  }
  std::vector<std::string> names;
  std::vector<std::string> directories;
  ListOptions options("list/");
  options.by_directory = true;
  options.max_keys = 2;
  do {
    auto listed = co_await store.list(options, soon());
    const ObjectList page = value(std::move(listed), "list by directory");
    for (const ObjectInfo& object : page.objects) names.push_back(object.name);
    directories.insert(directories.end(), page.directories.begin(), page.directories.end());
    options.after = page.next;
  } while (!options.after.empty());
  check(names == std::vector<std::string>{"list/a b+", "list/b&<c>", "list/c"}, "the list's names");
  check(directories == std::vector<std::string>{"list/deep/"}, "the list's directories");

  std::vector<std::string> all;
  ListOptions flat("list/");
  flat.max_keys = 2;
  do {
    auto listed = co_await store.list(flat, soon());
    const ObjectList page = value(std::move(listed), "list");
    for (const ObjectInfo& object : page.objects) all.push_back(object.name);
    flat.after = page.next;
  } while (!flat.after.empty());
  check(all.size() == 5, "a list of five has " + std::to_string(all.size()));

  auto one = co_await store.remove("list/c", soon());
  value(std::move(one), "delete");
  auto twice = co_await store.remove("list/c", soon());
  value(std::move(twice), "delete of what isn't there");
  auto many = co_await store.remove_many(all, soon());
  value(std::move(many), "delete of many");
  auto left = co_await store.list(ListOptions("list/"), soon());
  check(value(std::move(left), "list after").objects.empty(), "something is left behind");
}

Task<> tags(ObjectStore& store, bool supported) {
  const std::vector<Tag> wanted = {{"delete_mode", "tagging"}};
  auto put = co_await store.put_tags("stream", wanted, soon());
  if (!supported) {
    check(!put && put.error().is(Errc::not_supported), "tags on a store without them");
    co_return;
  }
  check(value(std::move(put), "put tags"), "the tagged object isn't there");
  auto got = co_await store.get_tags("stream", soon());
  check(value(std::move(got), "get tags") == wanted, "the tags");
  auto none = co_await store.put("untagged", as_bytes("x"), {}, soon());
  value(std::move(none), "put");
  auto empty = co_await store.get_tags("untagged", soon());
  const auto without = value(std::move(empty), "get no tags");
  check(without && without->empty(), "an object without tags has some");
  auto missing = co_await store.get_tags("missing", soon());
  check(!value(std::move(missing), "get tags of nothing").has_value(), "nothing has tags");
}

Task<> append(ObjectStore& store, bool supported) {
  auto first = co_await store.append("log", 0, as_bytes("abc"), soon());
  if (!supported) {
    check(!first && first.error().is(Errc::not_supported), "append on a store without it");
    co_return;
  }
  check(value(std::move(first), "append") == 3, "the first append's end");
  auto second = co_await store.append("log", 3, as_bytes("de"), soon());
  check(value(std::move(second), "append") == 5, "the second append's end");
  auto wrong = co_await store.append("log", 3, as_bytes("x"), soon());
  check(!wrong && wrong.error().is(Errc::append_offset_not_match), "append at another position");
  const std::string now = co_await content(store, "log");
  check(now == "abcde", "what was appended");
  auto info = co_await store.head("log", soon());
  const auto found = value(std::move(info), "head of an appendable object");
  check(found && found->append_position == 5, "the position to append at");
}

Task<> parts(ObjectStore& store) {
  constexpr std::uint64_t kSize = (std::uint64_t{2} * kMinPart) + 12'345;
  Pattern pattern(kSize);
  auto put = co_await store.put_multipart("big", pattern, {}, soon());
  value(std::move(put), "multipart upload");
  PatternCheck whole(0);
  auto got = co_await store.get("big", std::nullopt, whole, soon());
  check(value(std::move(got), "get of a multipart object") && whole.ends_at(kSize),
        "the multipart object's bytes");

  auto id = co_await store.begin_multipart("given-up", {}, soon());
  const std::string upload = value(std::move(id), "begin a multipart upload");
  auto part = co_await store.put_part("given-up", upload, 1, as_bytes("part"), soon());
  value(std::move(part), "put a part");
  auto aborted = co_await store.abort_multipart("given-up", upload, soon());
  value(std::move(aborted), "give up a multipart upload");
  auto missing = co_await store.head("given-up", soon());
  check(!value(std::move(missing), "head").has_value(), "a multipart upload that was given up is there");
}

double mib_per_second(std::uint64_t mib, std::chrono::steady_clock::time_point since) {
  return static_cast<double>(mib) /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

Task<> streams(ObjectStore& store, std::uint64_t mib) {
  const Call call{deadline_in(600s)};
  Pattern pattern(mib << 20U);
  auto start = std::chrono::steady_clock::now();
  auto put = co_await store.put("huge", pattern, {}, call);
  value(std::move(put), "put of a long stream");
  std::printf("put: %.1f MiB/s\n", mib_per_second(mib, start));
  start = std::chrono::steady_clock::now();
  PatternCheck whole(0);
  auto got = co_await store.get("huge", std::nullopt, whole, call);
  check(value(std::move(got), "get of a long stream") && whole.ends_at(mib << 20U),
        "the long stream's bytes");
  std::printf("get: %.1f MiB/s\n", mib_per_second(mib, start));
}

Task<> clean_up(ObjectStore& store) {
  while (true) {
    auto listed = co_await store.list(ListOptions(), soon());
    const ObjectList page = value(std::move(listed), "list to clean up");
    std::vector<std::string> names;
    for (const ObjectInfo& object : page.objects) names.push_back(object.name);
    if (names.empty()) co_return;
    auto removed = co_await store.remove_many(names, soon());
    value(std::move(removed), "clean up");
  }
}

Task<> everything(ObjectStore& store, const Expected& expected) {
  const auto steps = co_await store.try_connect(soon());
  for (const ConnectStep& step : steps)
    check(!step.error, "connecting: " + (step.error ? step.error->hint() : ""));
  co_await clean_up(store);
  co_await whole_objects(store, expected);
  co_await lists_and_deletes(store);
  co_await tags(store, expected.tags);
  co_await append(store, expected.append);
  co_await parts(store);
  if (expected.stream_mib != 0) co_await streams(store, expected.stream_mib);
  co_await clean_up(store);
}

int main_of(int count, char** arguments) {
  Expected expected;
  ObjectClientOptions options{.rules = {.allow_http = true, .allow_loopback = true}};
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string option = arguments[i];
    const std::string given = arguments[i + 1];
    if (option == "--ca") options.rules.ca_file = given;
    if (option == "--create-only") expected.create_only = given;
    if (option == "--tags") expected.tags = given == "yes";
    if (option == "--append") expected.append = given == "yes";
    if (option == "--stream") expected.stream_mib = std::stoull(given);
  }
  std::string uri;
  std::getline(std::cin, uri);
  const auto destination = parse_destination(uri, {.allow_http = true});
  if (!destination) throw Failed("the URI: " + destination.error().hint());
  const auto store = value(make_object_store(*destination, options), "the store");
  boost::asio::io_context io;
  std::exception_ptr failed;
  const auto done = [&](std::exception_ptr why) {
    failed = why;
    io.stop();
  };
  boost::asio::co_spawn(io, everything(*store, expected), done);
  io.run();
  if (failed) std::rethrow_exception(failed);
  std::puts("ok");
  return 0;
}

}  // namespace
}  // namespace breakwater::storage

int main(int count, char** arguments) {
  try {
    return breakwater::storage::main_of(count, arguments);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "%s\n", failed.what());
    return 1;
  }
}
