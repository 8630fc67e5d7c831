// A caller of candord: any method of any service, with one credential, and what a refusal
// says.
//
// Thread-safe.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace candor::e2e {

// An error as the wire tells it.
struct Refusal {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string message;
  std::string reason, domain;        // Of google.rpc.ErrorInfo.
  std::string field;                 // Of the first violation of google.rpc.BadRequest.
  bool says_when_to_repeat = false;  // Holds a google.rpc.RetryInfo.
  std::string bytes;                 // Everything of it, to search for what must not be there.
};
Refusal RefusalOf(const grpc::Status& status);
Refusal RefusalOf(const google::protobuf::Message& rpc_status);  // google.rpc.Status.
std::ostream& operator<<(std::ostream& out, const Refusal& refusal);

template <typename Response>
struct Answer {
  grpc::Status status;
  Response value;

  bool ok() const { return status.ok(); }
  Refusal refusal() const { return RefusalOf(status); }
  const Response* operator->() const { return &value; }
};

class Client {
 public:
  // `key` empty: without a credential.
  Client(std::shared_ptr<grpc::Channel> channel, std::string key)
      : channel_(std::move(channel)), key_(std::move(key)) {}
  static Client To(const std::string& address, std::string key);

  // The same connection with another credential.
  Client With(std::string key) const { return {channel_, std::move(key)}; }
  const std::string& key() const { return key_; }

  // Calls the method that takes `request`.
  template <typename Response>
  Answer<Response> Call(const google::protobuf::Message& request) const {
    Answer<Response> answer;
    std::string bytes;
    answer.status = CallRaw(MethodOf(*request.GetDescriptor()), request.SerializeAsString(), bytes);
    if (answer.status.ok()) answer.value.ParseFromString(bytes);
    return answer;
  }

  // Calls a method with several answers: all of them, as far as they came.
  template <typename Response>
  Answer<std::vector<Response>> CallTelling(const google::protobuf::Message& request) const {
    Answer<std::vector<Response>> answer;
    std::vector<std::string> all;
    answer.status = CallRawTelling(MethodOf(*request.GetDescriptor()), request.SerializeAsString(), all);
    for (const std::string& bytes : all) answer.value.emplace_back().ParseFromString(bytes);
    return answer;
  }

  // Listens to a method that never ends until `heard` says that it was enough, and hangs up.
  template <typename Response>
  grpc::Status Listen(const google::protobuf::Message& request,
                      const std::function<bool(const Response&)>& heard) const {
    std::vector<std::string> ignored;
    return CallRawTelling(MethodOf(*request.GetDescriptor()), request.SerializeAsString(), ignored,
                          [&](const std::string& bytes) {
                            Response response;
                            return response.ParseFromString(bytes) && heard(response);
                          });
  }

  // Sends any bytes to any method, /candor.v1.DecisionService/Authorize for one; of a
  // stream of answers it takes the first.
  grpc::Status CallRaw(const std::string& method, const std::string& request, std::string& response) const;

  grpc::Status CallRawTelling(const std::string& method, const std::string& request,
                              std::vector<std::string>& responses,
                              const std::function<bool(const std::string&)>& enough = nullptr) const;

  // `/candor.v1.<Service>/<Method>` of the method that takes it.
  static std::string MethodOf(const google::protobuf::Descriptor& request);

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::string key_;
};

}  // namespace candor::e2e
