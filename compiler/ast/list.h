#pragma once

// The children of a node: a std::vector of one pointer. Most nodes have most of their lists empty,
// and a large spec has millions of them; three pointers each were a third of the tree.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <utility>

namespace upgraph::ast {

// Used as std::vector is: growing moves the elements, and T may be incomplete where a List of it is
// a member.
template <typename T>
class List {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  List() = default;
  List(std::initializer_list<T> items) : List(items.begin(), items.end()) {}
  template <typename Iterator>
  List(Iterator first, Iterator last) {
    for (; first != last; ++first) {
      push_back(*first);
    }
  }
  List(const List& other) : List(other.begin(), other.end()) {}
  List(List&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
  List& operator=(List other) noexcept {
    std::swap(head_, other.head_);
    return *this;
  }
  ~List() {
    if (head_ != nullptr) {
      std::destroy(begin(), end());
      Free(head_);
    }
  }

  size_t size() const { return head_ == nullptr ? 0 : head_->size; }
  bool empty() const { return size() == 0; }
  T* begin() { return head_ == nullptr ? nullptr : Items(head_); }
  T* end() { return begin() + size(); }
  const T* begin() const { return head_ == nullptr ? nullptr : Items(head_); }
  const T* end() const { return begin() + size(); }
  T& operator[](size_t index) { return begin()[index]; }
  const T& operator[](size_t index) const { return begin()[index]; }
  T& front() { return *begin(); }
  const T& front() const { return *begin(); }
  T& back() { return end()[-1]; }
  const T& back() const { return end()[-1]; }

  void reserve(size_t capacity) {
    if (capacity > Capacity()) {
      Grow(capacity);
    }
  }
  template <typename... Args>
  T& emplace_back(Args&&... args) {
    if (size() == Capacity()) {
      // An argument may lie in the list itself.
      T item{std::forward<Args>(args)...};
      Grow(std::max<size_t>(1, 2 * Capacity()));
      return *new (Items(head_) + head_->size++) T(std::move(item));
    }
    return *new (Items(head_) + head_->size++) T{std::forward<Args>(args)...};
  }
  void push_back(const T& item) { emplace_back(item); }
  void push_back(T&& item) { emplace_back(std::move(item)); }
  void pop_back() {
    std::destroy_at(end() - 1);
    --head_->size;
  }
  void clear() { *this = List(); }

 private:
  struct Head {
    uint32_t size;
    uint32_t capacity;
  };
  static_assert(alignof(Head) <= 8);

  static T* Items(Head* head) {
    static_assert(alignof(T) <= sizeof(Head));
    return reinterpret_cast<T*>(head + 1);
  }
  static void Free(Head* head) { ::operator delete(head); }
  size_t Capacity() const { return head_ == nullptr ? 0 : head_->capacity; }
  void Grow(size_t capacity) {
    void* memory = ::operator new(sizeof(Head) + capacity * sizeof(T));
    Head* head = new (memory) Head{static_cast<uint32_t>(size()), static_cast<uint32_t>(capacity)};
    if (head_ != nullptr) {
      std::uninitialized_move(begin(), end(), Items(head));
      std::destroy(begin(), end());
      Free(head_);
    }
    head_ = head;
  }

  Head* head_ = nullptr;  // the elements stand behind it
};

}  // namespace upgraph::ast
