#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "catalog/store/key_source.h"
#include "server/cli.h"
#include "server/cli_fetch.h"
#include "server/cli_password.h"
#include "server/cli_time.h"
#include "server/process.h"
#include "storage/formats/key_file.h"

namespace breakwater::cli {
namespace {

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
  if (header.tde_method == storage::kBackupKeyMethod) {
    std::printf("holds       the backup key of the installation, which opens its backups\n");
  } else if (header.tde_method == storage::kCatalogKeyMethod) {
    std::printf("holds       the key of the catalogue (version 1)%s\n",
                header.versions.size() > 1 ? ", and the backup key (version 2), which opens backups" : "");
  } else {
    std::printf("tde_method  %s\n", header.tde_method.c_str());
  }
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
  return {{"cluster_name", header.cluster_name},
          {"cluster_id", header.cluster_id},
          {"tenant_name", header.tenant_name},
          {"tenant_id", header.tenant_id},
          {"made", time_text(header.created)},
          {"tde_method", header.tde_method},
          {"holds", storage::is_of_installation(header.tde_method) ? header.tde_method : "master keys"},
          {"protected", header.is_protected},
          {"keys", std::move(keys)}};
}

void print_json(const Verified& verified) {
  nlohmann::ordered_json whole = {{"verified", verified.problem.empty()}};
  if (!verified.problem.empty()) whole["problem"] = verified.problem;
  if (verified.header) whole.update(json_of(*verified.header));
  std::puts(whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

int print_refusal(const Error& error) {
  std::fprintf(stderr, "breakwater: %s\n", error.text().c_str());
  if (!error.hint().empty()) std::fprintf(stderr, "  %s\n", error.hint().c_str());
  return kFailed;
}

int run_verify(const VerifyArguments& arguments) {
  server::allow_core_dumps(false);
  const auto verified = verify(arguments);
  if (!verified) return print_refusal(verified.error());
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

// ---- restore: the way back from BACKUP CATALOG KEY ----

struct RestoreArguments {
  std::string file;
  std::string to;
  std::string password_file;
  StoreOptions store;
};

Result<> restore(const RestoreArguments& arguments) {
  BW_TRY(const std::optional<Bytes> bytes, fetch(arguments.file, storage::kMaxKeyFile, arguments.store));
  if (!bytes) return fail(error::setting_file("there is no such file"));
  if (!storage::looks_like_key_file(*bytes)) return fail(error::setting_file("not a key backup"));
  BW_TRY(const storage::KeyFileSummary header, storage::peek(*bytes));
  if (header.tde_method != storage::kCatalogKeyMethod) {
    return fail(
        error::setting_file("the file holds no key of a catalogue: ALTER SYSTEM BACKUP CATALOG KEY writes "
                            "one that does"));
  }
  Secret password;
  if (arguments.password_file.empty()) {
    password = ask_for_password();
  } else {
    BW_TRY(password, read_password_file(arguments.password_file));
  }
  if (password.empty()) return fail(error::setting_file("no password was given"));
  BW_TRY(const storage::KeyBackup backup, storage::decode(*bytes, &password));
  return catalog::write_key(arguments.to, backup.versions.front().key);
}

int run_restore(const RestoreArguments& arguments) {
  server::allow_core_dumps(false);
  const auto restored = restore(arguments);
  if (!restored) return print_refusal(restored.error());
  std::printf("%s holds the key of the catalogue\n", arguments.to.c_str());
  return kOk;
}

void add_restore(CLI::App& key, Run& chosen) {
  const auto arguments = std::make_shared<RestoreArguments>();
  CLI::App* const command = key.add_subcommand(
      "restore", "Bring back the file of the catalogue's key from what BACKUP CATALOG KEY wrote");
  command->add_option("FILE", arguments->file, "The key backup: a path, or the URI that it was backed up to")
      ->required();
  command->add_option("--to", arguments->to, "The file to make: DIR/catalog.key, or that of catalog_key_file")
      ->type_name("F")
      ->required();
  command
      ->add_option("--password-file", arguments->password_file,
                   "A file whose first line is the password; -: standard input; without it it is asked for")
      ->type_name("F");
  add_store_options(*command, arguments->store);
  command->callback([arguments, &chosen] { chosen = [arguments] { return run_restore(*arguments); }; });
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
  add_restore(*key, chosen);
}

}  // namespace breakwater::cli
