// The world of the catalogue of questions: decisions of which each is told apart by hand, recorded over the wire.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "candor/v1/audit_service.pb.h"
#include "candor/v1/transparency_service.pb.h"
#include "tests/e2e/world.h"

namespace candor::e2e {

class Catalogue : public ::testing::Test {
 protected:
  static void Declare(v1::CodeKind kind, const std::vector<std::string>& codes);
  template <typename Response>
  static Response Must(const Client& client, const google::protobuf::Message& request) {
    const auto answer = client.Call<Response>(request);
    EXPECT_TRUE(answer.ok()) << answer.refusal();
    return answer.value;
  }

  static v1::AuthorizeResponse Ask(const std::string& name, v1::AuthorizeRequest request);
  static void Record(const v1::AuthorizeResponse& of, const v1::Outcome& outcome);
  static v1::Outcome Granted();
  static v1::Outcome Refused(const std::string& reason);
  static void Decide(const std::string& name, const v1::AuthorizeRequest& request, const v1::Outcome& outcome = Granted());
  static v1::RecordResultRequest ResultOf(const std::string& name);

  // Applicants in two languages.
  static void Screen();
  // Refunds by versions, prompts, prices, data and conversations.
  static void Blast();
  // Refusals, told and untold.
  static void Tell();
  // Decisions of weight, by machines alone and not.
  static void Automate();
  // Tasks that a human settled, and one that waits.
  static void Review();
  static void MatchFaces();
  // Denials, complaints, reversals, drift.
  static void GoWrong();
  static void Object();
  static void Forget();
  // Last, because the times of all that follows are short.
  static void Lose();

  static void SetUpTestSuite();
  static void TearDownTestSuite();

  static v1::SearchRequest For(const std::string& filter);
  static v1::SearchRequest WithReason(const std::string& filter);
  static std::vector<std::string> Find(const v1::SearchRequest& request);
  static std::vector<std::string> Find(const std::string& filter);
  static v1::GetDossierResponse Dossier(const std::string& name, const std::vector<std::string>& sections);
  // What stands in a section of an entry of a dossier.
  static std::string Content(const v1::DossierEntry& entry, const std::string& name);
  static core::Leaf LeafOf(const v1::DossierEntry& entry);
  static std::vector<std::string> TypesOf(const v1::GetDossierResponse& dossier);
  // `measure group: count/total`
  static std::vector<std::string> Count(v1::AggregateRequest request);

  static Tenant* tenant_;
  static Client *carla_, *rita_;
  static std::map<std::string, std::string> names_, ids_;
};

}  // namespace candor::e2e
