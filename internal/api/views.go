package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio/jsonl"
)

// instant is a time as answers have it: RFC 3339 with the agency's offset, or
// left out.
func (a *API) instant(t clock.Instant) string {
	if t == 0 {
		return ""
	}
	return a.zone.Format(t)
}

// eventBody is an event as it was sent, with `received`.
type eventBody json.RawMessage

// MarshalJSON gives the text.
func (e eventBody) MarshalJSON() ([]byte, error) { return e, nil }

// Schema is that of an event.
func (eventBody) Schema(r huma.Registry) *huma.Schema { return eventSchema(r) }

func (a *API) event(e *event.Event) eventBody {
	line, _ := jsonl.Append(nil, e, a.zone, true) // bytes that aren't UTF-8 never came in
	line = line[:len(line)-1]
	if e.Received.Kind != event.Absent {
		line = append(line[:len(line)-1], `, "received": "`...)
		line = append(a.zone.Append(line, e.Received.At), `"}`...)
	}
	return eventBody(line)
}

func (a *API) events(list []event.Event) []eventBody {
	out := make([]eventBody, len(list))
	for i := range list {
		out[i] = a.event(&list[i])
	}
	return out
}

// eventSchema is an event's, by reference; the form is that of docs/language.md.
func eventSchema(r huma.Registry) *huma.Schema {
	const name = "Event"
	if r.Map()[name] == nil {
		r.Map()[name] = writtenEvent()
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

func writtenEvent() *huma.Schema {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	value := &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}, {Type: huma.TypeBoolean},
		{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}}}
	attributes := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: value, Description: "Attributes: a name and its value"}
	object := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"type", "id"}, Properties: map[string]*huma.Schema{
		"type": text("What kind of object, as case"), "id": text("Which one"), "qualifier": text("The part that it plays"), "attributes": attributes}}
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Description: "An event. Times are RFC 3339; without an offset they are the agency's local time, and a date alone is a day.",
		Properties: map[string]*huma.Schema{
			"id": text("The source's id for it; without it, one from its content"), "type": text("What happened"), "time": text("When it happened"),
			"seq": {Type: huma.TypeInteger, Description: "Its place among events of one instant"}, "recorded": text("When it was entered"),
			"actor": text("The official"), "unit": text("The unit"), "source": text("Who sent it: the holder of the token"),
			"objects": {Type: huma.TypeArray, Items: object, Description: "What it is about"}, "attributes": attributes,
			"corrects": text("The id of the event whose content this replaces"), "voids": text("The id of the event that this removes"),
			"case": text("Short for an object of type case"), "received": text("When the service took it; never sent")}}
}

// schemaOf is a shape's, by reference.
func schemaOf[T any](r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// when reads a time of a query: RFC 3339, or a date, in the agency's zone.
func (a *API) when(name, text string) (clock.Instant, error) {
	if text == "" {
		return 0, nil
	}
	t, _, err := clock.ParseInstant(text, a.zone)
	if err != nil {
		return 0, &problem{status: http.StatusUnprocessableEntity, code: "not_understood", what: errs.Tf("%s: %q is not a time", "%s：%q 不是时间", name, text),
			next:   errs.T("write 2026-03-01T09:10:00+01:00, or a date", "请写 2026-03-01T09:10:00+08:00 或日期"),
			fields: []field{{"query." + name, errs.T("not a time", "不是时间")}}}
	}
	return t, nil
}

// seconds is a length of time in µs, in whole seconds.
func seconds(us int64) int64 { return us / int64(time.Second/time.Microsecond) }
