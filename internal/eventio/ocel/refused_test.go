package ocel

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
	"plumbline/internal/eventio/table/logtest"
)

// small is a log of two events in JSON, with the objects after the events that
// name them; smallXML the same with the parts in another order.
const small = `{"events":[
{"id":"e1","type":"Create Fine","time":"2012-01-01","attributes":[{"name":"amount","value":"80"},{"name":"paid","value":null}],"relationships":[{"objectId":"A1","qualifier":""},{"objectId":"p7","qualifier":"suspect"}]},
{"relationships":[{"objectId":"A1","qualifier":""}],"time":"2012-03-01T10:00:00Z","type":"Send Fine","id":"e2","attributes":[{"name":"amount","value":80}]}],
"objects":[{"id":"A1","type":"case","attributes":[{"name":"points","time":"1970-01-01T00:00:00Z","value":"3"},{"name":"points","time":"2012-02-01T00:00:00Z","value":"2"}]},
{"id":"p7","type":"person","relationships":[{"objectId":"A1","qualifier":"of"}]}],
"objectTypes":[{"name":"case","attributes":[{"name":"points","type":"integer"}]},{"name":"person","attributes":[]}],
"eventTypes":[{"name":"Create Fine","attributes":[{"name":"amount","type":"float"}]},{"name":"Send Fine","attributes":[]}]}
`

const smallXML = `<?xml version="1.0" encoding="UTF-8"?>
<log><events>
<event id="e1" type="Create Fine" time="2012-01-01"><attributes><attribute name="amount">80</attribute></attributes><objects><relationship object-id="A1" qualifier=""/><relationship object-id="p7" qualifier="suspect"/></objects></event>
<event id="e2" type="Send Fine" time="2012-03-01T10:00:00Z"><attributes><attribute name="amount">8<![CDATA[0]]></attribute></attributes><objects><relationship object-id="A1" qualifier=""/></objects></event>
</events><objects>
<object id="A1" type="case"><attributes><attribute name="points" time="1970-01-01T00:00:00Z">3</attribute><attribute name="points" time="2012-02-01T00:00:00Z">2</attribute></attributes></object>
<object id="p7" type="person"><objects><relationship object-id="A1" qualifier="of"/></objects></object>
</objects>
<event-types><event-type name="Create Fine"><attributes><attribute name="amount" type="float"/></attributes></event-type><event-type name="Send Fine"><attributes><attribute name="amount" type="integer"/></attributes></event-type></event-types>
<object-types><object-type name="case"><attributes><attribute name="points" type="integer"/></attributes></object-type><object-type name="person"><attributes/></object-type></object-types>
</log>`

type readFunc func(io.Reader, *event.Builder, eventio.Read) error

func try(t testing.TB, read readFunc, doc string, opt eventio.Read) (*event.Log, error) {
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Berlin")})
	opt.File = "log"
	if err := read(strings.NewReader(doc), b, opt); err != nil {
		return nil, err
	}
	return b.Finish()
}

// The parts of a document come in any order; values are of the declared types;
// a null is absent; a value dated 1970 is in force from the beginning.
func TestSmall(t *testing.T) {
	for name, read := range map[string]func() (*event.Log, error){
		"JSON": func() (*event.Log, error) { return try(t, ReadJSON, small, eventio.Read{}) },
		"XML":  func() (*event.Log, error) { return try(t, ReadXML, smallXML, eventio.Read{}) },
	} {
		l, err := read()
		if err != nil {
			t.Fatal(name, err)
		}
		es := logtest.Seen(l)
		if len(es) != 2 || es[0].Time.Kind != event.Day || es[0].Get("amount").Num != 80 || es[1].Get("amount").Num != 80 || len(es[0].Attrs) != 1 {
			t.Errorf("%s: %+v", name, es)
		}
		if o := es[0].Objects; len(o) != 2 || o[0].Type != "case" || o[1].ID != "p7" || o[1].Qualifier != "suspect" {
			t.Errorf("%s: objects %+v", name, o)
		}
		state := logtest.InForce(l)
		if state[0][0].Value.Num != 3 || state[1][0].Value.Num != 2 {
			t.Errorf("%s: in force %v", name, state)
		}
	}
}

// What isn't wanted isn't kept, what is mapped plays its part, and what is
// declared holds.
func TestWantedMappedDeclared(t *testing.T) {
	b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Berlin"), Schema: map[string]event.Kind{"points": event.String},
		Want: func(a string) bool { return a == "points" }})
	if err := ReadJSON(strings.NewReader(small), b, eventio.Read{Map: eventio.Mapping{"actor": "amount"}}); err != nil {
		t.Fatal(err)
	}
	l, _ := b.Finish()
	if l.Attr("amount") != nil || l.Event(1).Actor.Value != "80" || l.Attr("points").Mistyped != 2 {
		t.Errorf("%+v, %d mistyped", l.Event(1), l.Attr("points").Mistyped)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		read readFunc
		doc  string
		more string // repeated without end
		code errs.Code
		want string
	}{
		{ReadJSON, "", "", errs.Input, `log:1:1: the file ends early; expected "{"`},
		{ReadJSON, "case_id,activity\n", "", errs.Input, `log:1:1: 'c' stands where "{" is expected`},
		{ReadJSON, small[:300], "", errs.Input, "the file ends early"},
		{ReadJSON, small + "x", "", errs.Input, "'x' stands where the end of the file is expected"},
		{ReadJSON, `{"ocel:events": {}}`, "", errs.Input, `the document has no "eventTypes"; expected an OCEL 2.0 log`},
		{ReadXML, `<log><global scope="event"/><events><event><string key="id" value="e1"/></event></events></log>`, "", errs.Input, "the document has a <global>, as OCEL 1.0 does"},
		{ReadJSON, strings.Replace(strings.Replace(small, `"objectId":"A1"`, `"objectId":"A8"`, 1), `"objectId":"p7"`, `"objectId":"p8"`, 1), "", errs.Input, `log:2:1: event "e1" names object "A8", which the log doesn't have`},
		{ReadJSON, strings.Replace(small, `"time":"2012-03-01T10:00:00Z"`, `"time":"yesterday"`, 1), "", errs.Input, `log:3:1: event "e2": time "yesterday" can't be read`},
		{ReadJSON, strings.Replace(small, `"time":"2012-03-01T10:00:00Z",`, ``, 1), "", errs.Input, `log:3:1: event "e2" has no time`},
		{ReadJSON, strings.Replace(small, `"type":"Send Fine",`, ``, 1), "", errs.Input, `log:3:1: event "e2" has no type`},
		{ReadJSON, strings.Replace(small, `"relationships":[{"objectId":"A1","qualifier":""}],`, ``, 1), "", errs.Input, `log:3:1: event "e2" names no object`},
		{ReadJSON, strings.Replace(small, `"id":"p7"`, `"id":"A1"`, 1), "", errs.Input, `object "A1" stands twice`},
		{ReadJSON, strings.Replace(small, `"id":"e1"`, `"id":"e1","id":"e3"`, 1), "", errs.Input, `log:2:12: key "id" stands twice`},
		{ReadJSON, strings.Replace(small, `"2012-02-01T00:00:00Z"`, `"soon"`, 1), "", errs.Input, `attribute "points" of object "A1": time "soon" can't be read`},
		{ReadJSON, "{\"a\": \"\xff\"}", "", errs.Input, "isn't UTF-8"},
		{ReadJSON, `{"a":`, "[", errs.Limit, "nested deeper than 64"},
		{ReadJSON, `{"a":"`, "x", errs.Limit, "a string is longer than"},
		{ReadXML, "", "", errs.Input, "the file ends early; expected </log>"},
		{ReadXML, "<html></html>", "", errs.Input, `the document's element is "html"`},
		{ReadXML, smallXML[:500], "", errs.Input, "the file ends early"},
		{ReadXML, "<log><events></log>", "", errs.Input, "</log> ends what isn't open"},
		{ReadXML, "<log/><log/>", "", errs.Input, "expected one <log>"},
		{ReadXML, `<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><log>&b;</log>`, "", errs.Limit, "a document type declaration isn't read"},
		{ReadXML, "<log>&amount;</log>", "", errs.Input, "not well-formed XML"},
		{ReadXML, strings.Replace(strings.Replace(smallXML, `object-id="A1"`, `object-id="A8"`, 1), `object-id="p7"`, `object-id="p8"`, 1), "", errs.Input, `names object "A8", which the log doesn't have`},
		{ReadXML, "<log>", "<a>", errs.Limit, "nested deeper than 64"},
		{ReadXML, "<log>", "x", errs.Limit, "a tag or text is longer than"},
		{ReadXML, "<log a='", "x", errs.Limit, "a tag or text is longer than"},
	} {
		var in io.Reader = strings.NewReader(c.doc)
		if c.more != "" {
			in = logtest.Endless(c.doc, c.more)
		}
		err := c.read(in, event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Berlin")}), eventio.Read{File: "log"})
		e := (*errs.Error)(nil)
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.In(errs.En), c.want) || e.What.Zh == "" {
			t.Errorf("%.60q%s\ngives %v\nwant  %s", c.doc, c.more, err, c.want)
		}
	}
}

// Bad events are set aside as far as allowed.
func TestSkipBad(t *testing.T) {
	bad := &eventio.Bad{Allowed: 1}
	l, err := try(t, ReadJSON, strings.Replace(small, `"time":"2012-01-01"`, `"time":"someday"`, 1), eventio.Read{Bad: bad})
	if err != nil || l.Events() != 1 || len(bad.Rows) != 1 || bad.Rows[0].Raw != "id=e1 type=Create Fine time=someday" {
		t.Errorf("%v, set aside %+v", err, bad.Rows)
	}
}

func fuzz(f *testing.F, read readFunc) {
	f.Fuzz(func(t *testing.T, doc []byte) {
		b := event.NewBuilder(event.Options{Zone: logtest.Zone(t, "Europe/Berlin")})
		err := read(bytes.NewReader(doc), b, eventio.Read{File: "x", Bad: &eventio.Bad{Allowed: 2}})
		if err == nil {
			return
		}
		e := (*errs.Error)(nil)
		if !errors.As(err, &e) || e.Code == errs.Internal || e.What.Zh == "" {
			t.Fatalf("%#v", err)
		}
	})
}

// FuzzJSON and FuzzXML: whatever the bytes, there is a log or an error for a
// person.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"a":[1,-2e9,true,null,{"b":"\ud83d\ude00\n"}]}`))
	fuzz(f, ReadJSON)
}

func FuzzXML(f *testing.F) {
	f.Add([]byte(smallXML))
	f.Add([]byte(`<log><objects><object id='a'><objects><object object-id="b"/></objects></object></objects></log>`))
	fuzz(f, ReadXML)
}

// A tie to an object that the file hasn't is told; the event counts for those that it has.
func TestTieToNothing(t *testing.T) {
	for _, doc := range []struct {
		read readFunc
		text string
	}{
		{ReadJSON, strings.ReplaceAll(small, `"objectId":"p7"`, `"objectId":"p8"`)},
		{ReadXML, strings.ReplaceAll(smallXML, `object-id="p7"`, `object-id="p8"`)},
	} {
		lost := eventio.Lost{}
		l, err := try(t, doc.read, doc.text, eventio.Read{Lost: lost})
		if err != nil {
			t.Fatal(err)
		}
		if e := l.Event(0); e.ID != "e1" || len(e.Objects) != 1 || e.Objects[0].ID != "A1" {
			t.Errorf("%+v", e)
		}
		want := `1 × tie of an event to an object that the file doesn't have (the first: event "e1", object "p8")`
		if !slices.Contains(lost.Lines(errs.En), want) {
			t.Errorf("%q", lost.Lines(errs.En))
		}
	}
}
