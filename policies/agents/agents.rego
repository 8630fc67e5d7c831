# METADATA
# scope: package
# title: Agents
# description: AI systems that act for somebody and call tools.
package agents

import future.keywords.not
import rego.v1

# What the pack sets, unless the tenant sets it otherwise.
settings := object.union(data.agents.preset, object.get(data.lib.tenant, "agents", {}))

# METADATA
# title: Agent hides its principal
# description: An agent (a system that talks with a person and acts on behalf of an organisation, or calls
#   tools) says at the latest in the first turn that it is one, and for whom it acts. Give the notices
#   `ai_interaction` and `agent_principal`, record them, ask again.
# custom:
#   version: 1
#   source: AI Act Art. 50(1), Guidelines C(2026) 5054
#   status: in_force
#   in_force_from: 2026-08-02
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: agent_principal
#   scope: {jurisdiction: [eu], stage: [decide, publish]}
#   person:
#     en: You should know that you are dealing with a computer, and for whom it acts. We tell you first.
#     de: Sie sollen wissen, dass Sie es mit einem Computer zu tun haben und für wen er handelt. Das sagen wir Ihnen zuerst.
p_aia_50_1_agent if {
	agent_begins
	not data.lib.noticed("agent_principal")
} else := {"notice": "ai_interaction"} if {
	agent_begins
	not data.lib.noticed("ai_interaction")
}

agent_begins if {
	input.facts.interacts_with_person
	acts_for_somebody
	data.lib.first_turn
}

acts_for_somebody if input.facts.acting_on_behalf_of

acts_for_somebody if count(input.facts.tools) > 0

# METADATA
# title: Prompt injection or misuse of tools
# description: A guardrail that hit sends the decision to a human; one in `injection_guardrails`, and a
#   tool that the system is not registered for, forbid it. Look for the attack; register the tool if it
#   is meant.
# custom:
#   version: 1
#   source: AI Act Art. 15(5), NIST AI 600-1
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: escalate
#   obligations:
#     - {type: notification, params: {to: security}, due: 4h}
#   person:
#     en: Something did not look right, so we stopped to be safe. A person will check it.
#     de: Etwas sah nicht richtig aus, deshalb haben wir sicherheitshalber angehalten. Ein Mensch prüft es.
p_inject := {"verdict": "deny"} if {
	some hit in input.facts.guardrail_hits
	hit in settings.injection_guardrails
} else := {"verdict": "deny"} if {
	some tool in input.facts.tools
	not tool in input.registry.system.allowed_tools
} else if {
	count(input.facts.guardrail_hits) > 0
}
