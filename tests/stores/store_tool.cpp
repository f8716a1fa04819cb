// The object client by itself, for tests and figures against real stores: reads commands, a line of JSON
// each, and prints an answer, a line of JSON each.
//
//   {"op": "open", "uri": "s3://...", "ca": FILE, "limit_ms": N}  before all others; what each of them may
//   take
//   {"op": "put", "name": N, "file": F, "create_only": true, "how": "memory" | "stream" | "multipart"}
//   {"op": "get", "name": N, "file": F, "first": A, "last": B}       {"op": "head", "name": N}
//   {"op": "list", "prefix": P, "max_keys": M}                       all pages
//   {"op": "remove", "names": [N...]}                                {"op": "remove_one", "name": N}
//   {"op": "put_tags", "name": N, "tags": {...}}                     {"op": "get_tags", "name": N}
//   {"op": "append", "name": N, "position": P, "file": F}            {"op": "abort", "name": N, "file": F}
//   {"op": "abort_all", "name": N}
//   {"op": "connect"}
//
//   {"ok": true, "value": ..., "ms": T}   or   {"ok": false, "code": 9071, "text": "...", "hint": "...",
//   "ms": T}
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "storage/destination/uri.h"
#include "storage/http/http_connection.h"
#include "storage/http/object_stream.h"
#include "storage/object/object_client_options.h"
#include "storage/object/object_store.h"

namespace {

using namespace breakwater;           // NOLINT(google-build-using-namespace): a program of one file
using namespace breakwater::storage;  // NOLINT(google-build-using-namespace)
using Json = nlohmann::json;

constexpr std::size_t kInMemory = std::size_t{64} << 20U;

class File {
 public:
  File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (fd_ < 0) throw std::runtime_error("cannot open " + path);
  }
  ~File() { close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(lseek(fd_, 0, SEEK_END)); }

 private:
  int fd_;
};

class FileSource final : public Source {
 public:
  explicit FileSource(const std::string& path) : file_(path, O_RDONLY), size_(file_.size()) {}
  std::uint64_t size() const override { return size_; }
  Task<Result<std::size_t>> read(std::uint64_t offset, std::span<std::uint8_t> into) override {
    const ssize_t got = pread(file_.fd(), into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0) co_return fail(error::io_error());
    co_return static_cast<std::size_t>(got);
  }

 private:
  File file_;
  std::uint64_t size_;
};

class FileSink final : public Sink {
 public:
  explicit FileSink(const std::string& path) : file_(path, O_WRONLY | O_CREAT | O_TRUNC) {}
  Task<Result<>> write(std::span<const std::uint8_t> bytes) override {
    while (!bytes.empty()) {
      const ssize_t done = ::write(file_.fd(), bytes.data(), bytes.size());
      if (done <= 0) co_return fail(error::io_error());
      bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    co_return Result<>{};
  }

 private:
  File file_;
};

std::vector<std::uint8_t> content_of(const std::string& path) {
  const File file(path, O_RDONLY);
  const std::uint64_t size = file.size();
  if (size > kInMemory) throw std::runtime_error(path + " is too large for memory");
  std::vector<std::uint8_t> content(size);
  if (pread(file.fd(), content.data(), size, 0) != static_cast<ssize_t>(size))
    throw std::runtime_error("cannot read " + path);
  return content;
}

Json error_json(const Error& error) {
  return {{"ok", false}, {"code", error.mysql_errno()}, {"text", error.text()}, {"hint", error.hint()}};
}

Json good(Json value = nullptr) {
  return {{"ok", true}, {"value", std::move(value)}};
}

Json info_json(const ObjectInfo& info) {
  Json json = {{"name", info.name}, {"size", info.size}, {"etag", info.etag}};
  if (info.append_position) json["append_position"] = *info.append_position;
  return json;
}

Json outcome_json(const Result<PutOutcome>& outcome) {
  if (!outcome) return error_json(outcome.error());
  static constexpr const char* kNames[] = {"written", "exists", "create_only_unsupported"};
  return good({{"result", kNames[static_cast<int>(outcome->result)]}, {"etag", outcome->etag}});
}

template <class T>
Json plain(const Result<T>& result) {
  if (!result) return error_json(result.error());
  if constexpr (std::is_void_v<T>) {
    return good();
  } else {
    return good(*result);
  }
}

Task<Json> put(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  const std::string file = command.at("file");
  const std::string how = command.value("how", "memory");
  PutOptions options;
  options.create_only = command.value("create_only", false);
  if (how == "memory") {
    const auto content = content_of(file);
    const auto outcome = co_await store.put(name, content, options, call);
    co_return outcome_json(outcome);
  }
  FileSource source(file);
  if (how == "stream") {
    const auto outcome = co_await store.put(name, source, options, call);
    co_return outcome_json(outcome);
  }
  const auto outcome = co_await store.put_multipart(name, source, options, call);
  co_return outcome_json(outcome);
}

Task<Json> get(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  FileSink sink(command.at("file"));
  std::optional<ByteRange> range;
  if (command.contains("first")) range = ByteRange{command.at("first"), command.at("last")};
  const auto found = co_await store.get(name, range, sink, call);
  co_return plain(found);
}

Task<Json> head(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  const auto info = co_await store.head(name, call);
  if (!info) co_return error_json(info.error());
  co_return good(*info ? info_json(**info) : Json());
}

Task<Json> list(ObjectStore& store, const Json& command, const Call& call) {
  ListOptions options;
  options.prefix = command.value("prefix", "");
  options.max_keys = command.value("max_keys", 1000U);
  Json objects = Json::array();
  int pages = 0;
  do {
    const auto page = co_await store.list(options, call);
    if (!page) co_return error_json(page.error());
    for (const ObjectInfo& info : page->objects) objects.push_back(info_json(info));
    options.after = page->next;
    ++pages;
  } while (!options.after.empty());
  co_return good({{"objects", objects}, {"pages", pages}});
}

Task<Json> remove(ObjectStore& store, const Json& command, const Call& call) {
  const auto names = command.at("names").get<std::vector<std::string>>();
  const auto done = co_await store.remove_many(names, call);
  co_return plain(done);
}

Task<Json> remove_one(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  const auto done = co_await store.remove(name, call);
  co_return plain(done);
}

Task<Json> put_tags(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  std::vector<Tag> tags;
  for (const auto& [key, value] : command.at("tags").items()) tags.push_back({key, value});
  const auto done = co_await store.put_tags(name, tags, call);
  co_return plain(done);
}

Task<Json> get_tags(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  const auto tags = co_await store.get_tags(name, call);
  if (!tags) co_return error_json(tags.error());
  if (!*tags) co_return good();
  Json json = Json::object();
  for (const Tag& tag : **tags) json[tag.key] = tag.value;
  co_return good(json);
}

Task<Json> append(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  const auto content = content_of(command.at("file"));
  const auto size = co_await store.append(name, command.at("position").get<std::uint64_t>(), content, call);
  co_return plain(size);
}

/// An upload that is begun, gets a part and is given up, twice.
Task<Json> abort_upload(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  const auto content = content_of(command.at("file"));
  const PutOptions options;
  const auto upload = co_await store.begin_multipart(name, options, call);
  if (!upload) co_return error_json(upload.error());
  const auto part = co_await store.put_part(name, upload->id, 1, content, call);
  if (!part) co_return error_json(part.error());
  for (int round = 0; round < 2; ++round) {
    const auto done = co_await store.abort_multipart(name, upload->id, call);
    if (!done) co_return error_json(done.error());
  }
  co_return good();
}

/// Two uploads that are begun and forgotten, then all of that name given up.
Task<Json> abort_uploads(ObjectStore& store, const Json& command, const Call& call) {
  const std::string name = command.at("name");
  const PutOptions options;
  for (int number = 0; number < 2; ++number) {
    const auto upload = co_await store.begin_multipart(name, options, call);
    if (!upload) co_return error_json(upload.error());
  }
  const auto done = co_await store.abort_uploads(name, call);
  if (!done) co_return error_json(done.error());
  co_return good();
}

Task<Json> connect(ObjectStore& store, const Json& /*command*/, const Call& call) {
  static constexpr const char* kNames[] = {"resolve", "connect", "tls"};
  const auto steps = co_await store.try_connect(call);
  Json json = Json::array();
  for (const ConnectStep& step : steps) {
    json.push_back({{"step", kNames[static_cast<int>(step.kind)]}, {"seen", step.seen}, {"ok", !step.error}});
    if (step.error) json.back()["hint"] = step.error->hint();
  }
  co_return good(json);
}

using Operation = Task<Json> (*)(ObjectStore&, const Json&, const Call&);
const std::map<std::string, Operation> kOperations = {
    {"put", put},
    {"get", get},
    {"head", head},
    {"list", list},
    {"remove", remove},
    {"remove_one", remove_one},
    {"put_tags", put_tags},
    {"get_tags", get_tags},
    {"append", append},
    {"abort", abort_upload},
    {"abort_all", abort_uploads},
    {"connect", connect},
};

class Tool {
 public:
  Json run(const Json& command) {
    const std::string op = command.at("op");
    if (op == "open") return open(command);
    if (!store_) throw std::runtime_error("no store is open");
    Json answer;
    bool done = false;
    Task<> job = wait_for(kOperations.at(op), command, answer, done);
    boost::asio::co_spawn(context_.get_executor(), std::move(job), boost::asio::detached);
    context_.restart();
    while (!done) context_.run_one();
    return answer;
  }

 private:
  Json open(const Json& command) {
    UriRules uri_rules;
    uri_rules.allow_http = true;
    const auto destination = parse_destination(command.at("uri").get<std::string>(), uri_rules);
    if (!destination) return error_json(destination.error());
    ObjectClientOptions options;
    options.rules.allow_http = true;
    options.rules.allow_loopback = true;
    options.rules.ca_file = command.value("ca", "");
    limit_ = std::chrono::milliseconds(command.at("limit_ms").get<int>());
    auto store = make_object_store(*destination, options);
    if (!store) return error_json(store.error());
    store_ = std::move(*store);
    return good(store_->url());
  }

  Task<> wait_for(Operation operation, const Json& command, Json& answer, bool& done) {
    Call call;
    call.deadline = deadline_in(limit_);
    Task<Json> job = operation(*store_, command, call);
    answer = co_await std::move(job);
    done = true;
  }

  boost::asio::io_context context_{1};
  std::unique_ptr<ObjectStore> store_;
  std::chrono::milliseconds limit_{};
};

}  // namespace

int main() {
  Tool tool;
  for (std::string line; std::getline(std::cin, line);) {
    const auto begun = std::chrono::steady_clock::now();
    Json answer;
    try {
      answer = tool.run(Json::parse(line));
    } catch (const std::exception& error) {
      std::cerr << error.what() << '\n';
      return 1;
    }
    answer["ms"] =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}
