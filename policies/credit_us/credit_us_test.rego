package credit_us_test

import data.lib_test

import future.keywords.not
import rego.v1

# What was asked of a mortgage in Massachusetts.
asked := {"type": "authorization", "facts": {
	"action": "mortgage.decide",
	"domain": "credit",
	"jurisdictions": ["us-ma"],
	"data_sources": ["person", "agency"],
	"data_categories": ["income_and_debts", "credit_history"],
}}

asked_abroad := {"type": "authorization", "facts": object.union(asked.facts, {"jurisdictions": ["de"]})}

asked_for_rent := {"type": "authorization", "facts": object.union(asked.facts, {"domain": "housing"})}

# Its record: refused, for specific reasons.
refusal := {
	"call": "record",
	"facts": {"outcome": "denied", "adverse": true, "reasons": ["debt_to_income", "credit_history"]},
	"reasons": [
		{"code": "debt_to_income", "text": "The monthly payments on all debts are high for the income.", "factor_ids": ["pirat"]},
		{"code": "credit_history"},
	],
	"factors": [{"id": "pirat"}, {"id": "chist"}],
	"earlier": [asked],
}

ecoa_rsn_cases := [
	["refused for specific reasons", {}, "passes"],
	["refused for none", {"facts.reasons": null, "reasons": null}, "fires"],
	["refused for an empty list", {"facts.reasons": []}, "fires"],
	["granted", {"facts.adverse": false, "facts.reasons": null, "reasons": null}, "passes"],
	["nobody said whether it is adverse", {"facts.adverse": null}, ["facts.adverse"]],
	["one reason is generic", {"facts.reasons": ["debt_to_income", "score_too_low"]}, "fires"],
	["one reason was never declared", {"facts.reasons": ["unlisted"]}, "fires"],
	["a reason in empty words", {"reasons": [{"code": "debt_to_income", "text": "Your application does not meet our Internal Policy."}]}, "fires"],
	["a reason names a factor that nobody evaluated", {"reasons": [{"code": "debt_to_income", "factor_ids": ["pirat", "shoe_size"]}]}, "fires"],
	["a reason names a factor, and none was evaluated", {"factors": null}, "fires"],
	["refused for none, abroad", {"facts.reasons": null, "earlier": [asked_abroad]}, "passes"],
	["refused for none, a flat", {"facts.reasons": null, "earlier": [asked_for_rent]}, "passes"],
	["refused for none, nobody knows where or what", {"facts.reasons": null, "earlier": null}, "fires"],
	["nobody said whether it is adverse, abroad", {"facts.adverse": null, "earlier": [asked_abroad]}, "passes"],
	["nobody said whether it is adverse, a flat", {"facts.adverse": null, "earlier": [asked_for_rent]}, "passes"],
	["observed, and refused for none", {"call": "observe", "facts.reasons": null, "facts.domain": "credit", "facts.jurisdictions": ["us"], "earlier": null}, "fires"],
	["observed abroad, and refused for none", {"call": "observe", "facts.reasons": null, "facts.domain": "credit", "facts.jurisdictions": ["fr"], "earlier": null}, "passes"],
	["observed in several countries, and refused for none", {"call": "observe", "facts.reasons": null, "facts.domain": "credit", "facts.jurisdictions": ["fr", "us-ny"], "earlier": null}, "fires"],
]

test_p_ecoa_rsn if {
	every c in ecoa_rsn_cases {
		print(c[0])
		decision := lib_test.but(refusal, c[1])
		{v | v := data.credit_us.p_ecoa_rsn with input as decision} == lib_test.means(c[2])
	}
}

whole_block := {
	"agency_name": "Example Bureau",
	"agency_address": "1 Main Street",
	"agency_phone": "800 555 0100",
	"agency_did_not_decide": true,
	"free_copy": true,
	"dispute": true,
}

whole_score := {
	"value": "612",
	"range_min": "300",
	"range_max": "850",
	"made": "2026-11-01",
	"source": "Example Bureau",
	"key_factors": ["late payments"],
}

refused := {"type": "outcome", "facts": {"adverse": true, "reasons": ["debt_to_income"]}}

refused_for_nothing := {"type": "outcome", "facts": {"adverse": true}}

granted := {"type": "outcome", "facts": {"adverse": false}}

unknown := {"type": "outcome", "facts": {"outcome": "referred"}}

# The letter about it is about to go out.
letter := {
	"call": "authorize",
	"facts": {"action": "letter.send", "stage": "release", "domain": "credit", "jurisdictions": ["us-ma"]},
	"inputs": {"fcra_615a": whole_block},
	"earlier": [asked, refused],
}

ecoa_letter_cases := [
	["a letter about specific reasons", {}, "passes"],
	["a letter about no reasons", {"earlier": [asked, refused_for_nothing]}, "fires"],
	["a letter about no reasons, abroad", {"earlier": [asked, refused_for_nothing], "facts.jurisdictions": ["de"]}, "passes"],
	["no letter yet", {"earlier": [asked, refused_for_nothing], "facts.stage": "decide"}, "passes"],
	["a letter about a grant", {"earlier": [asked, granted]}, "passes"],
	["a letter before any outcome", {"earlier": [asked]}, ["facts.adverse"]],
	["no letter, and no outcome", {"earlier": [asked], "facts.stage": "decide"}, "passes"],
	["the last outcome counts", {"earlier": [asked, refused_for_nothing, refused]}, "passes"],
]

test_p_ecoa_rsn_for_letters if {
	every c in ecoa_letter_cases {
		print(c[0])
		decision := lib_test.but(letter, c[1])
		{v | v := data.credit_us.p_ecoa_rsn with input as decision} == lib_test.means(c[2])
	}
}

test_p_ecoa_rsn_takes_the_tenants_word_for_what_is_generic if {
	decision := lib_test.but(refusal, {"facts.reasons": ["score_too_low"], "reasons": [{"text": "internal policy"}]})
	not data.credit_us.p_ecoa_rsn with input as decision
		with data.tenant as {"credit_us": {"generic_reasons": [], "generic_phrases": []}}
}

application := {
	"call": "authorize",
	"facts": {
		"action": "mortgage.decide",
		"domain": "credit",
		"jurisdictions": ["us-ma"],
		"data_categories": ["income_and_debts", "credit_history"],
	},
	"inputs": {"pirat": "0.3", "lvrat": "0.8"},
}

asked_for_race := {"type": "authorization", "facts": object.union(asked.facts, {"data_categories": ["race"]})}

ecoa_basis_cases := [
	["nothing prohibited", {}, "passes"],
	["no data", {"facts.data_categories": null, "inputs": null}, "passes"],
	["a prohibited category", {"facts.data_categories": ["credit_history", "marital_status"]}, "fires"],
	["a prohibited input", {"inputs.Race": "unknown"}, "fires"],
	["a prohibited category, for a flat", {"facts.data_categories": ["race"], "facts.domain": "housing"}, "passes"],
	["a prohibited category, abroad", {"facts.data_categories": ["race"], "facts.jurisdictions": ["de"]}, "passes"],
	["age", {"facts.data_categories": ["age"]}, "fires"],
	["the record adds a prohibited category", {"call": "record", "facts.domain": null, "facts.jurisdictions": null, "facts.data_categories": ["sex"], "earlier": [asked]}, "fires"],
	["the record adds nothing to a prohibited one", {"call": "record", "facts.data_categories": null, "earlier": [asked_for_race]}, "fires"],
	["the record adds a prohibited category, abroad", {"call": "record", "facts.domain": null, "facts.jurisdictions": null, "facts.data_categories": ["sex"], "earlier": [asked_abroad]}, "passes"],
]

test_p_ecoa_basis if {
	every c in ecoa_basis_cases {
		print(c[0])
		decision := lib_test.but(application, c[1])
		{v | v := data.credit_us.p_ecoa_basis with input as decision} == lib_test.means(c[2])
	}
}

tenant_basis_cases := [
	["age as it is permitted", {"facts.data_categories": ["age"]}, "passes"],
	["sex all the same", {"facts.data_categories": ["age", "sex"]}, "fires"],
]

test_p_ecoa_basis_allows_age_where_the_tenant_says_so if {
	every c in tenant_basis_cases {
		print(c[0])
		decision := lib_test.but(application, c[1])
		values := {v | v := data.credit_us.p_ecoa_basis with input as decision with data.tenant as {"credit_us": {"age_allowed": true}}}
		values == lib_test.means(c[2])
	}
	decision := lib_test.but(application, {"facts.data_categories": ["age", "sex"]})
	not data.credit_us.p_ecoa_basis with input as decision with data.tenant as {"credit_us": {"prohibited_data": ["race"]}}
}

fcra_615_cases := [
	["the block is whole", {}, "passes"],
	["the block is missing", {"inputs": null}, "fires"],
	["the agency's phone is missing", {"inputs.fcra_615a.agency_phone": null}, "fires"],
	["nobody says that the agency did not decide", {"inputs.fcra_615a.agency_did_not_decide": false}, "fires"],
	["with its score", {"inputs.fcra_615a.score": whole_score}, "passes"],
	["with a score and no range", {"inputs.fcra_615a.score": {"value": "612"}}, "fires"],
	["missing, and no report was used", {"inputs": null, "earlier": [{"type": "authorization", "facts": {"data_sources": ["person"]}}, refused]}, "passes"],
	["missing, and nothing is known of the data", {"inputs": null, "earlier": [refused]}, "passes"],
	["missing, and granted", {"inputs": null, "earlier": [asked, granted]}, "passes"],
	["missing, and the outcome is not known", {"inputs": null, "earlier": [asked, unknown]}, ["facts.adverse"]],
	["missing, and there is no outcome", {"inputs": null, "earlier": [asked]}, ["facts.adverse"]],
	["missing, there is no outcome, and no report", {"inputs": null, "earlier": []}, "passes"],
	["whole, and the outcome is not known", {"earlier": [asked, unknown]}, "passes"],
]

test_p_fcra_615 if {
	every c in fcra_615_cases {
		print(c[0])
		decision := lib_test.but(letter, c[1])
		{v | v := data.credit_us.p_fcra_615 with input as decision} == lib_test.means(c[2])
	}
}

test_p_fcra_615_takes_the_tenants_word_for_the_block if {
	own := {"credit_us": {"fcra_615a_members": ["agency_name"], "fcra_score_members": ["value"]}}
	short := lib_test.but(letter, {"inputs": null})
	enough := lib_test.but(short, {"inputs.fcra_615a": {"agency_name": "Example Bureau", "score": {"value": "612"}}})
	data.credit_us.p_fcra_615 with input as short with data.tenant as own
	not data.credit_us.p_fcra_615 with input as enough with data.tenant as own
}
