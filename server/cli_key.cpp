#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "server/cli.h"
#include "server/process.h"
#include "storage/file/key_file_io.h"
#include "storage/formats/key_file.h"
#include "storage/formats/plain_text.h"

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

/// Reads the password from the terminal without showing it, or from a pipe.
Secret ask_for_password() {
  ::termios before{};
  const bool terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    std::fputs("Password: ", stderr);
    ::termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  Secret secret = read_line(STDIN_FILENO);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fputs("\n", stderr);
  }
  return secret;
}

void print_summary(const storage::KeyFileSummary& summary, const storage::KeyBackup& backup) {
  std::printf("cluster     %s (%lld)\n", backup.cluster_name.c_str(),
              static_cast<long long>(backup.cluster_id));
  std::printf("tenant      %s (%llu)\n", backup.tenant_name.c_str(),
              static_cast<unsigned long long>(backup.tenant_id));
  std::printf("made        %s\n", time_text(backup.created).c_str());
  std::printf("tde_method  %s\n", backup.tde_method.c_str());
  if (summary.is_protected) {
    std::printf("protected   by a password: scrypt N=%llu r=%u p=%u, AES-256-GCM\n",
                static_cast<unsigned long long>(summary.cost.n), summary.cost.r, summary.cost.p);
  } else {
    std::printf("protected   no: whoever has the file has the keys\n");
  }
  for (const storage::KeyFileSummary::Version& version : summary.versions) {
    std::printf("key         version %lld, %s, of %s, fingerprint %016llx\n",
                static_cast<long long>(version.version), version.algorithm.c_str(),
                time_text(version.created).c_str(), static_cast<unsigned long long>(version.fingerprint));
  }
}

Result<> verify(const std::string& file, const std::string& password_file) {
  BW_CHECK(storage::refuse_control("the path", file));
  const std::string path = std::filesystem::absolute(file).lexically_normal().string();
  BW_TRY(const std::optional<Bytes> bytes, storage::read_key_file(path, {}));
  if (!bytes) return fail(error::setting_file("there is no file " + path));
  BW_TRY(const storage::KeyFileSummary summary, storage::peek(*bytes));
  Secret password;
  if (!password_file.empty()) {
    BW_TRY(password, read_password_file(password_file));
  } else if (summary.is_protected) {
    password = ask_for_password();
  }
  BW_TRY(const storage::KeyBackup backup, storage::decode(*bytes, &password));
  print_summary(summary, backup);
  return {};
}

int run_verify(const std::string& file, const std::string& password_file) {
  server::allow_core_dumps(false);
  const auto verified = verify(file, password_file);
  if (verified) return kOk;
  std::fprintf(stderr, "breakwater: %s\n", verified.error().text().c_str());
  if (!verified.error().hint().empty()) std::fprintf(stderr, "  %s\n", verified.error().hint().c_str());
  return kFailed;
}

}  // namespace

void add_key(CLI::App& app, Run& chosen) {
  struct Arguments {
    std::string file;
    std::string password_file;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const key = app.add_subcommand("key", "Work with key backups");
  key->require_subcommand(1);
  CLI::App* const command = key->add_subcommand("verify", "Show what a key backup holds, never a key");
  command->add_option("FILE", arguments->file, "The key backup")->required();
  command->add_option("--password-file", arguments->password_file, "A file whose first line is the password")
      ->type_name("F");
  command->callback([arguments, &chosen] {
    chosen = [arguments] { return run_verify(arguments->file, arguments->password_file); };
  });
}

}  // namespace breakwater::cli
