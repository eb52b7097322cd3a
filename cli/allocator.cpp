// Every `new` of the program goes to mimalloc. A spec becomes millions of small texts and vectors,
// stage by stage; glibc spends a third of a check on joining and splitting what a stage left
// behind. Of the program alone: no library and no test is built with it.

#include <mimalloc-new-delete.h>
