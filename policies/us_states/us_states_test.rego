package us_states_test

import data.lib_test

import future.keywords.not
import rego.v1

told(kind) := [{"kind": kind, "deliver_time": "2026-11-22T10:00:00Z"}]

# An honest decision on a flat in Denver.
flat := {
	"call": "authorize",
	"facts": {
		"action": "tenant.screen",
		"domain": "housing",
		"jurisdictions": ["us-co"],
		"planned_automation": "human_in_loop",
	},
	"person": {"kind": "applicant"},
	"notices": told("co_preuse"),
}

untold := {"notices": null}

co_pre_cases := array.concat(
	[
		["told", {}, "passes"],
		["not told", untold, "fires"],
		["told something else", {"notices": told("co_adverse")}, "fires"],
		["not told, and a computer decides", object.union(untold, {"facts.planned_automation": "solely_automated"}), "fires"],
		["not told, and a human is helped", object.union(untold, {"facts.planned_automation": "ai_assist"}), "fires"],
		["not told, and a human decides", object.union(untold, {"facts.planned_automation": "human_only"}), "passes"],
		["not told, nobody says who decides", object.union(untold, {"facts.planned_automation": null}), ["facts.planned_automation"]],
		["told, nobody says who decides", {"facts.planned_automation": null}, "passes"],
		["not told, nobody says who decides, another matter", object.union(untold, {"facts.planned_automation": null, "facts.domain": "other"}), "passes"],
		["not told, and it weighed little", object.union(untold, {"call": "observe", "facts.ai_influence": "minor"}), "passes"],
		["not told, and it weighed", object.union(untold, {"call": "observe", "facts.ai_influence": "material", "facts.planned_automation": "human_only"}), "fires"],
		["not told, and it decided", object.union(untold, {"call": "observe", "facts.ai_influence": "determinative", "facts.planned_automation": null}), "fires"],
		["not told, it weighed little, and nobody says who decides", object.union(untold, {"call": "observe", "facts.ai_influence": "minor", "facts.planned_automation": null}), "passes"],
		["not told, another matter", object.union(untold, {"facts.domain": "other"}), "passes"],
		["not told, another state", object.union(untold, {"facts.jurisdictions": ["us-ut"]}), "passes"],
		["not told, a company", object.union(untold, {"person.kind": "legal_person"}), "passes"],
		["not told, no domain is said, and the system is for something else", object.union(untold, {"facts.domain": null, "registry.system.domains": ["other", "moderation"]}), "passes"],
		["not told, no domain is said, and the system is for credit too", object.union(untold, {"facts.domain": null, "registry.system.domains": ["other", "credit"]}), "fires"],
		["not told, another matter of a system that is for credit too", object.union(untold, {"facts.domain": "other", "registry.system.domains": ["other", "credit"]}), "passes"],
		["not told, and no domain is said", object.union(untold, {"facts.domain": null}), "fires"],
	],
	[[concat(" ", ["not told of", domain]), object.union(untold, {"facts.domain": domain}), "fires"] |
		some domain in ["credit", "education", "employment", "health", "housing", "insurance", "public_benefit"]
	],
)

test_p_co_pre if {
	every c in co_pre_cases {
		print(c[0])
		decision := lib_test.but(flat, c[1])
		{v | v := data.us_states.p_co_pre with input as decision} == lib_test.means(c[2])
	}
}

tenants_own := {"us_states": {"co_exempt_domains": ["housing"], "ca_adverse_outcomes": ["postponed"]}}

test_p_co_pre_takes_the_tenants_word_for_exemptions if {
	decision := lib_test.but(flat, untold)
	not data.us_states.p_co_pre with input as decision with data.tenant as tenants_own
}

asked := {"type": "authorization", "facts": flat.facts}

refusal := {
	"call": "record",
	"facts": {"outcome": "refused", "adverse": true, "ai_influence": "determinative"},
	"person": {"kind": "applicant"},
	"earlier": [asked],
}

co_adv_cases := [
	["adverse", {}, "fires"],
	["adverse, and nobody says how much it weighed", {"facts.ai_influence": null}, "fires"],
	["adverse, and it weighed little", {"facts.ai_influence": "minor"}, "passes"],
	["not adverse", {"facts.adverse": false}, "passes"],
	["nobody says whether it is adverse", {"facts.adverse": null}, ["facts.adverse"]],
	["nobody says whether it is adverse, and it weighed little", {"facts.adverse": null, "facts.ai_influence": "none"}, "passes"],
	["adverse, another state", {"earlier": [{"type": "authorization", "facts": object.union(flat.facts, {"jurisdictions": ["us-ut"]})}]}, "passes"],
	["not said, another state", {"facts.adverse": null, "earlier": [{"type": "authorization", "facts": object.union(flat.facts, {"jurisdictions": ["us-ut"]})}]}, "passes"],
]

test_p_co_adv if {
	every c in co_adv_cases {
		print(c[0])
		decision := lib_test.but(refusal, c[1])
		{v | v := data.us_states.p_co_adv with input as decision} == lib_test.means(c[2])
	}
}

# An honest solely automated decision of weight in California.
place := {
	"call": "authorize",
	"facts": {
		"action": "student.admit",
		"domain": "education",
		"jurisdictions": ["us-ca"],
		"planned_automation": "solely_automated",
		"expected_effect": "similarly_significant",
	},
	"person": {"kind": "applicant", "objection": "none"},
	"notices": told("adm_preuse_ca"),
	"registry": {"system": {"safeguards": ["view", "opt_out"]}},
}

automation := ["facts.planned_automation"]

effect := ["facts.expected_effect"]

both := ["facts.expected_effect", "facts.planned_automation"]

cppa_1_cases := array.concat(
	[[concat(" ", ["not told of", domain]), object.union(untold, {"facts.domain": domain}), "fires"] |
		some domain in ["credit", "education", "employment", "health", "housing"]
	],
	[
		["told", {}, "passes"],
		["not told, another matter", object.union(untold, {"facts.domain": "other"}), "passes"],
		["not told, another matter, nobody says who decides", object.union(untold, {"facts.domain": "other", "facts.planned_automation": null}), "passes"],
		["not told", untold, "fires"],
		["told something else", {"notices": told("co_preuse")}, "fires"],
		["not told, and legal", object.union(untold, {"facts.expected_effect": "legal"}), "fires"],
		["not told, and no weight", object.union(untold, {"facts.expected_effect": "none"}), "passes"],
		["not told, and a human confirms", object.union(untold, {"facts.planned_automation": "human_in_loop"}), "passes"],
		["not told, a company", object.union(untold, {"person.kind": "legal_person"}), "passes"],
		["not told, nobody says who decides", object.union(untold, {"facts.planned_automation": null}), automation],
		["not told, nobody says who decides, no weight", object.union(untold, {"facts.planned_automation": null, "facts.expected_effect": "none"}), "passes"],
		["not told, nobody says who decides, a company", object.union(untold, {"facts.planned_automation": null, "person.kind": "legal_person"}), "passes"],
		["not told, nobody says whether it weighs", object.union(untold, {"facts.expected_effect": null}), effect],
		["not told, nobody says whether it weighs, a company", object.union(untold, {"facts.expected_effect": null, "person.kind": "legal_person"}), "passes"],
		["not told, nobody says whether it weighs, a human confirms", object.union(untold, {"facts.expected_effect": null, "facts.planned_automation": "human_in_loop"}), "passes"],
		["not told, nobody says whether it weighs, a human is helped", object.union(untold, {"facts.expected_effect": null, "facts.planned_automation": "ai_assist"}), "passes"],
		["not told, nobody says whether it weighs, a human decides", object.union(untold, {"facts.expected_effect": null, "facts.planned_automation": "human_only"}), "passes"],
		["not told, nobody says anything", object.union(untold, {"facts.expected_effect": null, "facts.planned_automation": null}), both],
		["told, nobody says anything", {"facts.expected_effect": null, "facts.planned_automation": null}, "passes"],
	],
)

test_p_cppa_1 if {
	every c in cppa_1_cases {
		print(c[0])
		decision := lib_test.but(place, c[1])
		{v | v := data.us_states.p_cppa_1 with input as decision} == lib_test.means(c[2])
	}
}

cppa_2_cases := [
	["there is an opt-out", {}, "passes"],
	["there is an appeal", {"registry.system.safeguards": ["human"]}, "passes"],
	["there is neither", {"registry.system.safeguards": ["view"]}, "fires"],
	["there is neither, by exception", {"registry.system.safeguards": ["view"], "facts.adm_exception": true}, "passes"],
	["not registered", {"registry": null}, "fires"],
	["opted out", {"person.objection": "opted_out"}, "fires"],
	["opted out, another matter", {"person.objection": "opted_out", "facts.domain": "other"}, "passes"],
	["there is neither, another matter", {"registry": null, "facts.domain": "other"}, "passes"],
	["objected to something else", {"person.objection": "active"}, "passes"],
	["opted out, and a human confirms", {"person.objection": "opted_out", "facts.planned_automation": "human_in_loop"}, "passes"],
	["opted out, nobody says who decides", {"person.objection": "opted_out", "facts.planned_automation": null}, automation],
	["there is an opt-out, nobody says who decides", {"facts.planned_automation": null}, "passes"],
	["there is neither, and no weight", {"registry": null, "facts.expected_effect": "none"}, "passes"],
]

test_p_cppa_2 if {
	every c in cppa_2_cases {
		print(c[0])
		decision := lib_test.but(place, c[1])
		{v | v := data.us_states.p_cppa_2 with input as decision} == lib_test.means(c[2])
	}
}

decided(facts) := [{"type": "outcome", "facts": facts}]

care := {
	"call": "authorize",
	"facts": {
		"action": "treatment.review",
		"stage": "effect",
		"domain": "health",
		"jurisdictions": ["us-ca"],
		"licensed_reviewer": true,
	},
	"person": {"kind": "patient"},
	"earlier": decided({"outcome": "denied"}),
}

alone := {"facts.licensed_reviewer": false}

ca_1120_cases := [
	["a doctor denies", {}, "passes"],
	["nobody licensed denies", alone, "fires"],
	["nobody licensed delays", object.union(alone, {"earlier": decided({"outcome": "delayed"})}), "fires"],
	["nobody licensed changes it", object.union(alone, {"earlier": decided({"outcome": "modified"})}), "fires"],
	["nobody licensed approves", object.union(alone, {"earlier": decided({"outcome": "approved"})}), "passes"],
	["nobody licensed denies for another reason", object.union(alone, {"facts.medical_necessity": false}), "passes"],
	["nobody licensed denies, told in the inputs", {"facts.licensed_reviewer": null, "inputs.licensed_reviewer": false}, "fires"],
	["nobody says who denies", {"facts.licensed_reviewer": null}, ["inputs.licensed_reviewer"]],
	["nobody says who approves", {"facts.licensed_reviewer": null, "earlier": decided({"outcome": "approved"})}, "passes"],
	["there is no outcome", {"facts.licensed_reviewer": null, "earlier": []}, ["facts.outcome"]],
	["there is no outcome, and nobody licensed", object.union(alone, {"earlier": []}), ["facts.outcome"]],
	["there is no outcome, but a doctor", {"earlier": []}, "passes"],
	["there is no outcome, and another reason", object.union(alone, {"earlier": [], "facts.medical_necessity": false}), "passes"],
]

test_p_ca_1120 if {
	every c in ca_1120_cases {
		print(c[0])
		decision := lib_test.but(care, c[1])
		{v | v := data.us_states.p_ca_1120 with input as decision} == lib_test.means(c[2])
	}
}

test_p_ca_1120_takes_the_tenants_word_for_outcomes if {
	decision := lib_test.but(care, object.union(alone, {"earlier": decided({"outcome": "postponed"})}))
	data.us_states.p_ca_1120 with input as decision with data.tenant as tenants_own
}
