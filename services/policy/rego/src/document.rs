//! Reads a JSON document of a caller: its size, depth and numbers are looked at before the engine parses it.

use regorus::Value;

/// Integers beyond 64 bits would become doubles, and rules would compare what was never sent.
pub fn parse(bytes: &[u8], max_bytes: u32, max_depth: u32) -> Result<Value, String> {
    if bytes.len() > max_bytes as usize {
        return Err(format!("{} bytes; at most {max_bytes} are read", bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    scan(bytes, max_depth)?;
    Value::from_json_str(text).map_err(|error| error.to_string())
}

fn scan(bytes: &[u8], max_depth: u32) -> Result<(), String> {
    let mut depth = 0u32;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = end_of_string(bytes, at + 1),
            b'[' | b'{' => {
                depth += 1;
                if depth > max_depth {
                    return Err(format!("nested more than {max_depth} deep"));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9' => {
                let end = end_of_number(bytes, at);
                check_number(&bytes[at..end])?;
                at = end - 1;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Index of the closing quotation mark, or the end.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

fn end_of_number(bytes: &[u8], start: usize) -> usize {
    let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    start + bytes[start..].iter().take_while(|byte| part(byte)).count()
}

pub fn check_number(digits: &[u8]) -> Result<(), String> {
    if digits.len() <= 18 || digits.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return Ok(());
    }
    let text = std::str::from_utf8(digits).unwrap_or("");
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return Ok(());
    }
    Err(format!("the integer {text:.24} is beyond 64 bits: send it as text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Value, String> {
        parse(text.as_bytes(), 1000, 3)
    }

    #[test]
    fn a_document_within_its_limits_is_read() {
        assert!(parsed(r#"{"a": [1.5, -2, "]]]]\"[[[["], "b": 18446744073709551615, "c": -9223372036854775808}"#).is_ok());
    }

    #[test]
    fn size_depth_and_text_are_held() {
        assert!(parse(b"{\"a\": 1}", 7, 3).unwrap_err().contains("at most 7"));
        assert!(parsed("[[[1]]]").is_ok());
        assert!(parsed("[[[[1]]]]").unwrap_err().contains("more than 3 deep"));
        assert!(parse(b"\"\xff\"", 10, 3).unwrap_err().contains("UTF-8"));
        assert!(parsed("{").is_err());
        assert!(parsed("\"\\").is_err());
    }

    #[test]
    fn an_integer_beyond_64_bits_is_refused() {
        for text in ["18446744073709551616", "-9223372036854775809", "[123456789012345678901234567890]"] {
            assert!(parsed(text).unwrap_err().contains("beyond 64 bits"), "{text}");
        }
        assert!(parsed("1e400").is_err());
    }
}
