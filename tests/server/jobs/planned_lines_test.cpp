// A set of one server and a log of its copy: what each wrote is whole and has the right keys, and still they don't belong
// together. With two catalogues that are real.
#include "server/jobs/planned_lines.h"

#include <filesystem>

#include "catalog/store/store_fixture.h"

namespace breakwater::server::jobs {
namespace {

using catalog::Scn;
using catalog::Transaction;
using catalog::value_of;

class NoValues final : public catalog::ValueSealer {
 public:
  Result<Bytes> seal(std::string_view /*identity*/, const Secret& /*plain*/) override { return Bytes{1}; }
};

class Lines final : public catalog::LineSink {
 public:
  Result<> line(std::string_view line) override {
    all.emplace_back(line);
    return {};
  }
  std::vector<std::string> all;
};

/// A catalogue and its log, of which nothing was archived yet.
class Server {
 public:
  explicit Server(const std::string& data_dir) {
    catalog::StoreOptions options;
    options.data_dir = data_dir;
    store_ = value_of(catalog::open_store(std::move(options)));
    reader_ = value_of(store_->open_reader());
  }

  void make_tenant() {
    value_of(store_->write_and_wait([&](Transaction& t) -> Result<> {
      BW_TRY(const catalog::Tenant made, t.tenants().create({.name = "t"}));
      BW_CHECK(t.archive().set_destination(made.id, {.path = "file:///a", .dest_id = 1002}));
      return t.archive().set_archivelog(made.id, true);
    }));
  }
  void change(const std::string& value) {
    value_of(
        store_->write_and_wait([&](Transaction& t) { return t.parameters().set(tenant(), "p", value); }));
  }
  /// A round that ends, and a change that nobody notes.
  void change_unnoted() {
    archive(false);
    change("unnoted");
    archive(true);
  }
  void archive(bool on) {
    value_of(
        store_->write_and_wait([&](Transaction& t) { return t.archive().set_archivelog(tenant(), on); }));
  }
  Scn now() { return value_of(reader_->parts().last_scn()); }

  struct Set {
    std::vector<std::string> lines{};
    catalog::PartHead head{};
  };
  Set set() {
    Lines lines;
    NoValues sealer;
    value_of(reader_->parts().snapshot(tenant(), sealer, lines));
    return {lines.all, value_of(catalog::read_head(lines.all.front()))};
  }
  struct Log {
    std::string history{};
    std::vector<std::string> lines{};
  };
  Log log() {
    const Scn begins = value_of(reader_->archive().round(tenant()))->start_scn;
    Lines lines;
    NoValues sealer;
    value_of(reader_->parts().log(tenant(), begins, std::size_t{1} << 30U, sealer, lines));
    return {value_of(reader_->parts().history_at(tenant(), begins)), lines.all};
  }

 private:
  catalog::TenantId tenant() { return value_of(reader_->tenants().find("t"))->id; }

  std::unique_ptr<catalog::Store> store_;
  std::unique_ptr<catalog::Reader> reader_;
};

class PlannedLinesTest : public testing::Test {
 protected:
  void SetUp() override { one().make_tenant(); }

  Server& one() {
    if (!one_) one_ = std::make_unique<Server>(temp_ / "one");
    return *one_;
  }
  Server& copy() { return *copy_; }
  /// Of the server as it is now. Both go on.
  void make_copy() {
    one_.reset();
    std::filesystem::copy(temp_ / "one", temp_ / "copy", std::filesystem::copy_options::recursive);
    copy_ = std::make_unique<Server>(temp_ / "copy");
  }

  struct Outcome {
    Result<> done{};
    bool of_another = false;
    std::string value{};
  };
  Outcome join(const Server::Set& set, const Server::Log& log, Scn until) {
    const storage::RestorePlan plan{
        .sets = {{}}, .set_scn = set.head.scn, .history = set.head.history, .scn = until};
    const auto scratch = value_of(catalog::make_part_scratch());
    PlannedLines lines(plan, *scratch);
    Outcome out;
    out.done = [&]() -> Result<> {
      for (const std::string& line : set.lines) BW_CHECK(lines.line(line, nullptr));
      BW_CHECK(lines.log_begins(log.history));
      for (const std::string& line : log.lines) {
        BW_TRY(const bool more, lines.line(line, nullptr));
        if (!more) break;
      }
      return lines.end();
    }();
    out.of_another = lines.is_of_another_history();
    return out;
  }

  catalog::TempDirectory temp_;
  std::unique_ptr<Server> one_;
  std::unique_ptr<Server> copy_;
};

TEST_F(PlannedLinesTest, TheOwnLogGoesOnFromASet) {
  one().change("1");
  const Server::Set set = one().set();
  EXPECT_EQ(set.head.history.size(), 32U);
  const auto idle = join(set, one().log(), one().now());
  EXPECT_TRUE(idle.done) << "nothing has changed since";
  one().change("2");
  EXPECT_TRUE(join(set, one().log(), one().now()).done);
  EXPECT_TRUE(join(set, one().log(), set.head.scn + 1).done);
}

TEST_F(PlannedLinesTest, ALogOfTheCopyDoesNotGoOnFromASetThatWasMadeBehindTheCopy) {
  one().change("1");
  make_copy();
  copy().change("of the copy");
  one().change("of the one");
  const Server::Set set = one().set();
  copy().change("later");
  const auto mixed = join(set, copy().log(), copy().now());
  EXPECT_FALSE(mixed.done);
  EXPECT_TRUE(mixed.of_another);
  const auto other = join(copy().set(), one().log(), INT64_MAX);
  EXPECT_TRUE(other.of_another);
}

// Neither changed since the set's moment, but one did before.
TEST_F(PlannedLinesTest, AnIdleLogOfTheCopyDoesNotSayWhatTheOneHas) {
  make_copy();
  one().change("of the one");
  const auto mixed = join(one().set(), copy().log(), INT64_MAX);
  EXPECT_TRUE(mixed.of_another);
}

TEST_F(PlannedLinesTest, ASetFromBeforeTheCopyGoesOnInEither) {
  one().change("1");
  const Server::Set set = one().set();
  make_copy();
  one().change("of the one");
  copy().change("of the copy");
  EXPECT_TRUE(join(set, one().log(), INT64_MAX).done);
  EXPECT_TRUE(join(set, copy().log(), INT64_MAX).done);
}

// The copy's round begins anew behind a change that is in no log.
TEST_F(PlannedLinesTest, AChangeThatIsInNoLogIsNotPassedOver) {
  one().change("1");
  make_copy();
  const Server::Set set = one().set();
  copy().change_unnoted();
  EXPECT_TRUE(join(set, copy().log(), INT64_MAX).of_another);
}

TEST_F(PlannedLinesTest, ASetThatWasMadeWithoutAnArchiveGoesOnInNoLog) {
  one().archive(false);
  const Server::Set set = one().set();
  EXPECT_TRUE(set.head.history.empty());
  one().archive(true);
  EXPECT_TRUE(join(set, one().log(), INT64_MAX).of_another);
}

}  // namespace
}  // namespace breakwater::server::jobs
