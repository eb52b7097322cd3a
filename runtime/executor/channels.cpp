#include "runtime/executor/channels.h"

#include <fmt/format.h>

#include "base/json.h"
#include "runtime/clients/http.h"
#include "runtime/clients/mail.h"
#include "runtime/steps/secret.h"

namespace upgraph::executor {
namespace {

constexpr uint64_t kChannelBytesMax = 16 << 20;
constexpr std::string_view kFile = "channels.file";
constexpr std::string_view kHttp = "channels.http";
constexpr std::string_view kMail = "channels.mail";
constexpr std::string_view kNoSecret = "channels.no_secret";

Result<const plan::Value*> ArgumentOf(const plan::Value& channel, const char* name) {
  const plan::Value* value = plan::FindField(channel.fields, name);
  if (value == nullptr) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("`{}` lacks its argument `{}`", channel.text, name)};
  }
  return value;
}

// Empty where there is none.
Result<std::string> SecretOf(env::Env& env, const plan::Value& channel, const char* name) {
  UPGRAPH_ASSIGN(const plan::Value* secret, ArgumentOf(channel, name));
  if (secret->text == kNoSecret) {
    return std::string();
  }
  return steps::ReadSecret(env.files, *secret);
}

Status TellFile(env::Env& env, const plan::Value& channel, const ChannelMessage& message) {
  UPGRAPH_ASSIGN(const plan::Value* path, ArgumentOf(channel, "path"));
  Result<std::string> content = env.files.Read(path->text, kChannelBytesMax);
  if (!content.ok() && content.error().kind != ErrorKind::kNotFound) {
    return content.error();
  }
  if (content.ok() && content->find(message.mark) != std::string::npos) {
    return OkStatus();  // told by a runner that died before it wrote that down
  }
  const bool is_new = !content.ok() || content->empty();
  UPGRAPH_TRY(env.files.Append(path->text, message.mark + "\n" + message.text + "\n"));
  if (is_new) {
    UPGRAPH_TRY(env.files.SetMode(path->text, 0644));  // others are to read it
  }
  return env.files.SyncFile(path->text);
}

std::string BodyOf(const ChannelMessage& message) {
  Json json = Json::object();
  json["key"] = message.key;
  json["event"] = message.event;
  json["product"] = message.product;
  json["from"] = message.from;
  json["to"] = message.to;
  json["ticket"] = message.ticket;
  json["run"] = message.run_id;
  json["at"] = env::FormatWallTime(message.wall_ms);
  if (!message.journal_head.empty()) {
    json["journal_head"] = message.journal_head;
  }
  json["text"] = message.text;
  return CompactJson(json);
}

Status TellHttp(env::Env& env, const plan::Value& channel, const ChannelMessage& message,
                const std::atomic<bool>& cancel) {
  UPGRAPH_ASSIGN(const plan::Value* url, ArgumentOf(channel, "url"));
  UPGRAPH_ASSIGN(const std::string token, SecretOf(env, channel, "token"));
  clients::HttpPost post;
  post.url = url->text;
  post.headers = {"Content-Type: application/json", "Idempotency-Key: " + message.key};
  if (!token.empty()) {
    post.headers.push_back("Authorization: Bearer " + token);
  }
  post.body = BodyOf(message);
  UPGRAPH_ASSIGN(const clients::HttpAnswer answer, clients::PostHttp(post, kTellMsMax, cancel));
  if (answer.status < 200 || answer.status > 299) {
    return Error{ErrorKind::kFailed, fmt::format("{} answered {}", url->text, answer.status)};
  }
  return OkStatus();
}

Status TellMail(env::Env& env, const plan::Value& channel, const ChannelMessage& message,
                const std::atomic<bool>& cancel) {
  UPGRAPH_ASSIGN(const plan::Value* server, ArgumentOf(channel, "server"));
  UPGRAPH_ASSIGN(const plan::Value* from, ArgumentOf(channel, "from"));
  UPGRAPH_ASSIGN(const plan::Value* to, ArgumentOf(channel, "to"));
  UPGRAPH_ASSIGN(const plan::Value* user, ArgumentOf(channel, "user"));
  UPGRAPH_ASSIGN(std::string password, SecretOf(env, channel, "password"));
  clients::Mail mail;
  mail.from = from->text;
  for (const plan::Field& address : to->fields) {
    mail.to.push_back(address.value.text);
  }
  mail.subject =
      fmt::format("{} {} -> {}: {}", message.product, message.from, message.to, message.event);
  mail.body = message.text;
  mail.id = message.key + "@upgraph.invalid";
  mail.wall_ms = message.wall_ms;
  return clients::SendMail({server->text, user->text, std::move(password)}, mail, kTellMsMax,
                           cancel);
}

}  // namespace

bool HasChannel(std::string_view native) {
  return native == kFile || native == kHttp || native == kMail || native == kNoSecret;
}

bool IsSlowChannel(const plan::Value& channel) { return channel.text != kFile; }

Status TellChannel(env::Env& env, const plan::Value& channel, const ChannelMessage& message,
                   const std::atomic<bool>& cancel) {
  if (channel.text == kFile) {
    return TellFile(env, channel, message);
  }
  if (channel.text == kHttp) {
    return TellHttp(env, channel, message, cancel);
  }
  if (channel.text == kMail) {
    return TellMail(env, channel, message, cancel);
  }
  return Error{ErrorKind::kUnsupported,
               fmt::format("this program has no channel `{}`", channel.text)};
}

}  // namespace upgraph::executor
