# METADATA
# scope: package
# title: GDPR
# description: What the GDPR asks before personal data are used and before a decision about a person is
#   left to a computer. Rules on data hold in the United Kingdom too; those on Article 22 do not.
package gdpr

import future.keywords.not
import rego.v1

# What the pack sets, unless the tenant sets it otherwise.
settings := object.union(data.gdpr.preset, own) if own := data.tenant.gdpr

else := data.gdpr.preset

# METADATA
# title: Data collected for another purpose
# description: Every datum used must have been collected for this purpose, or for one that is compatible
#   with it by `compatible_purposes` (purpose, then the purposes collected for). State `collected_for`
#   of each datum; leave out what was collected for something else, or assess it and list it.
# custom:
#   version: 1
#   source: GDPR Art. 5(1)(b) and 6(4)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu, is, li, no, gb], stage: [decide]}
#   person:
#     en: Some data about you was collected for something else, so we did not use it here. You can ask us what we hold about you.
#     de: Einige Daten über Sie wurden für etwas anderes erhoben, deshalb haben wir sie hier nicht benutzt. Sie können fragen, was wir über Sie gespeichert haben.
p_gdpr_5 if {
	personal
	some datum in input.data_used
	datum.collected_for
	not collected_rightly(datum)
} else := {"missing": ["facts.purpose"]} if {
	personal
	not input.facts.purpose
	input.data_used[_].collected_for
} else := {"missing": ["data_used.collected_for"]} if {
	personal
	some datum in input.data_used
	not datum.collected_for
}

collected_rightly(_) if not input.facts.purpose

collected_rightly(datum) if datum.collected_for == input.facts.purpose

collected_rightly(datum) if {
	compatible := settings.compatible_purposes
	datum.collected_for in compatible[input.facts.purpose]
}

# Whether personal data are processed to which the GDPR applies.
personal if {
	data.lib.concerns_person
	not input.facts.legal_basis in {"not_personal", "non_gdpr"}
}

# METADATA
# title: No legal basis
# description: A decision that concerns a person names the legal basis of its processing. State
#   `purpose.legal_basis`; "no personal data" cannot be said of a request that names a person.
# custom:
#   version: 1
#   source: GDPR Art. 6(1)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu, is, li, no, gb], stage: [decide]}
#   person:
#     en: It was not clear whether we may use your data for this, so we did not. A person can take care of it if you ask us.
#     de: Es war nicht klar, ob wir Ihre Daten dafür nutzen dürfen, deshalb haben wir es nicht getan. Wenn Sie uns fragen, kümmert sich ein Mensch darum.
p_gdpr_6 if {
	data.lib.concerns_person
	input.facts.legal_basis == "not_personal"
} else := {"missing": ["facts.legal_basis"]} if {
	data.lib.concerns_person
	not input.facts.legal_basis
}

# METADATA
# title: Consent withdrawn or stale
# description: Where the decision, one of its data, or its ground under Article 9 or 22 rests on consent,
#   the consent must be active right now. Look it up and state `person.consent.state`; where it ended,
#   stop the use and everything that builds on it.
# custom:
#   version: 1
#   source: GDPR Art. 7(1) and 7(3)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu, is, li, no, gb], stage: [decide, effect]}
#   person:
#     en: We do not have your agreement for this, so nothing was done. You can give it, or leave it, at any time.
#     de: Uns liegt Ihre Einwilligung dafür nicht vor, deshalb ist nichts geschehen. Sie können sie jederzeit geben oder es lassen.
p_gdpr_7 if {
	personal
	some state in consents_relied_on
	not state in {"active", "unsaid"}
} else := {"missing": ["person.consent.state"]} if {
	personal
	"unsaid" in consents_relied_on
}

consents_relied_on contains consent_of(input.person) if rests_on_consent

consents_relied_on contains state if {
	some datum in input.data_used
	datum.legal_basis == "art6_1_a"
	state := consent_of_datum(datum)
}

rests_on_consent if input.facts.legal_basis == "art6_1_a"

rests_on_consent if input.facts.art22_ground == "explicit_consent"

rests_on_consent if input.facts.art9_ground == "explicit_consent"

consent_of(holder) := state if state := holder.consent.state

else := "unsaid"

# A datum without a consent of its own rests on that of the decision.
consent_of_datum(datum) := consent_of(datum) if datum.consent

else := consent_of(input.person)

# METADATA
# title: Special category without a ground
# description: Data on health, belief, origin, sex life and the like need a ground under Article 9; a
#   solely automated decision of weight only explicit consent or a substantial public interest. Leave the
#   data out, or state `purpose.art9_ground`. A solely automated decision of weight must also state
#   `circumstances.special_category`.
# custom:
#   version: 1
#   source: GDPR Art. 9 and 22(4)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu, is, li, no, gb], stage: [decide]}
#   person:
#     en: This would have used very private data about you without a good enough ground, so we did not do it. A person can take care of it if you ask us.
#     de: Dafür wären sehr private Daten über Sie ohne ausreichenden Grund verwendet worden, deshalb haben wir es nicht getan. Wenn Sie uns fragen, kümmert sich ein Mensch darum.
p_gdpr_9 if {
	personal
	special_category
	input.facts.art9_ground == "not_applicable"
} else if {
	special_category
	automated_decision
	input.facts.art9_ground
	not input.facts.art9_ground in {"explicit_consent", "substantial_public_interest"}
} else := {"missing": ["facts.art9_ground"]} if {
	personal
	special_category
	not input.facts.art9_ground
} else := {"missing": sort(automated_unsaid)} if {
	special_category
	count(automated_unsaid) > 0
	not input.facts.art9_ground in {"explicit_consent", "substantial_public_interest"}
} else := {"missing": ["person.special_category"]} if {
	automated_decision
	not special_category
	not is_boolean(input.person.special_category)
}

special_category if input.person.special_category

special_category if {
	some datum in input.data_used
	datum.special_category
}

# METADATA
# title: Objection or opt-out
# description: Nobody is profiled who objected, until overriding grounds are shown; for marketing
#   (`marketing_purposes`) never. Profiling for marketing, in the public interest or for legitimate
#   interests must state `person.objection`.
# custom:
#   version: 1
#   source: GDPR Art. 21(1) to (3)
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: escalate
#   scope: {jurisdiction: [eu, is, li, no, gb], stage: [decide]}
#   person:
#     en: You told us that you do not want this, and we keep to it. A person will look at what remains to be done.
#     de: Sie haben uns gesagt, dass Sie das nicht möchten, und daran halten wir uns. Ein Mensch sieht nach, was noch zu tun ist.
p_gdpr_21 := {"verdict": "deny"} if {
	profiling
	for_marketing
	input.person.objection in {"active", "opted_out", "overridden"}
} else if {
	profiling
	input.person.objection in {"active", "opted_out"}
} else := {"missing": ["person.objection"]} if {
	profiling
	not input.person.objection
	may_be_objected_to
}

profiling if {
	personal
	input.facts.profiling
}

profiling if {
	personal
	input.registry.system.profiling
	not input.facts.profiling == false
}

for_marketing if {
	input.facts.purpose in settings.marketing_purposes
}

may_be_objected_to if for_marketing

may_be_objected_to if input.facts.legal_basis in {"art6_1_e", "art6_1_f"}

# METADATA
# title: Processed where it may not be
# description: Personal data stay within the regions that the system is registered for, or else within
#   `adequate_regions`. A system with registered regions must state `circumstances.processing_regions`.
#   Move the processing, or register the region after its transfer was assessed.
# custom:
#   version: 1
#   source: GDPR Art. 44 to 46
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu, is, li, no, gb]}
#   person:
#     en: Your data would have been sent somewhere we have not cleared, so we stopped it. Your data stayed where it was.
#     de: Ihre Daten wären an einen Ort gelangt, den wir nicht freigegeben haben, deshalb haben wir es angehalten. Ihre Daten sind geblieben, wo sie waren.
p_xborder if {
	personal
	some region in input.facts.processing_regions
	not covered(region)
} else := {"missing": ["facts.processing_regions"]} if {
	personal
	input.registry.system.allowed_regions
	not input.facts.processing_regions
}

covered(region) if {
	some allowed in allowed_regions
	data.lib.within(region, allowed)
}

allowed_regions := regions if regions := input.registry.system.allowed_regions

else := settings.adequate_regions

# METADATA
# title: Erasure under hold or lock
# description: Data under a legal hold or a retention lock are not erased. Restrict them, and tell the
#   person the ground and until when. State `legal_hold` and `retention_lock`.
# custom:
#   version: 1
#   source: GDPR Art. 17(3), 17 CFR 240.17a-4
#   status: in_force
#   in_force_from: 2018-05-25
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {stage: [erase]}
#   person:
#     en: The law asks us to keep this for now. We lock it away, use it for nothing else, and tell you until when.
#     de: Das Gesetz verlangt, dass wir das vorerst aufbewahren. Wir schließen es weg, nutzen es für nichts anderes und sagen Ihnen, bis wann.
p_hold if {
	data.lib.stated("legal_hold")
} else if {
	data.lib.stated("retention_lock")
} else := {"missing": sort(hold_unsaid)} if {
	count(hold_unsaid) > 0
}

hold_unsaid contains "inputs.legal_hold" if not is_boolean(data.lib.stated("legal_hold"))

hold_unsaid contains "inputs.retention_lock" if not is_boolean(data.lib.stated("retention_lock"))
