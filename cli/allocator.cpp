// Every `new` of the program goes to mimalloc. A spec becomes millions of small texts and vectors,
// stage by stage; glibc spends a third of a check on joining and splitting what a stage left
// behind. Of the program alone: no library and no test is built with it.

#include "cli/allocator.h"

#include <mimalloc-new-delete.h>

namespace {

// What one stage gives back the next one needs at once: given to the kernel in between, a quarter
// of a check's page faults would be about memory that it had before.
[[maybe_unused]] const bool kKeepsFreedMemory = [] {
  mi_option_set_default(mi_option_page_reset, 0);
  mi_option_set_default(mi_option_decommit_delay, 60'000);  // ms
  return true;
}();

}  // namespace

namespace upgraph::cli {

void GiveBackFreedMemory() {
  mi_option_set(mi_option_decommit_delay, 25);  // ms, as mimalloc has it by itself
  mi_collect(true);
}

}  // namespace upgraph::cli
