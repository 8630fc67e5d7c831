# METADATA
# scope: package
# title: Credit in the United States
# description: What Regulation B and the Fair Credit Reporting Act ask of credit decisions and of the
#   notices that follow them.
package credit_us

import future.keywords.not
import rego.v1

# What the pack sets, unless the tenant sets it otherwise.
settings := object.union(data.credit_us.preset, own) if own := data.tenant.credit_us

else := data.credit_us.preset

# METADATA
# title: Refusal without specific reasons
# description: An adverse credit decision is recorded with its specific principal reasons, each tied to a
#   factor that was evaluated, and no notice goes out before. Reasons in `generic_reasons` and texts with
#   one of `generic_phrases` are not specific. Record the reasons that really weighed. The person is told
#   within 30 days.
# custom:
#   version: 1
#   source: 12 CFR 1002.9(b)(2)
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {call: [authorize, record, observe], domain: [credit], jurisdiction: [us]}
#   person:
#     en: You have a right to the real reasons, and they were missing. A person will add them before you get our letter.
#     de: Sie haben ein Recht auf die wirklichen Gründe, und die fehlten. Ein Mensch trägt sie nach, bevor Sie unseren Brief bekommen.
#   obligations:
#     - {type: notification, params: {to: credit_compliance}, due: 20d}
p_ecoa_rsn if {
	reasons_due
	data.lib.outcome.adverse
	not reasons_specific
} else := {"missing": ["facts.adverse"]} if {
	reasons_due
	not is_boolean(data.lib.outcome.adverse)
}

us_credit if {
	data.lib.lies_in("us")
	data.lib.is_of({"credit"})
}

reasons_due if {
	input.call in {"record", "observe"}
	us_credit
}

reasons_due if {
	input.facts.stage == "release"
	us_credit
}

reasons_specific if {
	count(data.lib.outcome.reasons) > 0
	not reasons_generic
	not reasons_unfounded
}

reasons_generic if {
	some code in data.lib.outcome.reasons
	code in settings.generic_reasons
}

reasons_generic if {
	some reason in input.reasons
	some phrase in settings.generic_phrases
	contains(lower(reason.text), phrase)
}

# A reason that names a factor which was not evaluated.
reasons_unfounded if {
	some reason in input.reasons
	some id in reason.factor_ids
	not id in {factor.id | some factor in input.factors}
}

# METADATA
# title: Prohibited basis as input
# description: Credit is not decided on race, colour, religion, national origin, sex, marital status, age
#   or public assistance (`prohibited_data`). Take the data out. Age is allowed where `age_allowed` says
#   that the system uses it as 12 CFR 1002.6(b)(2) permits.
# custom:
#   version: 1
#   source: 12 CFR 1002.6(b)
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {call: [authorize, record, observe], domain: [credit], jurisdiction: [us]}
#   person:
#     en: Something about you would have been used that must not count for credit, so we stopped it. A person will look at your application without it.
#     de: Es wäre etwas über Sie verwendet worden, das bei einem Kredit nicht zählen darf, deshalb haben wir es angehalten. Ein Mensch sieht sich Ihren Antrag ohne das an.
p_ecoa_basis if {
	some name in data.lib.names_used
	name in settings.prohibited_data
	not tolerated(name)
	us_credit
}

tolerated("age") if settings.age_allowed

# METADATA
# title: Consumer report used, its block missing
# description: A notice of an adverse decision that used a consumer report names the agency and the
#   person's rights, and the score if one was used. Send what the letter says as `fcra_615a` in
#   `inputs_json`, with `fcra_615a_members`, and with `score` and its `fcra_score_members`.
# custom:
#   version: 1
#   source: 15 USC 1681m(a)
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {stage: [release], domain: [credit, insurance, housing], jurisdiction: [us]}
#   person:
#     en: Our letter did not yet say whose report we used and what you can do about it. You will get it when it does.
#     de: Unser Brief sagte noch nicht, wessen Auskunft wir benutzt haben und was Sie tun können. Sie bekommen ihn, sobald er das tut.
p_fcra_615 if {
	report_used
	data.lib.outcome.adverse
	not block_whole
} else := {"missing": ["facts.adverse"]} if {
	report_used
	not is_boolean(data.lib.outcome.adverse)
	not block_whole
}

report_used if "agency" in data.lib.values("data_sources")

block_whole if {
	every member in settings.fcra_615a_members {
		input.inputs.fcra_615a[member]
	}
	not score_lacking
}

# Where the block says of no score, none was used.
score_lacking if {
	some member in settings.fcra_score_members
	not input.inputs.fcra_615a.score[member]
	input.inputs.fcra_615a.score
}
