# METADATA
# scope: package
# title: EU AI Act
# description: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744. Prohibitions and the duties of
#   Article 50 are in force; the duties for high-risk systems run in shadow until 2 December 2027.
package eu_ai_act

import future.keywords.not
import rego.v1

# What the pack sets, unless the tenant sets it otherwise.
settings := object.union(data.eu_ai_act.preset, own) if own := data.tenant.eu_ai_act

else := data.eu_ai_act.preset

# METADATA
# title: Prohibited practice
# description: A system that was screened as doing what Article 5(1)(a) to (h) forbids, is classed as
#   prohibited, or is used for one of `prohibited_purposes`, does nothing. There is no waiver and no
#   consent; withdraw it and open an incident.
# custom:
#   version: 1
#   source: AI Act Art. 5(1)(a) to (h)
#   status: in_force
#   in_force_from: 2025-02-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu]}
#   obligations:
#     - {type: notification, params: {to: ai_officer, about: incident}, due: 1d}
#   person:
#     en: A computer must not be used for this, so we stopped it. A person can take care of it if you ask us.
#     de: Dafür darf kein Computer verwendet werden, deshalb haben wir es angehalten. Wenn Sie uns fragen, kümmert sich ein Mensch darum.
p_aia_5 if {
	some practice in screened_as("yes")
	practice in {
		"art5_1_a", "art5_1_b", "art5_1_c", "art5_1_d",
		"art5_1_e", "art5_1_f", "art5_1_g", "art5_1_h",
	}
} else if {
	input.registry.system.risk_class == "prohibited"
} else if {
	input.facts.purpose in settings.prohibited_purposes
}

# The practices whose screening found an answer.
screened_as(answer) := {practice |
	some i, practice in input.registry.system.screened
	input.registry.system.screening_answers[i] == answer
}

# METADATA
# title: Intimate imagery and abuse of children
# description: A system that generates images, sound or video of what could be real people is registered
#   as screened for `art5_1_ba` and `art5_1_bb`, with answer `no`, and no guardrail in
#   `imagery_guardrails` hit. Keep evidence by digest only. Generated content must state
#   `circumstances.deep_fake`, unless the system was screened.
# custom:
#   version: 1
#   source: AI Act Art. 5(1)(ba) and (bb)
#   status: enacted_future
#   in_force_from: 2026-12-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu]}
#   person:
#     en: Pictures like this must not be made, so we stopped it. If you are in one, tell us, and we will help you.
#     de: Solche Bilder dürfen nicht hergestellt werden, deshalb haben wir es angehalten. Wenn Sie auf einem zu sehen sind, sagen Sie es uns, wir helfen Ihnen.
p_aia_5_new if {
	some hit in input.facts.guardrail_hits
	hit in settings.imagery_guardrails
} else if {
	input.facts.generates_content
	lifelike
	not imagery_safeguarded
} else := {"missing": ["facts.deep_fake"]} if {
	input.facts.generates_content
	not is_boolean(input.facts.deep_fake)
	not imagery_safeguarded
}

lifelike if input.facts.deep_fake

lifelike if data.lib.stated("generates_media")

imagery_safeguarded if {
	every practice in ["art5_1_ba", "art5_1_bb"] {
		practice in (screened_as("no") | screened_as("not_applicable"))
		not practice in screened_as("yes")
	}
}

# METADATA
# title: Emotion at work or school
# description: Emotions are not inferred at work or in education, except for a medical or a safety purpose
#   (`medical_or_safety_purposes`). State `circumstances.setting` wherever emotions are inferred.
# custom:
#   version: 1
#   source: AI Act Art. 5(1)(f)
#   status: in_force
#   in_force_from: 2025-02-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu]}
#   person:
#     en: At work and at school no computer may guess how you feel, so we stopped it.
#     de: Bei der Arbeit und in der Schule darf kein Computer erraten, wie Sie sich fühlen, deshalb haben wir es angehalten.
p_aia_5_emo if {
	infers_emotion_unprivileged
	input.facts.setting in {"workplace", "education"}
} else := {"missing": ["facts.setting"]} if {
	infers_emotion_unprivileged
	not input.facts.setting
}

infers_emotion_unprivileged if {
	input.facts.infers_emotion
	not input.facts.purpose in settings.medical_or_safety_purposes
}

# METADATA
# title: Exploiting vulnerability
# description: A system built to persuade does not meet a vulnerable person. Leave the person out, and tell
#   the data protection officer. Where persuasion is meant, state `person.vulnerabilities`, if only as `none`.
# custom:
#   version: 1
#   source: AI Act Art. 5(1)(b)
#   status: in_force
#   in_force_from: 2025-02-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu]}
#   obligations:
#     - {type: notification, params: {to: data_protection_officer}, due: 1d}
#   person:
#     en: We do not want to talk you into anything, so the computer leaves you in peace here.
#     de: Wir möchten Sie zu nichts überreden, deshalb lässt Sie der Computer hier in Ruhe.
p_aia_5_vuln if {
	input.facts.optimises_persuasion
	some vulnerability in input.person.vulnerabilities
	vulnerability != "none"
} else := {"missing": ["person.vulnerabilities"]} if {
	input.facts.optimises_persuasion
	data.lib.concerns_person
	not input.person.vulnerabilities
}

# METADATA
# title: Social score from elsewhere
# description: A score of behaviour (`score_kind` is `behavioural`) from another field of life
#   (`score_context`) does not count against a person here. Take it out. Such a score must state its
#   `score_context`, and its decision what it means for the person.
# custom:
#   version: 1
#   source: AI Act Art. 5(1)(c)
#   status: in_force
#   in_force_from: 2025-02-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu]}
#   person:
#     en: What you do elsewhere must not count against you here, so we stopped it. A person will look at it without that.
#     de: Was Sie anderswo tun, darf hier nicht gegen Sie zählen, deshalb haben wir es angehalten. Ein Mensch sieht es sich ohne das an.
p_aia_5_score if {
	foreign_score
	input.facts.expected_effect in {"legal", "similarly_significant"}
} else := {"missing": sort(score_unsaid)} if {
	data.lib.stated("score_kind") == "behavioural"
	not input.facts.expected_effect == "none"
	not of_this_context
}

foreign_score if {
	data.lib.stated("score_kind") == "behavioural"
	data.lib.stated("score_context")
	input.facts.domain
	not of_this_context
}

of_this_context if data.lib.stated("score_context") == input.facts.domain

score_unsaid contains "inputs.score_context" if not data.lib.stated("score_context")

score_unsaid contains "facts.domain" if not input.facts.domain

score_unsaid contains "facts.expected_effect" if not input.facts.expected_effect
