package rule

import (
	"bytes"
	"encoding/json"
	"slices"

	"plumbline/internal/errs"
)

// Schemas are the JSON Schemas (draft 2020-12) of the three kinds of file, by
// the names that schema/ has for them. They are made of the tables that the
// parser reads by: an editor completes and refuses what the program does. What
// only the checker can know, as whether an attribute is declared, they leave.
func Schemas() map[string][]byte {
	return map[string][]byte{
		"pack.schema.json":       document(packForm(), "Plumbline pack", "A pack of rules: what the law asks of the events of a log.\n规则包：法律对日志事件的要求。"),
		"vocabulary.schema.json": document(vocabularyForm(), "Plumbline vocabulary", "What a pack's logs speak of, in English and Chinese.\n规则包所用日志的词汇，中英文对照。"),
		"calendar.schema.json":   document(calendarForm(), "Plumbline calendar", "Which days are working days.\n哪些日子是工作日。"),
	}
}

func document(f *form, title, description string) []byte {
	f.Schema, f.Title, f.Description = "https://json-schema.org/draft/2020-12/schema", title, description
	text, err := plainJSON(f)
	if err != nil {
		panic("rule: writing a schema: " + err.Error()) // only texts, numbers and lists go in
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		panic("rule: writing a schema: " + err.Error())
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// packForm is the form of a pack. The nodes that the fields would read into
// are never read into here.
func packForm() *form {
	var p parser
	f := objectOf(p.packKeys(&packNode{}))
	asks := objectOf(p.formKeys(&formNode{}))
	never := *asks
	never.Properties = slices.DeleteFunc(slices.Clone(asks.Properties), func(m member) bool { return m.name == "hold" || m.name == "discharge" })
	f.Defs = members{
		{"both", objectOf(p.bothKeys(&titleNode{}))},
		{"log", objectOf(p.logKeys(&logNode{}))},
		{"rule", objectOf(p.ruleKeys(&ruleNode{})).exactlyOne("must when", "never when", "count")},
		{"basis", objectOf(p.basisKeys(&basisNode{}))},
		{"severity", anyOf(kindLevel.is, objectOf(p.severityKeys(&severityNode{})))},
		{"effective", objectOf(p.effectiveKeys(&effectiveNode{}))},
		{"pattern", anyOf(kindType.is, &form{Type: "array", Items: kindType.is, MinItems: 1}, objectOf(p.patternKeys(&patternNode{})))},
		{"must", asks.exactlyOne("followed_by", "preceded_by", "hold")},
		{"never", never.exactlyOne("followed_by", "preceded_by")},
		{"count", objectOf(p.countKeys(&countNode{}))},
		{"clock", objectOf(p.clockKeys(&clockNode{}))},
		{"pause", objectOf(p.pauseKeys(&pauseNode{}))},
		{"extension", objectOf(p.extensionKeys(&extensionNode{})).exactlyOne("to", "add")},
		{"test", objectOf(p.testKeys(&testNode{}))},
		{"counts", objectOf(wantFields())},
	}
	return f
}

func vocabularyForm() *form {
	r := vocabularyReader{}
	var t termNode
	both := r.nameKeys(&t)
	f := objectOf(r.sections())
	f.Defs = members{
		{"both", objectOf(both)},
		{"role", objectOf(both)},
		{"event", objectOf(r.eventKeys(&t, &eventNode{}))},
		{"attribute", objectOf(r.attributeKeys(&t, &attributeNode{}))},
		{"object", objectOf(r.termKeys(&t))},
		{"value", objectOf(both)},
	}
	return f
}

// calendarForm is the form of a calendar, which package clock reads; a test
// holds its keys against those that clock names.
func calendarForm() *form {
	const day = `[0-9]{4}-[0-9]{2}-[0-9]{2}`
	date := kindDate.is
	span := wordOf("", "", `^\s*`+day+`\s*(\.\.\s*`+day+`\s*)?$`).is
	days := refTo("days")
	text := kindText.is
	key := func(name string, is *form, en, zh string) field {
		return field{name: name, is: is, doc: errs.T(en, zh)}
	}
	weekday := choiceOf(errs.Text{}, "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday").is
	f := objectOf([]field{
		key("name", text, "the name by which rules find it", "规则据以查找的名称").must(),
		key("source", anyOf(text, &form{Type: "array", Items: text, MinItems: 1}), "where its days come from", "所列日期的出处").must(),
		key("zone", text, "the time zone of its days, as Asia/Shanghai", "日期所依的时区，如 Asia/Shanghai").must(),
		key("covers", anyOf(span, objectOf([]field{
			key("from", date, "the first day", "第一日").must(), key("to", date, "the last day", "最后一日").must(),
		})), "the first and the last day that it knows; beyond, deadlines are provisional", "所涵盖的首日和末日；超出部分的期限为暂计").must(),
		key("weekend", listOf(weekday), "the days of the weekend; without it, saturday and sunday", "周末是哪几天；不写则为周六、周日"),
		key("off", days, "holidays: dates and ranges of dates", "节假日：日期或日期区间"),
		key("work", days, "make-up days: days of the weekend that work", "调休上班的周末日"),
	})
	f.Defs = members{{"days", &form{Type: []any{"array", "null"}, Items: anyOf(span, days)}}}
	return f
}
