package api

import (
	"encoding/json"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio/jsonl"
)

// reader reads what one text of a body says: an event, or a CloudEvent that
// carries one.
type reader struct {
	*jsonl.Parser
	cloud bool
}

// envelope is a CloudEvent 1.0 in JSON. Extensions are passed over.
type envelope struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Time        string          `json:"time"`
	ContentType string          `json:"datacontenttype"`
	Data        json.RawMessage `json:"data"`
	Base64      *string         `json:"data_base64"`
}

func (r reader) event(text []byte) (event.Event, *errs.Error) {
	var e event.Event
	var fault *errs.Error
	if r.cloud {
		e, fault = r.cloudEvent(text)
	} else {
		e, fault = r.Parse(text)
	}
	if fault == nil {
		fault = jsonl.Missing(&e)
	}
	if fault != nil && fault.Place.Line > 0 {
		fault.Place.File = "event" // line and column are within its own text
	}
	return e, fault
}

// cloudEvent takes the event from data; its id, type and time are the
// envelope's where data doesn't give them.
func (r reader) cloudEvent(text []byte) (event.Event, *errs.Error) {
	none := event.Event{}
	var c envelope
	if err := json.Unmarshal(text, &c); err != nil {
		return none, notCloud("not a CloudEvent in JSON: "+err.Error(), "不是 JSON 形式的 CloudEvent")
	}
	switch {
	case c.SpecVersion != "1.0":
		return none, notCloud("a CloudEvent without specversion 1.0", "CloudEvent 缺少 specversion 1.0")
	case c.ID == "" || c.Source == "" || c.Type == "":
		return none, notCloud("a CloudEvent without id, source or type", "CloudEvent 缺少 id、source 或 type")
	case c.Base64 != nil || c.ContentType != "" && !jsonType(c.ContentType):
		return none, notCloud("a CloudEvent whose data isn't JSON", "CloudEvent 的 data 不是 JSON")
	case len(c.Data) == 0 || c.Data[0] != '{':
		return none, notCloud("a CloudEvent without data; expected the event's objects in it", "CloudEvent 缺少 data；其中应有事件所涉对象")
	}
	e, fault := r.Parse(c.Data)
	if fault != nil {
		fault.Place = errs.Place{} // it would be a place in data alone
		return none, fault
	}
	if e.ID == "" {
		e.ID = c.ID
	}
	if e.Type == "" && e.Voids == "" {
		e.Type = c.Type
	}
	if e.Time.Kind == event.Absent && c.Time != "" {
		at, _, err := clock.ParseInstant(c.Time, nil)
		if err != nil {
			return none, notCloud("the time of the CloudEvent: "+err.Error(), "CloudEvent 的 time 无法读取；应如 2026-03-01T09:10:00+08:00")
		}
		e.Time = event.Stamp{At: at, Kind: event.Time}
	}
	return e, nil
}

func jsonType(t string) bool {
	t, _, _ = strings.Cut(t, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	return t == typeJSON || strings.HasSuffix(t, "+json")
}

func notCloud(en, zh string) *errs.Error {
	return &errs.Error{Code: errs.Input, What: errs.T(en, zh),
		Next: errs.T(`write {"specversion": "1.0", "id": …, "source": …, "type": …, "time": …, "data": {"objects": […]}}`, `请写成 {"specversion": "1.0", "id": …, "source": …, "type": …, "time": …, "data": {"objects": […]}}`)}
}
