// Against sections.json, wrapping.json, lookup.json, fingerprint.json and erasure.json.
#include "tests/testing/vectors.h"

#include "services/core/commit/erasure.h"
#include "services/core/commit/lookup.h"
#include "services/core/commit/section.h"
#include "services/core/commit/wrap.h"
#include "services/core/json/json.h"
#include "services/core/leaf/leaf.h"
#include "services/crypto/sha256.h"

namespace candor::core {
namespace {

using testing::BytesOfHex;
using testing::DigestOfBase64;
using testing::DigestOfHex;
using testing::KeyOfHex;
using testing::Vector;

// A vector's texts, kept alive beside the views into them.
struct Place {
  explicit Place(const Vector& v, std::string ledger)
      : origin(std::move(ledger)),
        leaf(v["leaf"].get<std::string>()),
        section(v["section"].get<std::string>()) {}

  SectionOf of() const { return {.origin = origin, .leaf_id = leaf, .name = section}; }

  std::string origin;
  std::string leaf;
  std::string section;
};

class CommitVectors : public testing::WithVectors {
 protected:
  static Bytes BytesOfBase64(const Vector& text) {
    return FromBase64(text.get<std::string>()).value();
  }
};

TEST_F(CommitVectors, SealEverySectionToTheSameBytes) {
  const Vector v = testing::ReadVectors("format/sections.json");
  const crypto::Key data_key = KeyOfHex(v["data_key"]);
  for (const Vector& s : v["sections"]) {
    const Place place(s, v["origin"].get<std::string>());
    const auto bytes = s["bytes"].get<std::string>();
    const Digest salt = DigestOfHex(s["salt"]);
    const Bytes nonce = BytesOfHex(s["nonce"]);
    ASSERT_EQ(bytes.size(), s["length"].get<std::size_t>());

    EXPECT_EQ(CommitSection(place.of(), salt, AsBytes(bytes)), DigestOfHex(s["commitment"]));
    EXPECT_EQ(ToHex(SectionKey(data_key, place.of()).view()), s["section_key"].get<std::string>());
    EXPECT_EQ(
        ToBase64(SealSection(data_key, place.of(), salt,
                             std::span<const std::uint8_t, 12>(nonce.data(), 12), AsBytes(bytes))),
        s["sealed"].get<std::string>());
  }
  EXPECT_EQ(v["sections"].size(), 8U);
}

TEST_F(CommitVectors, AgreeOnWhatIsOpened) {
  const Vector v = testing::ReadVectors("format/sections.json");
  const crypto::Key data_key = KeyOfHex(v["data_key"]);
  for (const Vector& c : v["open"]) {
    const Place place(c, v["origin"].get<std::string>());

    const absl::StatusOr<Opened> opened =
        OpenSection(data_key, place.of(), BytesOfBase64(c["sealed"]), DigestOfHex(c["commitment"]));

    EXPECT_EQ(opened.ok(), c["accept"].get<bool>()) << c["name"];
  }
  EXPECT_EQ(v["open"].size(), 17U);
}

TEST_F(CommitVectors, AgreeOnWhatIsShown) {
  const Vector v = testing::ReadVectors("format/sections.json");
  for (const Vector& c : v["show"]) {
    const Place place(c, v["origin"].get<std::string>());
    const auto bytes = c["bytes"].get<std::string>();

    EXPECT_EQ(CheckSection(place.of(), BytesOfHex(c["salt"]), AsBytes(bytes),
                           DigestOfHex(c["commitment"]))
                  .ok(),
              c["accept"].get<bool>())
        << c["name"];
  }
  EXPECT_EQ(v["show"].size(), 7U);
}

TEST_F(CommitVectors, ShowEverySectionOfTheLedger) {
  const Vector v = testing::ReadVectors("format/sections.json");
  const Vector ledger = testing::ReadVectors("format/leaf_chain_tree.json");
  std::map<std::string, Digest> commitments;
  for (const Vector& l : ledger["leaves"]) {
    const Leaf leaf = ParseLeaf(l["leaf"].get<std::string>()).value();
    for (const auto& [name, commitment] : leaf.sections) {
      commitments[leaf.id.ToText() + " " + name] = commitment;
    }
  }

  for (const Vector& s : v["ledger"]["sections"]) {
    const Place place(s, v["origin"].get<std::string>());
    const auto bytes = s["bytes"].get<std::string>();
    const crypto::Key data_key = KeyOfHex(v["ledger"]["data_keys"][s["key"].get<std::string>()]);
    const Digest salt = DigestOfBase64(s["salt"]);
    const Bytes nonce = BytesOfBase64(s["nonce"]);
    const auto found = commitments.find(place.leaf + " " + place.section);
    ASSERT_NE(found, commitments.end()) << s;

    EXPECT_TRUE(CheckSection(place.of(), salt.view(), AsBytes(bytes), found->second).ok());
    EXPECT_TRUE(ParseCanonical(bytes, JsonKind::kSection).ok());
    EXPECT_EQ(
        ToBase64(SealSection(data_key, place.of(), salt,
                             std::span<const std::uint8_t, 12>(nonce.data(), 12), AsBytes(bytes))),
        s["sealed"].get<std::string>());
    commitments.erase(found);
  }
  EXPECT_TRUE(commitments.empty());
}

TEST_F(CommitVectors, WrapEveryKeyToTheSameBytes) {
  const auto of = [](const Vector& w, const std::string& tenant, const std::string& handle) {
    return WrapOf{
        .tenant = tenant, .handle = handle, .generation = w["generation"].get<std::uint64_t>()};
  };
  const Vector v = testing::ReadVectors("format/wrapping.json");
  for (const Vector& w : v["wrapped"]) {
    const auto tenant = w["tenant"].get<std::string>();
    const auto handle = w["handle"].get<std::string>();
    const crypto::Key parent = KeyOfHex(w["parent"]);

    const auto wrapped = Wrap(parent, of(w, tenant, handle), KeyOfHex(w["key"]));

    EXPECT_EQ(ToHex(wrapped), w["wrapped"].get<std::string>());
    EXPECT_EQ(ToHex(Unwrap(parent, of(w, tenant, handle), wrapped)->view()),
              w["key"].get<std::string>());
  }
  for (const Vector& w : v["refused"]) {
    const auto tenant = w["tenant"].get<std::string>();
    const auto handle = w["handle"].get<std::string>();

    EXPECT_FALSE(
        Unwrap(KeyOfHex(w["parent"]), of(w, tenant, handle), BytesOfHex(w["wrapped"])).ok())
        << w["name"];
  }
}

TEST_F(CommitVectors, LookEveryReferenceUpUnderTheSameValue) {
  const Vector v = testing::ReadVectors("format/lookup.json");
  const crypto::Key key = KeyOfHex(v["key"]);
  for (const Vector& l : v["lookups"]) {
    const auto reference = l["reference"].get<std::string>();
    ASSERT_EQ(ToHex(AsBytes(reference)), l["reference_hex"].get<std::string>());

    EXPECT_EQ(PersonLookup(key, reference), DigestOfHex(l["lookup"]));
  }
  for (const Vector& length : v["refused_lengths"]) {
    EXPECT_FALSE(IsReference(std::string(length.get<std::size_t>(), 'x')));
  }
}

// Rebuilds the request as a value, so that the canonical bytes are ours.
Json JsonOf(const Vector& v) {
  if (v.is_string()) return v.get<std::string>();
  if (v.is_boolean()) return v.get<bool>();
  if (v.is_number()) return v.get<std::int64_t>();
  Json json = v.is_array() ? Json::Array() : Json::Object();
  for (const auto& [name, item] : v.items()) {
    v.is_array() ? json.Append(JsonOf(item)) : json.Set(name, JsonOf(item));
  }
  return json;
}

TEST_F(CommitVectors, FingerprintEveryRequestToTheSameValue) {
  const Vector v = testing::ReadVectors("format/fingerprint.json");
  for (const Vector& f : v["fingerprints"]) {
    Json whole = Json::Object();
    whole.Set("request", JsonOf(f["request"])).Set("method", JsonOf(f["method"]));
    const std::string bytes = whole.Encode();

    EXPECT_EQ(bytes, f["bytes"].get<std::string>());
    EXPECT_EQ(Fingerprint(KeyOfHex(v["data_key"]), bytes), DigestOfHex(f["fingerprint"]));
  }
}

TEST_F(CommitVectors, ProveEveryErasure) {
  const Vector v = testing::ReadVectors("format/erasure.json");
  Vector erasures = v["erasures"];
  erasures.push_back(v["ledger"]);
  for (const Vector& e : erasures) {
    std::vector<Digest> items;
    for (const Vector& i : e["items"]) {
      items.push_back(ErasureItem(DigestOfHex(i["k"]), i["leaf"].get<std::string>(),
                                  i["section"].get<std::string>()));
      EXPECT_EQ(items.back(), DigestOfHex(i["item"]));
    }
    const ErasureTree tree(items);
    const ErasureFacts facts = {.items = e["count"].get<std::uint64_t>(),
                                .root = DigestOfHex(e["root"])};
    EXPECT_EQ(tree.root(), facts.root);
    EXPECT_EQ(tree.size(), facts.items);
    for (const Vector& i : e["items"]) {
      const Digest item = DigestOfHex(i["item"]);
      const ErasureProof proof = tree.ProofOf(item).value();
      EXPECT_EQ(proof.index, i["index"].get<std::uint64_t>());
      ASSERT_EQ(proof.path.size(), i["proof"].size());
      for (std::size_t k = 0; k < proof.path.size(); ++k) {
        EXPECT_EQ(proof.path[k], DigestOfBase64(i["proof"][k]));
      }
      EXPECT_TRUE(VerifyErased(item, proof, facts).ok());
    }
  }
}

}  // namespace
}  // namespace candor::core
