// The words around what was recorded, in the languages that pages are written in.
//
// Pure functions; any thread may call.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace candor::pages {

enum class Language { kEnglish, kGerman };

// By the first part of a tag: `de` and `de-at` are German. Nothing: there are no words.
std::optional<Language> LanguageOf(std::string_view tag);
std::string_view TagOf(Language language);

// What a language is called, in `language`; the tag where it has no name.
std::string NameOf(std::string_view tag, Language language);

// The phrase called `key`, with $1, $2 … replaced. An enumerator of the contract is called by
// its whole name. Aborts where there is none.
std::string Say(Language language, std::string_view key, std::initializer_list<std::string_view> parts = {});
bool Has(std::string_view key);
std::vector<std::string_view> AllKeys();

// `23 November 2026`, as the day is in UTC.
std::string DayOf(absl::Time time, Language language);
// The same with the time of day, `13:04 UTC`.
std::string MomentOf(absl::Time time, Language language);

}  // namespace candor::pages
