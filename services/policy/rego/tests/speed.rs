//! How long an evaluation takes. Not a test: `cargo test --release speed -- --ignored --nocapture`.

use super::door::{set_of, HEAD, LIMITS};
use std::time::Instant;

const USUAL: [&str; 6] = [
    "to_number(input.facts.amount) > data.limits.amount + N",
    "input.person.kind == \"minor\"\n  not input.person.consent\n  input.facts.action != \"aN\"",
    "some item in input.data_used\n  item.category == \"health\"\n  not item.special_category in data.permitted",
    "input.facts.purpose in {\"a\", \"b\", \"cN\"}\n  count(input.notices) == 0",
    "every notice in input.notices { notice.kind != \"kN\" }\n  input.registry.system.risk_class == \"high\"",
    "startswith(input.facts.model_version, \"N.\")\n  not input.registry.version.state == \"approved\"",
];

fn policy(rules: usize, trivial: bool) -> String {
    let rule = |n: usize| match trivial {
        true => format!("r{n} if input.facts.action == \"x{n}\"\n"),
        false => format!("r{n} := {{\"missing\": []}} if {{\n  {}\n}}\n", USUAL[n % 6].replace('N', &n.to_string())),
    };
    (0..rules).map(rule).fold(HEAD.to_owned(), |text, rule| text + &rule)
}

fn input() -> String {
    let items: Vec<String> = (0..8)
        .map(|n| format!("{{\"category\": \"c{n}\", \"source_kind\": \"own\", \"collected_for\": \"credit\", \"special_category\": null}}"))
        .collect();
    format!(
        "{{\"call\": \"authorize\", \"time\": \"2026-11-23T01:02:03Z\", \"time_ns\": 1795395723000000000, \
         \"facts\": {{\"action\": \"refund.grant\", \"amount\": \"250.00\", \"purpose\": \"a\", \"model_version\": \"3.1\", \
         \"system\": \"desk\", \"confidence\": \"0.87\", \"jurisdictions\": [\"eu\", \"de\"]}}, \
         \"person\": {{\"kind\": \"consumer\", \"residence\": \"de\", \"vulnerabilities\": [], \"asks_for_human\": false}}, \
         \"data_used\": [{}], \"notices\": [{{\"kind\": \"ai\", \"deliver_time\": \"2026-11-23T01:02:03Z\"}}], \
         \"registry\": {{\"system\": {{\"risk_class\": \"limited\", \"intended_purposes\": [\"a\"]}}, \
         \"version\": {{\"state\": \"approved\", \"approved_until\": \"2027-01-01\"}}}}, \
         \"limits\": {{\"amount\": \"500.00\", \"currency\": \"EUR\"}}, \"inputs\": {{\"order\": {{\"id\": \"o-1\", \"lines\": [1, 2, 3]}}}}}}",
        items.join(", ")
    )
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let input = input();
    println!("input: {} bytes", input.len());
    for trivial in [true, false] {
        for rules in [1, 10, 30] {
            let text = policy(rules, trivial);
            let data = "{\"limits\": {\"amount\": 500}, \"permitted\": [\"x\"]}";
            let set = set_of(&[("p.rego", text.as_bytes())], data, &LIMITS).map_err(|(_, json)| json.to_string()).unwrap();
            let paths: Vec<String> = (0..rules).map(|n| format!("data.p.r{n}")).collect();
            let built = Instant::now();
            let mut engine = set.engine(&paths.join("\n")).unwrap();
            let built = built.elapsed().as_micros();
            let mut times: Vec<u64> = (0..5000)
                .map(|_| {
                    let started = Instant::now();
                    engine.eval(&input).unwrap();
                    started.elapsed().as_nanos() as u64
                })
                .collect();
            times.sort();
            let at = |share: usize| times[times.len() * share / 1000] as f64 / 1000.0;
            println!(
                "{rules:3} {} rules: p50 {:.1} us, p99 {:.1} us; engine built in {built} us",
                if trivial { "trivial" } else { "usual  " }, at(500), at(990)
            );
        }
    }
}
