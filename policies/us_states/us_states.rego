# METADATA
# scope: package
# title: States of the United States
# description: What Colorado and California ask. Federal pre-emption is disputed; each rule carries its own
#   status and dates.
package us_states

import future.keywords.not
import rego.v1

# What the pack sets, unless the tenant sets it otherwise.
settings := object.union(data.us_states.preset, own) if own := data.tenant.us_states

else := data.us_states.preset

# METADATA
# title: Colorado, notice before use
# description: Before a system that materially influences a consequential decision is used, the person is told.
#   Give notice `co_preuse`, record it, ask again. State `planned_automation`; domains whose own law exempts
#   the tenant stand in `co_exempt_domains`.
# custom:
#   version: 1
#   source: C.R.S. 6-1-1704 (SB 26-189)
#   status: enacted_future
#   in_force_from: 2027-01-01
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: co_preuse
#   scope: {domain: [credit, education, employment, health, housing, insurance, public_benefit], jurisdiction: [us-co], stage: [decide]}
#   person:
#     en: You should know that a computer takes part in this decision about you. We tell you first.
#     de: Sie sollen wissen, dass an dieser Entscheidung über Sie ein Computer mitwirkt. Das sagen wir Ihnen zuerst.
p_co_pre if {
	co_covers
	influences
	not data.lib.noticed("co_preuse")
} else := {"missing": ["facts.planned_automation"]} if {
	co_covers
	influence_unsaid
	not data.lib.noticed("co_preuse")
}

co_domains := {"credit", "education", "employment", "health", "housing", "insurance", "public_benefit"}

co_covers if {
	data.lib.concerns_person
	data.lib.lies_in("us-co")
	data.lib.is_of(co_domains)
	not data.lib.fact("domain") in settings.co_exempt_domains
}

# Whether the system weighed in the decision: as its outcome says, else by who was to decide.
influences if data.lib.outcome.ai_influence in {"material", "determinative"}

influences if {
	not data.lib.outcome.ai_influence
	data.lib.fact("planned_automation") in {"ai_assist", "human_in_loop", "solely_automated"}
}

influence_unsaid if {
	not data.lib.outcome.ai_influence
	not data.lib.fact("planned_automation")
}

# METADATA
# title: Colorado, after an adverse outcome
# description: Within 30 days of an adverse outcome the person is told what was decided and what part the system
#   had (notice `co_adverse`), may have wrong facts corrected, and is offered a human review. Record the
#   outcome with `adverse`.
# custom:
#   version: 1
#   source: C.R.S. 6-1-1704 (SB 26-189)
#   status: enacted_future
#   in_force_from: 2027-01-01
#   verified_on: 2026-11-22
#   verdict: allow
#   scope: {call: [record, observe], domain: [credit, education, employment, health, housing, insurance, public_benefit], jurisdiction: [us-co]}
#   obligations:
#     - {type: notify_person, params: {notice: co_adverse}, due: 30d}
#     - {type: offer_correction, due: 30d}
#     - {type: offer_human_review, due: 30d}
p_co_adv if {
	co_covers
	influences
	input.facts.adverse
} else := {"missing": ["facts.adverse"]} if {
	co_covers
	influences
	not is_boolean(input.facts.adverse)
}

# METADATA
# title: California, notice before use
# description: Before a system takes the place of human judgement in a significant decision, the person is
#   told. Give notice `adm_preuse_ca`, record it, ask again. State `planned_automation` and `expected_effect`;
#   "no weight" or a human's part is enough.
# custom:
#   version: 1
#   source: 11 CCR 7220
#   status: enacted_future
#   in_force_from: 2027-01-01
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: adm_preuse_ca
#   scope: {domain: [credit, education, employment, health, housing], jurisdiction: [us-ca], stage: [decide]}
#   person:
#     en: Before a computer decides, you should know how it works and how you can opt out. We tell you first.
#     de: Bevor ein Computer entscheidet, sollen Sie wissen, wie er das tut und wie Sie es ablehnen können. Das sagen wir Ihnen zuerst.
p_cppa_1 if {
	replaces_judgement
	ca_domain
	not data.lib.noticed("adm_preuse_ca")
} else := {"missing": sort(ca_unsaid)} if {
	count(ca_unsaid) > 0
	ca_domain
	not data.lib.noticed("adm_preuse_ca")
}

ca_domain if data.lib.is_of({"credit", "education", "employment", "health", "housing"})

replaces_judgement if {
	data.lib.concerns_person
	input.facts.planned_automation == "solely_automated"
	input.facts.expected_effect in {"legal", "similarly_significant"}
}

ca_unsaid contains "facts.planned_automation" if {
	data.lib.concerns_person
	not input.facts.planned_automation
	not input.facts.expected_effect == "none"
}

ca_unsaid contains "facts.expected_effect" if {
	data.lib.concerns_person
	not input.facts.expected_effect
	not input.facts.planned_automation in {"human_only", "ai_assist", "human_in_loop"}
}

# METADATA
# title: California, no opt-out and no appeal
# description: Who opted out is decided about by a human. Others need a way to opt out, or to appeal to a human
#   who can overturn it (safeguards `opt_out` or `human` in the registry), or an exception
#   (`adm_exception`).
# custom:
#   version: 1
#   source: 11 CCR 7221
#   status: enacted_future
#   in_force_from: 2027-01-01
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {domain: [credit, education, employment, health, housing], jurisdiction: [us-ca], stage: [decide]}
#   person:
#     en: You may choose that no computer decides this about you, so we stopped it. A person will take care of it.
#     de: Sie dürfen wählen, dass kein Computer darüber entscheidet, deshalb haben wir es angehalten. Ein Mensch kümmert sich darum.
p_cppa_2 if {
	replaces_judgement
	ca_forbids
} else := {"missing": sort(ca_unsaid)} if {
	count(ca_unsaid) > 0
	ca_forbids
}

ca_forbids if {
	ca_domain
	input.person.objection == "opted_out"
}

ca_forbids if {
	ca_domain
	not "opt_out" in input.registry.system.safeguards
	not "human" in input.registry.system.safeguards
	not data.lib.stated("adm_exception")
}

# METADATA
# title: California, medical necessity by AI
# description: A health plan's denial, delay or change on medical necessity (`ca_adverse_outcomes`) takes effect
#   only by a licensed professional. Record the outcome, and state `licensed_reviewer`; what is not about
#   medical necessity states `medical_necessity` as false.
# custom:
#   version: 1
#   source: Cal. Health and Safety Code 1367.01(k), Ins. Code 10123.135
#   status: in_force
#   in_force_from: 2025-01-01
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {domain: [health, insurance], jurisdiction: [us-ca], stage: [effect]}
#   person:
#     en: Only a doctor or another licensed professional may decide this about your care. One will look at it.
#     de: Über Ihre Behandlung darf so nur ein Arzt oder eine andere zugelassene Fachkraft entscheiden. Jemand sieht es sich an.
p_ca_1120 if {
	lessens_care
	data.lib.stated("licensed_reviewer") == false
} else := {"missing": ["inputs.licensed_reviewer"]} if {
	lessens_care
	not is_boolean(data.lib.stated("licensed_reviewer"))
} else := {"missing": ["facts.outcome"]} if {
	not data.lib.outcome.outcome
	not data.lib.stated("medical_necessity") == false
	not data.lib.stated("licensed_reviewer")
}

lessens_care if {
	not data.lib.stated("medical_necessity") == false
	data.lib.outcome.outcome in settings.ca_adverse_outcomes
}
