#pragma once

#include <mpi.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <type_traits>

namespace prs {

/// Values of a few bytes from rank to rank, on a communicator of their own that may have lost some of its ranks: the
/// others reach each other as before. Never blocks.
class SmallMessages {
 public:
  explicit SmallMessages(MPI_Comm comm) : comm_(comm) {}
  SmallMessages(const SmallMessages&) = delete;
  SmallMessages& operator=(const SmallMessages&) = delete;
  /// MPI may still read what it has not sent yet, so that is left to it.
  ~SmallMessages();

  /// To one that is lost: nothing happens.
  template <typename Value>
  void send(int to, int tag, const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    send_bytes(to, tag, std::string(reinterpret_cast<const char*>(&value), sizeof value));
  }
  /// The oldest one of this sender and tag; false where none has come.
  template <typename Value>
  bool receive(int from, int tag, Value& value) {
    static_assert(std::is_trivially_copyable_v<Value>);
    return receive_bytes(from, tag, &value, sizeof value);
  }

 private:
  struct Sending {
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  void send_bytes(int to, int tag, std::string bytes);
  bool receive_bytes(int from, int tag, void* value, std::size_t size);
  void forget_sent();

  MPI_Comm comm_;
  std::list<std::unique_ptr<Sending>> sending_;
};

}  // namespace prs
