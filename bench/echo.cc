// candor_bench_echo ADDRESS: answers every unary call with the bytes it got, until its
// standard input ends. One completion queue, one thread: the cheapest server gRPC has.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <thread>

namespace {

struct OneCall {
  grpc::GenericServerContext context;
  grpc::GenericServerAsyncReaderWriter stream{&context};
  grpc::ByteBuffer bytes;
  int step = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials());
  builder.RegisterAsyncGenericService(&service);
  builder.SetMaxReceiveMessageSize(64 << 20);
  const std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  const auto ask = [&] {
    auto* call = new OneCall;
    service.RequestCall(&call->context, &call->stream, queue.get(), queue.get(), call);
  };
  for (int i = 0; i < 512; ++i) ask();
  std::thread loop([&] {
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) {
      auto* call = static_cast<OneCall*>(tag);
      if (!ok || call->step == 2) {
        delete call;
      } else if (call->step++ == 0) {
        ask();
        call->stream.Read(&call->bytes, call);
      } else {
        call->stream.WriteAndFinish(call->bytes, grpc::WriteOptions(), grpc::Status::OK, call);
      }
    }
  });
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  server->Shutdown(std::chrono::system_clock::now());
  queue->Shutdown();
  loop.join();
  return 0;
}
