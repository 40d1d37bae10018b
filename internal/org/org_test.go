package org

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// city has what moves in an organisation: a station that moved under another
// branch, a transfer, an acting chief, a second post, a leave.
const city = `units:
  - {id: bureau, title: {en: City bureau, zh: 市公安局}, territory: city}
  - {id: north, title: {en: Northern branch, zh: 北区分局}, parent: bureau, territory: north}
  - {id: south, title: {en: Southern branch, zh: 南区分局}, parent: bureau, territory: south}
  - {id: lake, title: {en: Lake station, zh: 湖滨派出所}, parent: north, to: 2025-01-01}
  - {id: lake, title: {en: Lake station, zh: 湖滨派出所}, parent: south, from: 2025-01-01}
posts:
  investigator: {en: Investigator, zh: 侦查员}
  chief: {en: Chief, zh: 负责人}
officers:
  - {id: P1, unit: lake, post: investigator, rank: 二级警司, to: 2025-03-01}
  - {id: P1, unit: north, post: investigator, rank: 一级警司, from: 2025-03-01}
  - {id: P2, unit: north, post: investigator, rank: 三级警督}
  - {id: P2, unit: lake, post: chief, as: acting, from: 2025-02-01, to: 2025-02-15}
  - {id: P3, unit: south, post: chief, from: 2024-01-01, to: 2024-07-01}
  - {id: P3, unit: south, post: chief, from: 2024-08-01}
`

var shanghai = func() *clock.Zone {
	z, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return z
}()

func at(t *testing.T, s string) clock.Instant {
	t.Helper()
	v, _, err := clock.ParseInstant(s, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func parsed(t *testing.T, text string) *Organisation {
	t.Helper()
	o, err := Parse("org.yaml", []byte(text), shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Who somebody was is asked as of the instant of the event, by the agency's days.
func TestPositionAsOfAnInstant(t *testing.T) {
	o := parsed(t, city)
	for _, c := range []struct{ who, when, named, want string }{
		{"P1", "2024-06-01T10:00", "", "lake investigator 二级警司 primary north"},
		{"P1", "2024-12-31T23:59:59.999999", "", "lake investigator 二级警司 primary north"},
		{"P1", "2025-01-01T00:00", "", "lake investigator 二级警司 primary south"}, // the station moved
		{"P1", "2025-02-28T23:59", "", "lake investigator 二级警司 primary south"},
		{"P1", "2025-03-01T00:00", "", "north investigator 一级警司 primary north"}, // transferred
		{"P1", "2025-02-28T16:00:00Z", "", "north investigator 一级警司 primary north"},
		{"P2", "2025-02-10T12:00", "", "north investigator 三级警督 primary north"},
		{"P2", "2025-02-10T12:00", "lake", "lake chief 三级警督 acting south"}, // the rank is the person's
		{"P2", "2025-02-15T00:00", "lake", "north investigator 三级警督 primary north"},
		{"P2", "2025-02-10T12:00", "south", "north investigator 三级警督 primary north"},
		{"P3", "2024-07-15T12:00", "", "unknown"},
		{"P9", "2024-07-15T12:00", "", "unknown"},
	} {
		got := "unknown"
		if p, ok := o.Position(PersonID(c.who), at(t, c.when), UnitID(c.named)); ok {
			got = fmt.Sprintf("%s %s %s %s %s", p.Unit, p.Post, p.Rank, p.As, p.Territory)
		}
		if got != c.want {
			t.Errorf("%s at %s, named %q: %s, want %s", c.who, c.when, c.named, got, c.want)
		}
	}
}

func TestCommandGoesUpAsOfAnInstant(t *testing.T) {
	o := parsed(t, city)
	for when, want := range map[string][]UnitID{"2024-12-31T12:00": {"lake", "north", "bureau"}, "2025-01-01T12:00": {"lake", "south", "bureau"}} {
		if got := o.Command("lake", at(t, when)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	if got := o.Command("sea", at(t, "2024-01-01")); got != nil {
		t.Errorf("a unit that isn't there: %v", got)
	}
	if u := o.Unit("lake", at(t, "2024-01-01")); u == nil || u.Title.Zh != "湖滨派出所" {
		t.Errorf("lake: %+v", u)
	}
	if units, people := o.Size(); units != 4 || people != 3 {
		t.Errorf("%d units, %d people", units, people)
	}
}

func TestAGapIsToldAndAllowed(t *testing.T) {
	odd := parsed(t, city).Odd()
	if len(odd) != 1 {
		t.Fatalf("%v", odd)
	}
	if got, want := odd[0].Error(), `org.yaml:16:10: "P3" holds no post on 2024-07-01, between two that they hold`; !strings.HasPrefix(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestFaults(t *testing.T) {
	const head, posts = "units:\n  - {id: a}\n", "posts:\n  p: P\n"
	for _, c := range []struct{ name, text, want, zh string }{
		{"unknown parent", "units:\n  - {id: north}\n  - {id: b, parent: nroth}\n", `org.yaml:3:10: unit "b" is under "nroth", and there is no such unit; did you mean "north"?`, "上级"},
		{"under itself", "units:\n  - {id: a, parent: a}\n", `org.yaml:2:10: unit "a" is under itself`, "隶属于自身"},
		{"a ring", "units:\n  - {id: a, parent: c}\n  - {id: b, parent: a}\n  - {id: c, parent: b}\n", `is under itself`, "隶属于自身"},
		{"a tree", head + "  - {id: b, parent: a}\n  - {id: c}\n", "", ""},
		{"a parent that comes later", "units:\n  - {id: a, from: 2025-01-01}\n  - {id: b, parent: a}\n", "from the beginning, when that one", "自始"},
		{"a ring later", "units:\n  - {id: a, to: 2025-01-01}\n  - {id: a, from: 2025-01-01, parent: b}\n  - {id: b, parent: a}\n", `org.yaml:3:10: unit "a" is under itself`, "隶属于自身"},
		{"parent not yet there", "units:\n  - {id: a, from: 2025-01-01}\n  - {id: b, parent: a, from: 2024-01-01}\n", `unit "b" is under "a" on 2024-01-01, when that one doesn't stand`, "当时不存在"},
		{"parent gone", "units:\n  - {id: a, to: 2025-01-01}\n  - {id: b, parent: a}\n", `unit "b" is under "a" on 2025-01-01, when that one doesn't stand`, "当时不存在"},
		{"one id, two units", head + "  - {id: a, from: 2025-01-01}\n", `org.yaml:3:10: unit "a" stands here for days for which it stands already (line or row 2)`, "第 2 行"},
		{"ends before it begins", "units:\n  - {id: a, from: 2025-01-02, to: 2025-01-02}\n", "not after it begins", "不晚于"},
		{"no day", "units:\n  - {id: a, from: 1.2.2025}\n", "expected a day as 2024-03-01", "应为日期"},
		{"unknown key", "units:\n  - {id: a, teritory: x}\n", `did you mean "territory"?`, "没有键"},
		{"no unit of that name", head + posts + "officers:\n  - {id: P1, unit: b, post: p}\n", `"P1" has a post in "b", and there is no such unit`, "不存在"},
		{"no post of that name", head + posts + "officers:\n  - {id: P1, unit: a, post: pp}\n", `"P1" has the post "pp", and there is no such post; there are: p`, "不存在"},
		{"no post at all", head + posts + "officers:\n  - {id: P1, unit: a}\n", `post is missing`, "缺少 post"},
		{"two primary posts", head + posts + "officers:\n  - {id: P1, unit: a, post: p}\n  - {id: P1, unit: a, post: p, from: 2025-01-01}\n",
			`org.yaml:7:10: "P1" has two primary posts at once: in "a" always, and in "a" from 2025-01-01 on`, "同时有两个主职"},
		{"a second beside it", head + posts + "officers:\n  - {id: P1, unit: a, post: p}\n  - {id: P1, unit: a, post: p, as: second}\n", "", ""},
		{"as what", head + posts + "officers:\n  - {id: P1, unit: a, post: p, as: actor}\n", `expected one of primary, acting, second`, "之一"},
		{"no units", posts, "units is missing", "缺少 units"},
	} {
		_, err := Parse("org.yaml", []byte(c.text), shanghai)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(errs.In(err, errs.Zh), c.zh) {
			t.Errorf("%s: %v\nwant %s, %s", c.name, errs.In(err, errs.Zh), c.want, c.zh)
			if err != nil {
				t.Log(err)
			}
		}
	}
}

// What the organisation knows of an actor goes before what the source claims; what
// it doesn't know stays as it was sent.
func TestStamp(t *testing.T) {
	o := parsed(t, city)
	for _, c := range []struct{ name, actor, unit, attrs, want string }{
		{"nothing claimed", "P1", "-", "", "lake actor_rank=二级警司 actor_post=investigator actor_territory=north home_territory=north"},
		{"the same unit", "P1", "lake", "n=1", "lake n=1 actor_rank=二级警司 actor_post=investigator actor_territory=north home_territory=north"},
		{"another unit", "P1", "south", "actor_rank=一级警监", "lake actor_rank=二级警司 actor_post=investigator actor_territory=north claimed_unit=south home_territory=north"},
		{"home territory said", "P1", "lake", "home_territory=city", "lake home_territory=city actor_rank=二级警司 actor_post=investigator actor_territory=north"},
		{"somebody unknown", "P9", "south", "actor_rank=一级警监 actor_post=chief", "south actor_rank=一级警监 actor_post=chief home_territory=south"},
		{"nobody, nowhere", "-", "-", "x=1", "- x=1"},
		{"a rank that isn't said", "P3", "-", "actor_rank=一级警监", "south actor_post=chief actor_territory=south home_territory=south"},
		{"a claim put in the organisation's words", "P1", "lake", "claimed_unit=moon", "lake actor_rank=二级警司 actor_post=investigator actor_territory=north home_territory=north"},
	} {
		e := event.Event{Type: "A", Time: event.Stamp{At: at(t, "2024-06-01T10:00"), Kind: event.Time}}
		if c.actor != "-" {
			e.Actor = event.Some(c.actor)
		}
		if c.unit != "-" {
			e.Unit = event.Some(c.unit)
		}
		for _, f := range strings.Fields(c.attrs) {
			k, v, _ := strings.Cut(f, "=")
			e.Attrs = append(e.Attrs, event.Attr{Name: k, Value: event.Str(v)})
		}
		sent := slices.Clone(e.Attrs)
		list := e.Attrs
		o.Stamp(&e)
		got := "-"
		if e.Unit.OK {
			got = e.Unit.Value
		}
		for _, a := range e.Attrs {
			got += " " + a.Name + "=" + a.Value.Str
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if fmt.Sprint(list) != fmt.Sprint(sent) {
			t.Errorf("%s: the sender's list was written to", c.name)
		}
	}
}

// A workbook says the same as YAML, under English or Chinese headers.
func TestSheets(t *testing.T) {
	sheet := func(name string, lines ...string) Sheet {
		s := Sheet{Name: name}
		for i, l := range lines {
			s.Rows = append(s.Rows, Row{i + 1, strings.Split(l, "|")})
		}
		return s
	}
	read := func(sheets ...Sheet) (*Organisation, error) {
		part, err := SheetsDraft("org.xlsx", sheets)
		if err != nil {
			return nil, err
		}
		return part.d.check(shanghai)
	}
	o, err := read(
		sheet("单位", "编号|名称|上级|辖区|备注", "bureau|市公安局||city|x", "north|北区分局|bureau|north|"),
		sheet("Posts", "id|en|zh", "chief|Chief|负责人"),
		sheet("人员", "警号|单位|岗位|警衔|任职方式|起|止", "P1|north|chief|三级警督||2024-01-01|2025-01-01", "P1|bureau|chief||代理|2025-01-01|"),
		sheet("备注", "甲"))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := o.Position("P1", at(t, "2025-06-01"), "")
	if !ok || p != (Position{Unit: "bureau", Post: "chief", As: Acting, Territory: "city"}) {
		t.Errorf("%+v", p)
	}
	_, err = read(sheet("units", "id|parent", "a|b", "|a"), sheet("posts", "id", "p", "p"), sheet("officers", "id|unit|post|as|from", "P1|a|p|chief|", "P2|a|p||x"))
	for _, want := range []string{`org.xlsx[units]: row 3: id is missing`, `org.xlsx[officers]: row 2: as: "chief"`, `org.xlsx[officers]: row 3: from: "x" is no day`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	_, err = read(sheet("units", "id|parent", "a|b"), sheet("posts", "id", "p", "p"))
	for _, want := range []string{`row 2: unit "a" is under "b"`, `row 3: post "p" stands twice`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if _, err = read(); err == nil || !strings.Contains(errs.In(err, errs.Zh), "未找到单位、岗位、人员工作表") {
		t.Error(err)
	}
}
