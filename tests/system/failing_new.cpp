// A `new` that fails: the UPGRAPH_TEST_NEW_FAILS-th call, and all later ones unless the number ends
// with an `x`. How many there were goes to the file UPGRAPH_TEST_NEW_COUNT. For a program of the
// tests alone.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

constinit std::atomic<long> calls{0};
constinit std::atomic<long> failing{0};  // 0: none
constinit std::atomic<bool> is_once{false};

struct Settings {
  Settings() {
    if (const char* text = std::getenv("UPGRAPH_TEST_NEW_FAILS"); text != nullptr) {
      is_once = std::strchr(text, 'x') != nullptr;
      failing = std::atol(text);
    }
  }
  ~Settings() {
    const char* path = std::getenv("UPGRAPH_TEST_NEW_COUNT");
    if (std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w"); file != nullptr) {
      std::fprintf(file, "%ld\n", calls.load());
      std::fclose(file);
    }
  }
} settings;

void* Allocate(std::size_t size, std::size_t alignment) {
  const long number = ++calls;
  const long first = failing.load(std::memory_order_relaxed);
  if (first != 0 && (is_once ? number == first : number >= first)) {
    return nullptr;
  }
  return alignment <= alignof(std::max_align_t)
             ? std::malloc(size == 0 ? 1 : size)
             : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* AllocateOrThrow(std::size_t size, std::size_t alignment) {
  void* memory = Allocate(size, alignment);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return AllocateOrThrow(size, 1); }
void* operator new[](std::size_t size) { return AllocateOrThrow(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return AllocateOrThrow(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return AllocateOrThrow(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return Allocate(size, 1); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return Allocate(size, 1); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
