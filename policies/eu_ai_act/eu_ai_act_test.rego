package eu_ai_act_test

import data.lib_test

import future.keywords.not
import rego.v1

# An honest, harmless use of a registered chatbot.
chat := {
	"call": "authorize",
	"time_ns": 1795392000000000000, # 2026-11-23T00:00:00Z
	"facts": {
		"action": "conversation.turn",
		"domain": "other",
		"jurisdictions": ["it"],
		"purpose": "customer_service",
		"planned_automation": "solely_automated",
		"channel": "chat",
		"turn": 0,
		"interacts_with_person": true,
		"generates_content": true,
		"deep_fake": false,
	},
	"person": {"kind": "customer"},
	"notices": [{"kind": "ai_interaction", "deliver_time": "2026-11-22T10:00:00Z"}],
	"registry": {
		"system": {
			"risk_class": "transparency",
			"annex_iii_point": "none",
			"intended_purposes": ["customer_service", "sales"],
			"screened": ["art5_1_a", "art5_1_f", "art5_1_ba", "art5_1_bb"],
			"screening_answers": ["no", "not_applicable", "no", "no"],
		},
		"version": {"state": "approved"},
	},
}

# A registered system of high risk in employment, with everything in order.
hiring := {
	"call": "authorize",
	"time_ns": 1795392000000000000,
	"facts": {
		"action": "application.rank",
		"domain": "employment",
		"jurisdictions": ["it"],
		"purpose": "hiring",
		"setting": "workplace",
		"planned_automation": "human_in_loop",
		"expected_effect": "similarly_significant",
	},
	"person": {"kind": "applicant"},
	"notices": [
		{"kind": "worker_26_7", "deliver_time": "2026-11-01T10:00:00Z"},
		{"kind": "art26_11", "deliver_time": "2026-11-22T10:00:00Z"},
	],
	"registry": {"system": {
		"risk_class": "high",
		"annex_iii_point": "p4a",
		"intended_purposes": ["hiring"],
		"fria_digest": "AAAA",
		"eu_database_registered": true,
	}},
}

screened(answers) := {
	"registry.system.screened": [practice | some practice, _ in answers],
	"registry.system.screening_answers": [answer | some _, answer in answers],
}

aia_5_cases := array.concat(
	[
		["screened, nothing found", {}, "passes"],
		["not registered", {"registry": null}, "passes"],
		["classed as prohibited", {"registry.system.risk_class": "prohibited"}, "fires"],
		["a prohibited purpose", {"facts.purpose": "social_scoring"}, "fires"],
		["the letter of a later rule", screened({"art5_1_ba": "yes"}), "passes"],
		["the one that was found is another", screened({"art5_1_a": "no", "art9_1_b": "yes"}), "passes"],
		["found behind others", screened({"art5_1_a": "no", "art5_1_b": "not_applicable", "art5_1_f": "yes"}), "fires"],
	],
	[[concat(" ", ["found", letter]), screened({concat("_", ["art5_1", letter]): "yes"}), "fires"] |
		some letter in ["a", "b", "c", "d", "e", "f", "g", "h"]
	],
)

test_p_aia_5 if {
	every c in aia_5_cases {
		print(c[0])
		decision := lib_test.but(chat, c[1])
		{v | v := data.eu_ai_act.p_aia_5 with input as decision} == lib_test.means(c[2])
	}
}

own := {"eu_ai_act": {
	"prohibited_purposes": ["sales"],
	"medical_or_safety_purposes": ["wellness"],
	"imagery_guardrails": ["nudity"],
	"allowed_changes": ["system.patch"],
}}

test_p_aia_5_takes_the_tenants_word_for_purposes if {
	data.eu_ai_act.p_aia_5 with input as lib_test.but(chat, {"facts.purpose": "sales"}) with data.tenant as own
}

unscreened := {"registry.system.screened": ["art5_1_a"], "registry.system.screening_answers": ["no"]}

aia_5_new_cases := [
	["text, by a screened system", {}, "passes"],
	["text, by a system that was not screened", unscreened, "passes"],
	["pictures, by a screened system", {"facts.deep_fake": true}, "passes"],
	["pictures, by a system that was not screened", object.union(unscreened, {"facts.deep_fake": true}), "fires"],
	["media, by a system that was not screened", object.union(unscreened, {"facts.generates_media": true}), "fires"],
	["media, by a system that is not registered", {"registry": null, "inputs.generates_media": true}, "fires"],
	["nothing generated, by a system that was not screened", object.union(unscreened, {"facts.deep_fake": true, "facts.generates_content": false}), "passes"],
	["pictures, screened for one alone", object.union(screened({"art5_1_ba": "no"}), {"facts.deep_fake": true}), "fires"],
	["pictures, screened for the other alone", object.union(screened({"art5_1_bb": "no"}), {"facts.deep_fake": true}), "fires"],
	["pictures, and one was found", object.union(screened({"art5_1_ba": "no", "art5_1_bb": "yes"}), {"facts.deep_fake": true}), "fires"],
	["pictures, and the questions do not arise", object.union(screened({"art5_1_ba": "not_applicable", "art5_1_bb": "not_applicable"}), {"facts.deep_fake": true}), "passes"],
	["pictures, and two answers to one question", object.union({"registry.system.screened": ["art5_1_ba", "art5_1_bb", "art5_1_bb"], "registry.system.screening_answers": ["no", "no", "yes"]}, {"facts.deep_fake": true}), "fires"],
	["not said whether it is lifelike", {"facts.deep_fake": null}, "passes"],
	["not said whether it is lifelike, and not screened", object.union(unscreened, {"facts.deep_fake": null}), ["facts.deep_fake"]],
	["not said whether it is lifelike, not screened, and nothing generated", object.union(unscreened, {"facts.deep_fake": null, "facts.generates_content": null}), "passes"],
	["a guardrail found some", {"facts.guardrail_hits": ["profanity", "csam"]}, "fires"],
	["a guardrail found something else", {"facts.guardrail_hits": ["profanity"]}, "passes"],
]

test_p_aia_5_new if {
	every c in aia_5_new_cases {
		print(c[0])
		decision := lib_test.but(chat, c[1])
		{v | v := data.eu_ai_act.p_aia_5_new with input as decision} == lib_test.means(c[2])
	}
}

test_p_aia_5_new_takes_the_tenants_word_for_guardrails if {
	decision := lib_test.but(chat, {"facts.guardrail_hits": ["nudity"]})
	data.eu_ai_act.p_aia_5_new with input as decision with data.tenant as own
}

aia_5_emo_cases := [
	["no emotion inferred", {}, "passes"],
	["a customer's emotion", {"facts.infers_emotion": true, "facts.setting": "public"}, "passes"],
	["a worker's emotion", {"facts.infers_emotion": true, "facts.setting": "workplace"}, "fires"],
	["a pupil's emotion", {"facts.infers_emotion": true, "facts.setting": "education"}, "fires"],
	["a worker's emotion, for safety", {"facts.infers_emotion": true, "facts.setting": "workplace", "facts.purpose": "safety"}, "passes"],
	["a worker, and no emotion", {"facts.setting": "workplace"}, "passes"],
	["an emotion, nobody says where", {"facts.infers_emotion": true}, ["facts.setting"]],
	["an emotion, nobody says where, for safety", {"facts.infers_emotion": true, "facts.purpose": "safety"}, "passes"],
]

test_p_aia_5_emo if {
	every c in aia_5_emo_cases {
		print(c[0])
		decision := lib_test.but(chat, c[1])
		{v | v := data.eu_ai_act.p_aia_5_emo with input as decision} == lib_test.means(c[2])
	}
}

test_p_aia_5_emo_takes_the_tenants_word_for_purposes if {
	decision := lib_test.but(chat, {"facts.infers_emotion": true, "facts.setting": "workplace", "facts.purpose": "wellness"})
	data.eu_ai_act.p_aia_5_emo with input as decision
	not data.eu_ai_act.p_aia_5_emo with input as decision with data.tenant as own
}

aia_5_vuln_cases := [
	["no persuasion", {"person.vulnerabilities": ["minor"]}, "passes"],
	["no persuasion, and nobody looked", {}, "passes"],
	["persuades somebody who is not vulnerable", {"facts.optimises_persuasion": true, "person.vulnerabilities": ["none"]}, "passes"],
	["persuades somebody vulnerable", {"facts.optimises_persuasion": true, "person.vulnerabilities": ["none", "minor"]}, "fires"],
	["persuades, and nobody looked", {"facts.optimises_persuasion": true}, ["person.vulnerabilities"]],
	["persuades nobody in particular", {"facts.optimises_persuasion": true, "person": null}, "passes"],
	["persuades a company", {"facts.optimises_persuasion": true, "person.kind": "legal_person"}, "passes"],
]

test_p_aia_5_vuln if {
	every c in aia_5_vuln_cases {
		print(c[0])
		decision := lib_test.but(chat, c[1])
		{v | v := data.eu_ai_act.p_aia_5_vuln with input as decision} == lib_test.means(c[2])
	}
}

scored := lib_test.but(hiring, {"facts.score_kind": "behavioural", "facts.score_context": "credit"})

aia_5_score_cases := [
	["a score from elsewhere", {}, "fires"],
	["a score from elsewhere, and legal", {"facts.expected_effect": "legal"}, "fires"],
	["told in the inputs", {"facts.score_kind": null, "facts.score_context": null, "inputs.score_kind": "behavioural", "inputs.score_context": "credit"}, "fires"],
	["a score from here", {"facts.score_context": "employment"}, "passes"],
	["a score of something else", {"facts.score_kind": "ability"}, "passes"],
	["no score", {"facts.score_kind": null, "facts.score_context": null}, "passes"],
	["it does not weigh", {"facts.expected_effect": "none"}, "passes"],
	["nobody says where from", {"facts.score_context": null}, ["inputs.score_context"]],
	["nobody says what it is for", {"facts.domain": null}, ["facts.domain"]],
	["nobody says whether it weighs", {"facts.expected_effect": null}, ["facts.expected_effect"]],
	["nobody says whether it weighs, and it is from here", {"facts.score_context": "employment", "facts.expected_effect": null}, "passes"],
	["nobody says where from, and it does not weigh", {"facts.score_context": null, "facts.expected_effect": "none"}, "passes"],
	["nobody says where from, a score of something else", {"facts.score_context": null, "facts.score_kind": "ability"}, "passes"],
	["nobody says anything", {"facts.score_context": null, "facts.domain": null, "facts.expected_effect": null}, ["facts.domain", "facts.expected_effect", "inputs.score_context"]],
]

test_p_aia_5_score if {
	every c in aia_5_score_cases {
		print(c[0])
		decision := lib_test.but(scored, c[1])
		{v | v := data.eu_ai_act.p_aia_5_score with input as decision} == lib_test.means(c[2])
	}
}

aia_6_cases := [
	["classified", {}, "passes"],
	["unassessed", {"registry.system.risk_class": "unassessed"}, "fires"],
	["not said", {"registry.system.risk_class": null}, "fires"],
	["not registered", {"registry": null}, "fires"],
	["unassessed in production", {"registry": null, "facts.environment": "production"}, "fires"],
	["unassessed in shadow", {"registry": null, "facts.environment": "shadow"}, "passes"],
	["unassessed in a test", {"registry": null, "facts.environment": "test"}, "passes"],
	["unassessed in another domain", {"registry": null, "facts.domain": "other"}, "passes"],
	["unassessed, and no domain is said", {"registry": null, "facts.domain": null}, ["facts.domain"]],
	["classified, and no domain is said", {"facts.domain": null}, "passes"],
]

test_p_aia_6 if {
	every c in aia_6_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_6 with input as decision} == lib_test.means(c[2])
	}
}

confirmed(facts) := [{"type": "authorization", "facts": {}}, {"type": "outcome", "facts": facts}]

aia_14_5_cases := [
	["no biometric match", {}, "passes"],
	["a match that two confirmed", {"registry.system.annex_iii_point": "p1a", "earlier": confirmed({"confirmers": 2})}, "passes"],
	["a match that one confirmed", {"registry.system.annex_iii_point": "p1a", "earlier": confirmed({"confirmers": 1})}, "fires"],
	["a match, not said who confirmed", {"registry.system.annex_iii_point": "p1a", "earlier": confirmed({})}, ["facts.confirmers"]],
	["a match without an outcome", {"registry.system.annex_iii_point": "p1a"}, ["facts.confirmers"]],
	["something else that one confirmed", {"earlier": confirmed({"confirmers": 1})}, "passes"],
]

test_p_aia_14_5 if {
	every c in aia_14_5_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_14_5 with input as decision} == lib_test.means(c[2])
	}
}

aia_25_cases := [
	["an intended purpose", {}, "passes"],
	["another purpose", {"facts.purpose": "dismissal"}, "fires"],
	["no purpose", {"facts.purpose": null}, ["facts.purpose"]],
	["no purpose is registered", {"registry.system.intended_purposes": null, "facts.purpose": "dismissal"}, "passes"],
	["no purpose on either side", {"registry.system.intended_purposes": null, "facts.purpose": null}, "passes"],
]

test_p_aia_25 if {
	every c in aia_25_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_25 with input as decision} == lib_test.means(c[2])
	}
}

aia_26_2_cases := [
	["no review", {"facts.reviewer_competent_until": "2026-01-01T00:00:00Z"}, "passes"],
	["a competent reviewer", {"facts.review": "r", "facts.reviewer_competent_until": "2026-11-23T00:00:00Z"}, "passes"],
	["one whose training is out of date", {"facts.review": "r", "facts.reviewer_competent_until": "2026-11-22T23:59:59Z"}, "fires"],
	["one of whom nothing is known", {"facts.review": "r"}, "passes"],
]

test_p_aia_26_2 if {
	every c in aia_26_2_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_26_2 with input as decision} == lib_test.means(c[2])
	}
}

aia_26_5_cases := [
	["nothing said", {}, "passes"],
	["as declared", {"facts.operating_envelope": "in", "facts.drift": "warning"}, "passes"],
	["outside", {"facts.operating_envelope": "out"}, "fires"],
	["drifting", {"facts.drift": "alarm"}, "fires"],
]

test_p_aia_26_5 if {
	every c in aia_26_5_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_26_5 with input as decision} == lib_test.means(c[2])
	}
}

aia_26_7_cases := [
	["workers were told", {}, "passes"],
	["workers were not told", {"notices": null}, "fires"],
	["not told, of low risk", {"notices": null, "registry.system.risk_class": "minimal"}, "passes"],
	["not told, and not at work", {"notices": null, "facts.setting": "public"}, "passes"],
	["not told, nobody says where", {"notices": null, "facts.setting": null}, ["facts.setting"]],
	["not told, nobody says where, on a platform", {"notices": null, "facts.setting": null, "facts.domain": "platform_work"}, ["facts.setting"]],
	["not told, nobody says where, of low risk", {"notices": null, "facts.setting": null, "registry.system.risk_class": "minimal"}, "passes"],
	["not told, nobody says where, in credit", {"notices": null, "facts.setting": null, "facts.domain": "credit"}, "passes"],
	["told, nobody says where", {"facts.setting": null}, "passes"],
]

test_p_aia_26_7 if {
	every c in aia_26_7_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_26_7 with input as decision} == lib_test.means(c[2])
	}
}

aia_26_11_cases := [
	["told", {}, "passes"],
	["not told", {"notices": null}, "fires"],
	["not told, and exempted", {"notices": null, "registry.system.art6_3_ground": "a"}, "passes"],
	["not told, and not of Annex III", {"notices": null, "registry.system.annex_iii_point": "none"}, "passes"],
	["not told, and no point is registered", {"notices": null, "registry.system.annex_iii_point": null}, "passes"],
	["not told, and it concerns nobody", {"notices": null, "person": null}, "passes"],
]

test_p_aia_26_11 if {
	every c in aia_26_11_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_26_11 with input as decision} == lib_test.means(c[2])
	}
}

unassessed(point) := {"registry.system.fria_digest": null, "registry.system.annex_iii_point": point}

aia_27_cases := [
	["assessed", {"registry.system.annex_iii_point": "p5b"}, "passes"],
	["credit scores, not assessed", unassessed("p5b"), "fires"],
	["insurance, not assessed", unassessed("p5c"), "fires"],
	["hiring, not assessed", unassessed("p4a"), "passes"],
	["hiring by a public body, not assessed", object.union(unassessed("p4a"), {"facts.public_deployer": true}), "fires"],
	["credit scores, exempted", object.union(unassessed("p5b"), {"registry.system.art6_3_ground": "d"}), "passes"],
	["a public body, not of Annex III", object.union(unassessed("none"), {"facts.public_deployer": true}), "passes"],
]

test_p_aia_27 if {
	every c in aia_27_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_27 with input as decision} == lib_test.means(c[2])
	}
}

aia_49_cases := [
	["a public body, registered", {"facts.public_deployer": true}, "passes"],
	["a public body, not registered", {"facts.public_deployer": true, "registry.system.eu_database_registered": null}, "fires"],
	["a public body, said not to be registered", {"facts.public_deployer": true, "registry.system.eu_database_registered": false}, "fires"],
	["a company, not registered", {"facts.public_deployer": false, "registry.system.eu_database_registered": null}, "passes"],
	["a public body, not of Annex III", {"facts.public_deployer": true, "registry.system.eu_database_registered": null, "registry.system.annex_iii_point": "none"}, "passes"],
]

test_p_aia_49 if {
	every c in aia_49_cases {
		print(c[0])
		decision := lib_test.but(hiring, c[1])
		{v | v := data.eu_ai_act.p_aia_49 with input as decision} == lib_test.means(c[2])
	}
}

change := {"call": "authorize", "facts": {"action": "model.deploy", "stage": "change", "open_incident": true}}

freeze_cases := [
	["an open incident", {}, "fires"],
	["an open incident, told in the inputs", {"facts.open_incident": null, "inputs.open_incident": true}, "fires"],
	["no incident", {"facts.open_incident": false}, "passes"],
	["nothing said of one", {"facts.open_incident": null}, "passes"],
	["the authority knows", {"facts.authority_informed": true}, "passes"],
	["the authority does not know", {"facts.authority_informed": false}, "fires"],
	["the system is stopped", {"facts.action": "system.stop"}, "passes"],
]

test_p_aia_73_freeze if {
	every c in freeze_cases {
		print(c[0])
		decision := lib_test.but(change, c[1])
		{v | v := data.eu_ai_act.p_aia_73_freeze with input as decision} == lib_test.means(c[2])
	}
}

test_p_aia_73_freeze_takes_the_tenants_word_for_changes if {
	decision := lib_test.but(change, {"facts.action": "system.patch"})
	not data.eu_ai_act.p_aia_73_freeze with input as decision with data.tenant as own
}

recorded_notice := [{"type": "notice", "facts": {"notices": ["bot", "ai_interaction"], "notice_times": ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"]}}]

aia_50_1_cases := [
	["told", {}, "passes"],
	["told, as was recorded", {"notices": null, "earlier": recorded_notice}, "passes"],
	["not told", {"notices": null}, "fires"],
	["not told, and it is obvious", {"notices": null, "facts.ai_obvious": true}, "passes"],
	["not told, and it is not obvious", {"notices": null, "facts.ai_obvious": false}, "fires"],
	["not told, but later on", {"notices": null, "facts.turn": 1}, "passes"],
	["not told, and the turn is not said", {"notices": null, "facts.turn": null}, "fires"],
	["told something else", {"notices": [{"kind": "bot", "deliver_time": "2026-11-22T10:00:00Z"}]}, "fires"],
	["meets nobody", {"notices": null, "facts.interacts_with_person": false}, "passes"],
	["not said whether it meets anybody", {"notices": null, "facts.interacts_with_person": null}, ["facts.interacts_with_person"]],
	["not said, but told", {"facts.interacts_with_person": null}, "passes"],
	["not said, and no channel", {"notices": null, "facts.interacts_with_person": null, "facts.channel": null}, "passes"],
	["not said, from system to system", {"notices": null, "facts.interacts_with_person": null, "facts.channel": "system"}, "passes"],
	["not said, and a human decides", {"notices": null, "facts.interacts_with_person": null, "facts.planned_automation": "ai_assist"}, "passes"],
	["meets somebody while a human decides", {"notices": null, "facts.planned_automation": "ai_assist"}, "fires"],
]

test_p_aia_50_1 if {
	every c in aia_50_1_cases {
		print(c[0])
		decision := lib_test.but(chat, c[1])
		{v | v := data.eu_ai_act.p_aia_50_1 with input as decision} == lib_test.means(c[2])
	}
}

made(facts) := [{"type": "outcome", "facts": facts}]

marked := made({"marker_kinds": ["c2pa"], "detector": "house"})

publication := lib_test.but(chat, {"facts.stage": "publish", "earlier": marked})

aia_50_2_cases := [
	["marked", {}, "passes"],
	["marked by this very call", {"earlier": null, "facts.marker_kinds": ["c2pa"], "facts.detector": "house"}, "passes"],
	["not marked", {"earlier": null}, "fires"],
	["no detector", {"earlier": made({"marker_kinds": ["c2pa"]})}, "fires"],
	["no mark", {"earlier": made({"detector": "house"})}, "fires"],
	["not marked, and nothing is generated", {"earlier": null, "facts.generates_content": false}, "passes"],
	["not marked, and it only helps to edit", {"earlier": null, "facts.assistive_editing": true}, "passes"],
	["not marked, and not said whether it is generated", {"earlier": null, "facts.generates_content": null}, ["facts.generates_content"]],
	["marked, and not said whether it is generated", {"facts.generates_content": null}, "passes"],
	["it only helps to edit, and not said whether it is generated", {"earlier": null, "facts.generates_content": null, "facts.assistive_editing": true}, "passes"],
]

test_p_aia_50_2 if {
	every c in aia_50_2_cases {
		print(c[0])
		decision := lib_test.but(publication, c[1])
		{v | v := data.eu_ai_act.p_aia_50_2 with input as decision} == lib_test.means(c[2])
	}
}

told_of_reading := [{"kind": "emotion_biocat", "deliver_time": "2026-11-22T10:00:00Z"}]

aia_50_3_cases := [
	["reads nobody", {}, "passes"],
	["reads emotions, not told", {"facts.infers_emotion": true}, "fires"],
	["sorts by bodies, not told", {"facts.categorises_biometrically": true}, "fires"],
	["does neither", {"facts.infers_emotion": false, "facts.categorises_biometrically": false}, "passes"],
	["reads emotions, told", {"facts.infers_emotion": true, "notices": told_of_reading}, "passes"],
]

test_p_aia_50_3 if {
	every c in aia_50_3_cases {
		print(c[0])
		decision := lib_test.but(chat, c[1])
		{v | v := data.eu_ai_act.p_aia_50_3 with input as decision} == lib_test.means(c[2])
	}
}

label(kind) := [{"kind": kind, "deliver_time": "2026-11-22T10:00:00Z"}]

aia_50_4_cases := [
	["nothing lifelike", {}, "passes"],
	["lifelike, no label", {"facts.deep_fake": true}, "fires"],
	["lifelike, the wrong label", {"facts.deep_fake": true, "notices": label("ai_content")}, "fires"],
	["lifelike, labelled", {"facts.deep_fake": true, "notices": label("deepfake")}, "passes"],
	["a public text, no label", {"facts.public_interest_text": true}, "fires"],
	["a public text, labelled", {"facts.public_interest_text": true, "notices": label("ai_content")}, "passes"],
	["a public text, somebody answers for it", {"facts.public_interest_text": true, "facts.editorial_holder": "newsroom"}, "passes"],
	["not said whether it is lifelike", {"facts.deep_fake": null}, ["facts.deep_fake"]],
	["not said whether it is lifelike, but labelled", {"facts.deep_fake": null, "notices": label("deepfake")}, "passes"],
	["not said whether it is lifelike, and nothing is generated", {"facts.deep_fake": null, "facts.generates_content": false}, "passes"],
]

test_p_aia_50_4 if {
	every c in aia_50_4_cases {
		print(c[0])
		decision := lib_test.but(publication, c[1])
		{v | v := data.eu_ai_act.p_aia_50_4 with input as decision} == lib_test.means(c[2])
	}
}
