package agents_test

import rego.v1

import data.lib_test

# An honest, harmless turn of an agent that everybody was told about.
booking := {
	"call": "authorize",
	"facts": {
		"action": "concierge.book",
		"jurisdictions": ["es"],
		"interacts_with_person": true,
		"acting_on_behalf_of": "example_hotels",
		"tools": ["calendar", "mail"],
		"turn": 0,
	},
	"notices": [
		{"kind": "ai_interaction", "deliver_time": "2026-11-22T10:00:00Z"},
		{"kind": "agent_principal", "deliver_time": "2026-11-22T10:00:00Z"},
	],
	"registry": {"system": {"allowed_tools": ["calendar", "mail", "map"]}},
}

only_ai := [{"kind": "ai_interaction", "deliver_time": "2026-11-22T10:00:00Z"}]

only_principal := [{"kind": "agent_principal", "deliver_time": "2026-11-22T10:00:00Z"}]

say_ai := {"notice": "ai_interaction"}

agent_cases := [
	["told both", {}, "passes"],
	["told nothing", {"notices": null}, "fires"],
	["not told for whom", {"notices": only_ai}, "fires"],
	["not told that it is an AI system", {"notices": only_principal}, say_ai],
	["told nothing, but later on", {"notices": null, "facts.turn": 1}, "passes"],
	["not told that it is an AI system, but later on", {"notices": only_principal, "facts.turn": 1}, "passes"],
	["told nothing, and the turn is not said", {"notices": null, "facts.turn": null}, "fires"],
	["told nothing, and talks with nobody", {"notices": null, "facts.interacts_with_person": false}, "passes"],
	["not told that it is an AI system, and talks with nobody", {"notices": only_principal, "facts.interacts_with_person": null}, "passes"],
	["told nothing, and acts for nobody else, by tools", {"notices": null, "facts.acting_on_behalf_of": null}, "fires"],
	["told nothing, and acts for somebody without tools", {"notices": null, "facts.tools": null}, "fires"],
	["told nothing, and calls a single tool", {"notices": null, "facts.acting_on_behalf_of": null, "facts.tools": ["mail"]}, "fires"],
	["a mere chatbot", {"notices": null, "facts.acting_on_behalf_of": null, "facts.tools": []}, "passes"],
]

test_p_aia_50_1_agent if {
	every c in agent_cases {
		print(c[0])
		decision := lib_test.but(booking, c[1])
		{v | v := data.agents.p_aia_50_1_agent with input as decision} == lib_test.means(c[2])
	}
}

denied := {"verdict": "deny"}

inject_cases := [
	["all tools are registered", {}, "passes"],
	["no tools", {"facts.tools": null}, "passes"],
	["a tool that is not registered", {"facts.tools": ["calendar", "shell"]}, denied],
	["no tools are registered", {"registry.system.allowed_tools": null}, denied],
	["the system is not registered", {"registry": null}, denied],
	["no guardrail hit", {"facts.guardrail_hits": []}, "passes"],
	["a guardrail hit", {"facts.guardrail_hits": ["profanity"]}, "fires"],
	["an injection", {"facts.guardrail_hits": ["profanity", "prompt_injection"]}, denied],
	["a guardrail that nobody declared", {"facts.guardrail_hits": ["unlisted"]}, denied],
]

test_p_inject if {
	every c in inject_cases {
		print(c[0])
		decision := lib_test.but(booking, c[1])
		{v | v := data.agents.p_inject with input as decision} == lib_test.means(c[2])
	}
}

test_p_inject_takes_the_tenants_word_for_injections if {
	own := {"agents": {"injection_guardrails": ["profanity"]}}
	decision := lib_test.but(booking, {"facts.guardrail_hits": ["profanity"]})
	data.agents.p_inject == denied with input as decision with data.tenant as own
}
