#pragma once

namespace upgraph::cli {

// Call first in main, before anything is opened or started. What a caller can leave wrong for the
// programs that it starts:
// - a standard stream that is closed: the next file that is opened would get its number, and what
//   is printed would be written into that file. It stays useless, but taken.
// - SIGCHLD ignored: nobody could wait for a child.
// - a limit on the size of files: to write beyond it is an error here, not the end.
void SetUpProcess();

}  // namespace upgraph::cli
