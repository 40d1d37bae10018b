package logmap

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/rule"
)

const vocabulary = `events:
  Call: {en: Call received, zh: 接警}
  Answer: {en: Answer given, zh: 答复}
  Close case: {en: Case closed, zh: 结案}
attributes:
  channel: {en: Channel, zh: 渠道, values: {radio: {en: Radio, zh: 电台}, desk: {en: Desk, zh: 窗口}}}
  amount: {en: Amount asked, zh: 金额}
  served: {en: Served on, zh: 送达日期}
`

const pack = `pack: duties
log: {per: case, zone: Asia/Shanghai, attributes: {channel: string, amount: number, served: time}}
rules:
- id: answered
  when: {event: Call, where: it.attr.amount > 5}
  must: {followed_by: Answer, within: 2d}
  unless: Withdrawn
- id: by-another
  when: Call
  must: {followed_by: {event: Answer, where: it.actor != when.actor}}
- id: optional
  when: {event: Call, where: '!has(it.attr.channel) || it.attr.channel == "radio"'}
  must: {followed_by: Answer}
- id: of-a-weapon
  per: weapon
  when: Answer
  must: {preceded_by: Call}
`

func packOf(t testing.TB) *rule.Pack {
	t.Helper()
	v, err := rule.ParseVocabulary("vocabulary.yaml", []byte(vocabulary))
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := rule.ParseWith("pack.yaml", []byte(pack), nil, v)
	if err != nil {
		t.Fatal(errs.In(err, errs.En))
	}
	return p
}

// logOf is a log of events "TYPE name=value …", a day after the other.
func logOf(t testing.TB, lines ...string) *event.Log {
	t.Helper()
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBuilder(event.Options{Zone: zone})
	for i, line := range lines {
		f := strings.Split(line, "|")
		e := event.Event{Type: f[0], Time: event.Stamp{At: clock.Instant(i) * 86400e6, Kind: event.Time}, Objects: []event.Object{{Type: "case", ID: "1"}}}
		for _, a := range f[1:] {
			name, value, _ := strings.Cut(a, "=")
			e.Attrs = append(e.Attrs, event.Attr{Name: name, Value: event.Str(value)})
		}
		if _, err := b.Add(&e); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestWhatANameProbablyIs(t *testing.T) {
	p := packOf(t)
	for _, c := range []struct{ line, kind, name, to, why string }{
		{"接警", "event", "接警", "Call", "its name in Chinese"},
		{"call_received", "event", "call_received", "Call", "its name in English"},
		{"CALL", "event", "CALL", "Call", "the same name, written otherwise"},
		{"接警登记", "event", "接警登记", "", "similar to \"接警\""},
		{"Call recieved", "event", "Call recieved", "Call", "similar to \"Call received\""},
		{"Parade", "event", "Parade", "", ""},
		{"Call", "event", "Call", "Call", ""},
		{"Call|金额=12", "attr", "金额", "amount", "its name in Chinese, values fit (number)"},
		{"Call|金额=a lot", "attr", "金额", "", ""}, // a text is no number, whatever it is called
		{"Call|way=radio", "attr", "way", "channel", "its values are the codes of channel"},
		{"Call|officer=radio", "attr", "officer", "", ""}, // who it was is no channel, whatever the values
		{"Call|渠道=电报", "attr", "渠道", "channel", "its name in Chinese, but its values are none of the codes"},
		{"Call|送达日期=2026-03-01", "attr", "送达日期", "served", "its name in Chinese, values fit (time)"},
	} {
		m := Propose(logOf(t, c.line), p, "duties", nil)
		list := m.Events
		if c.kind == "attr" {
			list = m.Attrs
		}
		i := slices.IndexFunc(list, func(n Name) bool { return n.From == c.name })
		if i < 0 {
			t.Errorf("%s: not there", c.line)
			continue
		}
		why := ""
		if len(list[i].Candidates) > 0 {
			why = list[i].Candidates[0].Why.En
		}
		if list[i].To != c.to || why != c.why {
			t.Errorf("%s: %q because %q, want %q because %q", c.line, list[i].To, why, c.to, c.why)
		}
	}
}

// A column that is called like a type of objects which the log lacks may hold
// their ids.
func TestColumnsThatMayHoldObjects(t *testing.T) {
	m := Propose(logOf(t, "Call|weapon_no=w1|reason=x"), packOf(t), "duties", nil)
	if len(m.Columns) != 1 || m.Columns[0].From != "weapon_no" || m.Columns[0].Candidates[0].To != "weapon" {
		t.Errorf("%+v", m.Columns)
	}
	var out strings.Builder
	if err := m.YAML(&out, errs.En); err != nil || !strings.Contains(out.String(), "  # object.weapon: weapon_no  # to confirm, 1×; the same name, written otherwise\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// A name of the pack is given once, to the name that is surest.
func TestNoNameIsGivenTwice(t *testing.T) {
	m := Propose(logOf(t, "Call recieved", "接警", "CALL"), packOf(t), "duties", nil)
	n := 0
	for _, e := range m.Events {
		if e.To == "Call" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%+v", m.Events)
	}
}

func TestWhatRulesWant(t *testing.T) {
	m := Propose(logOf(t, "接警|渠道=radio"), packOf(t), "duties", nil)
	var got []string
	for _, w := range m.Wants {
		line := w.Rule.ID + ":"
		for _, b := range w.Blocks {
			line += " " + b.En + ";"
		}
		for _, e := range w.Excuses {
			line += " (" + e.En + ")"
		}
		got = append(got, line)
	}
	want := []string{
		`answered: event type "Answer"; attribute "amount"; (event type "Withdrawn")`,
		`by-another: event type "Answer"; who acted (actor);`,
		`optional: event type "Answer";`,
		`of-a-weapon: objects of type "weapon"; event type "Answer";`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFieldsAboutThePublic(t *testing.T) {
	for name, what := range map[string]string{
		"phone": "telephones", "PhoneNumber": "telephones", "suspect_mobile": "telephones", "联系电话": "telephones", "手机号码": "telephones",
		"plate": "vehicle plates", "licence_plate": "vehicle plates", "车牌号": "vehicle plates", "faceImage": "faces and other marks of the body", "人脸照片": "faces and other marks of the body",
		"GPS": "where people are or live", "home_address": "where people are or live", "现住址": "where people are or live", "经纬度": "where people are or live",
		"sms": "what people say or write", "微信聊天": "what people say or write", "religion": "belief", "宗教信仰": "belief", "ethnicity": "ethnicity", "民族": "ethnicity",
		"political_view": "political view", "政治面貌": "political view", "身份证号": "papers that name a citizen in every case",
	} {
		if got, refused := Refused(name, nil); !refused || got.En != what {
			t.Errorf("%s: %v %q, want %q", name, refused, got.En, what)
		}
	}
	for _, name := range []string{"amount", "place", "territory", "interface", "platform", "template", "channel", "surface", "时间", "办案单位", "party", "officers", "phonetic"} {
		if what, refused := Refused(name, nil); refused {
			t.Errorf("%s is refused as %s", name, what.En)
		}
	}
	for value, what := range map[string]string{"13800001111": "telephones", "+86 13800001111": "telephones", "京A12345": "vehicle plates", "11010519491231002X": "papers that name a citizen in every case", "39.90420, 116.40740": "where people are or live"} {
		if got, refused := Refused("note", []string{value, value}); !refused || got.En != what {
			t.Errorf("%s: %v %q, want %q", value, refused, got.En, what)
		}
	}
	if _, refused := Refused("note", []string{"2026", "A17", "13800001111"}); refused {
		t.Error("one value like it refuses a field")
	}
}

// No name that a built-in pack declares is one of those.
func TestPacksDeclareNothingRefused(t *testing.T) {
	files, err := filepath.Glob("../../packs/*/vocabulary.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		v, err := rule.ParseVocabulary(f, src)
		if err != nil {
			t.Fatal(errs.In(err, errs.En))
		}
		for name := range v.Attributes {
			if what, refused := Refused(name, nil); refused {
				t.Errorf("%s: %s is refused as %s", f, name, what.En)
			}
		}
	}
}

func TestFaultsOfAMapping(t *testing.T) {
	p := packOf(t)
	for _, c := range []struct{ name, src, want string }{
		{"unknown section", "evnts: {a: Call}", `map.yaml:1:1: unknown key "evnts" in a mapping; did you mean "events"?`},
		{"no names", "events: Call", "map.yaml:1:9: expected names of the log with names of the pack"},
		{"a list", "events: {a: [Call]}", "map.yaml:1:13: expected one name"},
		{"twice", "events:\n  a: Call\n  a: Answer", `map.yaml:3:3: "a" stands twice`},
		{"two into one", "attributes: {a: amount, b: amount}", `map.yaml:1:28: "a" and "b" would both be the attribute "amount"`},
		{"not YAML", "events: {a", "map.yaml:1: this is not YAML"},
		{"unknown event", "events:\n  a: Cal", `map.yaml:2:6: no pack in use knows the event type "Cal"; did you mean "Call"?`},
		{"unknown attribute", "attributes:\n  a: amuont", `no pack in use knows the attribute "amuont"; did you mean "amount"?`},
		{"unknown object", "objects:\n  a: cas", `no pack in use knows the object type "cas"; did you mean "case"?`},
		{"from the public", "attributes:\n  手机号: channel", `map.yaml:2:3: the field "手机号" is about telephones; the system watches officials`},
		{"onto the public", "attributes:\n  x: plate", `map.yaml:2:6: the field "plate" is about vehicle plates`},
		{"a name unseen", "attributes:\n  officer_no: channel", `map.yaml:2:15: the log's "officer_no" names somebody, and the attribute "channel" doesn't`},
		{"an object of the public", "objects: {x: phone}", `the field "phone" is about telephones`},
		{"a column of the public", "columns: {object.person: 身份证号}", "papers that name a citizen"},
	} {
		m, err := Parse("map.yaml", []byte(c.src))
		if err == nil {
			err = m.Check([]*rule.Pack{p})
		}
		if err == nil || !strings.Contains(errs.In(err, errs.En), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
		if err != nil && (errs.CodeOf(err) != errs.Usage || !strings.ContainsFunc(errs.In(err, errs.Zh), func(r rune) bool { return r > 0x2e7f })) {
			t.Errorf("%s: %v, in Chinese %s", c.name, errs.CodeOf(err), errs.In(err, errs.Zh))
		}
	}
}

// Whatever a log's names are, the file that is proposed can be read, and maps
// what the proposal says.
func TestAProposalReadsBack(t *testing.T) {
	p := packOf(t)
	name := rapid.OneOf(rapid.StringN(1, 12, -1), rapid.SampledFrom([]string{"接警", "call received", "# x", "a: b", "- a", "null", "~", "yes", "'", `"`, "{", "a\nb: c", "答复", "金额", "渠道", "12", "?", "officer_no", "案号", "unit"})).Filter(func(s string) bool { return !strings.ContainsAny(s, "|=") })
	rapid.Check(t, func(r *rapid.T) {
		var lines []string
		for range rapid.IntRange(1, 6).Draw(r, "events") {
			lines = append(lines, name.Draw(r, "type")+"|"+name.Draw(r, "attribute")+"="+rapid.SampledFrom([]string{"12", "radio", "2026-03-01", "x"}).Draw(r, "value"))
		}
		m := Propose(logOf(t, lines...), p, "duties", []string{"log.csv"})
		for _, lang := range []errs.Lang{errs.En, errs.Zh} {
			var out strings.Builder
			if err := m.YAML(&out, lang); err != nil {
				r.Fatal(err)
			}
			back, err := Parse("map.yaml", []byte(out.String()))
			if err != nil {
				r.Fatalf("%s\n%s", errs.In(err, errs.En), out.String())
			}
			if err := back.Check([]*rule.Pack{p}); err != nil {
				r.Fatalf("%s\n%s", errs.In(err, errs.En), out.String())
			}
			for section, names := range map[string][]Name{sectionEvents: m.Events, sectionAttributes: m.Attrs, sectionObjects: m.Objects} {
				got := back.names(section)
				for _, n := range names {
					if want := n.To; !n.Own() && got[n.From] != want {
						r.Errorf("%s %q is mapped onto %q, want %q\n%s", section, n.From, got[n.From], want, out.String())
					}
				}
			}
		}
	})
}
