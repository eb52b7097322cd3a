#include "runtime/clients/mail.h"

#include "tests/support/catch.h"

namespace upgraph::clients {
namespace {

Mail SampleMail() {
  Mail mail;
  mail.from = "upgraph@box.test";
  mail.to = {"anna@box.test", "ben@box.test"};
  mail.subject = "box";
  mail.body = "a\n.\nb";
  mail.id = "run.page.done@upgraph.invalid";
  mail.wall_ms = 1'577'836'800'000;
  return mail;
}

TEST_CASE("a mail has its heads, and its body in a form that nothing changes on the way") {
  CHECK(MailText(SampleMail()).value() ==
        "Date: Wed, 01 Jan 2020 00:00:00 +0000\r\n"
        "From: upgraph@box.test\r\n"
        "To: anna@box.test,\r\n ben@box.test\r\n"
        "Subject: box\r\n"
        "Message-ID: <run.page.done@upgraph.invalid>\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
        "YQouCmI=\r\n");
}

TEST_CASE("no line of a mail is longer than it may be, and none is cut in a character") {
  Mail mail = SampleMail();
  mail.subject.clear();
  for (int i = 0; i < 300; ++i) {
    mail.subject += "é";
    mail.body += "0123456789";
  }
  const std::string text = MailText(mail).value();
  size_t begin = 0;
  for (size_t end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n", begin)) {
    CHECK(end - begin <= 78);
    begin = end + 2;
  }
  // Each word has whole characters of two bytes: 42 bytes are 56 digits without a filling.
  CHECK(MailText([&] {
          mail.subject = "=?";
          return mail;
        }())
            .value()
            .find("Subject: =?UTF-8?B?PT8=?=") != std::string::npos);
  CHECK(text.find("=?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOp?=") !=
        std::string::npos);
}

TEST_CASE("what would be a head of its own is refused") {
  const auto refused = [](const auto& change) {
    Mail mail = SampleMail();
    change(&mail);
    return !MailText(mail).ok();
  };
  CHECK(refused([](Mail* mail) { mail->subject = "a\r\nBcc: eve@elsewhere.test"; }));
  CHECK(refused([](Mail* mail) { mail->from = "a@b\r\nBcc: c@d"; }));
  CHECK(refused([](Mail* mail) { mail->to = {"a@b, c@d"}; }));
  CHECK(refused([](Mail* mail) { mail->to = {"a@b", "nobody"}; }));
  CHECK(refused([](Mail* mail) { mail->to = {"<a@b>"}; }));
  CHECK(refused([](Mail* mail) { mail->to.clear(); }));
  CHECK(refused([](Mail* mail) { mail->from = "@b"; }));
  CHECK(refused([](Mail* mail) { mail->id = "a\nb"; }));
}

}  // namespace
}  // namespace upgraph::clients
