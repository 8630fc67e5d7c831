package eu_ai_act

import future.keywords.not
import rego.v1

high_risk if input.registry.system.risk_class == "high"

# Under a point of Annex III, and not exempted by Article 6(3).
annex_iii if {
	input.registry.system.annex_iii_point != "none"
	not input.registry.system.art6_3_ground
}

# METADATA
# title: Unclassified system
# description: Before a system decides in production, outside domain `other`, its risk class is registered.
#   Classify it; until then it may run in environment `shadow` or `test`.
# custom:
#   version: 1
#   source: AI Act Art. 6 and 9
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [decide]}
#   person:
#     en: We have not yet checked how risky this computer program is, so it may not decide. A person can take care of it if you ask us.
#     de: Wir haben noch nicht geprüft, wie riskant dieses Computerprogramm ist, deshalb darf es nicht entscheiden. Wenn Sie uns fragen, kümmert sich ein Mensch darum.
p_aia_6 if {
	unclassified
	input.facts.domain != "other"
} else := {"missing": ["facts.domain"]} if {
	unclassified
	not input.facts.domain
}

unclassified if {
	not input.facts.environment in {"shadow", "test"}
	object.get(input, ["registry", "system", "risk_class"], "unassessed") == "unassessed"
}

# METADATA
# title: Two people for a biometric match
# description: What follows from a remote biometric identification (Annex III point 1(a)) takes effect only
#   when two competent people each confirmed it. Record the outcome with `confirmers`, then ask for the effect.
# custom:
#   version: 1
#   source: AI Act Art. 14(5)
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [effect]}
#   person:
#     en: A computer may mistake you for someone else, so two people check it before anything happens.
#     de: Ein Computer kann Sie mit jemandem verwechseln, deshalb prüfen es zwei Menschen, bevor etwas geschieht.
p_aia_14_5 if {
	input.registry.system.annex_iii_point == "p1a"
	data.lib.outcome.confirmers < 2
} else := {"missing": ["facts.confirmers"]} if {
	input.registry.system.annex_iii_point == "p1a"
	not data.lib.outcome.confirmers
}

# METADATA
# title: Outside intended purpose
# description: A system decides only for the purposes it is registered for; for another one its deployer
#   may become its provider. Use another system, or assess and register the purpose.
# custom:
#   version: 1
#   source: AI Act Art. 25(1)(c) and 26(1)
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [decide]}
#   person:
#     en: The computer program was not made for this, so we stopped it. A person can take care of it if you ask us.
#     de: Das Computerprogramm ist dafür nicht gedacht, deshalb haben wir es angehalten. Wenn Sie uns fragen, kümmert sich ein Mensch darum.
p_aia_25 if {
	input.registry.system.intended_purposes
	input.facts.purpose
	not input.facts.purpose in input.registry.system.intended_purposes
} else := {"missing": ["facts.purpose"]} if {
	input.registry.system.intended_purposes
	not input.facts.purpose
}

# METADATA
# title: Reviewer not competent
# description: A review counts only while its reviewer's competence is valid (`reviewer_competent_until`).
#   Give the task to somebody whose training is current.
# custom:
#   version: 1
#   source: AI Act Art. 26(2) and 14
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {jurisdiction: [eu]}
#   person:
#     en: Someone with the right training will look at this once more. You need not do anything.
#     de: Jemand mit der passenden Ausbildung sieht noch einmal darauf. Sie müssen nichts tun.
p_aia_26_2 if {
	input.facts.review
	time.parse_rfc3339_ns(data.lib.stated("reviewer_competent_until")) < input.time_ns
}

# METADATA
# title: Out of declared envelope
# description: Where a system works outside its approved conditions, or its drift monitor is in alarm, a
#   human decides. Tell its owner; suspend it if this goes on.
# custom:
#   version: 1
#   source: AI Act Art. 13, 15 and 26(5)
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {jurisdiction: [eu], stage: [decide]}
#   obligations:
#     - {type: notification, params: {to: system_owner}, due: 1d}
#   person:
#     en: The computer program met a case it is not made for, so a person will look at it first.
#     de: Das Computerprogramm ist auf einen Fall gestoßen, für den es nicht gemacht ist, deshalb sieht zuerst ein Mensch darauf.
p_aia_26_5 if {
	input.facts.operating_envelope == "out"
} else if {
	input.facts.drift == "alarm"
}

# METADATA
# title: Workers not informed
# description: Before a high-risk system is used at work, the workers and their representatives are told
#   (notice `worker_26_7`). Tell them and record it. A high-risk system in employment must state
#   `circumstances.setting`.
# custom:
#   version: 1
#   source: AI Act Art. 26(7)
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [decide]}
#   obligations:
#     - {type: notification, params: {to: worker_representatives}}
#   person:
#     en: You should have been told before a computer is used at your work, so we stopped it until you are.
#     de: Sie hätten es erfahren sollen, bevor bei Ihrer Arbeit ein Computer eingesetzt wird, deshalb haben wir es bis dahin angehalten.
p_aia_26_7 if {
	high_risk
	input.facts.setting == "workplace"
	not data.lib.noticed("worker_26_7")
} else := {"missing": ["facts.setting"]} if {
	high_risk
	input.facts.domain in {"employment", "platform_work"}
	not input.facts.setting
	not data.lib.noticed("worker_26_7")
}

# METADATA
# title: Person not told of high-risk use
# description: A person whom a system of Annex III decides about, or helps to, is told so before the
#   decision takes effect. Give notice `art26_11`, record it, ask again.
# custom:
#   version: 1
#   source: AI Act Art. 26(11)
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: art26_11
#   scope: {jurisdiction: [eu], stage: [decide, effect]}
#   person:
#     en: You should know that a computer takes part in this decision about you. We tell you first.
#     de: Sie sollen wissen, dass an dieser Entscheidung über Sie ein Computer mitwirkt. Das sagen wir Ihnen zuerst.
p_aia_26_11 if {
	annex_iii
	data.lib.concerns_person
	not data.lib.noticed("art26_11")
}

# METADATA
# title: Assessment of fundamental rights missing
# description: Public bodies with a system of Annex III (`public_deployer`), and everybody with one for
#   credit scores or for life and health insurance (points 5(b) and 5(c)), register a fundamental rights
#   impact assessment before first use.
# custom:
#   version: 1
#   source: AI Act Art. 27
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [decide]}
#   person:
#     en: We have not finished checking what this means for people's rights, so a person takes care of it.
#     de: Wir haben noch nicht fertig geprüft, was das für die Rechte der Menschen bedeutet, deshalb kümmert sich ein Mensch darum.
p_aia_27 if {
	annex_iii
	assessment_needed
	not input.registry.system.fria_digest
}

assessment_needed if input.registry.system.annex_iii_point in {"p5b", "p5c"}

assessment_needed if data.lib.stated("public_deployer")

# METADATA
# title: Not registered with the Union
# description: A public body (`public_deployer`) uses a system of Annex III only with its entry in the EU
#   database (`eu_database_registered`). Register it, and say so.
# custom:
#   version: 1
#   source: AI Act Art. 26(8) and 49
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [decide]}
#   person:
#     en: This computer program is not yet in the public register, so it may not decide. A person takes care of it.
#     de: Dieses Computerprogramm steht noch nicht im öffentlichen Verzeichnis, deshalb darf es nicht entscheiden. Ein Mensch kümmert sich darum.
p_aia_49 if {
	annex_iii
	data.lib.stated("public_deployer")
	not input.registry.system.eu_database_registered
}

# METADATA
# title: Change during an open incident
# description: While a serious incident of the system is open (`open_incident`) and the authority was not
#   told of the change (`authority_informed`), nothing is changed; stopping and suspending
#   (`allowed_changes`) always are allowed. Inform the authority first.
# custom:
#   version: 1
#   source: AI Act Art. 73(6)
#   status: enacted_future
#   in_force_from: 2027-12-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [change]}
p_aia_73_freeze if {
	data.lib.stated("open_incident")
	not data.lib.stated("authority_informed")
	not input.facts.action in settings.allowed_changes
}
