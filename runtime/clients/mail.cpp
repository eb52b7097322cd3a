#include "runtime/clients/mail.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string_view>

#include "base/base64.h"
#include "runtime/clients/curl.h"

namespace upgraph::clients {
namespace {

constexpr size_t kLineBytes = 76;  // of base64
constexpr size_t kSubjectPlainBytes = 68;
constexpr size_t kSubjectPartBytes = 42;  // of UTF-8 in one encoded word

bool IsOneLine(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool IsAddress(std::string_view text) {
  const size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f &&
                  c != '<' && c != '>' && c != ',' && c != ';' && c != '"' && c != '(';
         });
}

// As it is where it may stand so; else words of UTF-8, cut between characters, each on a line of
// its own.
std::string EncodedSubject(std::string_view subject) {
  const bool is_plain =
      subject.size() <= kSubjectPlainBytes && subject.find("=?") == std::string_view::npos &&
      std::all_of(subject.begin(), subject.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (is_plain) {
    return std::string(subject);
  }
  std::string text;
  while (!subject.empty()) {
    size_t end = std::min(kSubjectPartBytes, subject.size());
    while (end < subject.size() && end > 1 &&
           (static_cast<unsigned char>(subject[end]) & 0xC0) == 0x80) {
      --end;
    }
    text += fmt::format("{}=?UTF-8?B?{}?=", text.empty() ? "" : "\r\n ",
                        Base64(subject.substr(0, end)));
    subject.remove_prefix(end);
  }
  return text;
}

std::string DateText(int64_t wall_ms) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm date = fmt::gmtime(static_cast<std::time_t>(wall_ms / 1000));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[date.tm_wday], date.tm_mday,
                     kMonths[date.tm_mon], date.tm_year + 1900, date.tm_hour, date.tm_min,
                     date.tm_sec);
}

// What is still to be given to curl.
struct Upload {
  std::string_view rest;
};

size_t GiveText(char* target, size_t size, size_t count, void* source) {
  auto* upload = static_cast<Upload*>(source);
  const size_t length = std::min(size * count, upload->rest.size());
  std::copy_n(upload->rest.begin(), length, target);
  upload->rest.remove_prefix(length);
  return length;
}

size_t DropText(char*, size_t size, size_t count, void*) { return size * count; }

// Whether the server is this very machine, so that nobody listens on the way.
bool IsHere(const std::string& url) {
  const size_t begin = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  const std::string_view rest = std::string_view(url).substr(begin);
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]"}) {
    if (rest == host || rest.starts_with(std::string(host) + ":") ||
        rest.starts_with(std::string(host) + "/")) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<std::string> MailText(const Mail& mail) {
  if (!IsAddress(mail.from) || mail.to.empty()) {
    return Error{ErrorKind::kInvalid, fmt::format("`{}` is no address to send a mail from, or it "
                                                  "goes to nobody",
                                                  mail.from)};
  }
  std::string to;
  for (const std::string& address : mail.to) {
    if (!IsAddress(address)) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` is no address of a mail", address)};
    }
    to += (to.empty() ? "" : ",\r\n ") + address;
  }
  if (!IsOneLine(mail.subject) || !IsOneLine(mail.id)) {
    return Error{ErrorKind::kInvalid, "the subject of a mail has a line end in it"};
  }
  std::string text = fmt::format(
      "Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}>\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      DateText(mail.wall_ms), mail.from, to, EncodedSubject(mail.subject), mail.id);
  const std::string body = Base64(mail.body);
  for (size_t i = 0; i < body.size(); i += kLineBytes) {
    text += body.substr(i, kLineBytes) + "\r\n";
  }
  return text;
}

Status SendMail(const MailServer& server, const Mail& mail, int64_t timeout_ms,
                const std::atomic<bool>& cancel) {
  UPGRAPH_ASSIGN(const std::string text, MailText(mail));
  UPGRAPH_ASSIGN(const CurlHandle curl, MakeCurl(timeout_ms, cancel));
  CurlTexts to;
  for (const std::string& address : mail.to) {
    UPGRAPH_TRY(to.Add(address));
  }
  Upload upload{text};
  curl_easy_setopt(curl.get(), CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  const bool needs_tls = !server.password.empty() && !IsHere(server.url);
  curl_easy_setopt(curl.get(), CURLOPT_USE_SSL,
                   static_cast<long>(needs_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!server.user.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, server.password.c_str());
  }
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, mail.from.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, GiveText);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, &upload);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, DropText);
  const CURLcode code = curl_easy_perform(curl.get());
  return code == CURLE_OK ? OkStatus() : Status(CurlError(code, server.url));
}

}  // namespace upgraph::clients
