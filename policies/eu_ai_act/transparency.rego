package eu_ai_act

import future.keywords.not
import rego.v1

# METADATA
# title: Chatbot without disclosure
# description: Who meets an AI system is told so, at the latest in the first turn, unless it was assessed as
#   obvious (`ai_obvious`). Give notice `ai_interaction`, record it, ask again. The first turn on a channel
#   must state `circumstances.interacts_with_person`.
# custom:
#   version: 1
#   source: AI Act Art. 50(1)
#   status: in_force
#   in_force_from: 2026-08-02
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: ai_interaction
#   scope: {jurisdiction: [eu], stage: [decide, publish]}
#   person:
#     en: You should know that you are talking to a computer. We tell you first.
#     de: Sie sollen wissen, dass Sie mit einem Computer sprechen. Das sagen wir Ihnen zuerst.
p_aia_50_1 if {
	input.facts.interacts_with_person
	first_word_undisclosed
} else := {"missing": ["facts.interacts_with_person"]} if {
	not is_boolean(input.facts.interacts_with_person)
	input.facts.channel != "system"
	not data.lib.human_decides
	first_word_undisclosed
}

first_word_undisclosed if {
	data.lib.first_turn
	not data.lib.stated("ai_obvious")
	not data.lib.noticed("ai_interaction")
}

# METADATA
# title: Unmarked synthetic content
# description: Generated content is published with a mark that machines read and a detector that finds it
#   (`marker_kinds`, `detector` of the recorded outcome), unless the system only helps to edit
#   (`assistive_editing`). Publishing must state `circumstances.generates_content`.
# custom:
#   version: 1
#   source: AI Act Art. 50(2)
#   status: in_force
#   in_force_from: 2026-08-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [publish]}
#   person:
#     en: Content made by a computer must be marked as such, so we are not showing it yet.
#     de: Was ein Computer hergestellt hat, muss gekennzeichnet sein, deshalb zeigen wir es noch nicht.
p_aia_50_2 if {
	input.facts.generates_content
	not data.lib.stated("assistive_editing")
	not marked
} else := {"missing": ["facts.generates_content"]} if {
	not is_boolean(input.facts.generates_content)
	not data.lib.stated("assistive_editing")
	not marked
}

marked if {
	count(data.lib.values("marker_kinds")) > 0
	some facts in data.lib.told
	facts.detector
}

# METADATA
# title: Exposed to emotion recognition or biometric sorting
# description: Who is exposed to a system that infers emotions or sorts people by their body is told
#   before. Give notice `emotion_biocat`, record it, ask again.
# custom:
#   version: 1
#   source: AI Act Art. 50(3)
#   status: in_force
#   in_force_from: 2026-08-02
#   verified_on: 2026-11-22
#   verdict: notice
#   notice: emotion_biocat
#   scope: {jurisdiction: [eu], stage: [decide]}
#   person:
#     en: You should know that a computer tries to read your mood or features. We tell you first.
#     de: Sie sollen wissen, dass ein Computer versucht, Ihre Stimmung oder Merkmale zu erkennen. Das sagen wir Ihnen zuerst.
p_aia_50_3 if {
	reads_people
	not data.lib.noticed("emotion_biocat")
}

reads_people if input.facts.infers_emotion

reads_people if input.facts.categorises_biometrically

# METADATA
# title: Deep fake or public text without a label
# description: What could pass for real is labelled (notice `deepfake`); generated text that informs the
#   public (`public_interest_text`) is labelled (notice `ai_content`) or has somebody who answers for it
#   (`editorial_holder`). Publishing generated content must state `circumstances.deep_fake`.
# custom:
#   version: 1
#   source: AI Act Art. 50(4)
#   status: in_force
#   in_force_from: 2026-08-02
#   verified_on: 2026-11-22
#   verdict: deny
#   scope: {jurisdiction: [eu], stage: [publish]}
#   person:
#     en: You should be able to see that a computer made this, so we are not showing it without a label.
#     de: Sie sollen erkennen können, dass das ein Computer gemacht hat, deshalb zeigen wir es nicht ohne Hinweis.
p_aia_50_4 if {
	input.facts.deep_fake
	not data.lib.noticed("deepfake")
} else if {
	data.lib.stated("public_interest_text")
	not data.lib.stated("editorial_holder")
	not data.lib.noticed("ai_content")
} else := {"missing": ["facts.deep_fake"]} if {
	input.facts.generates_content
	not is_boolean(input.facts.deep_fake)
	not data.lib.noticed("deepfake")
}
