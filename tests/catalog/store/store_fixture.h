// What the store's tests share: a directory that goes away, a clock that stands still, an open store.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/store/store.h"

namespace breakwater::catalog {

inline Secret secret(std::string_view text) {
  return Secret(text);
}

class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "breakwater-store-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class FixedClock final : public Clock {
 public:
  static constexpr Timestamp kNow = 1'700'000'000'000'000;
  Timestamp now() const override { return kNow; }
};

inline std::string read_whole(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

inline void write_whole(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// The error's code; fails the test and returns internal_error where there is none.
template <class T>
Errc code_of(const Result<T>& result) {
  EXPECT_FALSE(result.has_value()) << "an error was expected";
  return result ? Errc::internal_error : result.error().code();
}

template <class T>
T value_of(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().text() << "; " << result.error().hint();
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// The transaction of a change of the catalogue's key.
inline Result<> commit_key(
    Store& store, Secret key, Origin who = {}, Store::Job beside = [](Transaction&) { return Result<>(); }) {
  const auto ended = std::make_shared<std::promise<Result<>>>();
  store.change_key(std::move(key), std::move(who), std::move(beside),
                   [ended](Result<> outcome) { ended->set_value(std::move(outcome)); });
  return ended->get_future().get();
}

/// All of it, as ALTER SYSTEM ROTATE CATALOG KEY does it.
inline Result<> change_key(Store& store) {
  BW_TRY(Secret key, store.key_source()->next(store.key_check(), system_entropy()));
  BW_CHECK(commit_key(store, std::move(key)));
  return store.key_source()->settle(store.key_check());
}

class StoreTest : public testing::Test {
 protected:
  StoreOptions options() {
    StoreOptions options;
    options.data_dir = temp_ / "data";
    options.clock = &clock_;
    return options;
  }

  void SetUp() override { reopen(); }

  /// Closes the store, if it is open, and opens it again.
  void reopen() {
    reader_.reset();
    store_.reset();
    store_ = value_of(open_store(options()));
    reader_ = value_of(store_->open_reader());
  }

  void close() {
    reader_.reset();
    store_.reset();
  }

  /// write([](Transaction& t) { return t.accounts().create(...); })
  template <class F>
  auto write(F job) -> std::invoke_result_t<F, Transaction&> {
    using Written = typename std::invoke_result_t<F, Transaction&>::value_type;
    if constexpr (std::is_void_v<Written>) {
      return store_->write_and_wait(Store::Job(std::move(job)));
    } else {
      return store_->write_and_wait<Written>(std::move(job));
    }
  }

  TenantId make_tenant(const std::string& name, CompatibilityMode mode = CompatibilityMode::mysql) {
    return value_of(write([&](Transaction& t) { return t.tenants().create({.name = name, .mode = mode}); }))
        .id;
  }

  TempDirectory temp_;
  FixedClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace breakwater::catalog
