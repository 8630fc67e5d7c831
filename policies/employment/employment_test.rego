package employment_test

import data.lib_test

import future.keywords.not
import rego.v1

account := {
	"call": "authorize",
	"facts": {
		"action": "account.suspend",
		"domain": "platform_work",
		"jurisdictions": ["es"],
		"planned_automation": "solely_automated",
	},
	"person": {"kind": "worker"},
}

pwd_acc_cases := [
	["a computer suspends", {}, "fires"],
	["a computer restricts", {"facts.action": "account.restrict"}, "fires"],
	["a computer closes", {"facts.action": "account.terminate"}, "fires"],
	["a human confirms", {"facts.planned_automation": "human_in_loop"}, "fires"],
	["a human is helped", {"facts.planned_automation": "ai_assist"}, "fires"],
	["a human decides", {"facts.planned_automation": "human_only"}, "passes"],
	["nobody says who decides", {"facts.planned_automation": null}, ["facts.planned_automation"]],
	["something else", {"facts.action": "shift.offer"}, "passes"],
	["something else, nobody says who decides", {"facts.action": "shift.offer", "facts.planned_automation": null}, "passes"],
	["something else that ended in a suspension", {"call": "observe", "facts.action": "account.review", "facts.outcome": "suspended"}, "fires"],
	["something else that ended well", {"call": "observe", "facts.action": "account.review", "facts.outcome": "kept"}, "passes"],
]

test_p_pwd_acc if {
	every c in pwd_acc_cases {
		print(c[0])
		decision := lib_test.but(account, c[1])
		{v | v := data.employment.p_pwd_acc with input as decision} == lib_test.means(c[2])
	}
}

tenants_own := {"employment": {
	"account_actions": ["shift.offer"],
	"account_outcomes": ["kept"],
	"fcra_wait_days": 5,
	"ll144_business_days": 2,
	"ll144_time_zone": "UTC",
	"ll144_holidays": [[2026, 11, 17]],
	"zip_names": ["area"],
}}

test_p_pwd_acc_takes_the_tenants_word_for_accounts if {
	data.employment.p_pwd_acc with input as lib_test.but(account, {"facts.action": "shift.offer"}) with data.tenant as tenants_own
	kept := lib_test.but(account, {"call": "observe", "facts.action": "account.review", "facts.outcome": "kept"})
	data.employment.p_pwd_acc with input as kept with data.tenant as tenants_own
}

refused := {"type": "outcome", "facts": {"outcome": "rejected", "adverse": true}}

hired := {"type": "outcome", "facts": {"outcome": "hired", "adverse": false}}

report_asked := {"type": "authorization", "facts": {"data_sources": ["person", "agency"]}}

no_report_asked := {"type": "authorization", "facts": {"data_sources": ["person"]}}

told(kind, at) := [{"kind": kind, "deliver_time": at}]

rejection := {
	"call": "authorize",
	"time_ns": 1795392000000000000, # 2026-11-23T00:00:00Z
	"facts": {"action": "applicant.reject", "stage": "effect", "domain": "employment", "jurisdictions": ["us-tx"]},
	"notices": told("fcra_pre_adverse", "2026-11-23T00:00:00Z"),
	"earlier": [report_asked, refused],
}

fcra_emp_cases := [
	["told just now", {}, "passes"],
	["not told", {"notices": null}, "fires"],
	["told something else", {"notices": told("fcra_615a", "2026-11-01T00:00:00Z")}, "fires"],
	["told in the future", {"notices": told("fcra_pre_adverse", "2026-11-23T00:00:01Z")}, "fires"],
	["not told, and hired", {"notices": null, "earlier": [report_asked, hired]}, "passes"],
	["not told, and no report", {"notices": null, "earlier": [no_report_asked, refused]}, "passes"],
	["not told, and no outcome", {"notices": null, "earlier": [report_asked]}, ["facts.adverse"]],
	["told, and no outcome", {"earlier": [report_asked]}, "passes"],
	["not told, no outcome, and no report", {"notices": null, "earlier": [no_report_asked]}, "passes"],
]

test_p_fcra_emp if {
	every c in fcra_emp_cases {
		print(c[0])
		decision := lib_test.but(rejection, c[1])
		{v | v := data.employment.p_fcra_emp with input as decision} == lib_test.means(c[2])
	}
}

fcra_wait_cases := [
	["told five days ago", {"notices": told("fcra_pre_adverse", "2026-11-18T00:00:00Z")}, "passes"],
	["told not quite five days ago", {"notices": told("fcra_pre_adverse", "2026-11-18T00:00:01Z")}, "fires"],
]

test_p_fcra_emp_waits_as_long_as_the_tenant_says if {
	every c in fcra_wait_cases {
		print(c[0])
		decision := lib_test.but(rejection, c[1])
		values := {v | v := data.employment.p_fcra_emp with input as decision with data.tenant as tenants_own}
		values == lib_test.means(c[2])
	}
}

# An honest decision on a job in New York City, with everything in order.
ranking := {
	"call": "authorize",
	"time_ns": time.parse_rfc3339_ns("2026-11-30T17:00:00Z"),
	"facts": {
		"action": "applicant.rank",
		"domain": "employment",
		"jurisdictions": ["us-ny"],
		"planned_automation": "human_in_loop",
		"nyc_job": true,
		"nyc_resident": true,
	},
	"person": {"kind": "applicant"},
	"notices": told("ll144", "2026-11-13T17:00:00Z"),
	"registry": {"system": {"bias_audit": "2026-06-01T00:00:00Z", "bias_auditor_independent": true}},
}

stale := {"registry.system.bias_audit": "2025-06-01T00:00:00Z"}

ll144_1_cases := [
	["audited", {}, "passes"],
	["audited just a year ago", {"registry.system.bias_audit": "2025-11-30T17:00:00Z"}, "passes"],
	["audited more than a year ago", {"registry.system.bias_audit": "2025-11-30T16:59:59Z"}, "fires"],
	["never audited", {"registry.system.bias_audit": null}, "fires"],
	["audited by its maker", {"registry.system.bias_auditor_independent": false}, "fires"],
	["nobody knows by whom", {"registry.system.bias_auditor_independent": null}, "fires"],
	["not registered", {"registry": null}, "fires"],
	["stale, and a computer decides", object.union(stale, {"facts.planned_automation": "solely_automated"}), "fires"],
	["stale, told in the inputs", object.union(stale, {"facts.nyc_job": null, "inputs.nyc_job": true}), "fires"],
	["stale, and a job elsewhere", object.union(stale, {"facts.nyc_job": false}), "passes"],
	["stale, and no such tool", object.union(stale, {"facts.aedt": false}), "passes"],
	["stale, and a human decides alone", object.union(stale, {"facts.planned_automation": "human_only"}), "passes"],
	["stale, and it weighs most for a human", object.union(stale, {"facts.planned_automation": "ai_assist", "facts.aedt": true}), "fires"],
	["stale, and perhaps it weighs most", object.union(stale, {"facts.planned_automation": "ai_assist"}), ["inputs.aedt"]],
	["stale, and nobody says who decides", object.union(stale, {"facts.planned_automation": null}), ["inputs.aedt"]],
	["audited, and nobody says who decides", {"facts.planned_automation": null}, "passes"],
	["stale, nobody says who decides, a job elsewhere", object.union(stale, {"facts.planned_automation": null, "facts.nyc_job": false}), "passes"],
	["stale, and no domain is said", object.union(stale, {"facts.domain": null}), "fires"],
	["stale, no domain is said, and it weighs most for a human", object.union(stale, {"facts.domain": null, "facts.planned_automation": "ai_assist", "facts.aedt": true}), "fires"],
	["stale, no domain is said, and the system is for credit", object.union(stale, {"facts.domain": null, "registry.system.domains": ["credit"]}), "passes"],
	["stale, perhaps elsewhere, and the system is for credit", object.union(stale, {"facts.domain": null, "facts.nyc_job": null, "registry.system.domains": ["credit"]}), "passes"],
	["stale, weighs most, and the system is for credit", object.union(stale, {"facts.domain": null, "facts.aedt": true, "registry.system.domains": ["credit"]}), "passes"],
	["stale, and perhaps elsewhere", object.union(stale, {"facts.nyc_job": null}), ["inputs.nyc_job"]],
	["stale, perhaps elsewhere, and no such tool", object.union(stale, {"facts.nyc_job": null, "facts.aedt": false}), "passes"],
	["stale, perhaps elsewhere, and a human decides alone", object.union(stale, {"facts.nyc_job": null, "facts.planned_automation": "human_only"}), "passes"],
	["stale, and nothing is said", object.union(stale, {"facts.nyc_job": null, "facts.planned_automation": null}), ["inputs.aedt", "inputs.nyc_job"]],
]

test_p_ll144_1 if {
	every c in ll144_1_cases {
		print(c[0])
		decision := lib_test.but(ranking, c[1])
		{v | v := data.employment.p_ll144_1 with input as decision} == lib_test.means(c[2])
	}
}

late := {"notices": told("ll144", "2026-11-13T17:00:01Z")}

# From Friday the 13th: five days, three days, not Thanksgiving, then the 27th and the 30th.
ll144_2_cases := [
	["told ten business days ago", {}, "passes"],
	["told not quite ten business days ago", late, "fires"],
	["told twice, once in time", {"notices": array.concat(late.notices, told("ll144", "2026-11-02T17:00:00Z"))}, "passes"],
	["told last year", {"notices": told("ll144", "2025-11-13T17:00:00Z")}, "passes"],
	["not told", {"notices": null}, "fires"],
	["told something else", {"notices": told("il_ai", "2026-11-02T17:00:00Z")}, "fires"],
	["late, and a computer decides", object.union(late, {"facts.planned_automation": "solely_automated"}), "fires"],
	["late, and a resident of elsewhere", object.union(late, {"facts.nyc_resident": false}), "passes"],
	["late, and no such tool", object.union(late, {"facts.aedt": false}), "passes"],
	["late, and perhaps it weighs most", object.union(late, {"facts.planned_automation": "ai_assist"}), ["inputs.aedt"]],
	["late, perhaps it weighs most, and a resident of elsewhere", object.union(late, {"facts.planned_automation": "ai_assist", "facts.nyc_resident": false}), "passes"],
	["in time, and perhaps it weighs most", {"facts.planned_automation": "ai_assist"}, "passes"],
	["late, and perhaps of elsewhere", object.union(late, {"facts.nyc_resident": null}), ["inputs.nyc_resident"]],
	["late, perhaps of elsewhere, and no such tool", object.union(late, {"facts.nyc_resident": null, "facts.aedt": false}), "passes"],
	["late, and nothing is said", object.union(late, {"facts.nyc_resident": null, "facts.planned_automation": null}), ["inputs.aedt", "inputs.nyc_resident"]],
]

test_p_ll144_2 if {
	every c in ll144_2_cases {
		print(c[0])
		decision := lib_test.but(ranking, c[1])
		{v | v := data.employment.p_ll144_2 with input as decision} == lib_test.means(c[2])
	}
}

# Friday evening in New York is Saturday in UTC: where the day is counted decides.
evening := lib_test.but(ranking, {
	"notices": told("ll144", "2026-11-13T01:00:00Z"),
	"time_ns": time.parse_rfc3339_ns("2026-11-28T01:00:00Z"),
})

test_p_ll144_2_counts_the_days_of_new_york if {
	not data.employment.p_ll144_2 with input as evening
}

ll144_2_tenant_cases := [
	["two days for the tenant, over its holiday", {"time_ns": time.parse_rfc3339_ns("2026-11-18T17:00:00Z")}, "passes"],
	["not yet two days for the tenant", {"time_ns": time.parse_rfc3339_ns("2026-11-18T16:59:59Z")}, "fires"],
	["a Saturday of UTC is no day", {"notices": told("ll144", "2026-11-19T01:00:00Z"), "time_ns": time.parse_rfc3339_ns("2026-11-21T01:00:00Z")}, "fires"],
]

test_p_ll144_2_as_the_tenant_sets_it if {
	every c in ll144_2_tenant_cases {
		print(c[0])
		decision := lib_test.but(ranking, c[1])
		values := {v | v := data.employment.p_ll144_2 with input as decision with data.tenant as tenants_own}
		values == lib_test.means(c[2])
	}
}

promotion := {
	"call": "authorize",
	"facts": {
		"action": "promotion.rank",
		"domain": "employment",
		"jurisdictions": ["us-il"],
		"planned_automation": "ai_assist",
		"data_categories": ["work_history"],
	},
	"person": {"kind": "employee"},
	"inputs": {"years": 7},
	"notices": told("il_ai", "2026-11-13T17:00:00Z"),
}

il_ai_cases := [
	["told", {}, "passes"],
	["not told", {"notices": null}, "fires"],
	["told something else", {"notices": told("ll144", "2026-11-13T17:00:00Z")}, "fires"],
	["not told, and nobody says who decides", {"notices": null, "facts.planned_automation": null}, "fires"],
	["not told, and no domain is said", {"notices": null, "facts.domain": null}, "fires"],
	["not told, and the system is for credit", {"notices": null, "facts.domain": null, "registry.system.domains": ["credit"]}, "passes"],
	["not told, and a human decides alone", {"notices": null, "facts.planned_automation": "human_only"}, "passes"],
]

test_p_il_ai if {
	every c in il_ai_cases {
		print(c[0])
		decision := lib_test.but(promotion, c[1])
		{v | v := data.employment.p_il_ai with input as decision} == lib_test.means(c[2])
	}
}

il_ai_zip_cases := [
	["no postal code", {}, "passes"],
	["a postal code in the data", {"facts.data_categories": ["work_history", "postcode"]}, "fires"],
	["a postal code in the inputs", {"inputs.ZIP_code": "60601"}, "fires"],
	["a postal code, and the system is for credit", {"inputs.zip": "60601", "facts.domain": null, "registry.system.domains": ["credit"]}, "passes"],
	["a postal code, and a human decides alone", {"inputs.zip": "60601", "facts.planned_automation": "human_only"}, "passes"],
]

test_p_il_ai_zip if {
	every c in il_ai_zip_cases {
		print(c[0])
		decision := lib_test.but(promotion, c[1])
		{v | v := data.employment.p_il_ai_zip with input as decision} == lib_test.means(c[2])
	}
}

test_p_il_ai_zip_takes_the_tenants_word_for_names if {
	data.employment.p_il_ai_zip with input as lib_test.but(promotion, {"inputs.area": "Loop"}) with data.tenant as tenants_own
}
