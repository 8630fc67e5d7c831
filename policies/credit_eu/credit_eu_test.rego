package credit_eu_test

import rego.v1

import data.lib_test

# An honest credit decision in France.
application := {
	"call": "authorize",
	"facts": {
		"action": "loan.decide",
		"domain": "credit",
		"jurisdictions": ["fr"],
		"planned_automation": "solely_automated",
		"data_sources": ["person", "agency"],
	},
	"person": {"kind": "applicant", "special_category": false},
	"data_used": [{"source_kind": "person"}, {"source_kind": "agency", "special_category": false}],
}

data_cases := [
	["economic data", {}, "passes"],
	["nothing said of the data", {"facts.data_sources": null, "person.special_category": null, "data_used": null}, "passes"],
	["a social network", {"facts.data_sources": ["person", "social_network"]}, "fires"],
	["a social network, about a company", {"facts.data_sources": ["social_network"], "person.kind": "legal_person"}, "passes"],
	["a special category", {"person.special_category": true}, "fires"],
	["a special category, about a company", {"person.special_category": true, "person.kind": "legal_person"}, "passes"],
	["a special datum", {"data_used": [{}, {"special_category": true}]}, "fires"],
	["a special datum, about nobody", {"data_used": [{"special_category": true}], "person": null}, "passes"],
]

test_p_ccd2_data if {
	every c in data_cases {
		print(c[0])
		decision := lib_test.but(application, c[1])
		{v | v := data.credit_eu.p_ccd2_data with input as decision} == lib_test.means(c[2])
	}
}

asked(automation) := {"type": "authorization", "facts": {"planned_automation": automation}}

refused := {"type": "outcome", "facts": {"outcome": "refused", "adverse": true}}

granted := {"type": "outcome", "facts": {"outcome": "granted", "adverse": false}}

told := [{"kind": "ccd2_refusal", "deliver_time": "2026-11-22T10:00:00Z"}]

refusal := {
	"call": "authorize",
	"facts": {"action": "loan.decide", "stage": "effect", "domain": "credit", "jurisdictions": ["fr"]},
	"person": {"kind": "applicant"},
	"earlier": [asked("solely_automated"), refused],
}

human_cases := [
	["refused by a computer, not told", {}, "fires"],
	["refused by a computer, told", {"notices": told}, "passes"],
	["refused by a computer that a human confirmed, not told", {"earlier": [asked("human_in_loop"), refused]}, "fires"],
	["refused by a human whom a computer helped, not told", {"earlier": [asked("ai_assist"), refused]}, "fires"],
	["refused by a human alone", {"earlier": [asked("human_only"), refused]}, "passes"],
	["this call says who decides", {"facts.planned_automation": "human_only"}, "passes"],
	["granted", {"earlier": [asked("solely_automated"), granted]}, "passes"],
	["refused to a company", {"person.kind": "legal_person"}, "passes"],
	["no outcome", {"earlier": [asked("solely_automated")]}, ["facts.adverse"]],
	["no outcome, told", {"earlier": [asked("solely_automated")], "notices": told}, "passes"],
	["no outcome, of a human", {"earlier": [asked("human_only")]}, "passes"],
	["no outcome, nobody says who decides", {"earlier": []}, ["facts.adverse"]],
	["refused, nobody says by whom", {"earlier": [refused]}, ["facts.planned_automation"]],
	["refused, nobody says by whom, told", {"earlier": [refused], "notices": told}, "passes"],
	["granted, nobody says by whom", {"earlier": [granted]}, "passes"],
]

test_p_ccd2_human if {
	every c in human_cases {
		print(c[0])
		decision := lib_test.but(refusal, c[1])
		{v | v := data.credit_eu.p_ccd2_human with input as decision} == lib_test.means(c[2])
	}
}
