package gdpr_automated_test

import rego.v1

import data.lib_test

# An honest decision of weight: a loan in France that a computer grants, with everything in order.
loan := {
	"call": "authorize",
	"time_ns": 1795392000000000000, # 2026-11-23T00:00:00Z
	"facts": {
		"action": "loan.decide",
		"jurisdictions": ["fr"],
		"purpose": "underwriting",
		"legal_basis": "art6_1_b",
		"art22_ground": "contract",
		"planned_automation": "solely_automated",
		"expected_effect": "legal",
	},
	"person": {"kind": "applicant", "special_category": false, "vulnerabilities": ["none"]},
	"notices": [{"kind": "privacy_13_14", "deliver_time": "2026-11-01T00:00:00Z", "template_id": "privacy.v7"}],
	"registry": {
		"system": {
			"safeguards": ["human", "view", "contest"],
			"dpia_digest": "AAAA",
			"dpia_review": "2027-06-01T00:00:00Z",
		},
		"version": {"state": "approved"},
	},
}

automation := ["facts.planned_automation"]

effect := ["facts.expected_effect"]

both := ["facts.expected_effect", "facts.planned_automation"]

gdpr_22_cases := [
	["a contract", {}, "passes"],
	["a law", {"facts.art22_ground": "law"}, "passes"],
	["explicit consent", {"facts.art22_ground": "explicit_consent"}, "passes"],
	["no ground", {"facts.art22_ground": null}, "fires"],
	["a ground that does not apply", {"facts.art22_ground": "not_applicable"}, "fires"],
	["no ground, and as grave", {"facts.art22_ground": null, "facts.expected_effect": "similarly_significant"}, "fires"],
	["no ground, and no weight", {"facts.art22_ground": null, "facts.expected_effect": "none"}, "passes"],
	["no ground, and a human confirms", {"facts.art22_ground": null, "facts.planned_automation": "human_in_loop"}, "passes"],
	["no ground, and the GDPR does not apply", {"facts.art22_ground": null, "facts.legal_basis": "non_gdpr"}, "passes"],
	["no ground, and a company", {"facts.art22_ground": null, "person.kind": "legal_person"}, "passes"],
	["not said who decides", {"facts.art22_ground": null, "facts.planned_automation": null}, automation],
	["not said who decides, and no weight", {"facts.art22_ground": null, "facts.planned_automation": null, "facts.expected_effect": "none"}, "passes"],
	["not said who decides, and a company", {"facts.art22_ground": null, "facts.planned_automation": null, "person.kind": "legal_person"}, "passes"],
	["the weight is not said", {"facts.art22_ground": null, "facts.expected_effect": null}, effect],
	["the weight is not said, and a company", {"facts.art22_ground": null, "facts.expected_effect": null, "person.kind": "legal_person"}, "passes"],
	["the weight is not said, and a human confirms", {"facts.art22_ground": null, "facts.expected_effect": null, "facts.planned_automation": "human_in_loop"}, "passes"],
	["the weight is not said, and a human is helped", {"facts.art22_ground": null, "facts.expected_effect": null, "facts.planned_automation": "ai_assist"}, "passes"],
	["the weight is not said, and a human decides", {"facts.art22_ground": null, "facts.expected_effect": null, "facts.planned_automation": "human_only"}, "passes"],
	["neither is said", {"facts.art22_ground": null, "facts.planned_automation": null, "facts.expected_effect": null}, both],
	["neither is said, but a ground", {"facts.planned_automation": null, "facts.expected_effect": null}, "passes"],
]

test_p_gdpr_22 if {
	every c in gdpr_22_cases {
		print(c[0])
		decision := lib_test.but(loan, c[1])
		{v | v := data.gdpr.p_gdpr_22 with input as decision} == lib_test.means(c[2])
	}
}

gdpr_22_safe_cases := [
	["all three are live", {}, "passes"],
	["no human", {"registry.system.safeguards": ["view", "contest"]}, "fires"],
	["no view", {"registry.system.safeguards": ["human", "contest", "opt_out"]}, "fires"],
	["no contest", {"registry.system.safeguards": ["human", "view"]}, "fires"],
	["none registered", {"registry.system.safeguards": null}, "fires"],
	["not registered at all", {"registry": null}, "fires"],
	["none, and no weight", {"registry": null, "facts.expected_effect": "none"}, "passes"],
	["none, and not said who decides", {"registry": null, "facts.planned_automation": null}, automation],
	["none, not said who decides, and no ground", {"registry": null, "facts.planned_automation": null, "facts.art22_ground": null}, "passes"],
	["all three, and not said who decides", {"facts.planned_automation": null}, "passes"],
]

test_p_gdpr_22_safe if {
	every c in gdpr_22_safe_cases {
		print(c[0])
		decision := lib_test.but(loan, c[1])
		{v | v := data.gdpr.p_gdpr_22_safe with input as decision} == lib_test.means(c[2])
	}
}

confirmed := lib_test.but(loan, {
	"facts.planned_automation": "human_in_loop",
	"facts.review_meaningful": "no",
	"facts.art22_ground": null,
})

gdpr_22_stamp_cases := [
	["a rubber stamp", {}, "fires"],
	["a rubber stamp, and as grave", {"facts.expected_effect": "similarly_significant"}, "fires"],
	["a rubber stamp, told in the inputs", {"facts.review_meaningful": null, "inputs.review_meaningful": "no"}, "fires"],
	["a real review", {"facts.review_meaningful": "yes"}, "passes"],
	["nobody measured it", {"facts.review_meaningful": null}, "passes"],
	["it does not weigh", {"facts.expected_effect": "none"}, "passes"],
	["the ground would do for a computer too", {"facts.art22_ground": "law"}, "passes"],
	["nobody confirms", {"facts.planned_automation": "solely_automated"}, "passes"],
	["a company", {"person.kind": "legal_person"}, "passes"],
	["the weight is not said", {"facts.expected_effect": null}, effect],
	["the weight is not said, and a real review", {"facts.expected_effect": null, "facts.review_meaningful": "yes"}, "passes"],
	["the weight is not said, and nobody confirms", {"facts.expected_effect": null, "facts.planned_automation": "ai_assist"}, "passes"],
	["the weight is not said, and a company", {"facts.expected_effect": null, "person.kind": "legal_person"}, "passes"],
	["the weight is not said, and a ground", {"facts.expected_effect": null, "facts.art22_ground": "law"}, "passes"],
]

test_p_gdpr_22_stamp if {
	every c in gdpr_22_stamp_cases {
		print(c[0])
		decision := lib_test.but(confirmed, c[1])
		{v | v := data.gdpr.p_gdpr_22_stamp with input as decision} == lib_test.means(c[2])
	}
}

scored := lib_test.but(loan, {"facts.upstream_score": true})

gdpr_22_score_cases := [
	["the computer follows another's score", {}, "fires"],
	["a human only confirms it", {"facts.planned_automation": "human_in_loop"}, "fires"],
	["a human decides with it", {"facts.planned_automation": "ai_assist"}, "passes"],
	["a human decides with it, and followed it", {"facts.planned_automation": "ai_assist", "facts.ai_influence": "determinative"}, "fires"],
	["a human decides with it, and it weighed some", {"facts.planned_automation": "ai_assist", "facts.ai_influence": "material"}, "passes"],
	["its record is named", {"facts.parent_decision": "0199f3a0-0000-7000-8000-000000000001"}, "passes"],
	["no score of another", {"facts.upstream_score": false}, "passes"],
	["nothing said of a score", {"facts.upstream_score": null}, "passes"],
	["it does not weigh", {"facts.expected_effect": "none"}, "passes"],
	["perhaps it weighs", {"facts.expected_effect": null}, "fires"],
	["a company", {"person.kind": "legal_person"}, "passes"],
	["not said who decides", {"facts.planned_automation": null}, automation],
	["not said who decides, but how much it weighed", {"facts.planned_automation": null, "facts.ai_influence": "minor"}, "passes"],
	["not said who decides, and no score", {"facts.planned_automation": null, "facts.upstream_score": false}, "passes"],
	["not said who decides, but it was followed", {"facts.planned_automation": null, "facts.ai_influence": "determinative"}, "fires"],
	["no score, though followed", {"facts.upstream_score": false, "facts.planned_automation": "ai_assist", "facts.ai_influence": "determinative"}, "passes"],
]

test_p_gdpr_22_score if {
	every c in gdpr_22_score_cases {
		print(c[0])
		decision := lib_test.but(scored, c[1])
		{v | v := data.gdpr.p_gdpr_22_score with input as decision} == lib_test.means(c[2])
	}
}

told_before := [{"type": "notice", "facts": {"notices": ["privacy_13_14"], "notice_times": ["2026-11-01T00:00:00Z"], "notice_templates": ["privacy.v7"]}}]

told_otherwise := [{"type": "notice", "facts": {"notices": ["ai_interaction"], "notice_times": ["2026-11-01T00:00:00Z"], "notice_templates": ["privacy.v7"]}}]

gdpr_13_cases := [
	["told", {}, "passes"],
	["told, as was recorded", {"notices": null, "earlier": told_before}, "passes"],
	["not told", {"notices": null}, "fires"],
	["told something else", {"notices": [{"kind": "ai_interaction", "deliver_time": "2026-11-01T00:00:00Z"}]}, "fires"],
	["told something else, as was recorded", {"notices": null, "earlier": told_otherwise}, "fires"],
	["not told, and a human confirms", {"notices": null, "facts.planned_automation": "human_in_loop"}, "passes"],
	["not told, and not said who decides", {"notices": null, "facts.planned_automation": null}, automation],
	["told, and not said who decides", {"facts.planned_automation": null}, "passes"],
	["not told, not said who decides, and no ground", {"notices": null, "facts.planned_automation": null, "facts.art22_ground": null}, "passes"],
]

test_p_gdpr_13 if {
	every c in gdpr_13_cases {
		print(c[0])
		decision := lib_test.but(loan, c[1])
		{v | v := data.gdpr.p_gdpr_13 with input as decision} == lib_test.means(c[2])
	}
}

two_notices := [{"type": "notice", "facts": {
	"notices": ["privacy_13_14", "ai_interaction"],
	"notice_times": ["2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"],
	"notice_templates": ["privacy.v7"],
}}]

gdpr_13_template_cases := [
	["told by the right template", {}, "passes"],
	["told by the right template, as was recorded", {"notices": null, "earlier": told_before}, "passes"],
	["told by an old template", {"notices": [{"kind": "privacy_13_14", "deliver_time": "2026-11-01T00:00:00Z", "template_id": "privacy.v6"}]}, "fires"],
	["told by no template", {"notices": [{"kind": "privacy_13_14", "deliver_time": "2026-11-01T00:00:00Z"}]}, "fires"],
	["the template belongs to another notice", {"notices": [{"kind": "ai_interaction", "deliver_time": "2026-11-01T00:00:00Z", "template_id": "privacy.v7"}]}, "fires"],
	["the recorded template belongs to another notice", {"notices": null, "earlier": told_otherwise}, "fires"],
	["the recorded template may belong to another notice", {"notices": null, "earlier": two_notices}, "fires"],
]

test_p_gdpr_13_asks_for_the_tenants_templates if {
	own := {"gdpr": {"adm_notice_templates": ["privacy.v7", "privacy.v8"]}}
	every c in gdpr_13_template_cases {
		print(c[0])
		decision := lib_test.but(loan, c[1])
		values := {v | v := data.gdpr.p_gdpr_13 with input as decision with data.tenant as own}
		values == lib_test.means(c[2])
	}
}

denied := {"verdict": "deny"}

gdpr_35_cases := [
	["assessed", {}, "passes"],
	["assessed, no review is due", {"registry.system.dpia_review": null}, "passes"],
	["not assessed", {"registry.system.dpia_digest": null}, denied],
	["not registered", {"registry": null}, denied],
	["not assessed, though a review is due", {"registry.system.dpia_digest": null, "registry.system.dpia_review": "2026-01-01T00:00:00Z"}, denied],
	["the review is due right now", {"registry.system.dpia_review": "2026-11-23T00:00:00Z"}, "passes"],
	["the review is overdue", {"registry.system.dpia_review": "2026-11-22T23:59:59Z"}, "fires"],
	["overdue, and a human confirms", {"registry.system.dpia_review": "2026-11-22T23:59:59Z", "facts.planned_automation": "human_in_loop"}, "passes"],
	["not assessed, and a human confirms", {"registry": null, "facts.planned_automation": "human_in_loop"}, "passes"],
	["not assessed, special on a large scale", {"registry": null, "facts.planned_automation": "human_in_loop", "person.special_category": true, "facts.large_scale": true}, denied],
	["not assessed, special on a small scale", {"registry": null, "facts.planned_automation": "human_in_loop", "person.special_category": true, "facts.large_scale": false}, "passes"],
	["not assessed, nothing special on a large scale", {"registry": null, "facts.planned_automation": "human_in_loop", "facts.large_scale": true}, "passes"],
	["special on a large scale, and the GDPR does not apply", {"registry": null, "facts.legal_basis": "non_gdpr", "person.special_category": true, "facts.large_scale": true}, "passes"],
	["not assessed, and not said who decides", {"registry": null, "facts.planned_automation": null}, automation],
	["overdue, and not said who decides", {"registry.system.dpia_review": "2026-11-22T23:59:59Z", "facts.planned_automation": null}, automation],
	["assessed, and not said who decides", {"facts.planned_automation": null}, "passes"],
	["not assessed, not said who decides, and no ground", {"registry": null, "facts.planned_automation": null, "facts.art22_ground": null}, "passes"],
]

test_p_gdpr_35 if {
	every c in gdpr_35_cases {
		print(c[0])
		decision := lib_test.but(loan, c[1])
		{v | v := data.gdpr.p_gdpr_35 with input as decision} == lib_test.means(c[2])
	}
}

child_cases := [
	["no child", {}, "passes"],
	["another vulnerability", {"person.vulnerabilities": ["distress"]}, "passes"],
	["a child", {"person.vulnerabilities": ["language", "minor"]}, "fires"],
	["a child, and a human confirms", {"person.vulnerabilities": ["minor"], "facts.planned_automation": "human_in_loop"}, "passes"],
	["a child, and no weight", {"person.vulnerabilities": ["minor"], "facts.expected_effect": "none"}, "passes"],
	["a child, and not said who decides", {"person.vulnerabilities": ["minor"], "facts.planned_automation": null}, automation],
	["no child, and not said who decides", {"facts.planned_automation": null}, "passes"],
	["nobody looked", {"person.vulnerabilities": null}, ["person.vulnerabilities"]],
	["nobody looked, and no weight", {"person.vulnerabilities": null, "facts.expected_effect": "none"}, "passes"],
]

test_p_child if {
	every c in child_cases {
		print(c[0])
		decision := lib_test.but(loan, c[1])
		{v | v := data.gdpr.p_child with input as decision} == lib_test.means(c[2])
	}
}

asked := {"type": "authorization", "facts": {"expected_effect": "legal"}}

explained := {"type": "outcome", "facts": {"outcome": "denied", "explanation_mode": "at_decision"}}

unexplained := {"type": "outcome", "facts": {"outcome": "denied"}}

taking_effect := lib_test.but(loan, {"facts.stage": "effect", "facts.expected_effect": null, "earlier": [asked, explained]})

expl_cases := [
	["an explanation was recorded", {}, "passes"],
	["none was recorded", {"earlier": [asked, unexplained]}, "fires"],
	["the last outcome counts", {"earlier": [asked, unexplained, explained]}, "passes"],
	["the last outcome has none", {"earlier": [asked, explained, unexplained]}, "fires"],
	["no outcome was recorded", {"earlier": [asked]}, "fires"],
	["as grave", {"earlier": [unexplained], "facts.expected_effect": "similarly_significant"}, "fires"],
	["no weight", {"earlier": [unexplained], "facts.expected_effect": "none"}, "passes"],
	["the last word on the weight counts", {"earlier": [{"type": "authorization", "facts": {"expected_effect": "none"}}, asked, unexplained]}, "fires"],
	["the outcome weighed more than expected", {"earlier": [{"type": "outcome", "facts": {"effect": "legal"}}], "facts.expected_effect": "none"}, "fires"],
	["the outcome weighed nothing", {"earlier": [asked, {"type": "outcome", "facts": {"effect": "none"}}]}, "passes"],
	["the weight was never said", {"earlier": [unexplained]}, effect],
	["the weight was never said, and a company", {"earlier": [unexplained], "person.kind": "legal_person"}, "passes"],
	["the weight was never said, but it is explained", {"earlier": [explained]}, "passes"],
	["none was recorded, and a company", {"earlier": [asked, unexplained], "person.kind": "legal_person"}, "passes"],
]

test_p_expl if {
	every c in expl_cases {
		print(c[0])
		decision := lib_test.but(taking_effect, c[1])
		{v | v := data.gdpr.p_expl with input as decision} == lib_test.means(c[2])
	}
}
