# METADATA
# scope: package
# title: Employment
# description: What several laws ask where a computer takes part in hiring, in work and in its end.
package employment

import future.keywords.not
import rego.v1

# What the pack sets, unless the tenant sets it otherwise.
settings := object.union(data.employment.preset, own) if own := data.tenant.employment

else := data.employment.preset

day_ns := ((24 * 3600) * 1000) * 1000000

# METADATA
# title: Automated end of an account
# description: Whether a platform worker's account is restricted, suspended or closed (`account_actions`,
#   `account_outcomes`), a human decides and gives written reasons (notice `pwd_reasons`). State
#   `planned_automation`.
# custom:
#   version: 1
#   source: Directive (EU) 2024/2831 Art. 10(5) and 11
#   status: enacted_future
#   in_force_from: 2026-12-02
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {domain: [platform_work], jurisdiction: [eu]}
#   obligations:
#     - {type: notify_person, params: {notice: pwd_reasons}}
#   person:
#     en: Only a person may decide this about your account, and will write to you why. You can ask for it to be looked at again.
#     de: Über Ihr Konto darf nur ein Mensch so entscheiden, und er schreibt Ihnen, warum. Sie können verlangen, dass es noch einmal geprüft wird.
p_pwd_acc if {
	ends_account
	input.facts.planned_automation in {"ai_assist", "human_in_loop", "solely_automated"}
} else := {"missing": ["facts.planned_automation"]} if {
	ends_account
	not input.facts.planned_automation
}

ends_account if {
	input.facts.action in settings.account_actions
}

ends_account if {
	data.lib.outcome.outcome in settings.account_outcomes
}

# METADATA
# title: Pre-adverse step in employment
# description: Before an adverse decision that used a consumer report takes effect, the person gets a copy of
#   it and the summary of rights (notice `fcra_pre_adverse`), and `fcra_wait_days` pass. Record the outcome
#   with `adverse`, give the notice, record it, ask again.
# custom:
#   version: 1
#   source: 15 USC 1681b(b)(3)
#   status: in_force
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: fcra_pre_adverse
#   scope: {domain: [employment], jurisdiction: [us], stage: [effect]}
#   person:
#     en: Before this is final you get a copy of the report we used, and you can tell us if something in it is wrong.
#     de: Bevor das endgültig ist, bekommen Sie eine Kopie der Auskunft, die wir benutzt haben, und können uns sagen, wenn etwas nicht stimmt.
p_fcra_emp if {
	"agency" in data.lib.values("data_sources")
	data.lib.outcome.adverse
	not waited
} else := {"missing": ["facts.adverse"]} if {
	"agency" in data.lib.values("data_sources")
	not is_boolean(data.lib.outcome.adverse)
	not waited
}

waited if {
	some told in data.lib.notice_times("fcra_pre_adverse")
	days := settings.fcra_wait_days
	told + (days * day_ns) <= input.time_ns
}

# METADATA
# title: Bias audit stale
# description: A tool that decides on jobs in New York City, or weighs most (`aedt`), had an independent bias
#   audit within the last year, registered with its date. Have it audited. A decision on employment in the
#   state of New York must state `nyc_job`, and where a human decides with its help, `aedt`.
# custom:
#   version: 1
#   source: 6 RCNY 5-301(a), NYC Admin. Code 20-871(a)
#   status: in_force
#   in_force_from: 2023-07-05
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {domain: [employment], jurisdiction: [us-ny], stage: [decide]}
#   person:
#     en: The computer program's fairness check is out of date, so it may not be used. A person will look at your application.
#     de: Die Fairness-Prüfung des Computerprogramms ist veraltet, deshalb darf es nicht benutzt werden. Ein Mensch sieht sich Ihre Bewerbung an.
p_ll144_1 if {
	data.lib.stated("nyc_job")
	decides_on_jobs
	not audit_current
} else := {"missing": sort(tool_unsaid | job_unsaid)} if {
	not data.lib.stated("nyc_job") == false
	not spared_tool
	not audit_current
}

decides_on_jobs if {
	of_employment
	data.lib.stated("aedt")
}

decides_on_jobs if {
	of_employment
	input.facts.planned_automation in {"solely_automated", "human_in_loop"}
	not data.lib.stated("aedt") == false
}

of_employment if data.lib.is_of({"employment"})

# Another matter, or a tool that is none in the sense of the law, or that nobody uses.
spared_tool if not of_employment

spared_tool if data.lib.stated("aedt") == false

spared_tool if input.facts.planned_automation == "human_only"

tool_unsaid contains "inputs.aedt" if not decides_on_jobs

job_unsaid contains "inputs.nyc_job" if not is_boolean(data.lib.stated("nyc_job"))

audit_current if {
	audited := time.parse_rfc3339_ns(input.registry.system.bias_audit)
	time.add_date(audited, 1, 0, 0) >= input.time_ns
	input.registry.system.bias_auditor_independent
}

# METADATA
# title: Candidate told too late
# description: A resident of New York City is told of such a tool (notice `ll144`) at least
#   `ll144_business_days` before it is used. Wait, or decide without it. A decision on employment in the
#   state of New York must state `nyc_resident`, and where a human decides with its help, `aedt`.
# custom:
#   version: 1
#   source: NYC Admin. Code 20-871(b), 6 RCNY 5-304
#   status: in_force
#   in_force_from: 2023-07-05
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {domain: [employment], jurisdiction: [us-ny], stage: [decide]}
#   person:
#     en: You should have known ten working days ahead that a computer will be used, so we wait. You can ask for another way.
#     de: Sie sollen zehn Arbeitstage vorher wissen, dass ein Computer verwendet wird, deshalb warten wir. Sie können um einen anderen Weg bitten.
p_ll144_2 if {
	data.lib.stated("nyc_resident")
	decides_on_jobs
	not told_in_time
} else := {"missing": sort(tool_unsaid | resident_unsaid)} if {
	not data.lib.stated("nyc_resident") == false
	not spared_tool
	not told_in_time
}

resident_unsaid contains "inputs.nyc_resident" if not is_boolean(data.lib.stated("nyc_resident"))

told_in_time if {
	some told in data.lib.notice_times("ll144")
	business_days(told) >= business_days_needed
}

business_days_needed := settings.ll144_business_days

# How many whole business days have passed since a time; counted no longer than can matter.
business_days(since) := count([moment |
	some days in numbers.range(1, 3 * business_days_needed)
	moment := since + (days * day_ns)
	moment <= input.time_ns
	is_business_day(moment)
])

is_business_day(moment) if {
	zone := settings.ll144_time_zone
	not time.weekday([moment, zone]) in {"Saturday", "Sunday"}
	not time.date([moment, zone]) in settings.ll144_holidays
}

# METADATA
# title: Artificial intelligence in employment, Illinois
# description: Whom a decision on employment concerns is told that AI takes part. Give notice `il_ai`, record
#   it, ask again.
# custom:
#   version: 1
#   source: 775 ILCS 5/2-102(L)(2)
#   status: in_force
#   in_force_from: 2026-01-01
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: il_ai
#   scope: {domain: [employment], jurisdiction: [us-il], stage: [decide]}
#   person:
#     en: You should know that a computer takes part in this decision about your work. We tell you first.
#     de: Sie sollen wissen, dass an dieser Entscheidung über Ihre Arbeit ein Computer mitwirkt. Das sagen wir Ihnen zuerst.
p_il_ai if {
	of_employment
	not input.facts.planned_automation == "human_only"
	not data.lib.noticed("il_ai")
}

# METADATA
# title: Postal code in employment, Illinois
# description: A decision on employment does not use postal codes (`zip_names`) in place of a protected
#   class. Take them out of the data and of the inputs.
# custom:
#   version: 1
#   source: 775 ILCS 5/2-102(L)(1)
#   status: in_force
#   in_force_from: 2026-01-01
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {domain: [employment], jurisdiction: [us-il], stage: [decide]}
#   person:
#     en: Where you live must not count here, so we stopped it. A person will look at it without that.
#     de: Wo Sie wohnen, darf hier nicht zählen, deshalb haben wir es angehalten. Ein Mensch sieht es sich ohne das an.
p_il_ai_zip if {
	of_employment
	not input.facts.planned_automation == "human_only"
	some name in data.lib.names_used
	name in settings.zip_names
}
