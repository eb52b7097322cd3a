// Names, and what they stand for.

#include "compiler/diagnostics/explanations/groups.h"

namespace upgraph::diagnostics {
namespace {

constexpr Explanation kNames[] = {
    {Kind::kUnknownModule, R"(A module is of the library, or a file beside the spec.

`import std.files` is of the library; `import shared.tree` is the file `shared/tree.upg` in the folder of the
spec. What a module holds goes by the last part of its name: `tree.clear`.

Bad:
    import std.flies

Good:
    import std.files
)"},
    {Kind::kImportCycle, R"(Modules do not import one another in a circle.

Then neither could be read before the other. What both need goes into a third one that both import.
)"},
    {Kind::kDuplicateName, R"(A name stands for one thing.

That holds for what a spec declares, for what it imports, for labels of one block and for the parameters of
one declaration. Nothing shadows: a name further in is never that of something further out.

Bad:
    let folder = "/srv/a"
    let folder = "/srv/b"

Good:
    let folder = "/srv/a"
    let backup = "/srv/b"
)"},
    {Kind::kUnknownName, R"(A name is declared, imported, or a parameter.

What is near in spelling is offered. Names of a module are written with it: `files.remove`.

Bad:
    let old: Path = "/srv/old"
    prepare { files.remove(odl) }

Good:
    let old: Path = "/srv/old"
    prepare { files.remove(old) }
)"},
    {Kind::kUnknownMember, R"(What stands behind a dot is there.

A configuration has its keys, a temporary its `.end()` and its fields, and a value of a simple type nothing
at all.

Bad:
    config settings = config.ini("/etc/box/box.ini") {
      pause : Duration in s = 30s
    }
    prepare { config.set(settings.pauze, 10s) }

Good:
    config settings = config.ini("/etc/box/box.ini") {
      pause : Duration in s = 30s
    }
    prepare { config.set(settings.pause, 10s) }
)"},
    {Kind::kUnknownType, R"(A type is one of the language, or declared with `type`.

`Bool`, `Int`, `Float`, `String`, `Path`, `Duration`, `Size`, `Percent`, `Version`, `Url` and `Secret` are some;
`[Path]` is a list and `[String: Path]` a map. A handle has the type of its declaration.

Bad:
    input workers: Integer = 4

Good:
    input workers: Int = 4
)"},
    {Kind::kUnknownLabel, R"(`after` names an earlier statement of the same `parallel`.

Only there is there an order to give: everywhere else the text is the order. A name that comes later, or
stands in another block, would make a circle possible, so there is none.

Bad:
    prepare {
      parallel {
        one: files.remove("/srv/a")
        files.remove("/srv/b") after oen
      }
    }

Good:
    prepare {
      parallel {
        one: files.remove("/srv/a")
        files.remove("/srv/b") after one
      }
    }
)"},
    {Kind::kWrongKind, R"(A name stands where a thing of its kind belongs.

Steps are called in phases, facts and functions in values, signals in gates and watches, locks behind `lock`,
handles in `let`. A point of no return stands in `switch` itself, a `let` gives a name to what has a value.

Bad:
    prepare { files.first_line("/etc/box/release") }

Good:
    let release = files.first_line("/etc/box/release")
    prepare { files.remove("/srv/old-${release}") }
)"},
};

}  // namespace

std::span<const Explanation> NameExplanations() { return kNames; }

}  // namespace upgraph::diagnostics
