package uk_test

import rego.v1

import data.lib_test

# An honest significant decision with everything in order.
loan := {
	"call": "authorize",
	"facts": {
		"action": "loan.decide",
		"jurisdictions": ["gb"],
		"legal_basis": "art6_1_b",
		"planned_automation": "solely_automated",
		"expected_effect": "legal",
	},
	"person": {"kind": "applicant"},
	"notices": [{"kind": "privacy_13_14", "deliver_time": "2026-11-01T00:00:00Z"}],
	"registry": {"system": {"safeguards": ["contest", "human", "view"]}},
}

both := ["facts.expected_effect", "facts.planned_automation"]

uk_22_cases := [
	["in order", {}, "passes"],
	["no human", {"registry.system.safeguards": ["contest", "view"]}, "fires"],
	["no view", {"registry.system.safeguards": ["contest", "human"]}, "fires"],
	["no contest", {"registry.system.safeguards": ["human", "view"]}, "fires"],
	["not registered", {"registry": null}, "fires"],
	["not registered, and as grave", {"registry": null, "facts.expected_effect": "similarly_significant"}, "fires"],
	["not registered, no weight", {"registry": null, "facts.expected_effect": "none"}, "passes"],
	["not registered, a human confirms", {"registry": null, "facts.planned_automation": "human_in_loop"}, "passes"],
	["not registered, a company", {"registry": null, "person.kind": "legal_person"}, "passes"],
	["not registered, nothing personal", {"registry": null, "facts.legal_basis": "not_personal"}, "passes"],
	["not registered, no data protection law applies", {"registry": null, "facts.legal_basis": "non_gdpr"}, "passes"],
	["a special category without a ground", {"person.special_category": true}, "fires"],
	["a special category with a weak ground", {"person.special_category": true, "facts.art9_ground": "health_care"}, "fires"],
	["a special category with consent", {"person.special_category": true, "facts.art9_ground": "explicit_consent"}, "passes"],
	["a special category in the public interest", {"person.special_category": true, "facts.art9_ground": "substantial_public_interest"}, "passes"],
	["a datum that is not special", {"data_used": [{"special_category": false}, {"category": "income"}]}, "passes"],
	["a special datum without a ground", {"data_used": [{}, {"special_category": true}]}, "fires"],
	["nobody says who decides", {"registry": null, "facts.planned_automation": null}, ["facts.planned_automation"]],
	["nobody says who decides, in order", {"facts.planned_automation": null}, "passes"],
	["nobody says who decides, no weight", {"registry": null, "facts.planned_automation": null, "facts.expected_effect": "none"}, "passes"],
	["nobody says who decides, a company", {"registry": null, "facts.planned_automation": null, "person.kind": "legal_person"}, "passes"],
	["nobody says whether it weighs", {"registry": null, "facts.expected_effect": null}, ["facts.expected_effect"]],
	["nobody says whether it weighs, a company", {"registry": null, "facts.expected_effect": null, "person.kind": "legal_person"}, "passes"],
	["nobody says whether it weighs, a human confirms", {"registry": null, "facts.expected_effect": null, "facts.planned_automation": "human_in_loop"}, "passes"],
	["nobody says whether it weighs, a human is helped", {"registry": null, "facts.expected_effect": null, "facts.planned_automation": "ai_assist"}, "passes"],
	["nobody says whether it weighs, a human decides", {"registry": null, "facts.expected_effect": null, "facts.planned_automation": "human_only"}, "passes"],
	["nobody says anything", {"registry": null, "facts.expected_effect": null, "facts.planned_automation": null}, both],
]

test_p_uk_22 if {
	every c in uk_22_cases {
		print(c[0])
		decision := lib_test.but(loan, c[1])
		{v | v := data.uk.p_uk_22 with input as decision} == lib_test.means(c[2])
	}
}

uk_22_notice_cases := [
	["told", {}, "passes"],
	["not told", {"notices": null}, "fires"],
	["not told, a human confirms", {"notices": null, "facts.planned_automation": "human_in_loop"}, "passes"],
	["not told, nobody says who decides", {"notices": null, "facts.planned_automation": null}, ["facts.planned_automation"]],
	["told, nobody says who decides", {"facts.planned_automation": null}, "passes"],
	["told something else", {"notices": [{"kind": "bot", "deliver_time": "2026-11-01T00:00:00Z"}]}, "fires"],
]

test_p_uk_22_notice if {
	every c in uk_22_notice_cases {
		print(c[0])
		decision := lib_test.but(loan, c[1])
		{v | v := data.uk.p_uk_22_notice with input as decision} == lib_test.means(c[2])
	}
}
