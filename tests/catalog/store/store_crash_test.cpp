// A process killed in the middle of a stream of commits: what it was told is durable is there.
#include <algorithm>
#include <array>
#include <csignal>
#include <random>
#include <tuple>

#include <sys/wait.h>
#include <unistd.h>

#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

constexpr int kRounds = 15;
constexpr int kMostAcknowledged = 40;

// The child: makes tenants with a parameter each, several at once, and says over the pipe which are durable.
[[noreturn]] void write_until_killed(const StoreOptions& wanted, int round, int pipe) {
  StoreOptions options;
  options.data_dir = wanted.data_dir;
  auto store = open_store(std::move(options));
  if (!store) ::_exit(1);
  for (int i = 0;; ++i) {
    const std::string name = "t" + std::to_string(round) + "_" + std::to_string(i);
    (*store)->submit(
        [name](Transaction& t) -> Result<> {
          BW_TRY(const Tenant tenant, t.tenants().create({.name = name}));
          return t.parameters().set(tenant.id, "whole", name);
        },
        [name, pipe](Result<> outcome) {
          const std::string line = name + "\n";
          if (outcome && ::write(pipe, line.data(), line.size()) < 0) ::_exit(2);
        });
    if (i % 4 == 0) std::ignore = (*store)->write_and_wait([](Transaction&) -> Result<> { return {}; });
  }
}

// Reads acknowledgements until `enough`, kills the child, and reads what was still in the pipe.
std::vector<std::string> acknowledged_until_killed(pid_t child, int pipe, int enough) {
  std::string text;
  std::array<char, 4096> buffer{};
  bool killed = false;
  while (true) {
    const auto got = ::read(pipe, buffer.data(), buffer.size());
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (!killed && std::ranges::count(text, '\n') >= enough) {
      ::kill(child, SIGKILL);
      killed = true;
    }
  }
  std::vector<std::string> names;
  for (std::size_t from = 0, end = 0; (end = text.find('\n', from)) != std::string::npos; from = end + 1) {
    names.push_back(text.substr(from, end - from));
  }
  return names;
}

class StoreCrashTest : public StoreTest {
 protected:
  void SetUp() override {}

  std::vector<std::string> run_and_kill(int round, int enough) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(options(), round, ends[1]);
    }
    ::close(ends[1]);
    auto names = acknowledged_until_killed(child, ends[0], enough);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
    return names;
  }
};

TEST_F(StoreCrashTest, EveryAcknowledgedCommitIsThereAndEveryOtherIsWholeOrAbsent) {
  std::mt19937 random(20261122);
  std::vector<std::string> acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    const int enough = 1 + static_cast<int>(random() % kMostAcknowledged);
    for (std::string& name : run_and_kill(round, enough)) acknowledged.push_back(std::move(name));
    reopen();
    for (const std::string& name : acknowledged) {
      ASSERT_TRUE(value_of(reader_->tenants().find(name))) << name << " was acknowledged before the kill";
    }
    for (const Tenant& tenant : value_of(reader_->tenants().all())) {
      if (tenant.is_sys()) continue;
      ASSERT_EQ(value_of(reader_->parameters().find(tenant.id, "whole")), tenant.name);
      ASSERT_EQ(value_of(reader_->accounts().all(tenant.id)).size(), 1U);
    }
    close();
  }
  EXPECT_GE(acknowledged.size(), static_cast<std::size_t>(kRounds));
}

TEST_F(StoreCrashTest, AFirstStartKilledAnywhereIsCompleted) {
  std::mt19937 random(7);
  for (int round = 0; round < kRounds; ++round) {
    std::filesystem::remove_all(temp_ / "data");
    const pid_t child = ::fork();
    if (child == 0) {
      ::ualarm(1 + random() % 12'000, 0);  // SIGALRM kills it
      StoreOptions wanted;
      wanted.data_dir = temp_ / "data";
      std::ignore = open_store(std::move(wanted));
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    reopen();
    ASSERT_TRUE(value_of(reader_->tenants().find("sys"))) << "round " << round;
    close();
  }
}

}  // namespace
}  // namespace breakwater::catalog
