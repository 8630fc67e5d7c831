package gdpr_data_use_test

import data.lib_test

import future.keywords.not
import rego.v1

# An honest, harmless decision: a refund in Germany that a computer grants.
refund := {
	"call": "authorize",
	"time_ns": 1795392000000000000, # 2026-11-23T00:00:00Z
	"facts": {
		"action": "refund.grant",
		"jurisdictions": ["de"],
		"purpose": "customer_service",
		"legal_basis": "art6_1_b",
		"planned_automation": "solely_automated",
		"expected_effect": "none",
	},
	"person": {"kind": "customer"},
	"data_used": [{"category": "orders", "collected_for": "customer_service"}],
	"registry": {"system": {"system": "service_desk"}, "version": {"state": "approved"}},
}

# The same, if it weighed.
weighty := lib_test.but(refund, {"facts.expected_effect": "legal", "person.special_category": false})

elsewhere := {"facts.legal_basis": "non_gdpr"}

gdpr_5_cases := [
	["data collected for it", {}, "passes"],
	["no data", {"data_used": null}, "passes"],
	["data collected for something else", {"data_used": [{"collected_for": "customer_service"}, {"collected_for": "billing"}]}, "fires"],
	["something compatible", {"data_used": [{"collected_for": "delivery"}]}, "passes"],
	["compatible with another purpose", {"data_used": [{"collected_for": "delivery"}], "facts.purpose": "billing"}, "fires"],
	["not said what for", {"data_used": [{"category": "orders"}]}, ["data_used.collected_for"]],
	["one not said, one wrong", {"data_used": [{"category": "orders"}, {"collected_for": "billing"}]}, "fires"],
	["no purpose", {"facts.purpose": null}, ["facts.purpose"]],
	["no purpose, and not said what for", {"facts.purpose": null, "data_used": [{}]}, ["data_used.collected_for"]],
	["no purpose, and no data", {"facts.purpose": null, "data_used": null}, "passes"],
	["no purpose, and the GDPR does not apply", {"facts.purpose": null, "facts.legal_basis": "non_gdpr"}, "passes"],
	["not said, and the GDPR does not apply", {"data_used": [{}], "facts.legal_basis": "non_gdpr"}, "passes"],
	["wrong, and the GDPR does not apply", {"data_used": [{"collected_for": "billing"}], "facts.legal_basis": "non_gdpr"}, "passes"],
	["wrong, and nothing is personal", {"data_used": [{"collected_for": "billing"}], "facts.legal_basis": "not_personal"}, "passes"],
	["wrong, and no basis is named", {"data_used": [{"collected_for": "billing"}], "facts.legal_basis": null}, "fires"],
	["wrong, and it concerns nobody", {"data_used": [{"collected_for": "billing"}], "person": null}, "passes"],
	["wrong, and it concerns a company", {"data_used": [{"collected_for": "billing"}], "person.kind": "legal_person"}, "passes"],
	["wrong, and nothing is known of the person", {"data_used": [{"collected_for": "billing"}], "person.kind": null}, "fires"],
]

test_p_gdpr_5 if {
	own := {"gdpr": {"compatible_purposes": {"customer_service": ["delivery"]}}}
	every c in gdpr_5_cases {
		print(c[0])
		decision := lib_test.but(refund, c[1])
		values := {v | v := data.gdpr.p_gdpr_5 with input as decision with data.tenant as own}
		values == lib_test.means(c[2])
	}
}

test_p_gdpr_5_knows_nothing_compatible_by_itself if {
	data.gdpr.p_gdpr_5 with input as lib_test.but(refund, {"data_used": [{"collected_for": "delivery"}]})
}

gdpr_6_cases := [
	["a basis", {}, "passes"],
	["none", {"facts.legal_basis": null}, ["facts.legal_basis"]],
	["none, and nobody is concerned", {"facts.legal_basis": null, "person": null}, "passes"],
	["none, and a company is", {"facts.legal_basis": null, "person.kind": "legal_person"}, "passes"],
	["the GDPR does not apply", elsewhere, "passes"],
	["nothing is personal", {"facts.legal_basis": "not_personal", "person": null}, "passes"],
	["nothing is personal but a person", {"facts.legal_basis": "not_personal"}, "fires"],
]

test_p_gdpr_6 if {
	every c in gdpr_6_cases {
		print(c[0])
		decision := lib_test.but(refund, c[1])
		{v | v := data.gdpr.p_gdpr_6 with input as decision} == lib_test.means(c[2])
	}
}

gdpr_7_cases := [
	["no consent is relied on", {}, "passes"],
	["a withdrawn one that nothing rests on", {"person.consent.state": "withdrawn"}, "passes"],
	["an active one", {"facts.legal_basis": "art6_1_a", "person.consent.state": "active"}, "passes"],
	["a withdrawn one", {"facts.legal_basis": "art6_1_a", "person.consent.state": "withdrawn"}, "fires"],
	["an expired one", {"facts.legal_basis": "art6_1_a", "person.consent.state": "expired"}, "fires"],
	["one never given", {"facts.legal_basis": "art6_1_a", "person.consent.state": "not_given"}, "fires"],
	["not said", {"facts.legal_basis": "art6_1_a"}, ["person.consent.state"]],
	["not said, and it concerns nobody", {"facts.legal_basis": "art6_1_a", "person": null}, "passes"],
	["not said, and it concerns a company", {"facts.legal_basis": "art6_1_a", "person.kind": "legal_person"}, "passes"],
	["withdrawn, and it concerns a company", {"facts.legal_basis": "art6_1_a", "person.consent.state": "withdrawn", "person.kind": "legal_person"}, "passes"],
	["automation rests on a withdrawn one", {"facts.art22_ground": "explicit_consent", "person.consent.state": "withdrawn"}, "fires"],
	["automation rests on a contract", {"facts.art22_ground": "contract", "person.consent.state": "withdrawn"}, "passes"],
	["a special category rests on a withdrawn one", {"facts.art9_ground": "explicit_consent", "person.consent.state": "withdrawn"}, "fires"],
	["a special category rests on law", {"facts.art9_ground": "health_care", "person.consent.state": "withdrawn"}, "passes"],
	["a datum rests on a withdrawn one of its own", {"data_used": [{"legal_basis": "art6_1_a", "consent": {"state": "withdrawn"}}], "person.consent.state": "active"}, "fires"],
	["a datum rests on an active one of its own", {"data_used": [{"legal_basis": "art6_1_a", "consent": {"state": "active"}}], "person.consent.state": "withdrawn"}, "passes"],
	["a datum rests on one of its own, not said", {"data_used": [{"legal_basis": "art6_1_a", "consent": {"id": "newsletter"}}], "person.consent.state": "active"}, ["person.consent.state"]],
	["a datum rests on the person's", {"data_used": [{"legal_basis": "art6_1_a"}], "person.consent.state": "withdrawn"}, "fires"],
	["a datum rests on the person's, not said", {"data_used": [{"legal_basis": "art6_1_a"}]}, ["person.consent.state"]],
	["a datum rests on a contract", {"data_used": [{"legal_basis": "art6_1_b", "consent": {"state": "withdrawn"}}]}, "passes"],
]

test_p_gdpr_7 if {
	every c in gdpr_7_cases {
		print(c[0])
		decision := lib_test.but(refund, c[1])
		{v | v := data.gdpr.p_gdpr_7 with input as decision} == lib_test.means(c[2])
	}
}

gdpr_9_cases := [
	["nothing special, said", {"person.special_category": false}, "passes"],
	["nothing special, unsaid", {}, "passes"],
	["special without a ground", {"person.special_category": true}, ["facts.art9_ground"]],
	["special without a ground, and it concerns a company", {"person.special_category": true, "person.kind": "legal_person"}, "passes"],
	["a special datum without a ground", {"data_used": [{}, {"special_category": true}]}, ["facts.art9_ground"]],
	["a datum that is not special", {"data_used": [{"special_category": false}]}, "passes"],
	["special, and the ground does not apply", {"person.special_category": true, "facts.art9_ground": "not_applicable"}, "fires"],
	["the ground does not apply, and nothing is special", {"facts.art9_ground": "not_applicable"}, "passes"],
	["special, does not apply, and the GDPR neither", {"person.special_category": true, "facts.art9_ground": "not_applicable", "facts.legal_basis": "non_gdpr"}, "passes"],
	["special with a ground", {"person.special_category": true, "facts.art9_ground": "health_care"}, "passes"],
	["special with a ground, and perhaps automated", {"person.special_category": true, "facts.art9_ground": "health_care", "facts.expected_effect": null}, ["facts.expected_effect"]],
	["special with consent, and perhaps automated", {"person.special_category": true, "facts.art9_ground": "explicit_consent", "facts.expected_effect": null}, "passes"],
	["special in the public interest, and perhaps automated", {"person.special_category": true, "facts.art9_ground": "substantial_public_interest", "facts.planned_automation": null, "facts.expected_effect": "legal"}, "passes"],
	["nothing special, and perhaps automated", {"facts.expected_effect": null}, "passes"],
]

test_p_gdpr_9 if {
	every c in gdpr_9_cases {
		print(c[0])
		decision := lib_test.but(refund, c[1])
		{v | v := data.gdpr.p_gdpr_9 with input as decision} == lib_test.means(c[2])
	}
}

gdpr_9_weighty_cases := [
	["nothing special", {}, "passes"],
	["nobody said whether it is special", {"person.special_category": null}, ["person.special_category"]],
	["nobody said, and one datum is", {"person.special_category": null, "data_used": [{"special_category": true}], "facts.art9_ground": "explicit_consent"}, "passes"],
	["special with consent", {"person.special_category": true, "facts.art9_ground": "explicit_consent"}, "passes"],
	["special in the public interest", {"person.special_category": true, "facts.art9_ground": "substantial_public_interest"}, "passes"],
	["special for health care", {"person.special_category": true, "facts.art9_ground": "health_care"}, "fires"],
	["special for health care, and a human confirms", {"person.special_category": true, "facts.art9_ground": "health_care", "facts.planned_automation": "human_in_loop"}, "passes"],
	["special without a ground", {"person.special_category": true}, ["facts.art9_ground"]],
	["a ground nobody needs", {"facts.art9_ground": "health_care"}, "passes"],
]

test_p_gdpr_9_of_weight if {
	every c in gdpr_9_weighty_cases {
		print(c[0])
		decision := lib_test.but(weighty, c[1])
		{v | v := data.gdpr.p_gdpr_9 with input as decision} == lib_test.means(c[2])
	}
}

denied := {"verdict": "deny"}

gdpr_21_cases := [
	["nobody is profiled", {}, "passes"],
	["nobody is profiled, though somebody objected", {"person.objection": "active"}, "passes"],
	["profiled under a contract", {"facts.profiling": true}, "passes"],
	["profiled, and looked up", {"facts.profiling": true, "facts.legal_basis": "art6_1_f", "person.objection": "none"}, "passes"],
	["profiled, and objected", {"facts.profiling": true, "person.objection": "active"}, "fires"],
	["profiled, and opted out", {"facts.profiling": true, "person.objection": "opted_out"}, "fires"],
	["profiled on overriding grounds", {"facts.profiling": true, "person.objection": "overridden"}, "passes"],
	["profiled, objected, and nothing is personal", {"facts.profiling": true, "person.objection": "active", "facts.legal_basis": "non_gdpr"}, "passes"],
	["profiled for legitimate interests, not looked up", {"facts.profiling": true, "facts.legal_basis": "art6_1_f"}, ["person.objection"]],
	["profiled in the public interest, not looked up", {"facts.profiling": true, "facts.legal_basis": "art6_1_e"}, ["person.objection"]],
	["not profiled for legitimate interests", {"facts.legal_basis": "art6_1_f"}, "passes"],
	["the system profiles", {"registry.system.profiling": true, "person.objection": "active"}, "fires"],
	["the system profiles, and it concerns nobody", {"registry.system.profiling": true, "facts.legal_basis": "non_gdpr", "person.objection": "active"}, "passes"],
	["the system profiles, but not here", {"registry.system.profiling": true, "facts.profiling": false, "person.objection": "active"}, "passes"],
	["the system does not profile", {"registry.system.profiling": false, "person.objection": "active"}, "passes"],
	["marketing, looked up", {"facts.profiling": true, "facts.purpose": "direct_marketing", "person.objection": "none"}, "passes"],
	["marketing, objected", {"facts.profiling": true, "facts.purpose": "direct_marketing", "person.objection": "active"}, denied],
	["marketing, opted out", {"facts.profiling": true, "facts.purpose": "direct_marketing", "person.objection": "opted_out"}, denied],
	["marketing has no overriding grounds", {"facts.profiling": true, "facts.purpose": "direct_marketing", "person.objection": "overridden"}, denied],
	["marketing without profiling", {"facts.purpose": "direct_marketing", "person.objection": "active"}, "passes"],
	["marketing, not looked up", {"facts.profiling": true, "facts.purpose": "direct_marketing"}, ["person.objection"]],
]

test_p_gdpr_21 if {
	every c in gdpr_21_cases {
		print(c[0])
		decision := lib_test.but(refund, c[1])
		{v | v := data.gdpr.p_gdpr_21 with input as decision} == lib_test.means(c[2])
	}
}

test_p_gdpr_21_takes_the_tenants_word_for_marketing if {
	decision := lib_test.but(refund, {"facts.profiling": true, "person.objection": "overridden"})
	not data.gdpr.p_gdpr_21 with input as decision
	own := {"gdpr": {"marketing_purposes": ["customer_service"]}}
	data.gdpr.p_gdpr_21 == denied with input as decision with data.tenant as own
}

xborder_cases := [
	["not said, and the system may go anywhere adequate", {}, "passes"],
	["adequate by itself", {"facts.processing_regions": ["de", "jp"]}, "passes"],
	["a part of what is adequate", {"facts.processing_regions": ["de-by"]}, "passes"],
	["not adequate", {"facts.processing_regions": ["de", "us"]}, "fires"],
	["not adequate, and nothing is personal", {"facts.processing_regions": ["us"], "facts.legal_basis": "non_gdpr"}, "passes"],
	["registered", {"facts.processing_regions": ["us-va"], "registry.system.allowed_regions": ["us"]}, "passes"],
	["adequate, but not registered", {"facts.processing_regions": ["de"], "registry.system.allowed_regions": ["fr"]}, "fires"],
	["not said", {"registry.system.allowed_regions": ["fr"]}, ["facts.processing_regions"]],
	["not said, and nothing is personal", {"registry.system.allowed_regions": ["fr"], "facts.legal_basis": "non_gdpr"}, "passes"],
]

test_p_xborder if {
	every c in xborder_cases {
		print(c[0])
		decision := lib_test.but(refund, c[1])
		{v | v := data.gdpr.p_xborder with input as decision} == lib_test.means(c[2])
	}
}

test_p_xborder_takes_the_tenants_word_for_what_is_adequate if {
	own := {"gdpr": {"adequate_regions": ["us"]}}
	decision := lib_test.but(refund, {"facts.processing_regions": ["us"]})
	not data.gdpr.p_xborder with input as decision with data.tenant as own
}

erasure := {"call": "authorize", "facts": {
	"action": "data.erase",
	"stage": "erase",
	"legal_hold": false,
	"retention_lock": false,
}}

hold_cases := [
	["nothing holds", {}, "passes"],
	["a hold", {"facts.legal_hold": true}, "fires"],
	["a lock", {"facts.retention_lock": true}, "fires"],
	["a hold, told in the inputs", {"facts.legal_hold": null, "inputs.legal_hold": true}, "fires"],
	["the hold is not said", {"facts.legal_hold": null}, ["inputs.legal_hold"]],
	["the lock is not said", {"facts.retention_lock": null}, ["inputs.retention_lock"]],
	["nothing is said", {"facts.legal_hold": null, "facts.retention_lock": null}, ["inputs.legal_hold", "inputs.retention_lock"]],
]

test_p_hold if {
	every c in hold_cases {
		print(c[0])
		decision := lib_test.but(erasure, c[1])
		{v | v := data.gdpr.p_hold with input as decision} == lib_test.means(c[2])
	}
}
