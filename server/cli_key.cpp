#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <termios.h>
#include <unistd.h>

#include "server/cli.h"
#include "server/cli_fetch.h"
#include "server/process.h"
#include "storage/formats/key_file.h"

namespace breakwater::cli {
namespace {

constexpr std::size_t kMaxPasswordFile = 4096;
constexpr std::int64_t kMicros = 1'000'000;

std::string time_text(Timestamp timestamp) {
  const std::time_t seconds = timestamp / kMicros;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::string text(32, '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts));
  return text;
}

/// Reads a line from `descriptor` (without its end) into a Secret, through a buffer that is wiped.
Secret read_line(int descriptor) {
  std::string line(kMaxPasswordFile, '\0');
  std::size_t size = 0;
  while (size < line.size()) {
    const ssize_t count = ::read(descriptor, line.data() + size, line.size() - size);
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
    if (line.find('\n', size - static_cast<std::size_t>(count)) < size) break;
  }
  const std::size_t end = std::min(line.find_first_of("\r\n"), size);
  Secret secret(std::string_view(line).substr(0, end));
  wipe(line);
  return secret;
}

Result<Secret> read_password_file(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(error::setting_file("can't read the password file " + file));
  Secret secret = read_line(descriptor);
  ::close(descriptor);
  return secret;
}

/// Reads the password from the terminal without showing it.
Secret ask_for_password() {
  ::termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0) return {};
  ::termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);  // before it asks: what is typed already is dropped here
  std::fputs("Password: ", stderr);
  Secret secret = read_line(STDIN_FILENO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::fputs("\n", stderr);
  return secret;
}

struct VerifyArguments {
  std::string file;
  std::string password_file;
  StoreOptions store;
  bool json = false;
};

/// `problem`: why the file isn't verified; empty if it is. What the header says is proved by that alone.
struct Verified {
  std::optional<storage::KeyFileSummary> header;
  std::string problem;
};

Result<Secret> password_for(const storage::KeyFileSummary& header, const VerifyArguments& arguments) {
  if (arguments.password_file == "-") return read_line(STDIN_FILENO);
  if (!arguments.password_file.empty()) return read_password_file(arguments.password_file);
  return header.is_protected ? ask_for_password() : Secret();
}

Result<std::string> problem_of(const Bytes& bytes, const storage::KeyFileSummary& header,
                               const VerifyArguments& arguments) {
  BW_TRY(const Secret password, password_for(header, arguments));
  if (header.is_protected && password.empty())
    return "no password was given: what is shown is not verified (--password-file gives one)";
  if (!header.is_protected && !password.empty()) return "the file is not protected by a password";
  const auto backup = storage::decode(bytes, &password);
  return backup ? std::string() : backup.error().text();
}

Result<Verified> verify(const VerifyArguments& arguments) {
  BW_TRY(const std::optional<Bytes> bytes, fetch(arguments.file, storage::kMaxKeyFile, arguments.store));
  if (!bytes) return Verified{.header = {}, .problem = "there is no such file"};
  if (!storage::looks_like_key_file(*bytes)) return Verified{.header = {}, .problem = "not a key backup"};
  auto header = storage::peek(*bytes);
  if (!header) return Verified{.header = {}, .problem = header.error().text()};
  BW_TRY(std::string problem, problem_of(*bytes, *header, arguments));
  return Verified{.header = *std::move(header), .problem = std::move(problem)};
}

std::string fingerprint_text(std::uint64_t fingerprint) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(fingerprint));
  return text.data();
}

std::string protection_text(const storage::KeyFileSummary& header) {
  if (!header.is_protected) return "no: whoever has the file has the keys";
  return "by a password: scrypt N=" + std::to_string(header.cost.n) + " r=" + std::to_string(header.cost.r) +
         " p=" + std::to_string(header.cost.p) + ", AES-256-GCM";
}

void print_header(const storage::KeyFileSummary& header) {
  std::printf("cluster     %s (%lld)\n", header.cluster_name.c_str(),
              static_cast<long long>(header.cluster_id));
  std::printf("tenant      %s (%llu)\n", header.tenant_name.c_str(),
              static_cast<unsigned long long>(header.tenant_id));
  std::printf("made        %s\n", time_text(header.created).c_str());
  std::printf("tde_method  %s\n", header.tde_method.c_str());
  std::printf("protected   %s\n", protection_text(header).c_str());
  for (const storage::KeyFileSummary::Version& version : header.versions) {
    std::printf("key         version %lld, %s, of %s, fingerprint %s\n",
                static_cast<long long>(version.version), version.algorithm.c_str(),
                time_text(version.created).c_str(), fingerprint_text(version.fingerprint).c_str());
  }
}

nlohmann::ordered_json json_of(const storage::KeyFileSummary& header) {
  nlohmann::ordered_json keys = nlohmann::ordered_json::array();
  for (const storage::KeyFileSummary::Version& version : header.versions) {
    keys.push_back({{"version", version.version},
                    {"algorithm", version.algorithm},
                    {"created", time_text(version.created)},
                    {"fingerprint", fingerprint_text(version.fingerprint)}});
  }
  return {{"cluster_name", header.cluster_name}, {"cluster_id", header.cluster_id},
          {"tenant_name", header.tenant_name},   {"tenant_id", header.tenant_id},
          {"made", time_text(header.created)},   {"tde_method", header.tde_method},
          {"protected", header.is_protected},    {"keys", std::move(keys)}};
}

void print_json(const Verified& verified) {
  nlohmann::ordered_json whole = {{"verified", verified.problem.empty()}};
  if (!verified.problem.empty()) whole["problem"] = verified.problem;
  if (verified.header) whole.update(json_of(*verified.header));
  std::puts(whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

int run_verify(const VerifyArguments& arguments) {
  server::allow_core_dumps(false);
  const auto verified = verify(arguments);
  if (!verified) {
    std::fprintf(stderr, "breakwater: %s\n", verified.error().text().c_str());
    if (!verified.error().hint().empty()) std::fprintf(stderr, "  %s\n", verified.error().hint().c_str());
    return kFailed;
  }
  if (arguments.json) {
    print_json(*verified);
  } else {
    if (verified->header) print_header(*verified->header);
    if (verified->problem.empty()) std::puts("verified    yes");
  }
  if (verified->problem.empty()) return kOk;
  std::fflush(stdout);  // what it is about comes first
  std::fprintf(stderr, "breakwater: %s\n", verified->problem.c_str());
  return kFailed;
}

}  // namespace

void add_key(CLI::App& app, Run& chosen) {
  const auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* const key = app.add_subcommand("key", "Work with key backups");
  key->require_subcommand(1);
  CLI::App* const command = key->add_subcommand("verify", "Show what a key backup holds, never a key");
  command->add_option("FILE", arguments->file, "The key backup: a path, or the URI that it was backed up to")
      ->required();
  command
      ->add_option("--password-file", arguments->password_file,
                   "A file whose first line is the password; -: standard input")
      ->type_name("F");
  add_store_options(*command, arguments->store);
  command->add_flag("--json", arguments->json, "Print JSON");
  command->callback([arguments, &chosen] { chosen = [arguments] { return run_verify(*arguments); }; });
}

}  // namespace breakwater::cli
