package model_risk_test

import data.lib_test

import future.keywords.not
import rego.v1

# An honest, harmless decision: a mortgage that an approved version decides.
mortgage := {
	"call": "authorize",
	"time_ns": 1795392000000000000, # 2026-11-23T00:00:00Z
	"facts": {
		"action": "mortgage.decide",
		"domain": "credit",
		"jurisdictions": ["us-ma"],
		"purpose": "mortgage_underwriting",
		"legal_basis": "non_gdpr",
		"planned_automation": "solely_automated",
		"expected_effect": "legal",
		"irreversible": false,
		"confidence": "0.9",
		"model_version": "v1",
	},
	"person": {"kind": "applicant", "residence": "us-ma"},
	"registry": {
		"system": {"system": "mortgage_desk"},
		"version": {"model_version": "v1", "model_digest": "AAAA", "state": "approved"},
	},
}

model_appr_cases := [
	["an approved version decides", {}, "passes"],
	["one that was approved under conditions decides", {"registry.version.state": "conditional"}, "passes"],
	["one that is only registered does not", {"registry.version.state": "registered"}, "fires"],
	["one that is for shadow does not", {"registry.version.state": "shadow"}, "fires"],
	["a shadow runs in state shadow", {"registry.version.state": "shadow", "facts.environment": "shadow"}, "passes"],
	["a shadow runs approved", {"facts.environment": "shadow"}, "passes"],
	["a shadow does not run only registered", {"registry.version.state": "registered", "facts.environment": "shadow"}, "fires"],
	["production runs no shadow", {"registry.version.state": "shadow", "facts.environment": "production"}, "fires"],
	["a test is free", {"registry.version.state": "registered", "facts.environment": "test"}, "passes"],
	["a version that nobody registered does not decide", {"registry.version": null}, "fires"],
	["nor one of a system that nobody registered", {"registry": null}, "fires"],
	["no version is named", {"facts.model_version": null, "registry.version": null}, ["facts.model_version"]],
	["no version is named, and a test is free", {"facts.model_version": null, "facts.environment": "test"}, "passes"],
	["a human decides without a model", {"facts.planned_automation": "human_only", "registry": null}, "passes"],
	["a human decides without a model, and names none", {"facts.planned_automation": "human_only", "facts.model_version": null}, "passes"],
	["a human who is helped has a model", {"facts.planned_automation": "ai_assist", "registry": null}, "fires"],
	["nobody said who decides", {"facts.planned_automation": null, "registry": null}, "fires"],
	["approved for this purpose", {"registry.version.approved_for": ["other", "mortgage_underwriting"]}, "passes"],
	["approved for another purpose", {"registry.version.approved_for": ["other"]}, "fires"],
	["approved for another purpose, and a test is free", {"registry.version.approved_for": ["other"], "facts.environment": "test"}, "passes"],
	["approved for all purposes", {"registry.version.approved_for": [], "facts.purpose": null}, "passes"],
	["approved for some purposes, and none is named", {"registry.version.approved_for": ["other"], "facts.purpose": null}, ["facts.purpose"]],
	["none is named, and a test is free", {"registry.version.approved_for": ["other"], "facts.purpose": null, "facts.environment": "test"}, "passes"],
	["the digest is the registered one", {"facts.model_digest": "AAAA"}, "passes"],
	["the digest is another", {"facts.model_digest": "BBBB"}, "fires"],
	["the digest is another, and a test is free", {"facts.model_digest": "BBBB", "facts.environment": "test"}, "passes"],
	["the configuration is a registered one", {"facts.config_digest": "C", "registry.version.config_digests": ["B", "C"]}, "passes"],
	["the configuration is another", {"facts.config_digest": "D", "registry.version.config_digests": ["B", "C"]}, "fires"],
	["any configuration may run", {"facts.config_digest": "D"}, "passes"],
	["the configuration is not said", {"registry.version.config_digests": ["B", "C"]}, "passes"],
	["the prompt is another", {"facts.prompt_template_digest": "D", "registry.version.prompt_template_digests": ["B"]}, "fires"],
	["the prompt is a registered one", {"facts.prompt_template_digest": "B", "registry.version.prompt_template_digests": ["B"]}, "passes"],
	["the tools are others", {"facts.tool_list_digest": "D", "registry.version.tool_list_digests": ["B"]}, "fires"],
	["the tools are the registered ones", {"facts.tool_list_digest": "B", "registry.version.tool_list_digests": ["B"]}, "passes"],
]

test_p_model_appr if {
	every c in model_appr_cases {
		print(c[0])
		decision := lib_test.but(mortgage, c[1])
		{v | v := data.model_risk.p_model_appr with input as decision} == lib_test.means(c[2])
	}
}

model_ret_cases := [
	["an approved version decides", {}, "passes"],
	["a retired one does not", {"registry.version.state": "retired"}, "fires"],
	["a blocked one does not", {"registry.version.state": "blocked"}, "fires"],
	["an approval that lasts", {"registry.version.approved_until": "2026-11-23T00:00:01Z"}, "passes"],
	["an approval that ends right now", {"registry.version.approved_until": "2026-11-23T00:00:00Z"}, "passes"],
	["an approval that has ended", {"registry.version.approved_until": "2026-11-22T23:59:59Z"}, "fires"],
	["a version that nobody registered is another rule's matter", {"registry": null}, "passes"],
]

test_p_model_ret if {
	every c in model_ret_cases {
		print(c[0])
		decision := lib_test.but(mortgage, c[1])
		{v | v := data.model_risk.p_model_ret with input as decision} == lib_test.means(c[2])
	}
}

all_quality := ["facts.data_age_seconds", "facts.data_completeness", "facts.data_checks_passed"]

data_stale_cases := [
	["nothing is said of the data", {}, "passes"],
	["good data", {"facts.data_age_seconds": 60, "facts.data_completeness": "1", "facts.data_checks_passed": true}, "passes"],
	["data just young enough", {"facts.data_age_seconds": 7776000}, "passes"],
	["data too old", {"facts.data_age_seconds": 7776001}, "fires"],
	["data just complete enough", {"facts.data_completeness": "0.80"}, "passes"],
	["data too incomplete", {"facts.data_completeness": "0.79"}, "fires"],
	["a check that failed", {"facts.data_checks_passed": false}, "fires"],
]

test_p_data_stale if {
	every c in data_stale_cases {
		print(c[0])
		decision := lib_test.but(mortgage, c[1])
		{v | v := data.model_risk.p_data_stale with input as decision} == lib_test.means(c[2])
	}
}

data_needed_cases := [
	["a purpose that needs quality says nothing", {}, all_quality],
	["it says all but one", {"facts.data_age_seconds": 60, "facts.data_completeness": "1"}, ["facts.data_checks_passed"]],
	["it says a part", {"facts.data_completeness": "1"}, ["facts.data_age_seconds", "facts.data_checks_passed"]],
	["it says all", {"facts.data_age_seconds": 60, "facts.data_completeness": "1", "facts.data_checks_passed": true}, "passes"],
	["another purpose says nothing", {"facts.purpose": "other"}, "passes"],
	["it is too old for the tenant", {"facts.data_age_seconds": 61}, "fires"],
	["it is complete enough for the tenant", {"facts.data_completeness": "0.6", "facts.purpose": "other"}, "passes"],
	["it is not complete enough for the tenant", {"facts.data_completeness": "0.4"}, "fires"],
]

test_p_data_stale_as_the_tenant_sets_it if {
	own := {"model_risk": {
		"data_quality_needed_for": ["mortgage_underwriting"],
		"data_age_seconds": 60,
		"data_completeness": "0.5",
	}}
	every c in data_needed_cases {
		print(c[0])
		decision := lib_test.but(mortgage, c[1])
		values := {v | v := data.model_risk.p_data_stale with input as decision with data.tenant as own}
		values == lib_test.means(c[2])
	}
}

conf_cases := [
	["it is sure", {}, "passes"],
	["it is just sure enough", {"facts.confidence": "0.70"}, "passes"],
	["it is not sure", {"facts.confidence": "0.69"}, "fires"],
	["a human decides and is helped", {"facts.confidence": "0.69", "facts.planned_automation": "ai_assist"}, "passes"],
	["a human confirms", {"facts.confidence": "0.69", "facts.planned_automation": "human_in_loop"}, "fires"],
	["nobody said who decides", {"facts.confidence": "0.69", "facts.planned_automation": null}, "fires"],
	["more than certain", {"facts.confidence": "1.01"}, "fires"],
	["certain", {"facts.confidence": "1"}, "passes"],
	["not said, and legal", {"facts.confidence": null}, ["facts.confidence"]],
	["not said, and as grave", {"facts.confidence": null, "facts.expected_effect": "similarly_significant"}, ["facts.confidence"]],
	["not said, and of no weight", {"facts.confidence": null, "facts.expected_effect": "none"}, "passes"],
	["not said, and a human decides", {"facts.confidence": null, "facts.planned_automation": "human_only"}, "passes"],
	["not said, and the tenant has a limit", {"facts.confidence": null, "facts.expected_effect": "none", "limits.confidence": "0.5"}, ["facts.confidence"]],
	["the tenant's limit counts, met", {"facts.confidence": "0.5", "limits.confidence": "0.5"}, "passes"],
	["the tenant's limit counts, missed", {"facts.confidence": "0.94", "limits.confidence": "0.95"}, "fires"],
	["a score at its threshold", {"output.score": "0.5", "facts.score_threshold": "0.5"}, "passes"],
]

test_p_conf if {
	every c in conf_cases {
		print(c[0])
		decision := lib_test.but(mortgage, c[1])
		{v | v := data.model_risk.p_conf with input as decision} == lib_test.means(c[2])
	}
}

conf_tenant_cases := [
	["the purpose has a limit, met", {"facts.confidence": "0.99"}, "passes"],
	["the purpose has a limit, missed, whatever the tenant's", {"facts.confidence": "0.98", "limits.confidence": "0.1"}, "fires"],
	["the purpose has a limit, and it is not said", {"facts.confidence": null, "facts.expected_effect": "none"}, ["facts.confidence"]],
	["another purpose", {"facts.confidence": "0.6", "facts.purpose": "other"}, "passes"],
	["another purpose, missed", {"facts.confidence": "0.59", "facts.purpose": "other"}, "fires"],
	["less than nothing", {"facts.confidence": "-0.1", "facts.purpose": "anything"}, "fires"],
	["no confidence at all, and the purpose does not mind", {"facts.confidence": "0", "facts.purpose": "anything"}, "passes"],
	["too near above the threshold", {"facts.confidence": "1", "output.score": "0.54", "facts.score_threshold": "0.5"}, "fires"],
	["too near below the threshold", {"facts.confidence": "1", "output.score": "0.46", "facts.score_threshold": "0.5"}, "fires"],
	["far enough from the threshold", {"facts.confidence": "1", "output.score": "0.56", "facts.score_threshold": "0.5"}, "passes"],
]

test_p_conf_as_the_tenant_sets_it if {
	own := {"model_risk": {
		"confidence": "0.6",
		"confidence_by_purpose": {"mortgage_underwriting": "0.99", "anything": "-1"},
		"margin": "0.05",
	}}
	every c in conf_tenant_cases {
		print(c[0])
		decision := lib_test.but(mortgage, c[1])
		values := {v | v := data.model_risk.p_conf with input as decision with data.tenant as own}
		values == lib_test.means(c[2])
	}
}

two_people := {"obligations": [{"type": "require_review", "params": {"reviewers": 2}}]}

high_impact_cases := [
	["no amount, and it can be undone", {}, "passes"],
	["nobody said whether it can be undone", {"facts.irreversible": null}, "passes"],
	["it cannot be undone", {"facts.irreversible": true}, "fires"],
	["it cannot be undone, and a human decides", {"facts.irreversible": true, "facts.planned_automation": "human_only"}, "passes"],
	["at the first limit", {"facts.amount": "500.00", "facts.currency": "usd"}, "passes"],
	["above the first limit", {"facts.amount": "500.01", "facts.currency": "usd"}, "fires"],
	["at the second limit", {"facts.amount": "5000", "facts.currency": "eur"}, "fires"],
	["above the second limit", {"facts.amount": "5000.01", "facts.currency": "eur"}, two_people],
	["above the second limit, and it cannot be undone", {"facts.amount": "9000", "facts.currency": "gbp", "facts.irreversible": true}, two_people],
	["above the second limit, and a human decides", {"facts.amount": "9000", "facts.currency": "gbp", "facts.planned_automation": "ai_assist"}, "passes"],
	["above the first limit, and a human decides", {"facts.amount": "501", "facts.currency": "gbp", "facts.planned_automation": "ai_assist"}, "passes"],
	["a currency without a limit", {"facts.amount": "1", "facts.currency": "sek"}, "fires"],
	["a currency without an amount", {"facts.currency": "sek"}, "passes"],
	["no currency", {"facts.amount": "1"}, ["facts.currency"]],
	["no currency, and a human decides", {"facts.amount": "1", "facts.planned_automation": "human_only"}, "passes"],
	["at the tenant's limit", {"facts.amount": "20", "facts.currency": "usd", "limits.amount": "20", "limits.currency": "usd"}, "passes"],
	["above the tenant's limit", {"facts.amount": "20.01", "facts.currency": "usd", "limits.amount": "20", "limits.currency": "usd"}, "fires"],
	["the tenant's limit is in another currency", {"facts.amount": "21", "facts.currency": "usd", "limits.amount": "20", "limits.currency": "eur"}, "passes"],
]

test_p_high_impact if {
	every c in high_impact_cases {
		print(c[0])
		decision := lib_test.but(mortgage, c[1])
		{v | v := data.model_risk.p_high_impact with input as decision} == lib_test.means(c[2])
	}
}

test_p_high_impact_as_the_tenant_sets_it if {
	own := {"model_risk": {"amounts": {"sek": {"first": "10", "second": "20"}}}}
	decision := lib_test.but(mortgage, {"facts.amount": "10", "facts.currency": "sek"})
	not data.model_risk.p_high_impact with input as decision with data.tenant as own
}

log_cases := [
	["nothing is wrong", {}, "passes"],
	["the clock is just good enough", {"facts.clock_error_ms": 1000}, "passes"],
	["the clock is off", {"facts.clock_error_ms": 1001}, "fires"],
	["the cryptography is well", {"facts.crypto_degraded": false}, "passes"],
	["the cryptography is degraded", {"facts.crypto_degraded": true}, "fires"],
]

test_p_log if {
	every c in log_cases {
		print(c[0])
		decision := lib_test.but(mortgage, c[1])
		{v | v := data.model_risk.p_log with input as decision} == lib_test.means(c[2])
	}
}

test_p_log_takes_the_tenants_word_for_the_clock if {
	decision := lib_test.but(mortgage, {"facts.clock_error_ms": 11})
	data.model_risk.p_log with input as decision with data.tenant as {"model_risk": {"clock_error_ms": 10}}
}

measurement := {"call": "authorize", "facts": {
	"action": "fairness.measure",
	"impact_ratio": "0.79",
	"group_size": 30,
	"p_value": "0.04",
	"one_person_flip": true,
}}

gap_cases := [
	["a gap that is no accident", {}, "fires"],
	["no gap", {"facts.impact_ratio": "0.8"}, "passes"],
	["a group too small", {"facts.group_size": 29}, "passes"],
	["perhaps an accident", {"facts.p_value": "0.05"}, "passes"],
	["perhaps an accident, but it takes more than one person", {"facts.p_value": "0.05", "facts.one_person_flip": false}, "fires"],
	["no accident, and nobody knows of one person", {"facts.one_person_flip": null}, "fires"],
	["stated in the inputs", {"facts.impact_ratio": null, "inputs.impact_ratio": "0.79"}, "fires"],
	["the ratio is not said", {"facts.impact_ratio": null}, ["inputs.impact_ratio"]],
	["the size is not said", {"facts.group_size": null}, ["inputs.group_size"]],
	["the p-value is not said", {"facts.p_value": null}, ["inputs.p_value"]],
	["the p-value is not needed", {"facts.p_value": null, "facts.one_person_flip": false}, "fires"],
	["nothing is said", {"facts.impact_ratio": null, "facts.group_size": null, "facts.p_value": null}, ["inputs.group_size", "inputs.impact_ratio", "inputs.p_value"]],
	["the p-value is not said, and there is no gap", {"facts.impact_ratio": "1", "facts.p_value": null}, ["inputs.p_value"]],
	["the p-value is not needed, and there is no gap", {"facts.impact_ratio": "1", "facts.p_value": null, "facts.one_person_flip": false}, "passes"],
]

test_p_gap if {
	every c in gap_cases {
		print(c[0])
		decision := lib_test.but(measurement, c[1])
		{v | v := data.model_risk.p_gap with input as decision} == lib_test.means(c[2])
	}
}

gap_tenant_cases := [
	["a gap for the tenant", {"facts.impact_ratio": "0.89", "facts.group_size": 5, "facts.p_value": "0.09"}, "fires"],
	["no gap for the tenant", {"facts.impact_ratio": "0.9", "facts.group_size": 5, "facts.p_value": "0.09"}, "passes"],
	["a group too small for the tenant", {"facts.group_size": 4, "facts.p_value": "0.09"}, "passes"],
	["perhaps an accident for the tenant", {"facts.p_value": "0.1"}, "passes"],
]

test_p_gap_as_the_tenant_sets_it if {
	own := {"model_risk": {"gap_ratio": "0.9", "gap_group_size": 5, "gap_p_value": "0.1"}}
	every c in gap_tenant_cases {
		print(c[0])
		decision := lib_test.but(measurement, c[1])
		values := {v | v := data.model_risk.p_gap with input as decision with data.tenant as own}
		values == lib_test.means(c[2])
	}
}
