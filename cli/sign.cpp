#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/start_run.h"
#include "cli/whole_file.h"
#include "runtime/executor/trust.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/extract_policy.h"
#include "runtime/package/signature.h"
#include "runtime/package/trust_store.h"

namespace upgraph::cli {
namespace {

Result<package::Package> ReadPackageFile(const std::string& path) {
  UPGRAPH_ASSIGN(std::string bytes, ReadWhole(path, package::kPackageBytesMax));
  auto package = package::OpenPackage(std::move(bytes));
  return package.ok() ? std::move(package)
                      : package.error().Within(fmt::format("`{}` cannot be used", path));
}

// The one key of `--public-key`, named after its file.
Result<std::vector<package::TrustedKey>> ReadKeyFile(const std::string& path) {
  UPGRAPH_ASSIGN(const std::string text, ReadWhole(path, minisign::kPublicKeyBytesMax));
  auto key = minisign::ParsePublicKey(text);
  if (!key.ok()) {
    return key.error().Within(path);
  }
  return std::vector<package::TrustedKey>{{path, *key}};
}

Result<package::Package> TakeSignature(const Arguments& arguments, package::Package package) {
  if (package.signature.has_value()) {
    return Error{ErrorKind::kExists,
                 "it is signed already, with the key " +
                     minisign::KeyIdText(package.signature->key_id) +
                     "; what is signed is the bare package, which `upgraph sign --remove` gives "
                     "back"};
  }
  const std::string path =
      arguments.signature.empty() ? arguments.input + ".minisig" : arguments.signature;
  auto text = ReadWhole(path, minisign::kSignatureBytesMax);
  if (!text.ok()) {
    return text.error().Within(fmt::format(
        "the signature, which `minisign -S -m {}` makes, cannot be read", arguments.input));
  }
  auto is_signed = package::WithSignature(std::move(package), *text);
  if (!is_signed.ok()) {
    return is_signed.error().Within(path);
  }
  if (!arguments.public_key.empty()) {
    UPGRAPH_ASSIGN(const auto keys, ReadKeyFile(arguments.public_key));
    UPGRAPH_TRY(package::FindSigner(keys, *is_signed->signature, *is_signed->bytes));
  }
  return is_signed;
}

Json SignatureJson(const package::Package& package) {
  Json json = Json::object();
  json["key"] = minisign::KeyIdText(package.signature->key_id);
  json["comment"] = package.signature->trusted_comment;
  return json;
}

int Say(const Arguments& arguments, Console& console, const package::Package& package,
        const std::string& word, const std::string& path, const std::string& text) {
  if (console.is_json()) {
    Json json =
        EndingJson(CommandName(arguments.command), {executor::ExitCode::kDone, word, false, ""});
    json["package"] = path;
    json["digest"] = package.digest.Hex();
    json["product"] = package.manifest.product;
    json["to"] = package.manifest.to;
    json["signature"] = package.signature.has_value() ? SignatureJson(package) : Json(nullptr);
    console.Out(PrettyJson(json));
  } else {
    console.Out(fmt::format("{} {} ({} to v{}, sha-256 {})\n",
                            Paint(Color::kGreen, word + ":", console.use_color()),
                            package::Printable(path), package::Printable(package.manifest.product),
                            package.manifest.to, package.digest.Hex()));
    console.Out(package::Printable(text) + "\n");
  }
  return static_cast<int>(executor::ExitCode::kDone);
}

Result<executor::Trust> JudgeByKey(const std::string& path, const package::Package& package) {
  if (!package.signature.has_value()) {
    return Error{ErrorKind::kPermission, "it is not signed"};
  }
  UPGRAPH_ASSIGN(const auto keys, ReadKeyFile(path));
  UPGRAPH_TRY(package::FindSigner(keys, *package.signature, *package.bytes));
  return executor::Trust{"", SignatureText(package)};
}

}  // namespace

int RunSign(const Arguments& arguments, Console& console) {
  Result<package::Package> package = ReadPackageFile(arguments.input);
  if (package.ok() && !arguments.is_removed) {
    package = TakeSignature(arguments, std::move(*package));
  }
  if (!package.ok()) {
    return Fail(console, arguments.command, Refusal(package.error()));
  }
  if (arguments.is_removed) {
    package->signature.reset();
    package->signature_text.clear();
  }
  const std::string path = arguments.output.empty() ? arguments.input : arguments.output;
  if (Status written = ReplaceFile(path, package::WholePackage(*package)); !written.ok()) {
    return Fail(console, arguments.command, Refusal(written.error()));
  }
  if (arguments.is_removed) {
    return Say(arguments, console, *package, "unsigned", path, SignatureText(*package));
  }
  return Say(
      arguments, console, *package, "signed", path,
      SignatureText(*package) +
          (arguments.public_key.empty() ? "; not checked: no `--public-key` was given" : ""));
}

int RunVerify(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  const Result<package::Package> package = ReadPackageFile(arguments.input);
  if (!package.ok()) {
    return Fail(console, arguments.command, Refusal(package.error()));
  }
  const Result<executor::Trust> trust = arguments.public_key.empty()
                                            ? executor::JudgePackageFor(*root, *package)
                                            : JudgeByKey(arguments.public_key, *package);
  if (!trust.ok()) {
    return Fail(console, arguments.command, Refusal(trust.error()));
  }
  return Say(arguments, console, *package, "trusted", arguments.input, trust->text);
}

}  // namespace upgraph::cli
