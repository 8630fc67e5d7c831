// Against the receipts and the ledger of the format's vectors.
#include "tests/testing/vectors.h"

#include <gmock/gmock.h>

#include "services/core/chain/chain.h"
#include "services/core/commit/erasure.h"
#include "services/core/merkle/tree_hash.h"
#include "services/verify/ledger.h"
#include "services/verify/receipt.h"
#include "tests/unit/verify/ledger_world.h"

namespace candor::verify {
namespace {

using candor::testing::Vector;
using ::testing::IsEmpty;

class VerifyVectors : public candor::testing::WithVectors {
 protected:
  static core::VerifierKey KeyOf(const Vector& vkey) {
    return core::VerifierKey::Parse(vkey.get<std::string>()).value();
  }
};

TEST_F(VerifyVectors, HaveIntactReceipts) {
  const Vector v = candor::testing::ReadVectors("format/receipts/receipts.json");
  for (const Vector& r : v["receipts"]) {
    const std::string file = "format/receipts/" + r["file"].get<std::string>();

    const ReceiptVerdict verdict =
        VerifyReceipt(candor::testing::ReadVectorFile(file + ".leaf.json"),
                      candor::testing::ReadVectorFile(file + ".tlog-proof"), {KeyOf(v["vkey"])},
                      v["origin"].get<std::string>());

    EXPECT_TRUE(verdict.intact) << file << Texts(verdict.findings);
    EXPECT_THAT(verdict.malformed, IsEmpty());
    EXPECT_EQ(verdict.position, r["position"].get<std::uint64_t>());
    EXPECT_EQ(verdict.checkpoint.size, r["size"].get<std::uint64_t>());
  }
  EXPECT_EQ(v["receipts"].size(), 8U);
}

TEST_F(VerifyVectors, AgreeOnWhichReceiptsAreGood) {
  const Vector v = candor::testing::ReadVectors("format/receipts/receipts.json");
  for (const Vector& c : v["cases"]) {
    const ReceiptVerdict verdict =
        VerifyReceipt(c["leaf"].get<std::string>(), c["proof"].get<std::string>(),
                      {KeyOf(v["vkey"])}, v["origin"].get<std::string>());
    const bool good = verdict.intact && verdict.malformed.empty() && verdict.position == 4 &&
                      verdict.checkpoint.size == 12;

    EXPECT_EQ(good, c["accept"].get<bool>()) << c["name"] << Texts(verdict.findings);
  }
  EXPECT_EQ(v["cases"].size(), 17U);
}

// The whole ledger with every section that is not erased, and the proofs of those that are.
TEST_F(VerifyVectors, HaveAnIntactLedger) {
  const Vector ledger = candor::testing::ReadVectors("format/leaf_chain_tree.json");
  const Vector checkpoints = candor::testing::ReadVectors("format/checkpoints.json");
  const Vector sections =
      candor::testing::ReadVectors("format/sections.json")["ledger"]["sections"];
  const Vector erasure = candor::testing::ReadVectors("format/erasure.json")["ledger"];
  LedgerCheck check({.origin = ledger["origin"].get<std::string>(),
                     .with_columns = false,
                     .with_sections = true});
  for (const Vector& l : ledger["leaves"]) {
    const auto text = l["leaf"].get<std::string>();
    const auto position = l["position"].get<std::uint64_t>();
    check.Entry({.position = position, .leaf = AsBytes(text)});
    for (const Vector& s : sections) {
      if (text.find("\"id\":\"" + s["leaf"].get<std::string>()) == std::string::npos) continue;
      const auto name = s["section"].get<std::string>();
      const auto bytes = s["bytes"].get<std::string>();
      const Digest salt = candor::testing::DigestOfBase64(s["salt"]);
      SectionRow row = {
          .position = position, .name = name, .salt = salt.view(), .bytes = AsBytes(bytes)};
      Bytes path;
      for (const Vector& item : erasure["items"]) {
        if (item["leaf"] != s["leaf"] || item["section"] != s["section"]) continue;
        for (const Vector& hash : item["proof"]) {
          const Bytes digest = Own(candor::testing::DigestOfBase64(hash));
          path.insert(path.end(), digest.begin(), digest.end());
        }
        row = {.position = position,
               .name = name,
               .state = SectionRow::State::kErased,
               .erasure_position = erasure["position"].get<std::uint64_t>(),
               .k = candor::testing::DigestOfHex(item["k"]),
               .erasure_index = item["index"].get<std::uint64_t>(),
               .erasure_path = path};
      }
      check.Section(row);
    }
  }

  const Report report =
      check.Finish(checkpoints["good"][12].get<std::string>(), {KeyOf(checkpoints["log"]["vkey"])});

  EXPECT_TRUE(report.intact()) << Texts(report.findings);
  EXPECT_THAT(report.malformed, IsEmpty()) << Texts(report.malformed);
  EXPECT_EQ(report.size, 12U);
}

}  // namespace
}  // namespace candor::verify
