package customer_experience_test

import data.lib_test

import future.keywords.not
import rego.v1

# An honest, harmless turn of a bot.
turn := {
	"call": "authorize",
	"facts": {
		"action": "conversation.turn",
		"domain": "other",
		"channel": "chat",
		"turn": 2,
		"planned_automation": "solely_automated",
		"generates_content": true,
		"makes_claim": true,
	},
	"person": {"kind": "customer", "asks_for_human": false},
	"data_used": [
		{"category": "orders", "source_kind": "person"},
		{"category": "help_page", "source_kind": "retrieval", "digest": "AAAA"},
	],
}

before := [{"type": "outcome", "facts": {"tokens_input": 150000, "tokens_output": 49000, "handed_over": false}}]

handed_over := [{"type": "outcome", "facts": {"handed_over": true}}]

vuln_cases := [
	["all is well", {}, "passes"],
	["nothing is known of the person", {"person": null}, "passes"],
	["it was looked for, and nothing found", {"person.vulnerabilities": ["none"]}, "passes"],
	["a vulnerable person", {"person.vulnerabilities": ["none", "distress"]}, "fires"],
	["a vulnerable person and a human", {"person.vulnerabilities": ["distress"], "facts.planned_automation": "ai_assist"}, "passes"],
	["a vulnerable person about to meet a human", {"person.vulnerabilities": ["distress"], "facts.action": "conversation.handover"}, "passes"],
	["a vulnerable person who was offered one", {"person.vulnerabilities": ["distress"], "facts.human_offered": true}, "passes"],
	["a vulnerable person who was offered one, told in the inputs", {"person.vulnerabilities": ["distress"], "inputs.human_offered": true}, "passes"],
	["a vulnerable person who was not offered one", {"person.vulnerabilities": ["distress"], "facts.human_offered": false, "earlier": before}, "fires"],
	["a vulnerable person who was handed over", {"person.vulnerabilities": ["distress"], "earlier": handed_over}, "passes"],
	["a little upset", {"person.sentiment": "-0.59"}, "passes"],
	["upset", {"person.sentiment": "-0.6"}, "fires"],
	["in a good mood", {"person.sentiment": "1"}, "passes"],
	["asks for a human", {"person.asks_for_human": true}, "fires"],
]

test_p_vuln if {
	every c in vuln_cases {
		print(c[0])
		decision := lib_test.but(turn, c[1])
		{v | v := data.customer_experience.p_vuln with input as decision} == lib_test.means(c[2])
	}
}

tenants_own := {"customer_experience": {
	"vulnerabilities": ["minor"],
	"sentiment": "0",
	"handover_actions": ["desk.call"],
	"stalled_turns": 5,
	"stalled_turns_stated_from": 2,
	"grounding_sources": ["person"],
	"tokens": 10,
	"costs": {"sek": "1"},
	"context_members": ["wish"],
}}

vuln_tenant_cases := [
	["it does not count as vulnerable", {"person.vulnerabilities": ["distress"]}, "passes"],
	["it counts as vulnerable", {"person.vulnerabilities": ["minor"]}, "fires"],
	["it counts as vulnerable, and a human is called", {"person.vulnerabilities": ["minor"], "facts.action": "desk.call"}, "passes"],
	["it counts as upset", {"person.sentiment": "-0.1"}, "fires"],
]

test_p_vuln_as_the_tenant_sets_it if {
	every c in vuln_tenant_cases {
		print(c[0])
		decision := lib_test.but(turn, c[1])
		values := {v | v := data.customer_experience.p_vuln with input as decision with data.tenant as tenants_own}
		values == lib_test.means(c[2])
	}
}

loop_cases := [
	["nothing said, early on", {}, "passes"],
	["nothing said, just before it must be", {"facts.turn": 11}, "passes"],
	["nothing said when it must be", {"facts.turn": 12}, ["inputs.stalled_turns"]],
	["progress", {"facts.turn": 12, "facts.stalled_turns": 0}, "passes"],
	["nearly stalled", {"facts.stalled_turns": 2}, "passes"],
	["stalled", {"facts.stalled_turns": 3}, "fires"],
	["stalled, told in the inputs", {"inputs.stalled_turns": 3}, "fires"],
	["no turn said", {"facts.turn": null}, "passes"],
]

test_cx_loop if {
	every c in loop_cases {
		print(c[0])
		decision := lib_test.but(turn, c[1])
		{v | v := data.customer_experience.cx_loop with input as decision} == lib_test.means(c[2])
	}
}

loop_tenant_cases := [
	["not stalled for the tenant", {"facts.stalled_turns": 4}, "passes"],
	["stalled for the tenant", {"facts.stalled_turns": 5}, "fires"],
	["it must be said early for the tenant", {}, ["inputs.stalled_turns"]],
]

test_cx_loop_as_the_tenant_sets_it if {
	every c in loop_tenant_cases {
		print(c[0])
		decision := lib_test.but(turn, c[1])
		values := {v | v := data.customer_experience.cx_loop with input as decision with data.tenant as tenants_own}
		values == lib_test.means(c[2])
	}
}

human_cases := [
	["nobody asks", {}, "passes"],
	["asks, not offered", {"person.asks_for_human": true}, "fires"],
	["asks, offered", {"person.asks_for_human": true, "facts.human_offered": true}, "passes"],
	["asks, handed over before", {"person.asks_for_human": true, "earlier": handed_over}, "passes"],
	["not said", {"person.asks_for_human": null}, ["person.asks_for_human"]],
	["not said, but offered", {"person.asks_for_human": null, "facts.human_offered": true}, "passes"],
	["not said of nobody", {"person": null}, "passes"],
]

test_cx_human if {
	every c in human_cases {
		print(c[0])
		decision := lib_test.but(turn, c[1])
		{v | v := data.customer_experience.cx_human with input as decision} == lib_test.means(c[2])
	}
}

ground_cases := [
	["a source", {}, "passes"],
	["no source", {"data_used": null}, "fires"],
	["a source of the wrong kind", {"data_used": [{"source_kind": "inferred", "digest": "AAAA"}]}, "fires"],
	["a source that nobody can find", {"data_used": [{"source_kind": "internal"}]}, "fires"],
	["a source by its datum", {"data_used": [{"source_kind": "internal", "datum_id": "tariff"}]}, "passes"],
	["a source by its document", {"data_used": [{"source_kind": "public", "artefact_reference": "terms"}]}, "passes"],
	["no claim", {"facts.makes_claim": false, "data_used": null}, "passes"],
	["a claim, told in the inputs", {"facts.makes_claim": null, "inputs.makes_claim": true, "data_used": null}, "fires"],
	["not said", {"facts.makes_claim": null, "data_used": null}, ["inputs.makes_claim"]],
	["not said, with a source", {"facts.makes_claim": null}, "passes"],
	["not said, and nothing is generated", {"facts.makes_claim": null, "facts.generates_content": false, "data_used": null}, "passes"],
]

test_cx_ground if {
	every c in ground_cases {
		print(c[0])
		decision := lib_test.but(turn, c[1])
		{v | v := data.customer_experience.cx_ground with input as decision} == lib_test.means(c[2])
	}
}

test_cx_ground_takes_the_tenants_word_for_sources if {
	data.customer_experience.cx_ground with input as turn with data.tenant as tenants_own
}

budget_cases := [
	["nothing said", {}, "passes"],
	["at the limit", {"facts.conversation_tokens": 200000}, "passes"],
	["above the limit", {"facts.conversation_tokens": 200001}, "fires"],
	["above the limit, told in the inputs", {"inputs.conversation_tokens": 200001}, "fires"],
	["as was recorded, at the limit", {"facts.tokens_input": 500, "facts.tokens_output": 500, "earlier": before}, "passes"],
	["as was recorded, above the limit", {"facts.tokens_input": 500, "facts.tokens_output": 501, "earlier": before}, "fires"],
	["the caller counts the conversation", {"facts.conversation_tokens": 1, "facts.tokens_output": 200000, "earlier": before}, "passes"],
	["affordable", {"facts.conversation_cost": "2.00", "facts.conversation_cost_currency": "eur"}, "passes"],
	["dear", {"facts.conversation_cost": "2.01", "facts.conversation_cost_currency": "eur"}, "fires"],
	["in a currency without a limit", {"facts.conversation_cost": "0.01", "facts.conversation_cost_currency": "sek"}, "fires"],
	["in no currency", {"facts.conversation_cost": "0.01"}, ["inputs.conversation_cost_currency"]],
	["a currency alone", {"facts.conversation_cost_currency": "sek"}, "passes"],
]

test_cx_budget if {
	every c in budget_cases {
		print(c[0])
		decision := lib_test.but(turn, c[1])
		{v | v := data.customer_experience.cx_budget with input as decision} == lib_test.means(c[2])
	}
}

budget_tenant_cases := [
	["too many for the tenant", {"facts.conversation_tokens": 11}, "fires"],
	["affordable for the tenant", {"facts.conversation_cost": "1", "facts.conversation_cost_currency": "sek"}, "passes"],
]

test_cx_budget_as_the_tenant_sets_it if {
	every c in budget_tenant_cases {
		print(c[0])
		decision := lib_test.but(turn, c[1])
		values := {v | v := data.customer_experience.cx_budget with input as decision with data.tenant as tenants_own}
		values == lib_test.means(c[2])
	}
}

handover := {
	"call": "authorize",
	"facts": {"action": "conversation.handover", "domain": "other"},
	"inputs": {"handover": {"summary": "wants to change the address"}},
}

context_cases := [
	["with context", {}, "passes"],
	["with none", {"inputs": null}, "fires"],
	["without the summary", {"inputs.handover": {"summary": null, "wish": "x"}}, "fires"],
	["with an empty summary", {"inputs.handover.summary": ""}, "fires"],
	["with the context of the conversation", {"inputs": null, "conversation.handover": {"summary": "x"}}, "passes"],
	["with what was inherited", {"inputs": null, "conversation.inherited_context": {"summary": "x"}}, "passes"],
	["with an empty hand-over that nothing makes good", {"inputs.handover": {"summary": ""}, "conversation.inherited_context": {"summary": "x"}}, "fires"],
]

test_cx_context if {
	every c in context_cases {
		print(c[0])
		decision := lib_test.but(handover, c[1])
		{v | v := data.customer_experience.cx_context with input as decision} == lib_test.means(c[2])
	}
}

test_cx_context_takes_the_tenants_word_for_what_to_hand_over if {
	data.customer_experience.cx_context with input as handover with data.tenant as tenants_own
	told := lib_test.but(handover, {"inputs.handover.wish": "a new address"})
	not data.customer_experience.cx_context with input as told with data.tenant as tenants_own
}
