// Declarations: what a step, a product or an input says of itself.

#include "compiler/diagnostics/explanations/groups.h"

namespace upgraph::diagnostics {
namespace {

constexpr Explanation kDeclarations[] = {
    {Kind::kUnknownProperty, R"(A declaration has the properties of its kind.

The message offers what is near, and says it when the property belongs to another kind: a step that is made
of others, for one, has no `phases`, as its steps say it.

Bad:
    product box {
      installed files.first_line("/etc/box/release")
      release   v1.0.0, v2.0.0
    }

Good:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
)"},
    {Kind::kDuplicateProperty, R"(A property is said once.

Two would be a riddle: does the second add to the first, or replace it? What may be several is a list behind
one word, or has a line for each, such as `writes`.

Bad:
    product box {
      installed files.first_line("/etc/box/release")
      installed files.first_line("/opt/box/release")
      releases  v1.0.0, v2.0.0
    }

Good:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
)"},
    {Kind::kMissingProperty, R"(A declaration says everything that the checks build on.

A product says how the installed version is found; a step says in which phases it may stand, what it
touches, and how long it takes. What has a sensible default may be left out, the rest is asked for.

Bad:
    product box {
      releases v1.0.0, v2.0.0
    }

Good:
    product box {
      installed files.first_line("/etc/box/release")
      releases  v1.0.0, v2.0.0
    }
)"},
    {Kind::kBadProperty, R"(A property reads as the language says.

The hint shows its form. `allow` names a check and gives a reason that people read in the plan; a check
whose proof nothing makes up for cannot be allowed.

Bad:
    allow could-be-parallel
    prepare { files.remove("/srv/old") }

Good:
    prepare { files.remove("/srv/old") }
)"},
    {Kind::kOpaqueStep, R"(A step that is a command says what the runtime cannot see.

What it writes, how it is undone, how one sees whether it is done: without these nothing can be proved of
it, and nobody can tell after a power cut how far it got. A command never reverses *exactly*, as it keeps no
old content: it reverses by compensation, which is a second command, with loss, or never.

Bad:
    step touch(path: Path) {
      phases   prepare
      writes   file(path)
      reverses exactly
      takes    1s
      do       ["touch", path]
      undo     ["rm", path]
      observe  ["test", "-e", path]
    }

Good:
    step touch(path: Path) {
      phases   prepare
      writes   file(path)
      reverses by compensation
      takes    1s
      do       ["touch", path]
      undo     ["rm", path]
      observe  ["test", "-e", path]
    }
)"},
    {Kind::kNativeOutsideLibrary, R"(What the runtime itself does is declared in the library alone.

`native` names code of the runtime, and handles are made by it. A spec has commands, and steps that are made
of others.

Bad:
    step clear(path: Path) {
      phases   prepare
      writes   file(path)
      reverses exactly
      takes    1s
      native   "files.remove"
    }

Good:
    step clear(path: Path) {
      steps { files.remove(path) }
    }
)"},
    {Kind::kRecursion, R"(A step or a function does not call itself, not even by way of others.

Every spec comes to an end when it is compiled, and its plan is finite. What repeats is a `for` over a list.

Bad:
    function nest(path: Path) : Path = nest("${path}/x")

Good:
    function nest(path: Path) : Path = "${path}/x"
)"},
    {Kind::kMissingInput, R"(An input without a default is given.

`--set NAME=VALUE` or `--inputs FILE` gives it, a test says `given input NAME VALUE`. An input that has one
sensible value for most sites gets a default in its declaration.

Bad:
    input folder: Path
    prepare { files.remove(folder) }

Good:
    input folder: Path = "/srv/old"
    prepare { files.remove(folder) }
)"},
    {Kind::kUnknownInput, R"(What is given is an input of the spec.

A name that the spec does not have would change nothing, and somebody believes that it does. What is near in
spelling is offered.
)"},
};

}  // namespace

std::span<const Explanation> DeclarationExplanations() { return kDeclarations; }

}  // namespace upgraph::diagnostics
