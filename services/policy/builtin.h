// The rules that stand behind the gate until a tenant activates a policy set: they deny
// an unknown action, an unregistered system and an amount above the tenant's limit, and
// escalate a confidence below the limit. No rule allows by itself: what no rule objects
// to is allowed. Those about actions and systems hold beside any set.
#pragma once

#include "services/policy/engine.h"

namespace candor::policy {

class Builtin final : public Engine {
 public:
  Builtin();
  const std::string& name() const override { return name_; }
  const Digest& digest() const override { return digest_; }
  // What the digest is of.
  static std::string_view Text();
  Judgement Evaluate(const Input& input) const override;
  std::optional<ReasonText> TextOf(std::string_view reason, std::string_view language) const override;

  // Whether a reason is Candor's own: then no set may give it, and the wire writes it in capitals.
  static bool Gives(std::string_view reason);

  // The two rules that hold whatever set is active: what nobody declared may not decide.
  static void AddFloor(const Input& input, Judgement& judgement);

 private:
  const std::string name_ = "builtin";
  const Digest digest_;
};

}  // namespace candor::policy
