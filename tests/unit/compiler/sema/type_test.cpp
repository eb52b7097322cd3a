#include "compiler/sema/type.h"

#include "tests/support/catch.h"

namespace upgraph::sema {
namespace {

bool IsGood(TypeKind kind, std::string_view text) { return !FindTextFault(kind, text); }

TEST_CASE("a path is absolute and clean") {
  for (const char* good : {"/", "/etc", "/etc/..old", "/opt/dten-5.0.0/bin", "/a b/ü"}) {
    INFO(good);
    CHECK(IsGood(TypeKind::kPath, good));
  }
  for (const char* bad :
       {"", "etc", "./etc", "//etc", "/etc/", "/etc//x", "/etc/./x", "/etc/..", "/../etc"}) {
    INFO(bad);
    CHECK_FALSE(IsGood(TypeKind::kPath, bad));
  }
  CHECK(IsGood(TypeKind::kPath, "/" + std::string(4094, 'x')));
  CHECK_FALSE(IsGood(TypeKind::kPath, "/" + std::string(4095, 'x')));
  CHECK_FALSE(IsGood(TypeKind::kPath, std::string_view("/etc\0x", 6)));
}

TEST_CASE("a payload path stays in the payload") {
  CHECK(IsGood(TypeKind::kPayload, "payload/opt/dten"));
  for (const char* bad : {"", "payload", "payload/", "/payload/x", "opt/x", "payload/../x",
                          "payload/x/..", "payload//x", "payload/./x", "payload/x/"}) {
    INFO(bad);
    CHECK_FALSE(IsGood(TypeKind::kPayload, bad));
  }
}

TEST_CASE("a URL is one of HTTP, names a host and carries no password") {
  for (const char* good : {"http://a", "https://a.example/x?y=z", "http://127.0.0.1:8080/health",
                           "http://[::1]:80/", "http://a/x@y"}) {
    INFO(good);
    CHECK(IsGood(TypeKind::kUrl, good));
  }
  for (const char* bad : {"", "a", "ftp://a", "HTTP://a", "http://", "http:///x", "http://:80",
                          "http://a b", "http://a\n", "http://user:word@a/"}) {
    INFO(bad);
    CHECK_FALSE(IsGood(TypeKind::kUrl, bad));
  }
}

TEST_CASE("a unit's name ends in its type") {
  for (const char* good :
       {"a.service", "a@.service", "a@b.timer", "x-y_z:1.mount", "dev-sda\\x2d1.swap"}) {
    INFO(good);
    CHECK(IsGood(TypeKind::kUnitName, good));
  }
  for (const char* bad :
       {"", "a", ".service", "a.serv", "a b.service", "a/b.service", "ä.socket"}) {
    INFO(bad);
    CHECK_FALSE(IsGood(TypeKind::kUnitName, bad));
  }
}

TEST_CASE("types are known by the names that plans use") {
  for (const std::string& name : BuiltinTypeNames()) {
    INFO(name);
    Type type = Type::Of(*FindBuiltinType(name));
    CHECK(TypeName(type) == name);
    // A range is a map of two versions.
    if (type.kind != TypeKind::kKeyValue && type.kind != TypeKind::kVersionRange) {
      CHECK(plan::ValueKindName(ValueKindOf(type.kind)) == name);
      CHECK(TypeKindOf(ValueKindOf(type.kind)) == type.kind);
    }
  }
  CHECK_FALSE(FindBuiltinType("path").has_value());
}

TEST_CASE("types fit only themselves, and anything fits after an error") {
  CHECK(Fits(Type::Of(TypeKind::kPath), Type::Of(TypeKind::kPath)));
  CHECK_FALSE(Fits(Type::Of(TypeKind::kString), Type::Of(TypeKind::kPath)));
  CHECK_FALSE(Fits(Type::Handle("Database"), Type::Handle("Queue")));
  CHECK(Fits(Type{}, Type::Of(TypeKind::kPath)));
  CHECK(Fits(Type::ListOf(TypeKind::kPath), Type::ListOf(TypeKind::kError)));
  CHECK_FALSE(Fits(Type::ListOf(TypeKind::kPath), Type::ListOf(TypeKind::kInt)));
}

}  // namespace
}  // namespace upgraph::sema
