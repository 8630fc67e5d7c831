#include "services/flow/why.h"

#include <algorithm>

#include "services/base/status.h"
#include "services/flow/judge.h"
#include "services/flow/recalled.h"
#include "services/store/reader.h"

namespace candor::flow {
namespace {

struct Found {
  std::uint64_t position = 0;
  core::Leaf leaf;
};

// The authorization of that id, or the last one of the decision of that id.
absl::StatusOr<Found> FindAuthorization(store::Connection& connection, const Uuid& tenant, const Uuid& id) {
  const absl::Status none = Because(absl::NotFoundError("there is no such authorization or decision"), "NOT_FOUND");
  std::optional<Found> found;
  CANDOR_ASSIGN_OR_RETURN(const auto leaves, store::LeavesOfDecision(connection, tenant, id));
  for (const store::StoredLeaf& stored : leaves) {
    CANDOR_ASSIGN_OR_RETURN(core::Leaf leaf, core::ParseLeaf(stored.leaf));
    if (leaf.type == "authorization") found = Found{.position = stored.position, .leaf = std::move(leaf)};
  }
  if (found) return *std::move(found);
  const auto stored = store::LeafOfId(connection, tenant, id);
  if (absl::IsNotFound(stored.status())) return none;
  CANDOR_RETURN_IF_ERROR(stored.status());
  CANDOR_ASSIGN_OR_RETURN(core::Leaf leaf, core::ParseLeaf(stored->leaf));
  if (leaf.type != "authorization") return none;
  return Found{.position = stored->position, .leaf = std::move(leaf)};
}

}  // namespace

absl::StatusOr<Explained> Why::Run(const Uuid& tenant, const Uuid& id, const std::optional<Digest>& set) {
  CANDOR_ASSIGN_OR_RETURN(const auto ledger, ledgers_.Get(tenant));
  store::Pool::Lease connection = writers_.Borrow();
  CANDOR_ASSIGN_OR_RETURN(const Found found, FindAuthorization(*connection, tenant, id));
  Recall recall(book_, *ledger, *connection);
  CANDOR_ASSIGN_OR_RETURN(const Recalled recalled, recall.Of(found.position, found.leaf));

  const auto digest = set ? *set : Digest::FromBase64(domain::FactText(found.leaf.facts, "policy_digest")).value_or(builtin_.digest());
  Explained said;
  said.authorization = found.leaf.id;
  said.policy = builtin_.name();
  said.digest = digest;
  said.facts = recalled.facts;
  said.verdict = domain::VerdictOf(domain::FactText(found.leaf.facts, "verdict")).value_or(domain::Verdict::kDeny);
  const policy::Engine* engine = &builtin_;
  std::shared_ptr<const policy::RuleSet> rules;
  policy::Candidates candidates = policy::CandidatesOf(policy::Bundle({}), recalled.settings);
  if (digest != builtin_.digest()) {
    CANDOR_ASSIGN_OR_RETURN(rules, sets_.Load(tenant, digest));
    engine = rules.get();
    CANDOR_ASSIGN_OR_RETURN(const std::string archive, sets_.Archive(tenant, digest));
    CANDOR_ASSIGN_OR_RETURN(const policy::Bundle bundle, policy::Bundle::Unpack(archive));
    candidates = policy::CandidatesOf(bundle, recalled.settings);
    said.policy = rules->name();
  }
  const auto judge = [&](const policy::Input& input) { return JudgeBy(*engine, input, *recalled.registry); };
  const policy::Input input = recalled.input();
  said.judgement = judge(input);
  said.what_if = policy::AskWhatIf(input, candidates, judge);
  if (rules == nullptr) return said;
  for (const policy::FiredRule& fired : said.judgement.rules) {
    const auto rule = std::find_if(rules->rules().begin(), rules->rules().end(),
                                   [&](const policy::Rule& one) { return one.name == fired.rule; });
    if (rule != rules->rules().end()) said.rules.emplace(fired.rule, *rule);
  }
  return said;
}

}  // namespace candor::flow
