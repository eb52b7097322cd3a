// What a text must be before it says anything.

#include "compiler/diagnostics/explanations/groups.h"

namespace upgraph::diagnostics {
namespace {

constexpr Explanation kSyntax[] = {
    {Kind::kUnreadableSpec, R"(A spec is a file that can be read.

The command got a name of something that is no file, that is not there, or that may not be read. `-` reads
the spec from standard input. A spec ends in `.upg`, a package in `.zip`.
)"},
    {Kind::kBadEncoding, R"(A spec is UTF-8.

Editors of today write it by themselves. An old file is converted once: `iconv -f latin1 -t utf-8`. A byte
order mark, control characters, and characters that hide or turn the direction of writing are refused
everywhere, in comments as well: a spec must read as it looks.
)"},
    {Kind::kUnexpectedCharacter, R"(Outside of texts and comments a spec is written in ASCII.

Names that look alike must be alike: a Cyrillic `a` in a name would make another name that nobody can tell
apart. What people read, texts and comments, may hold any letter.

Bad:
    let größe = 5

Good:
    let size = 5   // die Größe
)"},
    {Kind::kUnterminatedText, R"(A text ends on the line on which it begins.

A quote that is missing would make the rest of the file a part of the text, and each error behind it would
be about something else. A text of several lines stands between `"""`.

Bad:
    let motto = "first
    second"

Good:
    let motto = """
      first
      second
      """
)"},
    {Kind::kUnbalancedBracket, R"(Each bracket has its other half.

The message names both ends: the bracket that was opened last and the one that was found in place of its
own. Indentation tells which of them is meant; `upgraph fmt` sets it right once they fit.

Bad:
    let folders = ["/srv/a", "/srv/b")

Good:
    let folders = ["/srv/a", "/srv/b"]
)"},
    {Kind::kBadEscape, R"(A backslash in a text stands before `"`, `\`, `$`, `n`, `t` or `u{…}`.

Any other one is more likely a mistake than a wish, for one a path with backslashes. `'…'` takes a text as it
stands, with no escapes and no `${…}`. A dollar sign before a brace is written `\$`.

Bad:
    let pattern = "[0-9]\.[0-9]"

Good:
    let pattern = '[0-9]\.[0-9]'
)"},
    {Kind::kSyntaxError, R"(A spec is declarations, and a declaration has one form.

The message says what was found and what may stand there. Reading goes on with the next line of the block,
or with the next declaration, so that several mistakes are said at once; one that follows from another is
not.

Bad:
    let retries 3

Good:
    let retries = 3
)"},
    {Kind::kBadLiteral, R"(A literal has the form of its type.

`30s`, `2GiB`, `1%` and `v4.8.3` are values of their own types; a unit is a part of the number, and no unit is
guessed. What is meant is mostly near: the message lists the units.

Bad:
    let pause = 30sec

Good:
    let pause = 30s
)"},
    {Kind::kTooLarge, R"(Everything has a limit, which is far above what a person writes.

Limits keep a damaged or a hostile file from taking a machine down; `docs/limits.md` lists them. What repeats
is said once, with `for` or in a step of steps, and a spec that holds two things becomes two modules.
)"},
    {Kind::kStrayDoc, R"(A comment of three slashes documents what stands right below it.

`upgraph docs` and editors show it. One that documents nothing is a plain comment, `//`, or has lost its
declaration. `upgraph check --fix` makes a plain one of it.

Bad:
    let pause = 30s   /// how long to wait

Good:
    /// how long to wait
    let pause = 30s
)"},
};

}  // namespace

std::span<const Explanation> SyntaxExplanations() { return kSyntax; }

}  // namespace upgraph::diagnostics
