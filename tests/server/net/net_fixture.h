// A running server for tests of the network.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/log.h"
#include "server/net/server.h"
#include "server/net/test_session.h"
#include "server/test_client.h"

namespace breakwater::test {

inline server::ServerOptions loopback(server::ServerLimits limits = {}) {
  return {.listen = {"127.0.0.1:0"}, .io_threads = 2, .limits = std::move(limits)};
}

struct Running {
  explicit Running(server::ServerOptions options = loopback())
      : server(std::move(options), factory, system_entropy(), null_log()) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    const auto listening = server.listen();
    EXPECT_TRUE(listening) << listening.error().text();
    where = listening->front();
    places = *listening;
    server.start();
  }

  TestFactory factory;
  server::Server server;
  std::string where;
  std::vector<std::string> places;
};

/// Waits for what another thread brings about, up to a minute.
inline bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace breakwater::test
