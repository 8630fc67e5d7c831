#include "tests/e2e/client.h"

#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <cstdlib>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace candor::e2e {
namespace {

constexpr auto kMostWait = std::chrono::seconds(60);  // A test that waits so long has failed.
constexpr int kMostBytes = 64 * 1024 * 1024;

// An idle client looks up only now and then, and a server that stops waits for it to hang up.
const int kLooksUpOften = setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "50", 1);  // NOLINT

void Fill(const google::rpc::Status& status, Refusal& out) {
  for (const auto& detail : status.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    if (detail.UnpackTo(&info)) {
      out.reason = info.reason();
      out.domain = info.domain();
    } else if (detail.UnpackTo(&bad) && bad.field_violations_size() > 0) {
      out.field = bad.field_violations(0).field();
    } else if (detail.Is<google::rpc::RetryInfo>()) {
      out.says_when_to_repeat = true;
    }
  }
}

}  // namespace

Refusal RefusalOf(const grpc::Status& status) {
  Refusal refusal{.code = status.error_code(), .message = status.error_message(), .reason = {}, .domain = {},
                  .field = {}, .bytes = status.error_message() + status.error_details()};
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) Fill(details, refusal);
  return refusal;
}

Refusal RefusalOf(const google::protobuf::Message& rpc_status) {
  const auto& status = dynamic_cast<const google::rpc::Status&>(rpc_status);
  Refusal refusal{.code = static_cast<grpc::StatusCode>(status.code()), .message = status.message(),
                  .reason = {}, .domain = {}, .field = {}, .bytes = status.SerializeAsString()};
  Fill(status, refusal);
  return refusal;
}

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
  return out << "code " << refusal.code << ", reason " << refusal.reason << ", field " << refusal.field << ", \""
             << refusal.message << '"';
}

Client Client::To(const std::string& address, std::string key) {
  if (kLooksUpOften != 0) std::abort();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMostBytes);
  arguments.SetMaxSendMessageSize(kMostBytes);
  // Every client waits for its own server only, not for how often another one failed.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return {grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments), std::move(key)};
}

std::string Client::MethodOf(const google::protobuf::Descriptor& request) {
  const auto* file = request.file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const auto* method = file->service(s)->method(m);
      if (method->input_type() == &request) return "/" + file->service(s)->full_name() + "/" + method->name();
    }
  }
  std::abort();  // The test is wrong: this is no request.
}

grpc::Status Client::CallRaw(const std::string& method, const std::string& request, std::string& response) const {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kMostWait);
  if (!key_.empty()) context.AddMetadata("authorization", "Bearer " + key_);
  grpc::CompletionQueue queue;
  const grpc::Slice slice(request);
  const grpc::ByteBuffer sent(&slice, 1);
  grpc::ByteBuffer received;
  grpc::Status status;
  void* tag = nullptr;
  bool ok = false;
  const auto call = grpc::GenericStub(channel_).PrepareUnaryCall(&context, method, sent, &queue);
  call->StartCall();
  call->Finish(&received, &status, &queue);
  queue.Next(&tag, &ok);
  grpc::Slice whole;
  if (status.ok() && received.DumpToSingleSlice(&whole).ok()) {
    response.assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
  }
  return status;
}

grpc::Status Client::CallRawTelling(const std::string& method, const std::string& request,
                                    std::vector<std::string>& responses,
                                    const std::function<bool(const std::string&)>& enough) const {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kMostWait);
  if (!key_.empty()) context.AddMetadata("authorization", "Bearer " + key_);
  grpc::CompletionQueue queue;
  const grpc::Slice slice(request);
  const grpc::ByteBuffer sent(&slice, 1);
  const auto call = grpc::GenericStub(channel_).PrepareCall(&context, method, &queue);
  const auto done = [&] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(&queue);
  bool open = done();
  if (open) {
    call->WriteLast(sent, grpc::WriteOptions(), &queue);
    open = done();
  }
  while (open) {
    grpc::ByteBuffer received;
    call->Read(&received, &queue);
    open = done();
    grpc::Slice whole;
    if (open && received.DumpToSingleSlice(&whole).ok()) {
      responses.emplace_back(reinterpret_cast<const char*>(whole.begin()), whole.size());
      if (enough && enough(responses.back())) break;
    }
  }
  if (open) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, &queue);
  done();
  return status;
}

}  // namespace candor::e2e
