// The rules that stand behind the gate until a tenant activates a policy set: they deny
// an unknown action, an unregistered system and an amount above the tenant's limit, and
// escalate a confidence below the limit. No rule allows by itself: what no rule objects
// to is allowed.
#pragma once

#include "services/policy/engine.h"

namespace candor::policy {

class Builtin final : public Engine {
 public:
  Builtin();
  const std::string& name() const override { return name_; }
  const Digest& digest() const override { return digest_; }
  Judgement Evaluate(const Input& input) const override;

 private:
  const std::string name_ = "builtin";
  const Digest digest_;
};

}  // namespace candor::policy
