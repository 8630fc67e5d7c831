// candor_bench_echo ADDRESS: answers every unary call with the bytes it got, until SIGTERM
// or the end of its parent. One completion queue, one thread: the cheapest server gRPC has.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/prctl.h>

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
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);
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
  int signal = 0;
  sigwait(&end, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  queue->Shutdown();
  loop.join();
  return 0;
}
