package agency

// Event is one event of the log. Times are seconds since 1970 UTC.
type Event struct {
	Type    Type
	Seq     int32 // its place in its course, from 1
	At      int64 // when it happened
	Entered int64 // when it was typed in
	course  string
	Actor   int32 // number of the officer, 0: none
	Unit    int32 // number of the unit
	Objects []Object
	Attrs   []Attr
}

// Object is what an event is about: a case, a custody, an order, …
type Object struct{ Kind, ID string }

// Attr is an attribute. Of Text, Num and At one holds, as Kind says.
type Attr struct {
	Name string
	Kind Kind
	Text string
	Num  int64 // of Bool 0 or 1, of Time seconds
}

// Kind is the type of an attribute.
type Kind uint8

// The kinds.
const (
	Text Kind = iota
	Number
	Bool
	Time
)

func text(name, v string) Attr       { return Attr{Name: name, Text: v} }
func number(name string, v int) Attr { return Attr{name, Number, "", int64(v)} }
func moment(name string, v int64) Attr {
	return Attr{name, Time, "", v}
}
func flag(name string, v bool) Attr {
	if v {
		return Attr{name, Bool, "", 1}
	}
	return Attr{name, Bool, "", 0}
}

// object is the id of the event's object of a kind, "" if it has none.
func (e *Event) object(kind string) string {
	for i := range e.Objects {
		if e.Objects[i].Kind == kind {
			return e.Objects[i].ID
		}
	}
	return ""
}

// about says whether an object is among the event's; one event may be about
// several of a kind.
func (e *Event) about(kind, id string) bool {
	for i := range e.Objects {
		if e.Objects[i].Kind == kind && e.Objects[i].ID == id {
			return true
		}
	}
	return false
}

func (e *Event) attr(name string) (Attr, bool) {
	for i := range e.Attrs {
		if e.Attrs[i].Name == name {
			return e.Attrs[i], true
		}
	}
	return Attr{}, false
}

// set puts an attribute in the place of the one of its name, if there is one.
func (e *Event) set(a Attr) {
	for i := range e.Attrs {
		if e.Attrs[i].Name == a.Name {
			e.Attrs[i] = a
			return
		}
	}
	e.Attrs = append(e.Attrs, a)
}

// text, number and yes are an attribute's value, or nothing: "", 0 and false.
func (e *Event) text(name string) string {
	a, _ := e.attr(name)
	return a.Text
}

func (e *Event) number(name string) int64 {
	a, _ := e.attr(name)
	return a.Num
}

func (e *Event) yes(name string) bool { return e.number(name) == 1 }
