// A whole proof and claim of a prefix: what runs side by side gives the rows of one after the other, whatever
// fails, and whatever order the answers come in; and leaves nothing.
#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"
#include "storage/destination/uri.h"
#include "storage/http/http_pool.h"
#include "storage/object/backup_destination_object.h"
#include "storage/object/object_client_options.h"
#include "storage/object/scripted_server.h"

namespace breakwater::storage {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kBucket = "/bucket/";
constexpr std::string_view kPrefix = "dir/";

// An S3 in memory. A test says what goes wrong.
class MemoryStore {
 public:
  /// What a request is: "PUT overwriter", "DELETE-MANY".
  using Fault = std::function<std::optional<Scripted>(const std::string& what, int nth)>;

  Scripted serve(const SeenRequest& request) {
    const std::string what = kind_of(request);
    std::unique_lock lock(mutex_);
    asked_.push_back(what);
    const int nth = static_cast<int>(std::ranges::count(asked_, what));
    if (fault) {
      if (auto wrong = fault(what, nth)) return *wrong;
    }
    Scripted good = carry_out(request);
    if (delay) good.delay = delay(what, nth);
    return good;
  }

  std::vector<std::string> keys() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> keys;
    for (const auto& [key, content] : objects_) keys.push_back(key);
    return keys;
  }
  std::size_t asked(std::string_view what) const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count(asked_, what));
  }
  std::size_t uploads() const {
    const std::scoped_lock lock(mutex_);
    return uploads_.size();
  }
  /// Inside a fault, or while nobody asks.
  std::map<std::string, std::string>& objects() { return objects_; }

  Fault fault;
  std::function<std::chrono::milliseconds(const std::string& what, int nth)> delay;

 private:
  static std::string name_of(const SeenRequest& request) {
    for (const std::string_view name :
         {"overwriter", "rewriter", "appender", "multipart_writer", "tagger", "connect_file", "format"})
      if (request.target.find(name) != std::string::npos) return std::string(name);
    return "bucket";
  }

  static std::string kind_of(const SeenRequest& request) {
    const std::string& target = request.target;
    if (target.ends_with("?delete")) return "DELETE-MANY";
    if (target.find("?uploads&prefix") != std::string::npos) return "UPLOADS";
    if (target.ends_with("?uploads")) return "BEGIN";
    if (target.find("partNumber=") != std::string::npos) return "PART";
    if (target.find("uploadId=") != std::string::npos) return request.method == "POST" ? "COMPLETE" : "ABORT";
    if (target.find("list-type=2") != std::string::npos)
      return target.find("overwriter") == std::string::npos ? "LIST" : "LIST overwriter";
    return request.method + " " + name_of(request);
  }

  static std::string etag(std::string_view body) {
    return crypto::to_hex(crypto::digest(crypto::Algorithm::md5, as_bytes(body)));
  }

  static std::string key_of(const SeenRequest& request) {
    return percent_decode(request.target.substr(kBucket.size(), request.target.find('?') - kBucket.size()));
  }

  Scripted carry_out(const SeenRequest& request) {
    const std::string what = kind_of(request);
    const std::string key = key_of(request);
    if (what == "DELETE-MANY") return delete_many(request.body);
    if (what.starts_with("LIST")) return list(request);
    if (what == "UPLOADS") return uploads_of();
    if (what == "BEGIN") {
      upload_key_ = key;
      uploads_["u"] = {};
      return answer(200,
                    "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
    }
    if (what == "PART") {
      uploads_["u"] = request.body;
      return answer(200, {}, {{"etag", "\"" + etag(request.body) + "\""}});
    }
    if (what == "COMPLETE") {
      objects_[key] = uploads_["u"];
      uploads_.clear();
      return answer(200,
                    "<CompleteMultipartUploadResult><ETag>\"w-1\"</ETag></CompleteMultipartUploadResult>");
    }
    if (what == "ABORT") {
      uploads_.clear();
      return answer(204);
    }
    if (request.method == "PUT") return put(request, key);
    if (request.method == "DELETE") {
      objects_.erase(key);
      return answer(204);
    }
    const auto found = objects_.find(key);
    if (found == objects_.end()) return answer(404, request.method == "HEAD" ? "" : error_xml("NoSuchKey"));
    if (request.method == "HEAD")
      return answer(200, {}, {{"content-length", std::to_string(found->second.size())}});
    return answer(200, found->second);
  }

  Scripted put(const SeenRequest& request, const std::string& key) {
    if (request.headers.contains("if-none-match") && objects_.contains(key))
      return answer(412, error_xml("PreconditionFailed"));
    objects_[key] = request.body;
    return answer(200, {}, {{"etag", "\"" + etag(request.body) + "\""}});
  }

  Scripted list(const SeenRequest& request) {
    const std::size_t from = request.target.find("prefix=") + 7;
    const std::string prefix =
        percent_decode(request.target.substr(from, request.target.find('&', from) - from));
    std::string xml = "<ListBucketResult><IsTruncated>false</IsTruncated>";
    for (const auto& [key, content] : objects_)
      if (key.starts_with(prefix))
        xml +=
            "<Contents><Key>" + key + "</Key><Size>" + std::to_string(content.size()) + "</Size></Contents>";
    return answer(200, xml + "</ListBucketResult>");
  }

  Scripted uploads_of() {
    std::string xml = "<ListMultipartUploadsResult>";
    for (const auto& [id, body] : uploads_)
      xml += "<Upload><Key>" + upload_key_ + "</Key><UploadId>" + id + "</UploadId></Upload>";
    return answer(200, xml + "</ListMultipartUploadsResult>");
  }

  Scripted delete_many(const std::string& body) {
    std::string gone;
    for (std::size_t at = body.find("<Key>"); at != std::string::npos; at = body.find("<Key>", at + 1)) {
      objects_.erase(body.substr(at + 5, body.find("</Key>", at) - at - 5));
      gone += "<Deleted/>";
    }
    return answer(200, "<DeleteResult>" + gone + "</DeleteResult>");
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::string> uploads_;
  std::string upload_key_;
  std::vector<std::string> asked_;
};

class ObjectProof : public testing::Test {
 protected:
  ~ObjectProof() override { HttpPool::of(io_.get_executor()).clear(); }

  std::unique_ptr<BackupDestination> place(std::string_view more = {}) {
    std::string uri = "s3://bucket/dir?host=http://127.0.0.1:" + std::to_string(server_.port());
    uri.append("&access_id=AK&access_key=SK&s3_region=us-east-1").append(more);
    const auto destination = parse_destination(uri, {.allow_http = true}).value();
    auto store =
        make_object_store(destination, {.rules = {.allow_http = true, .allow_loopback = true}}).value();
    return make_object_backup_destination(std::move(store), destination, system_entropy());
  }

  // A SET's work up to the catalogue: the error, or nothing.
  std::optional<Error> claim(const Call& call) {
    const auto destination = place();
    const auto work = [&]() -> Task<std::optional<Error>> {
      const auto seen = co_await destination->inspect(proof_, BackupDestination::Room::needed, call);
      if (!seen) co_return seen.error();
      const FormatFile format{.cluster_name = "c",
                              .tenant_name = "t",
                              .path = "s3://bucket/dir",
                              .cluster_id = 1,
                              .tenant_id = 1002,
                              .dest_id = 1,
                              .created = 1'700'000'000'000'000};
      auto plan = co_await destination->plan(format, false, 1'700'000'000'000'000, call);
      if (!plan) co_return plan.error();
      const auto shared = std::make_shared<const WritePlan>(*std::move(plan));
      const auto claimed = co_await destination->claim(shared, proof_, call, [this] { late_ = true; });
      if (!claimed) co_return claimed.error();
      undone_ = claimed->undone;
      co_return claimed->refused;
    };
    return run(io_, work());
  }

  // Only what writes, as a CHECK does it: what failed, or nothing.
  std::optional<Error> probed(std::chrono::milliseconds limit,
                              std::optional<WritePlan::Probes> probes = std::nullopt) {
    const auto destination = place();
    const auto work = [&]() -> Task<std::optional<Error>> {
      const FormatFile format{.cluster_name = "c",
                              .tenant_name = "t",
                              .path = "p",
                              .cluster_id = 1,
                              .tenant_id = 2,
                              .dest_id = 1,
                              .created = 1};
      auto plan = co_await destination->plan(format, false, 1'700'000'000'000'000, within(60s));
      if (!plan) co_return plan.error();
      if (probes) plan->make_only_probes(*probes);
      const auto shared = std::make_shared<const WritePlan>(*std::move(plan));
      const auto outcome = co_await destination->probe(shared, proof_, within(limit), {});
      if (!outcome) co_return outcome.error();
      co_return proof_.failure();
    };
    return run(io_, work());
  }

  std::string names() const {
    std::string text;
    for (const CheckRow& row : proof_.rows())
      text += (text.empty() ? "" : ",") + row.name + (row.ok ? "" : "!");
    return text;
  }

  std::vector<std::string> left() const {
    std::vector<std::string> keys = store_.keys();
    std::erase_if(keys, [](const std::string& key) { return key.find("connect_file") != std::string::npos; });
    return keys;
  }

  boost::asio::io_context io_;
  MemoryStore store_;
  ScriptedServer server_{[this](const SeenRequest& request) { return store_.serve(request); }};
  Proof proof_;
  bool late_ = false;
  bool undone_ = false;
};

constexpr std::string_view kAll =
    "resolve,connect,authenticate,region,content,create-only write,write speed,list,read back,read speed,"
    "overwrite,append,multipart,delete";

TEST_F(ObjectProof, RowsHaveOneOrderAndOnlyFormatAndCheckFileStay) {
  EXPECT_FALSE(claim(within(60s)));
  EXPECT_EQ(names(), kAll);
  ASSERT_EQ(store_.keys().size(), 2U);
  EXPECT_EQ(left(), std::vector<std::string>{"dir/format"});
  EXPECT_EQ(store_.asked("DELETE-MANY"), 1U);
  EXPECT_EQ(store_.asked("DELETE overwriter"), 0U);
}

TEST_F(ObjectProof, ABriefOneAsksForNothingThatIsLargeOrSlow) {
  EXPECT_FALSE(probed(60s, WritePlan::Probes::brief));
  EXPECT_EQ(names(), "create-only write,list,read back,overwrite,delete");
  EXPECT_EQ(store_.asked("BEGIN") + store_.asked("PUT appender"), 0U);
  EXPECT_EQ(store_.keys(), std::vector<std::string>{});
}

TEST_F(ObjectProof, ABriefOneFailsAsTheOtherDoes) {
  for (const std::string_view wrong : {"PUT bucket", "LIST", "GET bucket", "PUT rewriter"}) {
    SCOPED_TRACE(wrong);
    proof_ = Proof();
    store_.fault = [&](const std::string& what, int) -> std::optional<Scripted> {
      if (what != wrong) return std::nullopt;
      return answer(403, error_xml("AccessDenied"));
    };
    const auto refused = probed(60s, WritePlan::Probes::brief);
    ASSERT_TRUE(refused);
    EXPECT_TRUE(refused->is(Errc::backup_permission_denied));
  }
}

TEST_F(ObjectProof, TakesTheTimeOfSevenAnswers) {
  constexpr auto kAnswer = 200ms;
  store_.delay = [=](const std::string&, int) { return kAnswer; };
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(claim(within(60s)));
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, 7 * kAnswer);
  EXPECT_LT(took, 10 * kAnswer) << "one after the other it is 24";
}

// Each operation fails for ever or once in turn; the row that says so is the same in whatever order the answers come.
TEST_F(ObjectProof, TheFirstFailureInTheOrderOfTheRowsEndsIt) {
  struct Case {
    std::vector<std::string> fail;
    std::string last;  ///< the row that fails
  };
  const std::vector<Case> cases = {
      {{"PUT overwriter"}, "create-only write!"},
      {{"LIST overwriter"}, "list!"},
      {{"GET overwriter"}, "read back!"},
      {{"LIST overwriter", "GET overwriter"}, "list!"},
      {{"PUT rewriter"}, "overwrite!"},
      {{"PUT appender"}, "append!"},
      {{"GET appender", "PUT rewriter"}, "overwrite!"},
      {{"BEGIN"}, "multipart!"},
      {{"PART", "GET appender"}, "append!"},
      {{"COMPLETE"}, "multipart!"},
      {{"HEAD multipart_writer", "GET multipart_writer", "PUT connect_file"}, "multipart!"},
      {{"HEAD overwriter", "GET overwriter"}, "read back!"},
      {{"PUT connect_file"}, "delete"}};
  for (const Case& one : cases) {
    for (const auto slow : {0ms, 30ms}) {  // the first rows' answers come last, or first
      SCOPED_TRACE(one.last + " " + std::to_string(slow.count()) + " " + one.fail.front());
      proof_ = Proof();
      store_.fault = [&](const std::string& what, int) -> std::optional<Scripted> {
        if (std::ranges::find(one.fail, what) == one.fail.end()) return std::nullopt;
        Scripted refused = answer(403, what.starts_with("HEAD") ? "" : error_xml("AccessDenied"));
        refused.delay = what.find("overwriter") != std::string::npos ? slow : 30ms - slow;
        return refused;
      };
      const auto refused = claim(within(60s));
      ASSERT_TRUE(refused);
      EXPECT_TRUE(refused->is(Errc::backup_permission_denied));
      const std::string all = names();
      EXPECT_TRUE(all.ends_with("," + one.last)) << all;
      EXPECT_TRUE(undone_);
      EXPECT_EQ(store_.keys(), std::vector<std::string>{});
    }
  }
}

TEST_F(ObjectProof, AKeyThatMayNotWriteLeavesNothingToCleanUp) {
  store_.fault = [](const std::string& what, int) -> std::optional<Scripted> {
    if (what.starts_with("PUT") || what == "BEGIN") return answer(403, error_xml("AccessDenied"));
    return std::nullopt;
  };
  const auto refused = claim(within(60s));
  ASSERT_TRUE(refused);
  EXPECT_EQ(store_.asked("DELETE-MANY") + store_.asked("UPLOADS"), 0U);
}

// A format file that can't be taken away again would keep everybody out.
TEST_F(ObjectProof, AKeyThatMayNotDeleteMakesNoFormatFile) {
  store_.fault = [](const std::string& what, int) -> std::optional<Scripted> {
    if (what.starts_with("DELETE")) return answer(403, error_xml("AccessDenied"));
    return std::nullopt;
  };
  const auto refused = claim(within(60s));
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->is(Errc::backup_permission_denied));
  EXPECT_TRUE(names().ends_with("multipart,delete!")) << names();
  EXPECT_EQ(store_.asked("PUT format"), 0U);
}

// Once it may be there, whatever fails beside it or behind takes it back: the last look for the token, the check file's,
// its own.
TEST_F(ObjectProof, AFormatFileThatWasMadeTooSoonIsTakenBack) {
  const std::vector<std::pair<std::string, int>> failing = {
      {"GET overwriter", 2}, {"GET connect_file", 1}, {"GET format", 2}};
  for (const auto& [request, number] : failing) {
    SCOPED_TRACE(request);
    proof_ = Proof();
    const std::size_t before = store_.asked("PUT format");
    int seen = 0;
    store_.fault = [&](const std::string& what, int) -> std::optional<Scripted> {
      if (what != request || ++seen != number) return std::nullopt;
      Scripted refused = answer(403, error_xml("AccessDenied"));
      refused.delay = 100ms;
      return refused;
    };
    EXPECT_TRUE(claim(within(60s)));
    EXPECT_EQ(store_.asked("PUT format"), before + 1);
    EXPECT_TRUE(undone_);
    EXPECT_EQ(store_.keys(), std::vector<std::string>{});
  }
}

// No store's own words make an object stay that can be deleted by itself.
TEST_F(ObjectProof, WhereManyCannotBeDeletedAtOnceEachIs) {
  const std::vector<Scripted> answers = {
      answer(403, error_xml("AccessDenied")),
      answer(501, error_xml("NotImplemented")),
      answer(405, error_xml("MethodNotAllowed")),
      answer(400, error_xml("MalformedXML")),
      answer(404, "what?"),
      answer(200, "<DeleteResult><Error><Key>dir/x</Key><Code>InternalError</Code></Error></DeleteResult>"),
      answer(200, "")};
  for (const Scripted& one : answers) {
    SCOPED_TRACE(one.bytes);
    proof_ = Proof();
    const std::size_t before = store_.keys().size();
    store_.fault = [&](const std::string& what, int) -> std::optional<Scripted> {
      if (what == "DELETE-MANY") return one;
      return std::nullopt;
    };
    const auto failed = probed(60s);
    EXPECT_FALSE(failed) << names() << failed->hint();
    EXPECT_EQ(store_.keys().size(), before);
  }
}

// The store stalls in one request: what was written beside it is taken back, by the deadline that the clean-up has.
TEST_F(ObjectProof, AStallBesideOthersLeavesNothing) {
  store_.fault = [](const std::string& what, int nth) -> std::optional<Scripted> {
    if (what != "PUT appender" || nth > 1) return std::nullopt;
    Scripted stalled = answer(200);
    stalled.delay = 3s;
    return stalled;
  };
  const auto failed = probed(1s);
  ASSERT_TRUE(failed);
  EXPECT_TRUE(failed->is(Errc::backup_dest_not_connect));
  EXPECT_TRUE(names().ends_with("overwrite,append!")) << names();
  EXPECT_EQ(store_.keys(), std::vector<std::string>{});
  EXPECT_EQ(store_.uploads(), 0U);
}

// ---- giving up

constexpr std::string_view kFormatKey = "dir/format";
constexpr std::string_view kCheckKey = "dir/check_file/1002_connect_file_20230111T193020.obbak";

Bytes format_bytes_of(std::string_view tenant) {
  return encode(FormatFile{.cluster_name = "c",
                           .tenant_name = std::string(tenant),
                           .path = "s3://bucket/dir",
                           .cluster_id = 1,
                           .tenant_id = 1002,
                           .dest_id = 1001,
                           .created = 1'700'000'000'000'000});
}

std::string text_of(const Bytes& bytes) {
  return std::string(as_text(bytes));
}

class ObjectGiveUp : public ObjectProof {
 protected:
  ObjectGiveUp() {
    store_.objects()[std::string(kFormatKey)] = text_of(format_bytes_of("t"));
    store_.objects()[std::string(kCheckKey)] = "check";
  }

  GiveUpPlan plan(bool retires) {
    GiveUpPlan wanted{.tenant_id = 1002, .token = "token", .format_bytes = format_bytes_of("t")};
    if (retires)
      wanted.tombstone =
          encode(Tombstone{.retired = "2026-11-29 16:00:00 UTC", .by = "root@sys", .was = "data backup"});
    return wanted;
  }

  GivenUp give_up(bool retires) {
    const auto destination = place();
    return run(io_, destination->give_up(std::make_shared<const GiveUpPlan>(plan(retires)), within(60s), {}))
        .value();
  }

  Result<GiveUpState> settle(bool retires) {
    const auto destination = place();
    return run(io_,
               destination->settle_give_up(std::make_shared<const GiveUpPlan>(plan(retires)), within(60s)));
  }

  void put_format(std::string bytes) { store_.objects()[std::string(kFormatKey)] = std::move(bytes); }
};

TEST_F(ObjectGiveUp, LeavesNothing) {
  const GivenUp done = give_up(false);
  EXPECT_FALSE(done.refused);
  EXPECT_TRUE(done.gone);
  EXPECT_EQ(store_.keys(), std::vector<std::string>{});
}

// What only begins like a check file's name is somebody's, and so is what is larger than any.
TEST_F(ObjectGiveUp, ChangesNothingWhereSomethingElseIs) {
  const std::string beside = "dir/check_file/";
  for (const std::string& other : {std::string("dir/backup_set_1"), beside + "1002_connect_file_notes.txt",
                                   beside + "1002_connect_file_20230111T193020.obbak/x",
                                   beside + "1002_connect_file_20230111T193021.obbak"}) {
    SCOPED_TRACE(other);
    store_.objects()[other] = std::string(kMaxFormat + 1, 'x');
    const auto before = store_.keys();
    const GivenUp done = give_up(false);
    ASSERT_TRUE(done.refused);
    EXPECT_TRUE(done.refused->is(Errc::not_supported));
    EXPECT_FALSE(done.changed);
    EXPECT_EQ(store_.keys(), before);
    store_.objects().erase(other);
  }
}

// Its removal is carried out and the answer lost; before it is asked for again, another server claims the place.
TEST_F(ObjectGiveUp, ARemovalIsNotRepeatedUnseen) {
  const std::string others = text_of(format_bytes_of("another"));
  bool lost = false;
  store_.fault = [&](const std::string& what, int) -> std::optional<Scripted> {
    if (what != "DELETE format" || lost) return std::nullopt;
    lost = true;
    put_format(others);
    return Scripted{.bytes = {}, .close = true};
  };
  const GivenUp done = give_up(false);
  EXPECT_FALSE(done.refused);
  EXPECT_TRUE(lost);
  EXPECT_EQ(store_.objects()[std::string(kFormatKey)], others);
}

// The store says that it is deleted, and shows it still.
TEST_F(ObjectGiveUp, ADeletionThatIsOnlyConfirmedIsAnError) {
  store_.fault = [&](const std::string& what, int) -> std::optional<Scripted> {
    if (what == "DELETE format") return answer(204);
    return std::nullopt;
  };
  const GivenUp done = give_up(false);
  ASSERT_TRUE(done.refused);
  EXPECT_TRUE(done.refused->is(Errc::io_error));
  EXPECT_NE(done.refused->hint().find("still shows it"), std::string::npos) << done.refused->hint();
  EXPECT_FALSE(done.gone);
  EXPECT_EQ(settle(false).value(), GiveUpState::ours);
  const auto destination = place();
  EXPECT_FALSE(run(io_, destination->discard_format(format_bytes_of("t"), within(60s))));
}

// A list that names a next page for ever ends after ten; a statement isn't held up to its deadline.
TEST_F(ObjectGiveUp, AListWithoutEndIsTidiedForTenPages) {
  store_.fault = [&](const std::string& what, int nth) -> std::optional<Scripted> {
    if (what != "LIST") return std::nullopt;
    return answer(200, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>" +
                           std::to_string(nth) + "</NextContinuationToken></ListBucketResult>");
  };
  const auto destination = place();
  EXPECT_TRUE(run(
      io_, destination->tidy(BackupDestination::Kept{.tenant_id = 1002, .check_name = "x"}, within(60s))));
  EXPECT_EQ(store_.asked("LIST"), 10U);
}

// What the first look has shown whole isn't listed again: that is a round trip of every SET of the same place.
TEST_F(ObjectGiveUp, WhatTheFirstLookHasShownTidyIsNotListedAgain) {
  const auto renewed = [&](std::string kept) {
    const auto destination = place();
    const auto work = [&]() -> Task<bool> {
      Proof proof;
      const auto seen = co_await destination->inspect(proof, BackupDestination::Room::needed, within(60s));
      if (!seen) co_return false;
      const BackupDestination::Kept own{.tenant_id = 1002, .check_name = std::move(kept)};
      const auto tidied = co_await destination->tidy(own, within(60s));
      co_return tidied.has_value();
    };
    return run(io_, work());
  };
  const std::string check(kCheckKey.substr(kCheckKey.rfind('/') + 1));
  EXPECT_TRUE(renewed(check));
  EXPECT_EQ(store_.asked("LIST"), 1U);
  EXPECT_TRUE(renewed("1002_connect_file_20230111T193021.obbak"));
  EXPECT_EQ(store_.asked("LIST"), 3U);
  EXPECT_EQ(store_.objects().count(std::string(kCheckKey)), 0U) << "the one that isn't kept goes";
  for (int i = 0; i < 60; ++i)  // more than a look shows
    store_.objects()["dir/backup_set_" + std::to_string(i)] = "x";
  store_.objects()[std::string(kCheckKey)] = "check";
  EXPECT_TRUE(renewed("1002_connect_file_20230111T193021.obbak"));
  EXPECT_EQ(store_.objects().count(std::string(kCheckKey)), 0U);
}

// Whoever answers isn't the store: nothing is given up, and nobody says that it was.
TEST_F(ObjectGiveUp, AWrongAnswerGivesNothingUp) {
  for (const Scripted& wrong : {answer(404, "<html>not here"), answer(404), answer(200, "<html>welcome")}) {
    for (const bool retires : {false, true}) {
      SCOPED_TRACE(wrong.bytes);
      const std::size_t asked = store_.asked("GET format");
      store_.fault = [&](const std::string& what, int nth) -> std::optional<Scripted> {
        if (what == "GET format" && nth == static_cast<int>(asked) + (retires ? 2 : 1)) return wrong;
        return std::nullopt;
      };
      const GivenUp done = give_up(retires);
      EXPECT_TRUE(done.refused);
      EXPECT_FALSE(done.gone);
      EXPECT_EQ(store_.objects()[std::string(kFormatKey)], text_of(format_bytes_of("t")));
    }
    store_.fault = [&](const std::string& what, int) -> std::optional<Scripted> {
      if (what == "GET format") return wrong;
      return std::nullopt;
    };
    EXPECT_FALSE(settle(false));
    EXPECT_FALSE(settle(true));
  }
}

TEST_F(ObjectGiveUp, SettlingFindsWhatIsThere) {
  EXPECT_EQ(settle(false).value(), GiveUpState::ours);
  put_format(text_of(format_bytes_of("another")));
  EXPECT_EQ(settle(false).value(), GiveUpState::gone);
  put_format(text_of(plan(true).tombstone));
  EXPECT_EQ(settle(true).value(), GiveUpState::gone);
  put_format("half a for");
  EXPECT_FALSE(settle(false));
  store_.objects().erase(std::string(kFormatKey));
  EXPECT_EQ(settle(false).value(), GiveUpState::gone);
}

}  // namespace
}  // namespace breakwater::storage
