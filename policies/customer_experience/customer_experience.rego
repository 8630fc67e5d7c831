# METADATA
# scope: package
# title: Customer experience
# description: When a conversation goes to a human, and what a bot may not do before it does. The decision
#   types that the rules speak of stand in `decision_types.json`.
package customer_experience

import future.keywords.not
import rego.v1

# What the pack sets, unless the tenant sets it otherwise.
settings := object.union(data.customer_experience.preset, own) if own := data.tenant.customer_experience

else := data.customer_experience.preset

# METADATA
# title: Vulnerable or distressed customer
# description: A person who is vulnerable (`vulnerabilities`), upset (mood at or under `sentiment`) or asks
#   for a human meets one. Offer a human at once, and state `human_offered`; a hand-over is never held up.
# custom:
#   version: 1
#   source: AI Act Art. 5(1)(b) and 9(9), consumer duty (design)
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: escalate
#   person:
#     en: We would like a person to help you with this. Someone will be with you.
#     de: Wir möchten, dass Ihnen ein Mensch dabei hilft. Es ist gleich jemand für Sie da.
p_vuln if {
	shows_need
	not data.lib.human_decides
	not human_offered
	not handed_over
}

shows_need if {
	some vulnerability in input.person.vulnerabilities
	vulnerability in settings.vulnerabilities
}

shows_need if {
	to_number(input.person.sentiment) <= to_number(settings.sentiment)
}

shows_need if input.person.asks_for_human

human_offered if data.lib.stated("human_offered")

human_offered if {
	some facts in data.lib.told
	facts.handed_over
}

handed_over if {
	input.facts.action in settings.handover_actions
}

# METADATA
# title: Conversation without progress
# description: After `stalled_turns` turns that brought the person no further, a human takes over. Count
#   them and state `stalled_turns`; from turn `stalled_turns_stated_from` on it must be stated.
# custom:
#   version: 1
#   source: design
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {action: [conversation.turn]}
#   person:
#     en: We are going round in circles, and we are sorry. A person will take over.
#     de: Wir drehen uns im Kreis, das tut uns leid. Ein Mensch übernimmt.
cx_loop if {
	data.lib.stated("stalled_turns") >= settings.stalled_turns
} else := {"missing": ["inputs.stalled_turns"]} if {
	not data.lib.stated("stalled_turns")
	input.facts.turn >= settings.stalled_turns_stated_from
}

# METADATA
# title: Asked for a human, not offered
# description: Who asks for a human gets no further turn of the bot before a human was offered. Offer one
#   (action `conversation.handover`) and state `human_offered`. A turn with a known person must state
#   `person.asks_for_human`.
# custom:
#   version: 1
#   source: design
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {action: [conversation.turn]}
#   person:
#     en: You asked for a person, so the computer stops here. Someone will be with you.
#     de: Sie haben nach einem Menschen gefragt, deshalb hört der Computer hier auf. Es ist gleich jemand für Sie da.
cx_human if {
	input.person.asks_for_human
	not human_offered
} else := {"missing": ["person.asks_for_human"]} if {
	input.person
	not is_boolean(input.person.asks_for_human)
	not human_offered
}

# METADATA
# title: Answer or promise without a source
# description: What the bot says as a fact or promises (`makes_claim`) rests on a source that is named in
#   `data_used`, of a kind in `grounding_sources`. Without one a human answers. A turn with generated
#   content must state `makes_claim`.
# custom:
#   version: 1
#   source: design
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {action: [conversation.turn]}
#   person:
#     en: We want to be sure that what we tell you is right, so a person will answer this.
#     de: Wir möchten sicher sein, dass unsere Auskunft stimmt, deshalb antwortet Ihnen hier ein Mensch.
cx_ground if {
	data.lib.stated("makes_claim")
	not grounded
} else := {"missing": ["inputs.makes_claim"]} if {
	input.facts.generates_content
	not is_boolean(data.lib.stated("makes_claim"))
	not grounded
}

grounded if {
	some datum in input.data_used
	datum.source_kind in settings.grounding_sources
	some name in ["datum_id", "artefact_reference", "digest"]
	datum[name]
}

# METADATA
# title: Budget of a conversation
# description: A conversation that took more than `tokens` tokens, or cost more than its currency's entry in
#   `costs`, goes to a human. State `conversation_tokens`, or `conversation_cost` and
#   `conversation_cost_currency`; a currency without an entry counts as above.
# custom:
#   version: 1
#   source: design
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {action: [conversation.turn]}
#   person:
#     en: This is taking longer than it should, and we are sorry. A person will take over.
#     de: Das dauert länger, als es sollte, und das tut uns leid. Ein Mensch übernimmt.
cx_budget if {
	tokens_spent > settings.tokens
} else if {
	data.lib.stated("conversation_cost")
	data.lib.stated("conversation_cost_currency")
	not affordable
} else := {"missing": ["inputs.conversation_cost_currency"]} if {
	data.lib.stated("conversation_cost")
	not data.lib.stated("conversation_cost_currency")
}

# What the caller says of the whole conversation, else what was recorded of this decision.
tokens_spent := said if said := data.lib.stated("conversation_tokens")

else := sum([facts[name] | some facts in data.lib.told; some name in ["tokens_input", "tokens_output"]])

affordable if {
	costs := settings.costs
	to_number(data.lib.stated("conversation_cost")) <= to_number(costs[data.lib.stated("conversation_cost_currency")])
}

# METADATA
# title: Hand-over without context
# description: Who takes over is told what was said, so that the person need not say it again. Hand over
#   `context_members`, as `handover` in `inputs_json` or as the context of the conversation.
# custom:
#   version: 1
#   source: design
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {action: [conversation.handover]}
#   person:
#     en: You should not have to say everything twice. We pass on what you told us first, then a person takes over.
#     de: Sie sollen nicht alles zweimal sagen müssen. Wir geben erst weiter, was Sie uns gesagt haben, dann übernimmt ein Mensch.
cx_context if not context_whole

context_whole if {
	every member in settings.context_members {
		not context[member] in {"", null}
		context[member]
	}
}

context := handed if handed := input.inputs.handover

else := handed if handed := input.conversation.handover

else := handed if handed := input.conversation.inherited_context
