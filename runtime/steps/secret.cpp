#include "runtime/steps/secret.h"

#include <fmt/format.h>

#include <array>

namespace upgraph::steps {
namespace {

constexpr uint64_t kSecretBytesMax = 64 << 10;
constexpr uint32_t kOthersMode = 0077;
constexpr std::string_view kSecretShown = "(secret)";
// Where systemd looks for the credentials of a host, in its order.
constexpr std::array<const char*, 3> kStores = {"/run/credstore", "/etc/credstore",
                                                "/usr/lib/credstore"};

bool IsStoredName(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find('/') == std::string::npos;
}

Result<std::string> SecretPath(env::Files& files, const plan::Value& value) {
  const bool is_stored = value.text == "credentials.stored";
  const plan::Value* source = plan::FindField(value.fields, is_stored ? "name" : "path");
  if (source == nullptr || (!is_stored && value.text != "credentials.file")) {
    return Error{ErrorKind::kUnsupported, fmt::format("there is no secret in `{}`", value.text)};
  }
  if (!is_stored) {
    return source->text;
  }
  if (!IsStoredName(source->text)) {
    return Error{ErrorKind::kInvalid, fmt::format("`{}` is no name of a credential", source->text)};
  }
  for (const char* store : kStores) {
    const std::string path = std::string(store) + "/" + source->text;
    UPGRAPH_ASSIGN(bool exists, files.Exists(path));
    if (exists) {
      return path;
    }
  }
  return Error{ErrorKind::kNotFound,
               fmt::format("the host's store has no credential `{}`", source->text)};
}

}  // namespace

Result<std::string> ReadSecret(env::Files& files, const plan::Value& value) {
  UPGRAPH_ASSIGN(std::string path, SecretPath(files, value));
  UPGRAPH_ASSIGN(env::FileStatus status, files.StatFollow(path));
  const auto refuse = [&](const char* why) {
    return Error{ErrorKind::kInvalid, fmt::format("the secret in `{}` {}", path, why)};
  };
  if (status.type != env::FileType::kRegular) {
    return refuse("is no file");
  }
  if ((status.mode & kOthersMode) != 0) {
    return refuse("can be read by others than its owner; `chmod 600` it");
  }
  if (status.size_bytes > kSecretBytesMax) {
    return refuse("is longer than 64 KiB");
  }
  UPGRAPH_ASSIGN(std::string text, files.Read(path, kSecretBytesMax));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  if (text.empty() || text.find('\0') != std::string::npos) {
    return refuse(text.empty() ? "is empty" : "holds a zero byte");
  }
  return text;
}

Status CheckSecrets(const StepContext& context) {
  for (const plan::Field& argument : context.step.arguments) {
    if (argument.value.kind == plan::ValueKind::kSecret) {
      UPGRAPH_TRY(ReadSecret(context.env.files, argument.value));
    }
  }
  return OkStatus();
}

std::string WithoutSecrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    size_t at = text.find(secret);
    while (!secret.empty() && at != std::string::npos) {
      text.replace(at, secret.size(), kSecretShown);
      at = text.find(secret, at + kSecretShown.size());
    }
  }
  return text;
}

}  // namespace upgraph::steps
