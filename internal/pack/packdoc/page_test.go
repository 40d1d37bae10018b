package packdoc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"plumbline/internal/errs"
	"plumbline/internal/pack"
)

// small is a pack with one rule of each kind that a page has to tell.
const small = `pack: small
version: 1.0.0
title: {en: Small, zh: 小规则包}
about: {en: "One paragraph.\n\nAnother.", zh: 一段。}
jurisdiction: CN
log: {per: case, zone: Asia/Shanghai, closes: [Closed], attributes: {amount: number}}
clock: {calendar: cn, roll: next-working-day}
rules:
- id: told
  title: {en: Somebody is told within 3 days, zh: 三日以内告知}
  says: {en: Whoever is concerned is told within three days., zh: 三日以内应当告知当事人。}
  basis: {text: {en: "Law, art. 1", zh: 某法第一条}, words: 应当在三日以内告知*, url: https://example.org/1, checked: 2026-11-01, status: verified}
  severity: {level: major, reason: {en: He can't defend himself., zh: 无从申辩。}}
  effective: {from: 2020-01-01, to: 2030-01-01}
  when: {event: Decided, where: it.attr.amount > 1 || it.attr.amount < 0}
  must: {followed_by: Told, within: 3d}
  clock:
    paused: {from: Away, to: Back, max: 10d}
    extended: {by: Granted, add: 2d, times: 1}
- id: seldom
  title: {en: Seldom, zh: 不常}
  basis: {text: art. 2, checked: 2026-11-01, status: unverified}
  severity: info
  count: {of: Decided, per: [actor], in: 24h, at_most: 10}
tests:
- name: a holiday moves it
  events: |
    2026-04-01T10:00 Decided  case=1 amount=2
    2026-04-02T10:00 Noise    case=1
    2026-04-06T10:00 Told     case=1
    2026-04-01T10:00 Decided  case=2 amount=2
  # 1 + 3 = 4 April, which is off, as are 5 and 6 April: the 7th.
  want:
    told: {met: 1, running: 1, due: 2026-04-08T00:00}
`

const words = `roles: {police: {en: Police, zh: 公安机关}}
events: {Decided: {en: Decided, zh: 决定, by: police, means: {en: Signed., zh: 签发。}, attributes: [amount]}, Told: {en: Told, zh: 告知, public: true}}
attributes: {amount: {en: Amount, zh: 金额, type: number, values: {1: {en: One, zh: 一}}}}
objects: {case: {en: Case, zh: 案件, means: {en: By its number., zh: 依编号。}}}
`

func TestPage(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"pack.yaml": small, "vocabulary.yaml": words} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found, err := pack.Load(dir)
	if err != nil {
		t.Fatal(errs.In(err, errs.En))
	}
	for lang, want := range map[errs.Lang][]string{
		errs.En: {"# Small\n", "2 rules, of which 1 verified", "\nOne paragraph.\n\nAnother.\n", "[中文](small.zh.md)",
			"- Days are those of Asia/Shanghai;", "- A case ends with Closed.",
			"- The day of the start isn't counted; a last day that isn't a working day of the calendar `cn` moves to the next one: `told`.",
			"**Somebody is told within 3 days**<br>Whoever is concerned is told within three days.<br>`told` | [Law, art. 1](https://example.org/1)<br>“应当在三日以内告知\\*” | After Decided (where `it.attr.amount > 1 \\|\\| it.attr.amount < 0`) there must be Told, within 3 days. | **3 days**<br>",
			"<br>stands still from Away to Back, 10 days at most<br>extended by 2 days by Granted, once | **Major**<br>He can't defend himself.<br>for events from 2020-01-01 to 2029-12-31<br>verified 2026-11-01 |",
			"At most 10 Decided by the same official within 24 hours. | none | **Info**<br>for all events<br>unverified 2026-11-01 |",
			"test “a holiday moves it”.\n\n- 2026-04-01 10:00 Decided\n- 2026-04-06 10:00 Told\n\n1. starts at 2026-04-01 10:00\n2. the starting day, 2026-04-01, isn't counted\n3. limit 3 days: reaches 2026-04-04\n4. the last day isn't a working day: moves to 2026-04-07 (not working: 2026-04-04, 2026-04-05, 2026-04-06)\n5. **due by 24:00 on 2026-04-07**\n",
			"| `Decided` | Decided<br>Signed. | Police | `amount` |", "| `Told` | Told · *public* |  |  |", "| `amount` | Amount | `number` | `1` One |", "| `case` | Case<br>By its number. |", "(gaps.md#small)"},
		errs.Zh: {"# 小规则包\n", "规则 2 条，其中 1 条已核对原文", "[English](small.md)", "- 案件以Closed终结。",
			"**三日以内告知**<br>三日以内应当告知当事人。", "某法第一条", "“应当在三日以内告知\\*”", "决定（条件：`it.attr.amount > 1 \\|\\| it.attr.amount < 0`）之后须有告知，期限 3 天。",
			"无从申辩。", "- 2026-04-01 10:00 决定\n- 2026-04-06 10:00 告知\n", "5. **到期：2026-04-07 24:00**\n", "| `Decided` | 决定<br>签发。 | 公安机关 | `amount` |"},
	} {
		page, err := Page(found[0], lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range want {
			if !strings.Contains(page, s) {
				t.Errorf("%v: the page lacks %q", lang, s)
			}
		}
		if strings.Contains(page, "Noise") {
			t.Error("the page shows an event that the rule doesn't ask about")
		}
		if t.Failed() {
			t.Log(page)
		}
	}
}

// TestPagesOfBuiltInPacks: a row for each rule, each table as wide as its
// head, and nothing that a reader can't see.
func TestPagesOfBuiltInPacks(t *testing.T) {
	for _, name := range pack.BuiltIn() {
		found, err := pack.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []errs.Lang{errs.En, errs.Zh} {
			page, err := Page(found[0], lang)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range found[0].Rules {
				if !strings.Contains(page, `| <a id="`+r.ID+`"></a>**`) {
					t.Errorf("%s: no row for %s", File(name, lang), r.ID)
				}
			}
			columns := 0
			for i, line := range strings.Split(page, "\n") {
				n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
				if !strings.HasPrefix(line, "|") {
					n = 0
				} else if columns > 0 && n != columns {
					t.Errorf("%s:%d: %d bars, the table has %d", File(name, lang), i+1, n, columns)
				}
				columns = n
			}
			if i := strings.IndexFunc(page, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || r == unicode.ReplacementChar }); i >= 0 {
				t.Errorf("%s: a character that can't be seen after %q", File(name, lang), page[max(0, i-40):i])
			}
		}
	}
}
