package gdpr

import future.keywords.not
import rego.v1

# A decision in the sense of Article 22: about a person, of weight, and nobody takes a meaningful part.
automated_decision if {
	personal
	input.facts.planned_automation == "solely_automated"
	input.facts.expected_effect in {"legal", "similarly_significant"}
}

# What would tell whether it is one, and was not said.
automated_unsaid contains "facts.planned_automation" if {
	personal
	not input.facts.planned_automation
	not input.facts.expected_effect == "none"
}

automated_unsaid contains "facts.expected_effect" if {
	personal
	not input.facts.expected_effect
	not input.facts.planned_automation in {"human_only", "ai_assist", "human_in_loop"}
}

maybe_automated if count(automated_unsaid) > 0

has_ground if input.facts.art22_ground in {"contract", "law", "explicit_consent"}

# METADATA
# title: Solely automated without a ground
# description: A decision of weight that nobody takes a meaningful part in needs a contract, a law or
#   explicit consent; without one a human decides first. State `planned_automation`, `expected_effect`
#   and `purpose.art22_ground`; "no weight" or a human's part is enough.
# custom:
#   version: 1
#   source: GDPR Art. 22(1) and (2)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {jurisdiction: [eu, is, li, no], stage: [decide, effect]}
#   person:
#     en: A computer alone may not decide this about you, so a person will. You can tell them what matters to you.
#     de: Darüber darf kein Computer allein entscheiden, deshalb tut es ein Mensch. Sie können ihm sagen, was Ihnen wichtig ist.
p_gdpr_22 if {
	automated_decision
	not has_ground
} else := {"missing": sort(automated_unsaid)} if {
	maybe_automated
	not has_ground
}

# METADATA
# title: Safeguards not live
# description: Before a solely automated decision of weight, the system is registered with the safeguards
#   `human`, `view` and `contest`, and each of them really works. Open the channels, then register them.
# custom:
#   version: 1
#   source: GDPR Art. 22(3)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu, is, li, no], stage: [decide, effect]}
#   person:
#     en: You could not have reached a person about this, so nothing was decided. Please write to us, and a person will answer.
#     de: Sie hätten dazu keinen Menschen erreicht, deshalb wurde nichts entschieden. Schreiben Sie uns gern, ein Mensch antwortet Ihnen.
p_gdpr_22_safe if {
	automated_decision
	not safeguards_live
} else := {"missing": sort(automated_unsaid)} if {
	maybe_automated
	has_ground
	not safeguards_live
}

safeguards_live if {
	every safeguard in ["human", "view", "contest"] {
		safeguard in input.registry.system.safeguards
	}
}

# METADATA
# title: Rubber-stamp queue
# description: Where the review queue is known to be no meaningful review (`review_meaningful` is `no`), a
#   decision that a human only confirms counts as solely automated. Give the reviewers time, knowledge
#   and the power to decide otherwise.
# custom:
#   version: 1
#   source: GDPR Art. 22, C-634/21 (SCHUFA), WP251
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {jurisdiction: [eu, is, li, no], stage: [decide, effect]}
#   person:
#     en: A person should really look at this before it is decided, so a person will. You can tell them what matters to you.
#     de: Darauf soll wirklich ein Mensch sehen, bevor entschieden wird, und das geschieht jetzt. Sie können ihm sagen, was Ihnen wichtig ist.
p_gdpr_22_stamp if {
	personal
	input.facts.planned_automation == "human_in_loop"
	data.lib.stated("review_meaningful") == "no"
	input.facts.expected_effect in {"legal", "similarly_significant"}
	not has_ground
} else := {"missing": ["facts.expected_effect"]} if {
	personal
	input.facts.planned_automation == "human_in_loop"
	data.lib.stated("review_meaningful") == "no"
	not input.facts.expected_effect
	not has_ground
}

# METADATA
# title: Score of a third party decides
# description: Where the decision follows a score that somebody else made, the score is itself the
#   decision, and its maker's record must be named (`parent_decision_id`). Ask the supplier for it.
# custom:
#   version: 1
#   source: C-634/21 (SCHUFA), GDPR Art. 22(1)
#   status: in_force
#   in_force_from: 2023-12-07
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {jurisdiction: [eu, is, li, no], stage: [decide, effect]}
#   person:
#     en: Another company's score weighed a lot here, so a person will look at it first. You can ask us who made the score.
#     de: Die Bewertung einer anderen Firma wog hier schwer, deshalb sieht zuerst ein Mensch darauf. Sie können fragen, von wem sie stammt.
p_gdpr_22_score if {
	follows_foreign_score
	input.facts.planned_automation in {"solely_automated", "human_in_loop"}
} else if {
	follows_foreign_score
	input.facts.ai_influence == "determinative"
} else := {"missing": ["facts.planned_automation"]} if {
	follows_foreign_score
	not input.facts.planned_automation
	not input.facts.ai_influence
}

follows_foreign_score if {
	personal
	input.facts.upstream_score
	not input.facts.parent_decision
	not input.facts.expected_effect == "none"
}

# METADATA
# title: No word on automated decisions
# description: Before a solely automated decision of weight the person was told that there is one, how it
#   works and what it means (notice `privacy_13_14`, from one of `adm_notice_templates` where the tenant
#   lists some). Give it, record it, ask again.
# custom:
#   version: 1
#   source: GDPR Art. 13(2)(f) and 14(2)(g)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: privacy_13_14
#   scope: {jurisdiction: [eu, is, li, no], stage: [decide, effect]}
#   person:
#     en: Before a computer decides, you should know how it works and what it means for you. We tell you first.
#     de: Bevor ein Computer entscheidet, sollen Sie wissen, wie er das tut und was es für Sie bedeutet. Das sagen wir Ihnen zuerst.
p_gdpr_13 if {
	automated_decision
	not told_of_automation
} else := {"missing": sort(automated_unsaid)} if {
	maybe_automated
	has_ground
	not told_of_automation
}

told_of_automation if {
	count(settings.adm_notice_templates) == 0
	data.lib.noticed("privacy_13_14")
}

told_of_automation if {
	some template in settings.adm_notice_templates
	template in data.lib.notice_templates("privacy_13_14")
}

# METADATA
# title: Impact assessment missing or overdue
# description: Solely automated decisions of weight, and special categories on a large scale
#   (`large_scale`), need a data protection impact assessment in the registry, reviewed in time. Without
#   one the system does not decide; with an overdue one a human looks first.
# custom:
#   version: 1
#   source: GDPR Art. 35(1), (3) and (11)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {jurisdiction: [eu, is, li, no, gb], stage: [decide]}
#   person:
#     en: We have not finished checking the risks of deciding this by computer, so a person takes care of it.
#     de: Wir haben die Risiken einer Entscheidung durch den Computer noch nicht fertig geprüft, deshalb kümmert sich ein Mensch darum.
p_gdpr_35 := {"verdict": "deny"} if {
	needs_assessment
	not input.registry.system.dpia_digest
} else if {
	needs_assessment
	assessment_overdue
} else := {"missing": sort(automated_unsaid)} if {
	maybe_automated
	has_ground
	not assessment_current
}

needs_assessment if automated_decision

needs_assessment if {
	personal
	special_category
	data.lib.stated("large_scale")
}

assessment_overdue if time.parse_rfc3339_ns(input.registry.system.dpia_review) < input.time_ns

assessment_current if {
	input.registry.system.dpia_digest
	not assessment_overdue
}

# METADATA
# title: Child
# description: Nothing of weight is decided about a minor by a computer alone. A solely automated decision
#   of weight must state `person.vulnerabilities`, if only as `none`.
# custom:
#   version: 1
#   source: GDPR recital 71, AI Act Art. 9(9)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {jurisdiction: [eu, is, li, no, gb], stage: [decide, effect]}
#   person:
#     en: We do not let a computer alone decide about young people, so a person will look at it first.
#     de: Über junge Menschen lassen wir keinen Computer allein entscheiden, deshalb sieht zuerst ein Mensch darauf.
p_child if {
	automated_decision
	"minor" in input.person.vulnerabilities
} else := {"missing": sort(automated_unsaid)} if {
	maybe_automated
	"minor" in input.person.vulnerabilities
} else := {"missing": ["person.vulnerabilities"]} if {
	automated_decision
	not input.person.vulnerabilities
}

# METADATA
# title: Explanation not available
# description: A decision of weight takes effect only when an explanation for the person was recorded with
#   it (`explanation.mode`). Record the outcome with its explanation, then ask for the effect.
# custom:
#   version: 1
#   source: GDPR Art. 15(1)(h), AI Act Art. 13 and 86
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu, is, li, no, gb], stage: [effect]}
#   person:
#     en: We cannot explain this decision to you yet, so it does not count for now. We will write to you when we can.
#     de: Wir können Ihnen diese Entscheidung noch nicht erklären, deshalb gilt sie vorerst nicht. Wir schreiben Ihnen, sobald wir es können.
p_expl if {
	personal
	weight in {"legal", "similarly_significant"}
	not data.lib.outcome.explanation_mode
} else := {"missing": ["facts.expected_effect"]} if {
	personal
	not weight
	not data.lib.outcome.explanation_mode
}

# What the outcome turned out to mean counts before what was expected of it.
weight := effect if effect := data.lib.outcome.effect

else := effect if effect := data.lib.fact("expected_effect")
