# METADATA
# scope: package
# title: Model risk
# description: Only approved models decide, within what they were approved for, on good data, when
#   they are sure, and about what can be undone.
package model_risk

import future.keywords.not
import rego.v1

# What the pack sets, unless the tenant sets it otherwise.
settings := object.union(data.model_risk.preset, own) if own := data.tenant.model_risk

else := data.model_risk.preset

# METADATA
# title: Version not approved
# description: Only a registered version that was approved for the purpose decides, with the model,
#   configuration, prompt and tools it was registered with. In environment `shadow` the state `shadow` is
#   enough; environment `test` is free. Approve the version, or correct what the caller says it runs.
# custom:
#   version: 1
#   source: ISO/IEC 42001 A.6.2.5, SR 26-2, NIST AI RMF
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {stage: [decide, effect, publish]}
#   person:
#     en: The computer program was not cleared to decide this, so we stopped it. A person can take care of it if you ask us.
#     de: Das Computerprogramm ist dafür nicht freigegeben, deshalb haben wir es angehalten. Wenn Sie uns fragen, kümmert sich ein Mensch darum.
p_model_appr if {
	model_decides
	input.facts.model_version
	not may_run
} else if {
	model_decides
	input.facts.purpose
	not approved_for_purpose
} else if {
	model_decides
	differs_from_registered
} else := {"missing": ["facts.model_version"]} if {
	model_decides
	not input.facts.model_version
} else := {"missing": ["facts.purpose"]} if {
	model_decides
	not approved_for_purpose
}

model_decides if {
	not input.facts.planned_automation == "human_only"
	not input.facts.environment == "test"
}

may_run if input.registry.version.state in {"approved", "conditional"}

may_run if {
	input.facts.environment == "shadow"
	input.registry.version.state == "shadow"
}

# An approval that names no purpose is for all of the system's.
approved_for_purpose if count(object.get(input.registry.version, "approved_for", [])) == 0

approved_for_purpose if input.facts.purpose in input.registry.version.approved_for

approved_for_purpose if not input.registry.version

differs_from_registered if input.facts.model_digest != input.registry.version.model_digest

# Of a version that lists no configurations, any may run; and so on.
differs_from_registered if {
	some said, listed in {
		"config_digest": "config_digests",
		"prompt_template_digest": "prompt_template_digests",
		"tool_list_digest": "tool_list_digests",
	}
	not input.facts[said] in input.registry.version[listed]
	input.facts[said]
	input.registry.version[listed]
}

# METADATA
# title: Retired or blocked model
# description: A version that was retired or blocked, or whose approval has ended, does not decide.
#   Move to its successor, or have it approved again.
# custom:
#   version: 1
#   source: NIST AI RMF GOVERN 1.7
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {stage: [decide, effect, publish]}
#   person:
#     en: The computer program is no longer in use for this, so we stopped it. A person can take care of it if you ask us.
#     de: Das Computerprogramm wird dafür nicht mehr verwendet, deshalb haben wir es angehalten. Wenn Sie uns fragen, kümmert sich ein Mensch darum.
p_model_ret if {
	input.registry.version.state in {"retired", "blocked"}
} else if {
	time.parse_rfc3339_ns(input.registry.version.approved_until) < input.time_ns
}

# METADATA
# title: Data too old or incomplete
# description: Data older than `data_age_seconds`, less complete than `data_completeness`, or that failed
#   their checks are looked at by a human. Refresh the data. Purposes in `data_quality_needed_for` must
#   state all three.
# custom:
#   version: 1
#   source: AI Act Art. 26(4), GDPR Art. 5(1)(d)
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: escalate
#   person:
#     en: Some of the data was old or incomplete, so a person will look at it first. You can tell us if anything about you has changed.
#     de: Einige Daten waren alt oder unvollständig, deshalb sieht zuerst ein Mensch darauf. Sagen Sie uns gern, wenn sich bei Ihnen etwas geändert hat.
p_data_stale if {
	input.facts.data_age_seconds > settings.data_age_seconds
} else if {
	to_number(input.facts.data_completeness) < least_complete
} else if {
	input.facts.data_checks_passed == false
} else := {"missing": quality_missing} if {
	input.facts.purpose in settings.data_quality_needed_for
	count(quality_missing) > 0
}

least_complete := to_number(settings.data_completeness)

quality_missing := data.lib.absent(["facts.data_age_seconds", "facts.data_completeness", "facts.data_checks_passed"])

# METADATA
# title: Not sure enough
# description: Where the confidence is below the limit of the purpose, of the tenant or of the pack, or
#   the score is within `margin` of its threshold, a human decides. A decision of weight, and one that
#   has a limit of its own, must state its confidence.
# custom:
#   version: 1
#   source: AI Act Art. 14 and 15 (design)
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: escalate
#   person:
#     en: The computer was not sure enough, so a person will look at this first. You need not do anything.
#     de: Der Computer war sich nicht sicher genug, deshalb sieht zuerst ein Mensch darauf. Sie müssen nichts tun.
p_conf if {
	not data.lib.human_decides
	unsure
} else := {"missing": ["facts.confidence"]} if {
	not input.facts.confidence
	not data.lib.human_decides
	must_tell_confidence
}

unsure if to_number(input.facts.confidence) < confidence_limit

unsure if to_number(input.facts.confidence) < 0

unsure if to_number(input.facts.confidence) > 1

unsure if {
	distance := to_number(input.output.score) - to_number(input.facts.score_threshold)
	abs(distance) < to_number(settings.margin)
}

confidence_limit := to_number(limit) if limit := limit_of_purpose

else := to_number(limit) if limit := input.limits.confidence

else := to_number(settings.confidence)

limit_of_purpose := settings.confidence_by_purpose[input.facts.purpose]

must_tell_confidence if input.limits.confidence

must_tell_confidence if limit_of_purpose

must_tell_confidence if input.facts.expected_effect in {"legal", "similarly_significant"}

# METADATA
# title: Irreversible or of high value
# description: What cannot be undone, and what costs more than the first limit of its currency, is looked
#   at by a human; above the second limit by two. An amount in a currency without a limit counts as above.
# custom:
#   version: 1
#   source: NIST AI RMF MANAGE 2.4 (design)
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: escalate
#   person:
#     en: This is too important for a computer alone, so a person will look at it first. You need not do anything.
#     de: Das ist zu wichtig für einen Computer allein, deshalb sieht zuerst ein Mensch darauf. Sie müssen nichts tun.
p_high_impact := {"obligations": [{"type": "require_review", "params": {"reviewers": 2}}]} if {
	to_number(input.facts.amount) > to_number(amount_limits[input.facts.currency].second)
	not data.lib.human_decides
} else if {
	input.facts.irreversible
	not data.lib.human_decides
} else if {
	input.facts.currency
	not within_first_limit
	not data.lib.human_decides
} else := {"missing": ["facts.currency"]} if {
	input.facts.amount
	not input.facts.currency
	not data.lib.human_decides
}

amount_limits := settings.amounts

within_first_limit if not input.facts.amount

within_first_limit if to_number(input.facts.amount) <= to_number(first_limit)

first_limit := input.limits.amount if input.limits.currency == input.facts.currency

else := limit if limit := amount_limits[input.facts.currency].first

# METADATA
# title: Ledger cannot record well
# description: Nothing is decided while the server's clock is off by more than `clock_error_ms` or its
#   cryptography is degraded. An unreachable ledger answers nothing at all. Call the operator.
# custom:
#   version: 1
#   source: AI Act Art. 12(1), 17 CFR 240.17a-4
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: deny
#   person:
#     en: Our records were not working properly, so nothing was decided. Please try again later or ask us for a person.
#     de: Unsere Aufzeichnung hat nicht richtig funktioniert, deshalb wurde nichts entschieden. Bitte versuchen Sie es später noch einmal oder verlangen Sie einen Menschen.
p_log if {
	data.lib.stated("clock_error_ms") > settings.clock_error_ms
} else if {
	data.lib.stated("crypto_degraded")
}

# METADATA
# title: Gap between groups
# description: For a measurement of fairness (action `fairness.measure`). An impact ratio under
#   `gap_ratio` in a group large enough, that is no accident, is a case for the fairness analyst. It never
#   changes an outcome by itself.
# custom:
#   version: 1
#   source: AI Act Art. 10, NYC Local Law 144, state law
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: allow
#   scope: {action: [fairness.measure]}
#   obligations:
#     - {type: notification, params: {to: fairness_analyst}, due: 10d}
p_gap if {
	to_number(data.lib.stated("impact_ratio")) < to_number(settings.gap_ratio)
	data.lib.stated("group_size") >= settings.gap_group_size
	no_accident
} else := {"missing": sort(gap_missing)} if {
	count(gap_missing) > 0
}

no_accident if {
	to_number(data.lib.stated("p_value")) < to_number(settings.gap_p_value)
}

no_accident if data.lib.stated("one_person_flip") == false

gap_missing contains "inputs.impact_ratio" if not data.lib.stated("impact_ratio")

gap_missing contains "inputs.group_size" if not data.lib.stated("group_size")

# Where it takes more than one person to close the gap, nobody needs the p-value.
gap_missing contains "inputs.p_value" if {
	not data.lib.stated("p_value")
	not data.lib.stated("one_person_flip") == false
}
